#!/usr/bin/env python3
"""Benchmark of the Python package against peers in the same run. Not part of the tests.

pip install ./ecomdb-py pyarrow
cargo build --release -p ecomdb --example products_get
python tests/bench/python_package.py [PROGRAM]      PROGRAM: target/release/examples/products_get
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from collections.abc import Callable
from pathlib import Path

import pyarrow

import ecomdb

ORDERS = 500_000
LARGE_TABLES = {
    ecomdb.TableName.ORDER_ITEMS: "order_id, product_id",
    ecomdb.TableName.ORDERS: "id",
    ecomdb.TableName.INVENTORY_MOVEMENTS: "id",
    ecomdb.TableName.PAYMENTS: "id",
}


def best(function: Callable[[], object], number: int, rounds: int = 5) -> float:
    """Seconds per call, in the best of several rounds."""
    return min(timeit.repeat(function, number=number, repeat=rounds)) / number


def once(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def attribute_access(db: ecomdb.Database) -> None:
    order = db.orders.get(1)
    statements = {
        "order.total": lambda: order.total,
        "order.placed_at": lambda: order.placed_at,
        "db.orders": lambda: db.orders,
        "db.engine": lambda: db.engine,
        "db.transaction()": db.transaction,
        "db.orders.list()": db.orders.list,
    }
    for name, statement in statements.items():
        print(f"{name:24} {best(statement, 200_000) * 1e9:8.0f} ns")


def one_product(db: ecomdb.Database, url: str, program: str) -> None:
    python = best(lambda: db.products.get(7), 20_000) * 1e9
    rust = float(subprocess.run([program, url], capture_output=True, text=True, check=True).stdout)
    print(
        f"db.products.get(id)      {python:8.0f} ns, in Rust {rust:.0f} ns: {python / rust:.2f} times as long"
    )


def rows_to_arrow(db: ecomdb.Database, file: Path, table: ecomdb.TableName, key: str) -> None:
    query = f"SELECT {', '.join(db.export(table).columns)} FROM {table} ORDER BY {key}"
    with sqlite3.connect(file) as connection:
        rows = len(connection.execute(query).fetchall())
        peer = min(once(lambda: connection.execute(query).fetchall()) for _ in range(3))
    ours = min(once(lambda: pyarrow.table(db.export(table))) for _ in range(5))
    print(
        f"{rows:,} {table} to Arrow in {ours:.3f} s ({ours / rows * 1e9:.0f} ns a row),"
        f" sqlite3's fetchall {peer:.3f} s ({peer / rows * 1e9:.0f} ns a row):"
        f" {peer / ours:.1f} times as fast"
    )


def placing_orders(db: ecomdb.Database) -> None:
    lamps = db.categories.create("Lamps for a bench")
    products = [db.products.create("Lamp", lamps.id, 1, initial_stock=10**6).id for _ in range(3)]

    def place(count: int) -> None:
        for _ in range(count):
            db.orders.place(1, [(product, 1) for product in products])

    place(50)
    alone = 400 / once(lambda: place(400))

    def together() -> None:
        threads = [threading.Thread(target=place, args=(200,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    eight = 1600 / once(together)
    print(
        f"orders placed: {alone:,.0f}/s by one thread, {eight:,.0f}/s by eight:"
        f" {eight / alone:.1f} times as many"
    )


def main() -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        file = Path(folder) / "shop.db"
        url = f"sqlite://{file}"
        with ecomdb.connect(url) as db:
            db.generate("large", orders=ORDERS, users=50_000, until="2026-01-01")
            attribute_access(db)
            if len(sys.argv) > 1:
                one_product(db, url, sys.argv[1])
            for table, key in LARGE_TABLES.items():
                rows_to_arrow(db, file, table, key)
            placing_orders(db)


if __name__ == "__main__":
    main()
