"""Unusual server settings: the shop works, or says what to change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import replicas
from buyers import ask, made
from database_server import USER as OWNER
from replicas import MariaDbPrimary, PostgreSqlPrimary, Running
from serving import run, serving

for engine in (PostgreSqlPrimary, MariaDbPrimary):
    if engine.find_programs() is None:
        pytest.skip(f"{engine.title} is not installed; install {engine.packages}", allow_module_level=True)

SHOP = ("generate", "--users=30", "--products=15", "--orders=200", "--seed=7", "--until=2026-01-01")

OF_MARIADB_SESSIONS = {
    "autocommit": "0",
    "completion_type": "'CHAIN'",
    "sql_select_limit": "1",
    "max_join_size": "1",
    "sql_safe_updates": "1",
    "sql_auto_is_null": "1",
    "foreign_key_checks": "0",
    "check_constraint_checks": "0",
    "unique_checks": "0",
    "sql_mode": "'ORACLE,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH'",
    "time_zone": "'+05:30'",
    "tx_isolation": "'SERIALIZABLE'",
    "div_precision_increment": "0",
    "group_concat_max_len": "4",
    "default_week_format": "3",
    "max_statement_time": "0.000001",
    "low_priority_updates": "1",
    "query_cache_type": "1",
}
OF_MARIADB_TABLES = {
    "default_storage_engine": "'MyISAM'",
    "character_set_server": "'latin1'",
    "collation_server": "'latin1_swedish_ci'",
    "innodb_strict_mode": "0",
    "innodb_force_primary_key": "1",
    "explicit_defaults_for_timestamp": "0",
    "binlog_format": "'MIXED'",
}
OF_MARIADB_TEXT = {"character_set_server": "'utf8mb4'", "collation_server": "'utf8mb4_bin'"}
OF_POSTGRESQL_SESSIONS = {
    "default_transaction_isolation": "'serializable'",
    "default_transaction_deferrable": "on",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "datestyle": "'SQL, DMY'",
    "intervalstyle": "'sql_standard'",
    "timezone": "'Asia/Kolkata'",
    "bytea_output": "'escape'",
    "extra_float_digits": "-15",
    "client_encoding": "'LATIN1'",
    "statement_timeout": "'1ms'",
    "lock_timeout": "'1ms'",
    "row_security": "off",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "plan_cache_mode": "'force_generic_plan'",
}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Running]:
    with replicas.home() as home, replicas.running(PostgreSqlPrimary, home, "postgresql") as server:
        yield server


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Running]:
    with replicas.home() as home, replicas.running(MariaDbPrimary, home, "mariadb") as server:
        yield server


@pytest.fixture(scope="module")
def usual(mariadb: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The output of a shop on a server with default settings."""
    mariadb.sql("CREATE DATABASE usual")
    return worked(mariadb.url("usual"), tmp_path_factory.mktemp("usual"))


def worked(database: str, folder: Path) -> dict[str, str]:
    """Create a shop, sell and check; return the tables and reports from before the sale."""

    def output(*arguments: str) -> str:
        finished = run(database, folder, *arguments)
        assert finished.returncode == 0, f"{arguments}: {finished.stdout}{finished.stderr}"
        return finished.stdout

    output("migrate")
    output(*SHOP)
    shown = {"order_items": output("export", "order_items"), "orders": output("export", "orders")}
    for report in ("monthly-revenue", "cohorts", "average-order-value", "rfm-customers", "bought-together"):
        shown[report] = output("report", report)
    with serving(database, folder) as server:
        at = f"{server.host}:{server.port}"
        product = {"name": "Lämp 灯 \\ ' \"", "price": "1.00", "category_id": 1, "initial_stock": 10}
        lamp = made(at, "/api/products", product)
        assert ask(at, "GET", f"/api/products/{lamp['id']}").body["name"] == product["name"]
        items = [{"product_id": lamp["id"], "quantity": 2}]
        payment = {"method": "card", "capture": True}
        order = made(at, "/api/orders", {"user_id": 1, "items": items, "payment": payment})
        refund = {"reason": "broken", "amount": "0.50"}
        assert ask(at, "POST", f"/api/orders/{order['id']}/refunds", refund).status == 201
        too_many = {"user_id": 1, "items": [{"product_id": lamp["id"], "quantity": 9}]}
        assert ask(at, "POST", "/api/orders", too_many).status == 409
        nobody = {"user_id": 999, "items": items}
        assert ask(at, "POST", "/api/orders", nobody).status == 422
        assert ask(at, "GET", f"/api/products/{lamp['id']}").body["stock"] == 8
        assert ask(at, "GET", "/readyz").status == 200
    output("check")
    output("reset", "--yes")
    output("check")
    return shown


def refused(database: str, folder: Path, *words: str) -> None:
    """Opening fails with one line that says what to change, and creates nothing."""
    finished = run(database, folder, "migrate")
    assert finished.returncode == 1, finished.stdout
    assert all(word in finished.stderr for word in words), finished.stderr
    assert len(finished.stderr.strip().splitlines()) == 1, finished.stderr


@pytest.mark.parametrize(
    "settings", [OF_MARIADB_SESSIONS, OF_MARIADB_TABLES, OF_MARIADB_TEXT], ids=["sessions", "tables", "text"]
)
def test_settings_of_mariadb_change_nothing(
    mariadb: Running, usual: dict[str, str], settings: dict[str, str], tmp_path: Path
) -> None:
    before = {name: mariadb.sql(f"SELECT @@GLOBAL.{name}") for name in settings}
    changes = [f"SET GLOBAL {name} = {value}" for name, value in settings.items()]
    mariadb.sql("CREATE DATABASE before_the_change")
    mariadb.sql("; ".join(changes))
    try:
        mariadb.sql("CREATE DATABASE hostile")
        assert worked(mariadb.url("hostile"), tmp_path) == usual
    finally:
        back = [f"SET GLOBAL {name} = {quoted(value)}" for name, value in before.items()]
        mariadb.sql("SET autocommit = 1; " + "; ".join(back))
        mariadb.sql("DROP DATABASE IF EXISTS hostile; DROP DATABASE before_the_change")


def quoted(value: str) -> str:
    return value if value.replace(".", "").isdigit() else f"'{value}'"


def test_names_of_mariadb_tables_that_are_kept_in_lower_case_change_nothing(
    usual: dict[str, str], tmp_path: Path
) -> None:
    lower = ["--lower-case-table-names=1"]
    with replicas.home() as home, replicas.running(MariaDbPrimary, home, "lower", extra=lower) as server:
        server.sql("CREATE DATABASE Shop")
        assert worked(server.url("Shop"), tmp_path) == usual


def test_a_binary_log_of_statements_is_refused(mariadb: Running, tmp_path: Path) -> None:
    mariadb.sql("CREATE DATABASE logged; SET GLOBAL binlog_format = 'STATEMENT'")
    try:
        refused(mariadb.url("logged"), tmp_path, "binlog_format", "ROW or MIXED")
        assert mariadb.sql("SHOW TABLES", "logged") == ""
    finally:
        mariadb.sql("SET GLOBAL binlog_format = 'MIXED'")


def test_settings_of_postgresql_change_nothing(
    postgresql: Running, usual: dict[str, str], tmp_path: Path
) -> None:
    postgresql.sql(f"CREATE DATABASE hostile OWNER {OWNER}")
    for name, value in OF_POSTGRESQL_SESSIONS.items():
        postgresql.sql(f"ALTER ROLE {OWNER} IN DATABASE hostile SET {name} = {value}")
    postgresql.sql(
        f"CREATE SCHEMA app AUTHORIZATION {OWNER}; CREATE TABLE public.orders (number INT)", "hostile"
    )
    postgresql.sql(f"ALTER ROLE {OWNER} IN DATABASE hostile SET search_path = nowhere, app, public")
    assert worked(postgresql.url("hostile"), tmp_path) == usual
    assert postgresql.sql("SELECT COUNT(*) FROM public.orders", "hostile") == "0"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_postgresql_database_that_is_not_in_utf8_is_refused(
    postgresql: Running, tmp_path: Path, encoding: str
) -> None:
    provider = "LOCALE_PROVIDER libc" if int(postgresql.sql("SHOW server_version_num")) >= 150_000 else ""
    name = encoding.lower()
    options = f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' {provider} TEMPLATE template0"
    postgresql.sql(f"CREATE DATABASE {name} OWNER {OWNER} {options}")
    refused(postgresql.url(name), tmp_path, encoding, "UTF8")
    assert postgresql.sql("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'", name) == "0"


def test_a_postgresql_user_whose_foreign_keys_are_off_is_refused(postgresql: Running, tmp_path: Path) -> None:
    postgresql.sql(f"CREATE DATABASE unchecked OWNER {OWNER}")
    postgresql.sql(f"ALTER ROLE {OWNER} IN DATABASE unchecked SET session_replication_role = replica")
    refused(postgresql.url("unchecked"), tmp_path, "session_replication_role")


def test_a_search_path_that_hides_the_shop_or_names_nothing_is_refused(
    postgresql: Running, tmp_path: Path
) -> None:
    postgresql.sql(f"CREATE DATABASE hidden OWNER {OWNER}")
    assert run(postgresql.url("hidden"), tmp_path, "migrate").returncode == 0
    # By default a schema named like the user comes first.
    postgresql.sql(f"CREATE SCHEMA AUTHORIZATION {OWNER}", "hidden")
    refused(postgresql.url("hidden"), tmp_path, "search_path", OWNER, "public")
    postgresql.sql("ALTER DATABASE hidden SET search_path = nowhere")
    refused(postgresql.url("hidden"), tmp_path, "search_path")
    postgresql.sql("ALTER DATABASE hidden SET search_path = public")
    assert run(postgresql.url("hidden"), tmp_path, "check").returncode == 0


def test_a_user_who_may_not_create_tables_is_told_so(postgresql: Running, tmp_path: Path) -> None:
    postgresql.sql("CREATE DATABASE closed")
    postgresql.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "closed")
    refused(postgresql.url("closed"), tmp_path, "permission denied for schema public", "may create tables")
