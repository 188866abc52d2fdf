"""A temporary database server that can be paused, killed and started again, with or without TLS."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import processes
from database_server import USER, DatabaseServer

PATIENCE = 60.0
"""Time limit in seconds for the start of a server, and for a response after a fault."""


@dataclass
class FaultyServer:
    """The database server under test, with an empty database `shop`."""

    server: DatabaseServer
    port: int
    options: Sequence[str]
    running: ExitStack
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.server.log.write_bytes(b"")
        with self.server.log.open("ab") as log:
            command = [*self.server.command(self.port), *self.options]
            child = processes.child(
                command, user=self.server.user, stdout=log, stop_signal=self.server.stop_signal
            )
            self.process = self.running.enter_context(child)
        deadline = time.monotonic() + PATIENCE
        while not self.server.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise self.server.error("did not start")
            time.sleep(0.02)

    def signal(self, signum: signal.Signals) -> None:
        """Signal all its processes; each of PostgreSQL's has its own process group."""
        assert self.process is not None
        for pid in (self.process.pid, *_children(self.process.pid)):
            os.kill(pid, signum)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()
        # A stale file would make PostgreSQL's next start look ready too early.
        (self.server.data / "postmaster.pid").unlink(missing_ok=True)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def faulty_server(engine: type[DatabaseServer], home: Path, *, tls: bool) -> Iterator[FaultyServer]:
    programs = engine.find_programs()
    if programs is None:
        raise SystemExit(f"{engine.title} is not installed; install {engine.packages}")
    account = engine.account if os.geteuid() == 0 else None
    server = engine(programs, home / engine.name, account, durable=True)
    server.make_home()
    server.create()
    _make_database(server)
    options = _certificate(server) if tls else ()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    with ExitStack() as running:
        started = FaultyServer(server, port, options, running)
        started.start()
        yield started


def _certificate(server: DatabaseServer) -> Sequence[str]:
    """The options that enable TLS on the server."""
    key, certificate = server.data / "key.pem", server.data / "certificate.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    server.run([*make, "-keyout", key, "-out", certificate])
    if server.name == "mysql":
        return (f"--ssl-key={key}", f"--ssl-cert={certificate}")
    return ("--ssl=on", f"--ssl_key_file={key}", f"--ssl_cert_file={certificate}")


def _make_database(server: DatabaseServer) -> None:
    """Create the empty database `shop`, before the server runs."""
    if server.name == "mysql":
        with (server.home / "init.sql").open("a") as first:
            first.write("CREATE DATABASE IF NOT EXISTS shop;\n")
    else:
        _, postgres = server.programs
        create = f"CREATE DATABASE shop OWNER {USER}\n"
        server.run([postgres, "--single", "-D", server.data, "postgres"], stdin=create)
