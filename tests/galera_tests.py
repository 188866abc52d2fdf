"""The Galera part of the test run: the library's tests, alternating between two nodes."""

from __future__ import annotations

from collections.abc import Mapping

import galera
import processes
import servers
from mariadb import MariaDb
from rust_tests import LibtestCounter, Workspace
from tally import Tally


def run(workspace: Workspace, env: Mapping[str, str], only: str | None) -> Tally:
    """Run the MariaDB tests whose names contain `only`."""
    total = Tally()
    if MariaDb not in workspace.engines:
        return total
    if not galera.usable():
        total.skip(1, f"the behaviour on Galera; to run it, install {galera.GaleraServer.packages}")
        return total
    counter = LibtestCounter()
    command = ["cargo", "test", *workspace.selection, "--test=behaviour", "--no-fail-fast"]
    command += ["--", *([only, "--skip=sqlite::", "--skip=postgres::"] if only else ["mysql"])]
    with servers.running_in_turn() as urls:
        status = processes.stream(command, cwd=workspace.root, env={**env, **urls}, on_line=counter.read)
    return counter.tally(status, [])
