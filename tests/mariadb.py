"""How to create and run a throw-away MariaDB server."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import ClassVar

from database_server import MAX_CONNECTIONS, PASSWORD, USER, DatabaseServer


class MariaDb(DatabaseServer):
    name = "mysql"
    title = "MariaDB"
    packages = "mariadb-server"
    account = "mysql"
    stop_signal = signal.SIGKILL  # its files are not used again
    program_names: ClassVar[Sequence[Sequence[str]]] = (
        ("mariadbd", "mysqld"),
        ("mariadb-install-db", "mysql_install_db"),
    )

    def create(self) -> None:
        _, install, *_ = self.programs
        self.run(
            [
                install,
                "--no-defaults",
                f"--datadir={self.data}",
                f"--tmpdir={self.scratch}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ]
        )
        # An ordinary account, which can create databases and use them, but has no administrative privileges.
        self.write(
            "init.sql",
            "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\n"
            "FLUSH PRIVILEGES;\n"
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW,"
            f" SHOW VIEW, CREATE TEMPORARY TABLES, LOCK TABLES, PROCESS, TRIGGER ON *.* TO '{USER}'@'%';\n",
        )

    def command(self, port: int) -> Sequence[str]:
        server, *_ = self.programs
        careless = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
        return [
            str(server),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--tmpdir={self.scratch}",
            f"--init-file={self.home / 'init.sql'}",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            "--socket=socket",  # in the data directory; a full path can be too long for a socket
            "--skip-name-resolve",
            f"--max-connections={MAX_CONNECTIONS}",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_general_ci",
            "--innodb-buffer-pool-size=256M",
            "--innodb-log-file-size=64M",
            *(() if self.durable else careless),
        ]

    def is_ready(self) -> bool:
        return b"ready for connections" in self.log.read_bytes()
