"""How to create and run a throw-away PostgreSQL server."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from database_server import MAX_CONNECTIONS, PASSWORD, USER, DatabaseServer


class PostgreSql(DatabaseServer):
    name = "postgres"
    title = "PostgreSQL"
    packages = "postgresql"
    account = "postgres"
    stop_signal = signal.SIGQUIT  # at once, and all its processes
    program_names: ClassVar[Sequence[Sequence[str]]] = (("initdb",), ("postgres",))

    def create(self) -> None:
        initdb, postgres, *_ = self.programs
        self.run(
            [
                initdb,
                f"--pgdata={self.data}",
                "--username=postgres",
                "--auth=scram-sha-256",
                f"--pwfile={self.write('password', PASSWORD)}",
                "--encoding=UTF8",
                "--locale=C",
                *self._collation(),
                "--no-sync",
            ]
        )
        # An ordinary account, which creates, uses and drops databases. DROP DATABASE WITH (FORCE) terminates
        # the sessions of the database. An autovacuum worker there has no role; only superusers and members of
        # pg_signal_backend may terminate it. It may read where the server has its socket.
        self.run(
            [postgres, "--single", "-D", self.data, "postgres"],
            stdin=f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{PASSWORD}'\n"
            f"GRANT pg_signal_backend, pg_read_all_settings TO {USER}\n",
        )

    def _collation(self) -> Sequence[str]:
        """A linguistic default collation, as in most installations, if this version has one built in."""
        initdb, *_ = self.programs
        usage = subprocess.run([initdb, "--help"], capture_output=True, text=True).stdout
        return ("--locale-provider=icu", "--icu-locale=und") if "--icu-locale" in usage else ()

    def command(self, port: int) -> Sequence[str]:
        _, postgres, *_ = self.programs
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": ".",  # the data directory; a full path can be too long for a socket
            "port": str(port),
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "256MB",
        }
        if not self.durable:
            settings.update(fsync="off", synchronous_commit="off", full_page_writes="off")
        options = (f"--{name}={value}" for name, value in settings.items())
        return [str(postgres), "-D", str(self.data), *options]

    def is_ready(self) -> bool:
        with suppress(FileNotFoundError):
            return (self.data / "postmaster.pid").read_text().rstrip().endswith("ready")
        return False
