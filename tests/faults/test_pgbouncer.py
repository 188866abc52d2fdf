"""The library works through PgBouncer in transaction mode."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

import pgbouncer  # noqa: E402
import rust_tests  # noqa: E402
import servers  # noqa: E402

PRESENT = [engine for engine in servers.ENGINES if engine.find_programs()]
NEEDED = any(engine.name == "postgres" for engine in PRESENT) and pgbouncer.find_program()


@pytest.mark.skipif(not NEEDED, reason="PostgreSQL and PgBouncer are not installed")
def test_the_behaviour_of_the_library_is_the_same_behind_a_pooler_of_transactions() -> None:
    postgres = [engine for engine in PRESENT if engine.name == "postgres"]
    workspace = rust_tests.Workspace(TESTS.parent, PRESENT, [])
    command = ["cargo", "test", *workspace.selection, "--test", "behaviour", "--", "::postgres::"]
    with (
        servers.running(postgres) as urls,
        pgbouncer.running({**os.environ, **urls}[pgbouncer.VARIABLE]) as url,
    ):
        environment = {**os.environ, pgbouncer.VARIABLE: url}
        finished = subprocess.run(command, cwd=TESTS.parent, env=environment, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "test transactions::postgres::a_transaction_does_all_or_nothing ... ok" in finished.stdout
