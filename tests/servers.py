#!/usr/bin/env python3
"""Private, throw-away MariaDB and PostgreSQL servers for tests and benchmarks.

    python3 tests/servers.py [--durable] [mysql] [postgres] -- COMMAND...
    python3 tests/servers.py galera -- COMMAND...

starts the servers (both, if none is named), runs COMMAND with their URLs in the environment, and stops them:

    ECOMDB_TEST_MYSQL_URL     mysql://ecomdb:PASSWORD@127.0.0.1:PORT
    ECOMDB_TEST_POSTGRES_URL  postgres://ecomdb:PASSWORD@127.0.0.1:PORT

The URLs name no database: each test creates its own. On PostgreSQL there is the database `postgres` to
connect to for that. A variable that is already set is kept, and no server is started for it.

With `galera`, ECOMDB_TEST_MYSQL_URL has the URLs of two nodes of a cluster of three, separated by a space:
the tests alternate between them.

Each server lives in a temporary directory, in memory where possible, listens on a free port of the loopback
interface, and runs without durability where settings allow that; `--durable` keeps them on disk with the
durability of production. They run as the current user, or as `mysql` and `postgres` if that is root.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import galera
import processes
from database_server import DatabaseServer, ServerError, free_port
from mariadb import MariaDb
from postgresql import PostgreSql

ENGINES: tuple[type[DatabaseServer], ...] = (MariaDb, PostgreSql)
GALERA = "galera"
START_LIMIT = 60.0
"""Time limit in seconds for a server to start."""
PORTS_TO_TRY = 5

_PREFIX = "ecomdb-servers-"
_ROOM = 2 << 30


class PortTakenError(ServerError):
    """Another program took the port between its choice and the server's start."""


@contextmanager
def running(engines: Sequence[type[DatabaseServer]], *, durable: bool = False) -> Iterator[dict[str, str]]:
    """Run a server of each engine; yield the environment variables that tell tests where they are.

    Raises `ServerError`.
    """
    wanted = [engine for engine in engines if not os.environ.get(engine.variable())]
    with ExitStack() as stack:
        urls = {}
        home = stack.enter_context(temporary_home(durable)) if wanted else Path()
        for engine in wanted:
            urls[engine.variable()] = stack.enter_context(_server(engine, home / engine.name, durable))
        yield urls


@contextmanager
def galera_cluster() -> Iterator[galera.Cluster]:
    """Run a Galera cluster. Raises `ServerError`."""
    with temporary_home(durable=False) as home:
        user = galera.GaleraServer.account if os.geteuid() == 0 else None
        with galera.running(home / "galera", user) as cluster:
            yield cluster


@contextmanager
def running_in_turn() -> Iterator[dict[str, str]]:
    """Run a Galera cluster; yield the environment variable that makes tests alternate between two nodes."""
    with galera_cluster() as cluster:
        yield {MariaDb.variable(): f"{cluster.url(0)} {cluster.url(1)}"}


@contextmanager
def _server(engine: type[DatabaseServer], home: Path, durable: bool) -> Iterator[str]:
    """Create and run one server; yield its URL."""
    programs = engine.find_programs()
    if programs is None:
        raise ServerError(f"{engine.title} is not installed; install {engine.packages}")
    server = engine(programs, home, engine.account if os.geteuid() == 0 else None, durable)
    server.make_home()
    server.create()
    with ExitStack() as stack:
        for tries_left in reversed(range(PORTS_TO_TRY)):
            port = free_port()
            try:
                stack.enter_context(listening(server, port))
                break
            except PortTakenError:
                if tries_left == 0:
                    raise
        yield server.url(port)


@contextmanager
def listening(server: DatabaseServer, port: int, extra: Sequence[str] = ()) -> Iterator[None]:
    """Run the server on `port` with these options; it is ready when the block begins."""
    server.log.write_bytes(b"")
    with (
        server.log.open("ab") as log,
        processes.child(
            [*server.command(port), *extra], user=server.user, stdout=log, stop_signal=server.stop_signal
        ) as process,
    ):
        deadline = time.monotonic() + START_LIMIT
        while not server.is_ready():
            if process.poll() is not None:
                error = server.error(f"ended with status {process.returncode} at its start")
                raise PortTakenError(*error.args) if "Address already in use" in str(error) else error
            if time.monotonic() > deadline:
                raise server.error(f"not ready after {START_LIMIT:.0f} s")
            time.sleep(0.02)
        yield


@contextmanager
def temporary_home(durable: bool) -> Iterator[Path]:
    """A new directory, removed at the end. A lock marks it as in use, so that leftovers of killed runs
    can be told apart.
    """
    parent = _parent_directory(durable)
    _remove_abandoned(parent)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    try:
        home.chmod(0o711)  # so that the servers' accounts can reach their own directories
        with (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _parent_directory(durable: bool) -> Path:
    if durable:  # on a disk, where fsync has an effect
        return Path(os.environ.get("TMPDIR", "/var/tmp"))  # noqa: S108
    memory = Path("/dev/shm")  # noqa: S108
    if memory.is_dir() and os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > _ROOM:
        return memory
    return Path(tempfile.gettempdir())


def _remove_abandoned(parent: Path) -> None:
    for home in parent.glob(_PREFIX + "*"):
        with suppress(OSError), (home / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(home, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    engines, command, durable = _parse(arguments)
    processes.stop_on_signals()
    try:
        with running(engines, durable=durable) if engines else running_in_turn() as urls:
            return _run_in_foreground(command, {**os.environ, **urls})
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1


def _parse(arguments: Sequence[str]) -> tuple[list[type[DatabaseServer]], Sequence[str], bool]:
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    own, command = arguments[:end], arguments[end + 1 :]
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="servers.py [--durable] [ENGINE ...] -- COMMAND...",
    )
    names = [*(engine.name for engine in ENGINES), GALERA]
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(names))
    parser.add_argument("--durable", action="store_true", help="flush to disk at every commit")
    options = parser.parse_args(own)
    for name in options.engines:
        if name not in names:
            parser.error(f"unknown engine {name}")
    if not command:
        parser.error("-- COMMAND is missing")
    if GALERA in options.engines:
        if options.durable or len(options.engines) > 1:
            parser.error(f"{GALERA} is started alone, and in memory")
        return [], command, False
    chosen = [engine for engine in ENGINES if not options.engines or engine.name in options.engines]
    return chosen, command, options.durable


def _run_in_foreground(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command in the foreground, so that it receives Ctrl-C; return its exit status."""
    process = subprocess.Popen(command, env=env, preexec_fn=processes.die_with_parent(signal.SIGTERM))
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return processes.shell_status(process.wait())
    finally:
        if process.poll() is None:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
