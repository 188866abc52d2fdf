"""The diagram in docs/architecture.md is the schema that the program makes."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"
DIAGRAM = re.findall(r"```mermaid\nerDiagram\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder = tmp_path_factory.mktemp("shop")
    subprocess.run([os.environ["ECOMDB_BIN"], "migrate"], cwd=folder, check=True, capture_output=True)
    connection = sqlite3.connect(folder / "shop.db")
    yield connection
    connection.close()


def tables(shop: sqlite3.Connection) -> list[str]:
    names = shop.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted(name for (name,) in names)


def test_every_table_has_its_columns_with_types_and_keys(shop: sqlite3.Connection) -> None:
    drawn = {
        table: [line.split() for line in columns.strip().splitlines()]
        for table, columns in re.findall(
            r"^ {4}(\w+) \{\n(.*?)^ {4}\}", "".join(DIAGRAM), re.DOTALL | re.MULTILINE
        )
    }
    assert drawn == {table: columns(shop, table) for table in tables(shop)}


def columns(shop: sqlite3.Connection, table: str) -> list[list[str]]:
    """Type, name, and the marks of primary and foreign keys."""
    foreign = {key[3] for key in shop.execute(f"PRAGMA foreign_key_list({table})")}
    described = []
    for _, name, kind, _, _, primary in shop.execute(f"PRAGMA table_info({table})"):
        keys = ["PK"] * bool(primary) + ["FK"] * (name in foreign)
        described.append([kind.lower(), name, *([", ".join(keys)] if keys else [])])
    return [" ".join(column).split() for column in described]


def test_every_foreign_key_is_a_line(shop: sqlite3.Connection) -> None:
    drawn = sorted(re.findall(r"^ {4}(\w+) \|[|o]--[|o][|{] (\w+) : (\w+)$", "".join(DIAGRAM), re.MULTILINE))
    keys = [
        (key[2], table, key[3])
        for table in tables(shop)
        for key in shop.execute(f"PRAGMA foreign_key_list({table})")
    ]
    assert drawn == sorted(keys)
