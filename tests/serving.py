"""Runs the program as a server, for scripts that stress it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import processes
from rust_tests import target_directory

ROOT = Path(__file__).resolve().parent.parent


class WrongError(Exception):
    """The server broke a promise."""


def binary() -> Path:
    """The most recently built program, unless ECOMDB_BIN names one."""
    if named := os.environ.get("ECOMDB_BIN"):
        return Path(named)
    built = [target_directory(ROOT) / profile / "ecomdb" for profile in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        raise SystemExit("there is no program to run: cargo build --release --features mysql,postgres")
    return max(built, key=lambda path: path.stat().st_mtime)


def environment(database: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECOMDB_")}
    return {**kept, "ECOMDB_DATABASE_URL": database, "ECOMDB_LOG": "error"}


def run(database: str, folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the program to its end."""
    command: list[str | Path] = [binary(), *arguments]
    return subprocess.run(
        command, input=stdin, env=environment(database), cwd=folder, capture_output=True, text=True
    )


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    host: str
    port: int

    def memory(self) -> int:
        """Its resident memory, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found, status
        return int(found[1]) * 1024

    def sockets(self) -> int:
        """The number of its open sockets: connections, and a few of its own."""
        found = 0
        for file in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed since
                found += str(file.readlink()).startswith("socket:")
        return found


@contextmanager
def serving(database: str, folder: Path, *arguments: str) -> Iterator[Served]:
    """Run a server until the block ends."""
    command: list[str | Path] = [binary(), "serve", "--bind", "127.0.0.1:0", *arguments]
    with processes.child(
        command, stop_signal=signal.SIGTERM, stdout=subprocess.PIPE, env=environment(database), cwd=folder
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.decode(errors="replace"))
            if address := re.search(r"serving .* at https?://([0-9.]+):([0-9]+)/", said[-1]):
                yield Served(process, address[1], int(address[2]))
                return
        raise SystemExit(f"the server did not start: {''.join(said)}")


def tell(proof: Callable[[], str]) -> int:
    """Run a proof and print its summary; return 1 if a promise was broken."""
    processes.stop_on_signals()
    try:
        print(proof())
    except WrongError as error:
        print(f"WRONG: {error}")
        return 1
    return 0


def check(database: str, folder: Path) -> None:
    """Raises `WrongError` if `ecomdb check` has findings."""
    finished = subprocess.run(
        [binary(), "check"], env=environment(database), cwd=folder, capture_output=True, text=True
    )
    if finished.returncode != 0:
        raise WrongError(f"ecomdb check found something:\n{finished.stdout}{finished.stderr}")
