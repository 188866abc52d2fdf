"""The test runner itself: it must not miss a failure, and must clean up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pg8000.native  # type: ignore[import-untyped]
import pytest

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

import processes  # noqa: E402
import python_environment  # noqa: E402
import servers  # noqa: E402
from database_server import PASSWORD, USER, DatabaseServer  # noqa: E402
from mariadb import MariaDb  # noqa: E402
from postgresql import PostgreSql  # noqa: E402
from python_environment import Environment  # noqa: E402
from python_tests import count_report  # noqa: E402
from rust_tests import LibtestCounter  # noqa: E402
from tally import Tally  # noqa: E402

PASSING_PROGRAM = """\
running 4 tests
test sqlite::a_sale_takes_stock ... ok
test sqlite::an_empty_order_is_refused - should panic ... ok
test money::parses ... ignored, slow
test processes::sells ... ignored, a part of the tests below, in a process of its own
test result: ok. 2 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""
FAILING_PROGRAM = """\
running 2 tests
test sqlite::a_refund_restocks ... FAILED
test sqlite::orders_page ... ok
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""
CRASHING_PROGRAM = """\
running 2 tests
test sqlite::orders_page ... ok
"""


def count(output: str, status: int, *missing: type[DatabaseServer]) -> Tally:
    counter = LibtestCounter()
    for line in output.splitlines():
        counter.read(line)
    return counter.tally(status, missing)


def test_counts_of_all_rust_programs_are_added_up() -> None:
    total = count(PASSING_PROGRAM + FAILING_PROGRAM, status=101)
    assert str(total) == "3 passed, 1 failed, 1 skipped"
    assert "failed: sqlite::a_refund_restocks" in total.remarks


def test_coloured_output_is_counted_too() -> None:
    assert (
        str(count(PASSING_PROGRAM.replace("ok", "\x1b[32mok\x1b(B\x1b[m"), status=0))
        == "2 passed, 0 failed, 1 skipped"
    )


def test_each_missing_engine_skips_as_many_tests_as_sqlite_ran() -> None:
    total = count(FAILING_PROGRAM, 101, MariaDb, PostgreSql)
    assert str(total) == "1 passed, 1 failed, 4 skipped"


def test_a_rust_program_that_crashes_is_a_failure() -> None:
    assert str(count(PASSING_PROGRAM + CRASHING_PROGRAM, status=101)) == "2 passed, 1 failed, 1 skipped"


def test_cargo_that_fails_without_a_word_is_a_failure() -> None:
    assert str(count(PASSING_PROGRAM, status=101)) == "2 passed, 1 failed, 1 skipped"


def test_pytest_reports_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite>"
        '<testcase classname="t" name="good"/>'
        '<testcase classname="t" name="bad"><failure message="no"/></testcase>'
        '<testcase classname="t" name="broken"><error message="no"/></testcase>'
        '<testcase classname="t" name="later"><skipped message="why"/></testcase>'
        "</testsuite></testsuites>"
    )
    assert str(count_report(report)) == "1 passed, 2 failed, 1 skipped"


def test_an_environment_that_was_moved_is_recreated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = tmp_path / "requirements.txt"
    nothing.touch()
    monkeypatch.setattr(python_environment, "REQUIREMENTS", nothing)
    Environment(tmp_path / "before").prepare()
    (tmp_path / "before").rename(tmp_path / "after")
    environment = Environment(tmp_path / "after")
    environment.prepare()
    subprocess.run([environment.program("pip"), "--version"], check=True)


def test_a_silent_command_is_stopped() -> None:
    with pytest.raises(processes.HungError):
        processes.stream(["sleep", "30"], silence_limit=0.3)


def test_a_command_ends_although_what_it_started_holds_its_output() -> None:
    started = time.monotonic()
    assert processes.stream(["sh", "-c", "sleep 30 & exit 3"]) == 3
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("engine", [MariaDb, PostgreSql])
def test_no_server_outlives_its_starter(engine: type[DatabaseServer], signum: signal.Signals) -> None:
    if engine.find_programs() is None:
        pytest.skip(f"{engine.title} is not installed")
    address = f'import os; print(os.environ["{engine.variable()}"].rsplit(":", 1)[1], flush=True)'
    command = [sys.executable, "-c", f"{address}; import time; time.sleep(30)"]
    env = {name: value for name, value in os.environ.items() if name != engine.variable()}
    starter = subprocess.Popen(
        [sys.executable, TESTS / "servers.py", engine.name, "--", *command], stdout=subprocess.PIPE, env=env
    )
    with starter:
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        assert is_listening(port)
        starter.send_signal(signum)
        starter.wait()
        deadline = time.monotonic() + 10
        while is_listening(port) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_listening(port)


def test_the_tests_account_drops_a_database_that_is_being_vacuumed(monkeypatch: pytest.MonkeyPatch) -> None:
    if PostgreSql.find_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    monkeypatch.delenv(PostgreSql.variable(), raising=False)
    with servers.running([PostgreSql]) as urls:
        port = int(urls[PostgreSql.variable()].rsplit(":", 1)[1])
        # Vacuum every second, slowed down to take minutes.
        for setting in ("naptime = 1", "vacuum_cost_limit = 1", "vacuum_cost_delay = 100"):
            query(port, "postgres", "postgres", f"ALTER SYSTEM SET autovacuum_{setting}")
        query(port, "postgres", "postgres", "SELECT pg_reload_conf()")
        query(port, USER, "postgres", "CREATE DATABASE vacuumed")
        fill = "CREATE TABLE rows AS SELECT repeat('x', 500) FROM generate_series(1, 20000)"
        query(port, USER, "vacuumed", fill)
        query(port, USER, "vacuumed", "DELETE FROM rows")
        workers = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
        deadline = time.monotonic() + 60
        while not query(port, "postgres", "postgres", f"{workers} AND datname = 'vacuumed'"):
            assert time.monotonic() < deadline, "no autovacuum worker came"
            time.sleep(0.02)
        query(port, USER, "postgres", "DROP DATABASE vacuumed WITH (FORCE)")


def query(port: int, user: str, database: str, statement: str) -> list[object]:
    """Run a statement on a new connection; return the rows."""
    connection = pg8000.native.Connection(
        user, host="127.0.0.1", port=port, database=database, password=PASSWORD
    )
    try:
        return list(connection.run(statement) or ())
    finally:
        connection.close()


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
