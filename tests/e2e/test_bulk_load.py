"""Bulk loading into a MariaDB server that refuses LOAD DATA LOCAL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

import servers  # noqa: E402
from database_server import PASSWORD, USER  # noqa: E402
from mariadb import MariaDb  # noqa: E402

SHOP = ("generate", "--preset", "small", "--until", "2026-01-01")


class MariaDbWithoutFiles(MariaDb):
    """Refuses LOAD DATA LOCAL."""

    def command(self, port: int) -> Sequence[str]:
        return [*super().command(port), "--local-infile=0"]

    @classmethod
    def variable(cls) -> str:
        return "ECOMDB_TEST_MYSQL_WITHOUT_FILES_URL"


def knows_mysql() -> bool:
    """Whether the program was built with MySQL support."""
    url = f"mysql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:1/shop"
    return "not compiled in" not in ecomdb(url, "check").stderr


def ecomdb(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [os.environ["ECOMDB_BIN"], "--database", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def statement(url: str, text: str) -> str:
    """The output of MariaDB's own client."""
    client = shutil.which("mariadb") or shutil.which("mysql") or pytest.skip("the MariaDB client is missing")
    place, name = url.rsplit("@", 1)[1].split("/")
    host, port = place.split(":")
    command = [client, "--no-defaults", "--batch", "--skip-column-names", f"--host={host}", f"--port={port}"]
    command += [f"--user={USER}", f"--execute={text}", *([name] if name else [])]
    env = {**os.environ, "MYSQL_PWD": PASSWORD}
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if MariaDbWithoutFiles.find_programs() is None or not knows_mysql():
        pytest.skip(f"MariaDB; to run this test, install {MariaDb.packages}")
    with servers.running([MariaDbWithoutFiles]) as urls:
        yield urls[MariaDbWithoutFiles.variable()]


@pytest.fixture
def shop(server: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    name = f"shop_{abs(hash(request.node.name))}"
    statement(f"{server}/", f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def test_rows_go_by_insert_where_files_are_refused(shop: str, tmp_path: Path) -> None:
    assert statement(shop, "SELECT @@local_infile") == "0"
    for _ in range(2):  # into an empty shop, then after existing rows
        generated = ecomdb(shop, *SHOP)
        assert generated.returncode == 0, generated.stderr
    check = ecomdb(shop, "check")
    assert check.returncode == 0, check.stdout
    assert statement(shop, "SELECT COUNT(*), MAX(id) FROM orders") == "2000\t2000"

    other = f"sqlite://{tmp_path / 'shop.db'}"
    for _ in range(2):
        assert ecomdb(other, *SHOP).returncode == 0
    for table in ("users", "orders", "order_items", "inventory_movements"):
        assert ecomdb(shop, "export", table).stdout == ecomdb(other, "export", table).stdout


def test_what_the_checks_would_have_found_is_found_at_the_end(shop: str) -> None:
    assert ecomdb(shop, *SHOP).returncode == 0
    statement(
        shop, "SET foreign_key_checks = 0; DELETE FROM users WHERE id = (SELECT MIN(user_id) FROM orders)"
    )
    refused = ecomdb(shop, *SHOP)
    assert refused.returncode == 1
    assert "rows of orders have a user_id that is not in users" in refused.stderr
    assert statement(shop, "SELECT COUNT(*) FROM orders") == "1000"
