"""Opening and closing a database."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import Shop

import ecomdb


def test_the_package_reports_its_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", ecomdb.__version__)


def test_a_sqlite_file_is_created_and_migrated(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with ecomdb.connect(f"sqlite://{file}") as db:
        assert db.engine == "SQLite"
        assert repr(db) == "<ecomdb.Database on SQLite>"
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_a_reset_is_refused_while_a_table_of_an_application_refers_to_the_shop(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"

    def application(statement: str) -> None:
        """Runs in a process of its own: two SQLite libraries in one process release each other's locks."""
        program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])"
        subprocess.run([sys.executable, "-c", program, str(file), statement], check=True)

    with ecomdb.connect(f"sqlite://{file}") as db:
        user = db.users.create("ada@example.com", "Ada", "Lovelace")
        application("CREATE TABLE likes (user_id INTEGER REFERENCES users (id))")
        with pytest.raises(ecomdb.ConfigurationError, match=r"likes.*users.*user_id"):
            db.reset()
        assert db.users.get(user.id) == user
        application("DROP TABLE likes")
        db.reset()
        assert list(db.users.list()) == []


def test_the_engine_says_its_name(shop: Shop) -> None:
    scheme = shop.url.split(":")[0]
    assert shop.db.engine == {"sqlite": "SQLite", "mysql": "MySQL", "postgres": "PostgreSQL"}[scheme]


def test_a_closed_database_says_so() -> None:
    db = ecomdb.connect("sqlite::memory:")
    db.close()
    db.close()
    assert db.is_closed
    assert repr(db) == "<ecomdb.Database on SQLite, closed>"
    with pytest.raises(ecomdb.ClosedError, match="closed: open it again"):
        db.users.get(1)


def test_a_database_is_closed_when_its_block_raises() -> None:
    with pytest.raises(ZeroDivisionError), ecomdb.connect("sqlite::memory:") as db:
        _ = 1 / 0
    assert db.is_closed


def test_a_database_closes_with_its_last_reference(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    db = ecomdb.connect(f"sqlite://{file}")
    users = db.users
    users.create("ada@example.com", "Ada", "Lovelace")
    del db
    gc.collect()
    assert users.get(1).first_name == "Ada"
    assert file.with_name("shop.db-wal").exists()
    del users
    gc.collect()
    assert not file.with_name("shop.db-wal").exists()


def test_a_mistyped_url_is_an_error_that_says_what_is_possible(tmp_path: Path) -> None:
    with pytest.raises(ecomdb.ConfigurationError, match="sqlite://FILE"):
        ecomdb.connect(f"sqlit://{tmp_path}/shop.db")
    assert list(tmp_path.iterdir()) == []


def test_a_plain_path_and_memory_are_databases_of_sqlite(tmp_path: Path) -> None:
    with ecomdb.connect(str(tmp_path / "shop.db")) as db:
        ada = db.users.create("ada@example.com", "Ada", "Lovelace")
    with ecomdb.connect(tmp_path / "shop.db") as db, ecomdb.connect(":memory:") as empty:
        assert db.users.get(ada.id) == ada
        assert list(empty.users.list()) == []


def test_a_database_without_a_shop_is_refused_without_migrations(url: str) -> None:
    # A SQLite file is not even created.
    with pytest.raises(ecomdb.ConfigurationError, match=r"lacks \d+ migration|there is no database file"):
        ecomdb.connect(url, migrate=False)
    assert not Path(url.removeprefix("sqlite://")).exists()
    ecomdb.connect(url).close()
    ecomdb.connect(url, migrate=False).close()


def test_a_database_that_is_only_read_stays_as_it_is(tmp_path: Path) -> None:
    """A backup is in the rollback journal mode: a connection that may write would change it to the
    write-ahead mode. A sale waits, which a report that may write would fold."""
    folder = tmp_path / "read"
    folder.mkdir()
    file = folder / "shop.db"
    url = f"sqlite://{tmp_path / 'shop.db'}"
    with ecomdb.connect(url) as db:
        assert not db.is_read_only
        shop = Shop(db, url)
        shop.paid_order()
        db.analytics.total_revenue()
        shop.paid_order()
        db.backup(file)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    with ecomdb.connect(f"sqlite://{file}", read_only=True) as db:
        assert db.is_read_only
        assert db.statistics().waiting_sales == 1
        assert len(list(db.categories.list())) == 2
        assert db.check().is_clean
        (row,) = db.analytics.total_revenue()
        assert row.total_revenue == Decimal("20.00")
        assert db.statistics().waiting_sales == 1
        with pytest.raises(ecomdb.UnavailableError, match="can only be read"):
            db.categories.create("Pens")
    assert before == {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_settings_out_of_bounds_are_refused() -> None:
    with pytest.raises(ecomdb.ValidationError, match="connections: must be a whole number from 1"):
        ecomdb.connect("sqlite::memory:", connections=0)
    with pytest.raises(ecomdb.ValidationError, match="wait: must be a number of seconds"):
        ecomdb.connect("sqlite::memory:", wait=-1)
    with pytest.raises(ecomdb.ValidationError, match="at most 86400"):
        ecomdb.connect("sqlite::memory:", wait=1e19)
    with pytest.raises(ecomdb.ConfigurationError, match="`statement_timeout` must be from 1 second"):
        ecomdb.connect("sqlite::memory:", statement_timeout=0.999)
    with pytest.raises(ecomdb.ValidationError, match="statement_timeout: must be a number of seconds"):
        ecomdb.connect("sqlite::memory:", statement_timeout=86_401)


def test_reset_leaves_an_empty_shop(shop: Shop) -> None:
    shop.paid_order()
    shop.db.reset()
    assert list(shop.db.users.list()) == []
    assert shop.paid_order().id == 1


def test_check_names_every_rule_that_holds(shop: Shop) -> None:
    shop.paid_order()
    report = shop.db.check()
    assert report.is_clean
    assert len(report.checks) > 10
    assert any(check.compared == 1 for check in report.checks)
    assert all(check.findings == () for check in report.checks)


def test_rebuild_recomputes_reports(shop: Shop) -> None:
    shop.paid_order()
    before = shop.db.analytics.total_revenue()
    shop.db.rebuild()
    assert shop.db.analytics.total_revenue() == before
    assert shop.db.check().is_clean


def test_a_check_tells_each_rule_as_it_is_proved(shop: Shop) -> None:
    told: list[ecomdb.CheckResult] = []
    assert shop.db.check(progress=told.append).checks == tuple(told)
    assert len(told) >= 8

    def stop(check: ecomdb.CheckResult) -> None:
        raise KeyError(check.rule)

    with pytest.raises(KeyError, match=told[0].rule):
        shop.db.check(progress=stop)


def test_messages_show_text_as_people_write_it(memory: Shop) -> None:
    for status, shown in (
        ("café", '"café"'),
        ('it\'s "new"', '"it\'s "new""'),
        ("a\n\u200b", r'"a\n<U+200B>"'),
    ):
        with pytest.raises(ecomdb.ValidationError) as wrong:
            memory.db.users.list(status=status)  # type: ignore[arg-type]
        assert wrong.value.errors[0].message == f"must be one of active, disabled, not {shown}"


@pytest.mark.parametrize("special", ["#", "/", "?", "@", "@b/c?d=", "://"])
@pytest.mark.parametrize("scheme", ["mysql", "postgres", "mysq"])
def test_no_error_has_a_part_of_a_password(scheme: str, special: str) -> None:
    with pytest.raises(ecomdb.Error) as wrong:
        ecomdb.connect(f"{scheme}://shop:GEHEIM{special}GEHEIM@127.0.0.1:1/shop", wait=0.1)
    assert "GEHEIM" not in str(wrong.value) + repr(wrong.value)
