"""An empty shop for each test, on every engine that there is: SQLite always, and MariaDB and PostgreSQL where
`ECOMDB_TEST_MYSQL_URL` and `ECOMDB_TEST_POSTGRES_URL` name a server."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pg8000.native
import pymysql
import pytest
from ecomdb._ecomdb import _REPORTS

import ecomdb

ENGINES = ["sqlite", "mysql", "postgres"]
PASSWORD = "correct horse battery"  # noqa: S105
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Shop:
    """A shop to test, with helpers to fill it."""

    db: ecomdb.Database
    url: str

    def user(self) -> ecomdb.User:
        return self.db.users.create(f"user{next(_NUMBERS)}@example.com", "Ada", "Lovelace")

    def member(self, role: str = "customer") -> ecomdb.User:
        """A user who can log in with `PASSWORD`."""
        user = self.user()
        self.db.accounts.set_password(user.id, PASSWORD)
        return self.db.accounts.set_role(user.id, ecomdb.Role(role))

    def log_in(self, user: ecomdb.User) -> ecomdb.OnBehalf:
        """The shop on behalf of a member."""
        login = self.db.accounts.log_in(user.email, PASSWORD)
        return self.db.on_behalf_of(self.db.accounts.authenticate(login.token))

    def product(self, price: str = "10.00", stock: int = 10) -> ecomdb.Product:
        """A product in a category of its own."""
        category = self.db.categories.create(f"Category {next(_NUMBERS)}")
        return self.db.products.create("Desk lamp", category.id, price, initial_stock=stock)

    def paid_order(self, units: int = 1) -> ecomdb.Order:
        product = self.product(stock=units)
        return self.db.orders.place(self.user().id, [(product.id, units)], payment="card", capture=True)


def ask(db: ecomdb.Database, name: str, **asked: Any) -> ecomdb.Report[Any]:
    """The rows of a report; one on a product or customer is about the best one, or the first."""
    analytics = db.analytics
    takes = next(takes for report, _, takes in _REPORTS if report.replace("-", "_") == name)
    best: list[int] = []
    if "product_id" in takes:
        best = [row.product_id for row in analytics.top_products()] or [row.id for row in db.products.list()]
    elif "user_id" in takes:
        best = [row.user_id for row in analytics.top_customers()] or [row.id for row in db.users.list()]
    report: ecomdb.Report[Any] = getattr(analytics, name)(*best[:1], **asked)
    return report


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'shop.db'}"
        return
    server = os.environ.get(f"ECOMDB_TEST_{request.param.upper()}_URL")
    if server is None:
        pytest.skip(f"no {request.param} server")
    name = f"python_{os.getpid()}_{next(_NUMBERS)}"
    _run(request.param, server, f"CREATE DATABASE {name}")
    yield f"{server.rstrip('/')}/{name}"
    _run(request.param, server, f"DROP DATABASE {name}")


@pytest.fixture
def shop(url: str) -> Iterator[Shop]:
    with ecomdb.connect(url) as db:
        yield Shop(db, url)


@pytest.fixture
def memory() -> Iterator[Shop]:
    """A shop for tests that do not depend on the engine."""
    url = "sqlite::memory:"
    with ecomdb.connect(url) as db:
        yield Shop(db, url)


@pytest.fixture(scope="session")
def demo() -> Iterator[ecomdb.Database]:
    """A generated shop, not to be changed."""
    with ecomdb.connect("sqlite::memory:") as db:
        db.generate("small", seed=7, until="2026-01-01")
        yield db


def _run(engine: str, server: str, statement: str) -> None:
    """Runs a statement as an administrator of databases."""
    url = urlsplit(server)
    assert url.hostname and url.port and url.username and url.password
    user, password = url.username, unquote(url.password)
    if engine == "mysql":
        with pymysql.connect(host=url.hostname, port=url.port, user=user, password=password) as connection:
            connection.cursor().execute(statement)
        return
    postgres = pg8000.native.Connection(
        user, host=url.hostname, port=url.port, database="postgres", password=password
    )
    try:
        postgres.run(statement)
    finally:
        postgres.close()
