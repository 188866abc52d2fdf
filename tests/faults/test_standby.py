"""A shop whose database has a replica: reads from it, and orders during a failover."""

from __future__ import annotations

import http.client
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import replicas
from buyers import Buyers, Stall, ask, made, prove
from database_server import USER as OWNER
from mariadb import MariaDb
from network import Network
from replicas import PATIENCE, Running, Switch
from serving import Served, check, run, serving

for engine in (replicas.PostgreSqlPrimary, replicas.MariaDbPrimary):
    if engine.find_programs() is None:
        pytest.skip(f"{engine.title} is not installed; install {engine.packages}", allow_module_level=True)

SHOP = ("generate", "--users=30", "--products=15", "--orders=200", "--seed=7", "--until=2026-01-01")
USER = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}
READER, READERS_PASSWORD = "reader", "p@ss"


def address(server: Served) -> str:
    return f"{server.host}:{server.port}"


def output(database: str, folder: Path, *arguments: str) -> str:
    finished = run(database, folder, *arguments)
    assert finished.returncode == 0, f"{arguments}: {finished.stdout}{finished.stderr}"
    return finished.stdout


def head(server: Served, method: str, path: str, body: object = None) -> tuple[int, Any, str | None]:
    """Status, body and Retry-After."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
    try:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers["Retry-After"]
    finally:
        connection.close()


def everything_read(database: str, folder: Path) -> dict[str, str]:
    """The output of the read-only commands, by command."""
    names = re.findall(r"^  ([a-z-]+)  ", output(database, folder, "report"), re.MULTILINE)
    # Days of cover, and days since the last order, depend on the time.
    reports = [name for name in names if name not in {"sell-through", "customer-value"}]
    assert len(reports) > 10, names
    required = {"product-trend": ("--product-id", "1"), "customer-trend": ("--user-id", "1")}
    commands = [("report", name, *required.get(name, ())) for name in reports]
    commands += [("export", table) for table in ("orders", "order_items", "users", "products")]
    return {" ".join(command): output(database, folder, *command) for command in commands}


def shop_with_a_sale_that_waits(database: str, folder: Path) -> None:
    """A shop with folded sales and one paid order that is not folded."""
    output(database, folder, "migrate")
    output(database, folder, *SHOP)
    output(database, folder, "report", "total-revenue")
    with serving(database, folder) as server:
        product = {"name": "Lamp", "price": "1.00", "category_id": 1, "initial_stock": 10}
        lamp = made(address(server), "/api/products", product)["id"]
        items = [{"product_id": lamp, "quantity": 1}]
        body = {"user_id": 1, "items": items, "payment": {"method": "card", "capture": True}}
        made(address(server), "/api/orders", body)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[tuple[Running, Running]]:
    with replicas.postgresql() as pair:
        yield pair


@pytest.fixture(scope="module")
def mariadb() -> Iterator[tuple[Running, Running]]:
    with replicas.mariadb() as pair:
        yield pair


@pytest.fixture(params=["postgresql", "mariadb"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Running, Running]:
    """A server with a shop that has an unfolded sale, and its replica, which is up to date."""
    primary, copy = request.getfixturevalue(request.param)
    if request.param == "mariadb":
        primary.sql("DROP DATABASE shop; CREATE DATABASE shop")
    else:
        primary.sql(f"DROP DATABASE shop WITH (FORCE); CREATE DATABASE shop OWNER {OWNER}")
    shop_with_a_sale_that_waits(primary.url(), tmp_path)
    if request.param == "mariadb":
        replicas.catch_up(primary, copy)
    assert waiting(copy) == 1
    return primary, copy


def waiting(server: Running) -> int:
    """The number of unfolded sales."""
    return int(server.sql("SELECT COUNT(*) FROM sales_events", "shop"))


def test_reports_lists_check_and_export_work_on_a_copy_and_say_what_the_primary_says(
    pair: tuple[Running, Running], tmp_path: Path
) -> None:
    primary, copy = pair
    read = everything_read(copy.url(), tmp_path)
    assert waiting(copy) == 1, "nothing was folded"
    check(copy.url(), tmp_path)
    assert "newest schema" in output(copy.url(), tmp_path, "migrate")
    assert read == everything_read(primary.url(), tmp_path)


def test_serve_read_only_serves_what_can_be_read_from_a_copy_and_refuses_the_rest(
    pair: tuple[Running, Running], tmp_path: Path
) -> None:
    primary, copy = pair
    with serving(copy.url(), tmp_path, "--read-only") as server:
        ready = ask(address(server), "GET", "/readyz")
        assert (ready.status, ready.body["read_only"]) == (200, True)
        revenue = ask(address(server), "GET", "/api/analytics/total-revenue")
        assert revenue.status == 200
        assert len(ask(address(server), "GET", "/api/orders?limit=1000").body) == 201
        for path, body in [("/api/users", USER), ("/api/orders/1/cancel", {})]:
            status, problem, retry_after = head(server, "POST", path, body)
            assert (status, problem["reason"], retry_after) == (503, "read_only", "1"), path
        assert ask(address(server), "GET", "/readyz").status == 200
    assert waiting(copy) == 1, "nothing was folded"
    with serving(primary.url(), tmp_path) as server:
        assert ask(address(server), "GET", "/api/analytics/total-revenue").body == revenue.body


def test_a_session_that_began_elsewhere_is_good_where_the_database_is_only_read(
    pair: tuple[Running, Running], tmp_path: Path
) -> None:
    primary, copy = pair
    word = "correct horse battery"
    name = ["--email", "grace@example.com", "--first-name", "Grace", "--last-name", "Hopper"]
    create = ["user", "create", "--role", "admin", "--password-stdin", *name]
    created = run(primary.url(), tmp_path, *create, stdin=word)
    assert created.returncode == 0, created.stderr
    login = {"email": "grace@example.com", "password": word}
    with serving(primary.url(), tmp_path, "--auth", "on") as server:
        token = ask(address(server), "POST", "/api/auth/login", login).body["token"]
    if isinstance(copy.server, MariaDb):
        replicas.catch_up(primary, copy)
    with serving(copy.url(), tmp_path, "--auth", "on", "--read-only") as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
        connection.request("GET", "/api/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 200
        for attempt in (login, {**login, "password": "a wrong guess"}):
            status, problem, _ = head(server, "POST", "/api/auth/login", attempt)
            assert (status, problem["reason"]) == (503, "read_only")


def test_serve_on_a_server_that_cannot_be_written_reads_and_says_why_it_takes_no_orders(
    pair: tuple[Running, Running], tmp_path: Path
) -> None:
    _, copy = pair
    with serving(copy.url(), tmp_path) as server:
        status, problem, _ = head(server, "GET", "/readyz")
        assert (status, problem["reason"]) == (503, "read_only")
        status, problem, _ = head(server, "POST", "/api/users", USER)
        assert (status, problem["reason"]) == (503, "read_only")
        assert ask(address(server), "GET", "/api/analytics/total-revenue").status == 200
        assert ask(address(server), "GET", "/api/orders").status == 200


def test_a_user_who_may_only_read_can_report_check_export_and_serve_what_it_reads(
    pair: tuple[Running, Running], tmp_path: Path
) -> None:
    primary, _ = pair
    if isinstance(primary.server, MariaDb):
        primary.sql(
            f"CREATE OR REPLACE USER {READER}@'%' IDENTIFIED BY '{READERS_PASSWORD}';"
            f"GRANT SELECT, SHOW VIEW ON shop.* TO {READER}@'%'"
        )
    else:
        primary.sql(f"DROP ROLE IF EXISTS {READER}")
        primary.sql(f"CREATE ROLE {READER} LOGIN PASSWORD '{READERS_PASSWORD}'")
        primary.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}", "shop")
    url = primary.url(user=READER)
    read = everything_read(url, tmp_path)
    assert waiting(primary) == 1, "nothing was folded"
    check(url, tmp_path)
    with serving(url, tmp_path, "--read-only") as server:
        assert ask(address(server), "GET", "/readyz").status == 200
        assert ask(address(server), "GET", "/api/analytics/total-revenue").status == 200
        assert head(server, "POST", "/api/users", USER)[1]["reason"] == "read_only"
    with serving(url, tmp_path) as server:
        status, problem, _ = head(server, "POST", "/api/users", USER)
        assert (status, problem["reason"]) == (503, "no_access")
    assert read == everything_read(primary.url(), tmp_path)
    if not isinstance(primary.server, MariaDb):
        primary.sql(f"DROP OWNED BY {READER}", "shop")


def buy_while(server: Served, take_over: Callable[[], object], print_as: str) -> None:
    """The replica takes over while buyers place orders. None of their orders is lost."""
    at = [address(server)]
    stall = Stall.set_up(at[0])
    with Buyers(at, stall, 8) as buyers:
        orders = buyers.ledger.orders
        replicas.wait_until(lambda: len(orders) > 50, "nothing is sold")
        take_over()
        began, before = time.monotonic(), len(orders)
        # Each buyer may have had one order in flight, whose response does not count.
        replicas.wait_until(lambda: len(orders) > before + 8, "nothing is sold after the copy took over")
        print(f"{print_as}: sold again after {time.monotonic() - began:.1f} s, {before} orders before")
        replicas.wait_until(lambda: len(orders) > before + 100, "little is sold after the copy took over")
    prove(at, stall, buyers.ledger)


def test_no_acknowledged_order_is_lost_when_a_synchronous_standby_is_promoted(tmp_path: Path) -> None:
    with replicas.postgresql() as (primary, standby), Switch(primary.port) as switch:
        url = primary.url().replace(f":{primary.port}/", f":{switch.port}/")

        def promote() -> None:
            primary.crash()
            standby.sql("SELECT pg_promote()")
            switch.target = standby.port

        with serving(url, tmp_path) as server:
            buy_while(server, promote, "PostgreSQL, the primary crashed")
        check(standby.url(), tmp_path)


def test_a_server_that_becomes_read_only_is_left_for_the_one_that_takes_its_place(tmp_path: Path) -> None:
    with replicas.mariadb() as (primary, replica), Switch(primary.port) as switch:
        url = primary.url().replace(f":{primary.port}/", f":{switch.port}/")

        def change_over() -> None:
            # As replication managers do: connections to the old server stay open.
            primary.sql("SET GLOBAL read_only = 1")
            replicas.catch_up(primary, replica)
            replica.sql("STOP SLAVE; SET GLOBAL read_only = 0")
            switch.target = replica.port

        with serving(url, tmp_path) as server:
            buy_while(server, change_over, "MariaDB, a change-over")
        check(replica.url(), tmp_path)


def categories(server: Served) -> list[str]:
    return [category["name"] for category in ask(address(server), "GET", "/api/categories").body]


def test_reads_follow_a_change_over_as_soon_as_the_probe_has_found_it(tmp_path: Path) -> None:
    with replicas.mariadb() as (primary, replica), Switch(primary.port) as switch:
        url = primary.url().replace(f":{primary.port}/", f":{switch.port}/")
        with serving(url, tmp_path) as server:
            assert ask(address(server), "GET", "/readyz").status == 200
            assert categories(server) == []
            primary.sql("SET GLOBAL read_only = 1")
            replicas.catch_up(primary, replica)
            replica.sql("STOP SLAVE; SET GLOBAL read_only = 0")
            with serving(replica.url(), tmp_path) as other:
                made(address(other), "/api/categories", {"name": "Lamps"})
            switch.target = replica.port
            assert ask(address(server), "GET", "/readyz").status == 200
            assert categories(server) == ["Lamps"]


@pytest.mark.parametrize("takes_over", [False, True])
def test_a_write_whose_commit_a_read_only_server_refuses_is_known_to_be_undone(
    tmp_path: Path, takes_over: bool
) -> None:
    with replicas.mariadb() as (primary, replica), closing(Network(("127.0.0.1", primary.port))) as network:
        url = primary.url().replace(f":{primary.port}/", f":{network.port}/")
        with serving(url, tmp_path) as server:
            made(address(server), "/api/categories", {"name": "Pens"})

            def demote() -> None:
                primary.sql("SET GLOBAL read_only = 1")
                replicas.catch_up(primary, replica)
                if takes_over:
                    replica.sql("STOP SLAVE; SET GLOBAL read_only = 0")
                    network.target = ("127.0.0.1", replica.port)

            network.at_commit = demote
            status, answer, _ = head(server, "POST", "/api/categories", {"name": "Lamps"})
            names = [category["name"] for category in ask(address(server), "GET", "/api/categories").body]
            if takes_over:
                assert (status, names) == (201, ["Pens", "Lamps"]), answer
            else:
                assert (status, answer["reason"], names) == (503, "read_only", ["Pens"]), answer


def test_orders_wait_while_a_server_is_read_only_and_go_on_when_it_can_be_written(tmp_path: Path) -> None:
    with replicas.home() as home, replicas.running(replicas.MariaDbPrimary, home, "mariadb") as server:
        server.sql("CREATE DATABASE shop")
        with serving(server.url(), tmp_path) as shop:

            def pause() -> None:
                server.sql("SET GLOBAL read_only = 1")
                status, problem, retry_after = head(shop, "POST", "/api/categories", {"name": "Lamps"})
                assert (status, problem["reason"], retry_after) == (503, "read_only", "1")
                assert ask(address(shop), "GET", "/readyz").status == 503
                server.sql("SET GLOBAL read_only = 0")

            buy_while(shop, pause, "MariaDB, read_only for a moment")
            assert ask(address(shop), "GET", "/readyz").status == 200
        check(server.url(), tmp_path)
