"""The common part of the throw-away servers; each engine has its own file beside this one."""

from __future__ import annotations

import os
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import processes

USER = "ecomdb"
PASSWORD = "p@ss"  # noqa: S105  (the @ is there to be escaped in URLs)
MAX_CONNECTIONS = 300


class ServerError(Exception):
    """A server failed to start; the message ends with the tail of its log."""


@dataclass(frozen=True)
class DatabaseServer(ABC):
    """One server, with all its files in `home`."""

    name: ClassVar[str]
    """The engine's cargo feature, which is also its URL scheme."""
    title: ClassVar[str]
    packages: ClassVar[str]
    """The server's Debian packages."""
    account: ClassVar[str]
    """The account that the server runs as when started by root."""
    stop_signal: ClassVar[int]
    program_names: ClassVar[Sequence[Sequence[str]]]
    """The required programs, each with its alternative names."""

    programs: Sequence[Path]
    home: Path
    user: str | None
    durable: bool

    @abstractmethod
    def create(self) -> None:
        """Fill the data directory, and create the account `USER`, which may create databases."""

    @abstractmethod
    def command(self, port: int) -> Sequence[str]:
        """Run it in the foreground, listening on `port` of 127.0.0.1."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it accepts connections."""

    @classmethod
    def variable(cls) -> str:
        """The environment variable that holds its URL."""
        return f"ECOMDB_TEST_{cls.name.upper()}_URL"

    @classmethod
    def find_programs(cls) -> list[Path] | None:
        """The paths of all the programs, or None if one is missing."""
        found = [_find_program(names) for names in cls.program_names]
        return [path for path in found if path] if all(found) else None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def scratch(self) -> Path:
        """A directory for temporary tables. MariaDB empties it at each start, so servers must not share
        one.
        """
        return self.home / "scratch"

    @property
    def log(self) -> Path:
        return self.home / "log"

    def url(self, port: int) -> str:
        return f"{self.name}://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"

    def make_home(self) -> None:
        self.home.mkdir(mode=0o755)
        for folder in (self.data, self.scratch):
            folder.mkdir(mode=0o700)
            if self.user is not None:
                shutil.chown(folder, self.user)

    def write(self, name: str, content: str) -> Path:
        """A file with `content` that the server can read."""
        path = self.home / name
        path.write_text(content)
        path.chmod(0o644)
        return path

    def run(self, command: Sequence[str | Path], stdin: str = "") -> None:
        """Run one step of the creation as the server's user."""
        with self.log.open("ab") as log:
            status = processes.run(command, user=self.user, log=log, stdin=stdin.encode())
        if status != 0:
            raise self.error(f"{Path(command[0]).name} ended with status {status}")

    def error(self, what: str) -> ServerError:
        lines = self.log.read_text(errors="replace").splitlines()
        return ServerError(f"{self.title}: {what}; its log ends with:\n" + "\n".join(lines[-30:]))


def free_port() -> int:
    """A free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _find_program(names: Sequence[str]) -> Path | None:
    """The first of `names` on the PATH or where distributions put servers; of several versions the newest."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += [Path("/usr/sbin"), Path("/usr/local/sbin"), Path("/usr/libexec")]
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin"):
        folders += sorted(Path("/").glob(pattern), key=_version, reverse=True)
    for name in names:
        path = shutil.which(name, path=os.pathsep.join(map(str, folders)))
        if path is not None:
            return Path(path)
    return None


def _version(folder: Path) -> int:
    return int("".join(filter(str.isdigit, str(folder))) or 0)
