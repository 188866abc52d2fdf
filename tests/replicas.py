"""Throw-away servers with a replica, and an address whose target can be switched.

That is a PostgreSQL primary with a synchronous standby, and a MariaDB server with a replica. The address is a
port; in production it is a name or a load balancer.
"""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import servers
from database_server import PASSWORD, USER, DatabaseServer, ServerError, free_port
from mariadb import MariaDb
from postgresql import PostgreSql

PATIENCE = 60.0
"""Time limit in seconds for a replica to catch up."""


class PostgreSqlPrimary(PostgreSql):
    """A primary that, once it has a standby, waits until that has applied each commit."""

    program_names: ClassVar = (*PostgreSql.program_names, ("psql",), ("pg_basebackup",))

    def command(self, port: int) -> Sequence[str]:
        return [*super().command(port), "--synchronous_commit=remote_apply"]


@dataclass(frozen=True)
class PostgreSqlStandby(PostgreSql):
    """A streaming standby of the primary at this port."""

    primary: int

    def create(self) -> None:
        source = f"host=127.0.0.1 port={self.primary} user=postgres password='{PASSWORD}'"
        quickly = ["--checkpoint=fast", "--no-sync"]
        self.run([self.programs[-1], f"--pgdata={self.data}", f"--dbname={source}", "-R", *quickly])

    def command(self, port: int) -> Sequence[str]:
        return [*super().command(port), "--cluster_name=standby"]


class MariaDbPrimary(MariaDb):
    """A server with a binary log."""

    program_names: ClassVar = (*MariaDb.program_names, ("mariadb", "mysql"))
    number: ClassVar = "1"

    def create(self) -> None:
        super().create()
        # An administrator account, since tests change settings.
        with (self.home / "init.sql").open("a") as init:
            init.write(f"CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n")
            init.write("GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n")

    def command(self, port: int) -> Sequence[str]:
        return [*super().command(port), "--log-bin=log", f"--server-id={self.number}", "--log-slave-updates"]


class MariaDbReplica(MariaDbPrimary):
    """A server that becomes a replica with `follow`."""

    number: ClassVar = "2"


@dataclass
class Running:
    """A running server, with administrator access."""

    server: DatabaseServer
    port: int
    stack: ExitStack = field(default_factory=ExitStack)

    def url(self, database: str = "shop", user: str = USER) -> str:
        return f"{self.server.url(self.port)}/{database}".replace(f"//{USER}:", f"//{user}:")

    def sql(self, statements: str, database: str = "") -> str:
        """Run statements as an administrator; return the values, one row per line."""
        command, variable = self._client(database)
        finished = subprocess.run(
            command, input=statements, capture_output=True, text=True, env={**os.environ, variable: PASSWORD}
        )
        if finished.returncode != 0:
            raise AssertionError(f"{statements}: {finished.stderr}")
        return finished.stdout.strip()

    def _client(self, database: str) -> tuple[list[str], str]:
        client = str(self.server.programs[2])
        if isinstance(self.server, PostgreSql):
            place = f"host=127.0.0.1 port={self.port} user=postgres dbname={database or 'postgres'}"
            return [client, "-XAtq", "-v", "ON_ERROR_STOP=1", place], "PGPASSWORD"
        options = ["--no-defaults", "--skip-column-names", "--batch"]
        at = ["--host=127.0.0.1", f"--port={self.port}", "--user=root", database or "mysql"]
        return [client, *options, *at], "MYSQL_PWD"

    def crash(self) -> None:
        """Stop it immediately."""
        self.stack.close()


@contextmanager
def home() -> Iterator[Path]:
    """A directory for servers."""
    with servers.temporary_home(durable=False) as path:
        yield path


@contextmanager
def running(
    engine: type[DatabaseServer],
    home: Path,
    name: str,
    make: Callable[..., DatabaseServer] | None = None,
    extra: Sequence[str] = (),
) -> Iterator[Running]:
    """Create a server in the directory and run it with these options until the block ends."""
    programs = engine.find_programs()
    if programs is None:
        raise ServerError(f"{engine.title} is not installed; install {engine.packages}")
    server = (make or engine)(programs, home / name, engine.account if os.geteuid() == 0 else None, False)
    server.make_home()
    server.create()
    with with_options(server, extra) as known:
        yield known


@contextmanager
def with_options(server: DatabaseServer, extra: Sequence[str]) -> Iterator[Running]:
    """Run a server that was created before."""
    port = free_port()
    known = Running(server, port)
    with known.stack:
        known.stack.enter_context(servers.listening(server, port, extra))
        yield known


@contextmanager
def postgresql() -> Iterator[tuple[Running, Running]]:
    """A PostgreSQL primary with an empty database `shop`, and its synchronous standby."""
    with home() as path, running(PostgreSqlPrimary, path, "primary") as primary:
        primary.sql(f"CREATE DATABASE shop OWNER {USER}")

        standby = functools.partial(PostgreSqlStandby, primary=primary.port)
        with running(PostgreSqlPrimary, path, "standby", standby) as follower:
            primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'; SELECT pg_reload_conf()")
            synchronous = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
            wait_until(lambda: primary.sql(synchronous) == "1", "the standby is not synchronous")
            yield primary, follower


@contextmanager
def mariadb() -> Iterator[tuple[Running, Running]]:
    """A MariaDB server with an empty database `shop`, and its replica, which is read-only."""
    with (
        home() as path,
        running(MariaDbPrimary, path, "primary") as primary,
        running(MariaDbReplica, path, "replica") as replica,
    ):
        start = primary.sql("SELECT @@gtid_binlog_pos")
        replica.sql(
            f"RESET MASTER; SET GLOBAL gtid_slave_pos = '{start}'; SET GLOBAL read_only = 1;"
            f"CHANGE MASTER TO master_host = '127.0.0.1', master_port = {primary.port},"
            f"master_user = 'root', master_password = '{PASSWORD}', master_use_gtid = slave_pos; START SLAVE"
        )
        primary.sql("CREATE DATABASE shop")
        catch_up(primary, replica)
        yield primary, replica


def catch_up(primary: Running, replica: Running) -> None:
    """Wait until the MariaDB replica has everything."""
    position = primary.sql("SELECT @@gtid_binlog_pos")
    if replica.sql(f"SELECT MASTER_GTID_WAIT('{position}', {PATIENCE})") != "0":
        raise AssertionError(f"the replica does not follow: {replica.sql('SHOW SLAVE STATUS')}")


def wait_until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.05)


class Switch:
    """A port that forwards to another port; the target can be changed for new connections."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Switch:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
