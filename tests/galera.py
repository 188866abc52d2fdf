"""How to create and run a throw-away Galera cluster of three MariaDB nodes, and how to break it.

    with servers.galera() as cluster:
        cluster.nodes[2].kill()

Where galera-4 or rsync is missing, `find_programs` gives None.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import processes
from database_server import PASSWORD, ServerError, free_port
from mariadb import MariaDb

NODES = 3
ADMIN = "admin"
START_LIMIT = 120.0
"""Time limit in seconds for a node to start and receive its data."""

_PROVIDERS = (
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib/galera-4/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
)


@dataclass(frozen=True)
class Ports:
    """The ports of a node on the loopback interface."""

    sql: int = field(default_factory=free_port)
    group: int = field(default_factory=free_port)
    increments: int = field(default_factory=free_port)
    copies: int = field(default_factory=free_port)


@dataclass(frozen=True)
class GaleraServer(MariaDb):
    """A MariaDB server as a Galera node. Joining nodes receive their data and accounts from another one."""

    title: ClassVar[str] = "Galera"
    packages: ClassVar[str] = "mariadb-server galera-4 rsync"

    @classmethod
    def find_programs(cls) -> list[Path] | None:
        """The server's programs, the client, rsync and the provider, or None if one is missing."""
        server = super().find_programs()
        client = shutil.which("mariadb")
        rsync = shutil.which("rsync")
        provider = next((Path(path) for path in _PROVIDERS if Path(path).exists()), None)
        if server is None or client is None or rsync is None or provider is None:
            return None
        return [*server, Path(client), Path(rsync), provider]

    def create(self) -> None:
        super().create()
        with (self.home / "init.sql").open("a") as script:
            script.write(
                f"CREATE USER '{ADMIN}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO '{ADMIN}'@'%';\n"
            )


class Node:
    """One node, which can be stopped, paused, disconnected and restarted."""

    def __init__(self, server: GaleraServer, ports: Ports, peers: Sequence[Ports], name: str) -> None:
        self.name = name
        self.ports = ports
        self._server = server
        self._peers = peers
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._server.url(self.ports.sql)

    def start(self, *, first: bool = False) -> None:
        """Start it and wait until it has joined; the `first` node bootstraps the cluster."""
        self.launch(first=first)
        self.wait_until_synced()

    def launch(self, *, first: bool = False) -> None:
        """Start it without waiting."""
        server = self._server
        log = self._running.enter_context(server.log.open("wb"))
        self._process = self._running.enter_context(
            processes.child(
                self._command(first), user=server.user, stdout=log, stop_signal=server.stop_signal
            )
        )

    def wait_until_synced(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not self._is_synced():
            if self._process is None or self._process.poll() is not None:
                raise self._server.error("ended at its start")
            if time.monotonic() > deadline:
                raise self._server.error(f"not a part of the cluster after {START_LIMIT:.0f} s")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it with SIGKILL, like a power failure."""
        self._running.close()
        self._process = None

    def pause(self) -> None:
        """Stop its process with SIGSTOP; connections stay open, like on a hanging machine."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def cut_off(self) -> None:
        """Disconnect it from the other nodes, but not from its clients."""
        self.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")

    def reconnect(self) -> None:
        self.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
        self.wait_until_synced()

    def sql(self, statements: str, database: str = "") -> list[list[str]]:
        """Run statements as the administrator; return the rows."""
        finished = self._client(statements, database)
        if finished.returncode != 0:
            raise ServerError(f"{self.name}: {finished.stderr.strip()}")
        return [line.split("\t") for line in finished.stdout.splitlines()]

    def _is_synced(self) -> bool:
        state = self._client("SHOW STATUS LIKE 'wsrep_local_state_comment'")
        return state.returncode == 0 and "Synced" in state.stdout

    def _client(self, statements: str, database: str = "") -> subprocess.CompletedProcess[str]:
        client = str(self._server.programs[2])
        login = ["--no-defaults", "--host=127.0.0.1", f"--port={self.ports.sql}", f"--user={ADMIN}"]
        return subprocess.run(
            [client, *login, "--connect-timeout=5", "--skip-column-names", "--batch", database],
            input=statements,
            capture_output=True,
            text=True,
            env={**os.environ, "MYSQL_PWD": PASSWORD},
        )

    def _signal(self, signum: int) -> None:
        if self._process is not None:
            self._process.send_signal(signum)

    def _command(self, first: bool) -> Sequence[str]:
        server, ports = self._server, self.ports
        members = "" if first else ",".join(f"127.0.0.1:{peer.group}" for peer in self._peers)
        provider = [
            f"gmcast.listen_addr=tcp://127.0.0.1:{ports.group}",
            f"ist.recv_addr=127.0.0.1:{ports.increments}",
            "gcache.size=64M",
        ]
        own = [
            "--wsrep-on=ON",
            f"--wsrep-provider={server.programs[4]}",
            f"--wsrep-provider-options={';'.join(provider)}",
            f"--wsrep-cluster-address=gcomm://{members}",
            f"--wsrep-node-address=127.0.0.1:{ports.group}",
            f"--wsrep-node-name={self.name}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address=127.0.0.1:{ports.copies}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            # docs/growing.md says why.
            "--innodb-lock-wait-timeout=5",
        ]
        # Accounts are created only by the node that bootstraps the cluster.
        command = server.command(ports.sql)
        return [*(part for part in command if first or not part.startswith("--init-file=")), *own]


@dataclass(frozen=True)
class Cluster:
    """The nodes."""

    nodes: Sequence[Node]

    def url(self, node: int, database: str = "") -> str:
        """The URL of an ordinary account on one node."""
        return f"{self.nodes[node].url}/{database}" if database else self.nodes[node].url

    def sql(self, statements: str, database: str = "") -> list[list[str]]:
        return self.nodes[0].sql(statements, database)

    def create_database(self, name: str) -> None:
        self.sql(f"CREATE DATABASE {name}")
        self.wait()

    def wait(self) -> None:
        """Wait until every node has applied all writes."""
        for node in self.nodes:
            node.sql("SET SESSION wsrep_sync_wait = 7; SELECT 1")


@contextmanager
def running(home: Path, user: str | None) -> Iterator[Cluster]:
    """Run a cluster whose files are in `home`. Raises `ServerError`."""
    programs = GaleraServer.find_programs()
    if programs is None:
        raise ServerError(f"{GaleraServer.title} is not installed; install {GaleraServer.packages}")
    ports = [Ports() for _ in range(NODES)]
    nodes = []
    home.mkdir(mode=0o755)
    for number, own in enumerate(ports):
        server = GaleraServer(programs, home / f"n{number}", user, durable=False)
        server.make_home()
        if number == 0:
            server.create()
        nodes.append(Node(server, own, ports, f"n{number}"))
    try:
        for number, node in enumerate(nodes):
            node.start(first=number == 0)
        yield Cluster(nodes)
    finally:
        for node in nodes:
            node.resume()
            node.kill()


def usable() -> bool:
    """Whether this machine can run a cluster."""
    return GaleraServer.find_programs() is not None
