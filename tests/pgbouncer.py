#!/usr/bin/env python3
"""A throw-away PgBouncer in transaction mode, in front of the PostgreSQL of ECOMDB_TEST_POSTGRES_URL.

    python3 tests/servers.py postgres -- python3 tests/pgbouncer.py COMMAND...

runs COMMAND with ECOMDB_TEST_POSTGRES_URL naming the pooler, which shares eight connections to the server.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import processes
from database_server import PASSWORD, USER

VARIABLE = "ECOMDB_TEST_POSTGRES_URL"
START_LIMIT = 30.0


def find_program() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")


@contextmanager
def running(server: str) -> Iterator[str]:
    """Run it in front of the server with this URL; yield the pooler's URL."""
    program = find_program()
    if program is None:
        raise RuntimeError("PgBouncer is not installed; install pgbouncer")
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="ecomdb-pgbouncer-") as folder, socket.socket() as probe:
        home = Path(folder)
        home.chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        (home / "users").write_text(f'"{USER}" "{PASSWORD}"\n')
        (home / "ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={urlsplit(server).port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {home / 'users'}\n"
            "pool_mode = transaction\nmax_db_connections = 8\nmax_client_conn = 2000\n"
        )
        with (
            (home / "log").open("wb") as log,
            processes.child([program, home / "ini"], user=user, stdout=log),
        ):
            deadline = time.monotonic() + START_LIMIT
            while not _accepts(port):
                if time.monotonic() > deadline:
                    raise RuntimeError("PgBouncer is not ready:\n" + (home / "log").read_text())
                time.sleep(0.02)
            yield server.replace(f":{urlsplit(server).port}", f":{port}")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(command: Sequence[str]) -> int:
    processes.stop_on_signals()
    with running(os.environ[VARIABLE]) as url:
        return subprocess.run(command, env={**os.environ, VARIABLE: url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
