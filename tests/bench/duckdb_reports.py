#!/usr/bin/env python3
"""Benchmark of the reports against DuckDB: the same shop, the same questions, equal answers.

pip install ./ecomdb-py duckdb pyarrow
python tests/bench/duckdb_reports.py [--orders N] [--database FILE]

DuckDB holds the base tables, in memory, and answers with the views that define the reports
(migrations/views/postgres) on all of its threads. ecomdb answers from a SQLite file. Every answer is
compared, row by row, before it is timed. The times are the median of several calls, in milliseconds; `faster`
is how many times faster ecomdb is. Reports that depend on the moment (sell-through) or on one product or
customer are left out, and so is rfm, which sums up rfm-customers. Not part of the tests.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

import ecomdb

VIEWS = Path(__file__).parents[2] / "migrations/views/postgres"
TABLES = (
    ecomdb.TableName.USERS,
    ecomdb.TableName.CATEGORIES,
    ecomdb.TableName.PRODUCTS,
    ecomdb.TableName.INVENTORY,
    ecomdb.TableName.ORDERS,
    ecomdb.TableName.ORDER_ITEMS,
    ecomdb.TableName.PAYMENTS,
)
LIMIT = 50
UNTIL = "2026-11-22"
PERIODS: dict[str, tuple[str | None, str | None]] = {
    "all time": (None, None),
    "a year": ("2025-01-01", "2026-01-01"),
    "a year, not of whole months": ("2025-02-11T07:30:00", "2026-02-11T07:30:00"),
    "a day": ("2026-03-10", "2026-03-11"),
}


@dataclass(frozen=True)
class Question:
    """A report, and how it differs from its defining view."""

    report: str
    view: str = ""
    """The name of the view, if it is not that of the report."""
    order: str = ""
    """For a ranking: the sort order of the view. The first rows are the answer."""
    drop: tuple[str, ...] = ()
    """Columns that only the report has."""
    keep: Callable[[dict[str, Any]], bool] = field(default=lambda _: True)
    """Selects the rows of the report that the view has, too."""
    takes_period: bool = True
    first: str = ""
    """What the first completed order of a customer, of all time, decides: if the customer is `new`, or in
    a `cohort` of the period. The view has the orders of the period alone."""

    def definition(self) -> str:
        """The view, in DuckDB's dialect."""
        text = (VIEWS / f"analytics_{self.view or self.report}.sql").read_text().rstrip().removesuffix(";")
        text = re.sub(r"TO_CHAR\((placed_at|MIN\(placed_at\)), 'YYYY-MM'\)", r"date_trunc('month', \1)", text)
        text = re.sub(r"\bDIV\(", "int_div(", text)
        if self.first == "new":
            text = re.sub(
                r"MIN\(date_trunc\(.*?OVER \(PARTITION BY user_id\)",
                "date_trunc('month', MIN(first_at))",
                text,
            )
        return f"SELECT * FROM ({text}) ORDER BY {self.order} LIMIT {LIMIT}" if self.order else text


TREND = ("from_", "to", "previous_total_revenue", "previous_net_revenue", "previous_orders")
QUESTIONS = (
    Question("total_revenue"),
    Question("monthly_revenue"),
    Question("revenue_trend", "daily_revenue", drop=TREND, keep=lambda row: row["orders"] > 0),
    Question("average_order_value"),
    Question("top_customers", order="total_spent DESC, user_id"),
    Question("orders_per_user", order="orders DESC, user_id"),
    Question("new_and_returning_customers", first="new"),
    Question("cohorts", first="cohort", drop=("months_since",), keep=lambda row: row["active_customers"] > 0),
    Question(
        "rfm_customers",
        "rfm",
        "recency_score + frequency_score + monetary_score DESC, user_id",
        drop=("email",),
    ),
    Question("top_products", order="total_units_sold DESC, product_id"),
    Question("revenue_by_product", order="product_revenue DESC, product_id"),
    Question("revenue_by_category", order="category_revenue DESC, category_id"),
    Question(
        "bought_together",
        order="orders_together DESC, product_a, product_b",
        drop=("product_a_name", "product_b_name"),
    ),
    Question("low_inventory", order="stock - reorder_level, product_id", takes_period=False),
    Question("unpaid_orders", order="order_id"),
    Question("funnel", drop=("share_of_placed",)),
)


def plain(value: Any) -> Any:
    """A value in the form for comparisons: amounts in cents, months and days as text."""
    if isinstance(value, Decimal):
        return int(value * 100)
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, (datetime, date)):
        text = value.isoformat()
        return text[:7] if text.endswith("-01T00:00:00") else text.removesuffix("+00:00")
    return value


def row_of(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def fill(duck: duckdb.DuckDBPyConnection, db: ecomdb.Database) -> None:
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("CREATE MACRO int_div(a, b) AS CAST(a AS BIGINT) // CAST(b AS BIGINT)")
    for table in TABLES:
        rows = db.export(table)
        duck.register("rows", rows)
        columns = duck.execute("DESCRIBE SELECT * FROM rows").fetchall()
        chosen = ", ".join(as_stored(name, kind) for name, kind, *_ in columns)
        duck.execute(f"CREATE TABLE all_{table.value} AS SELECT {chosen} FROM rows")
        duck.unregister("rows")
        duck.execute(f"CREATE VIEW {table.value} AS SELECT * FROM all_{table.value}")


def as_stored(name: str, kind: str) -> str:
    """A column as the database stores it: amounts in minor units, times without a zone."""
    if kind.startswith("DECIMAL"):
        return f"CAST({name} * 100 AS BIGINT) AS {name}"
    return f"CAST({name} AS TIMESTAMP) AS {name}" if kind.startswith("TIMESTAMP") else name


def limit_to(duck: duckdb.DuckDBPyConnection, question: Question, start: str | None, end: str | None) -> None:
    """Defines `orders` as those of the period."""
    bounds = [("placed_at >=", start), ("placed_at <", end)]
    bounds += [("first_at >=", start), ("first_at <", end)] if question.first == "cohort" else []
    where = " AND ".join(f"{bound} TIMESTAMP '{moment}'" for bound, moment in bounds if moment) or "TRUE"
    firsts = (
        "JOIN (SELECT user_id, MIN(placed_at) AS first_at FROM all_orders WHERE status = 'completed' "
        "GROUP BY user_id) USING (user_id)"
    )
    source = f"all_orders {firsts}" if question.first else "all_orders"
    duck.execute(f"CREATE OR REPLACE VIEW orders AS SELECT * FROM {source} WHERE {where}")


def answers(duck: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found = duck.execute(sql)
    names = [column[0] for column in found.description or []]
    return [row_of(dict(zip(names, values, strict=True))) for values in found.fetchall()]


def report_rows(question: Question, report: ecomdb.Report[Any]) -> list[dict[str, Any]]:
    rows = [row_of(row) for row in report.to_dicts()]
    rows = [row for row in rows if question.keep(row)]
    return [{name: value for name, value in row.items() if name not in question.drop} for row in rows]


def compare(
    question: Question, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], period: str
) -> None:
    """Ends the program if the answers differ. The order of rows without a rank does not count."""
    names = list(ours[0]) if ours else []
    renamed = {"day": "date"}
    theirs = [{renamed.get(name, name): value for name, value in row.items()} for row in theirs]
    theirs = [{name: row[name] for name in names if name in row} for row in theirs] if names else theirs
    if not question.order:

        def key(row: dict[str, Any]) -> str:
            return repr(list(row.values()))

        ours, theirs = sorted(ours, key=key), sorted(theirs, key=key)
    if ours != theirs:
        different = [(a, b) for a, b in zip(ours, theirs, strict=False) if a != b][:3]
        sys.exit(f"{question.report}, {period}: {len(ours)} rows here, {len(theirs)} in DuckDB; {different}")


def median(function: Callable[[], object]) -> float:
    """Milliseconds of a call."""
    times: list[float] = []
    while len(times) < 5 or (sum(times) < 500 and len(times) < 50):
        started = time.perf_counter()
        function()
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def time_of(
    question: Question, db: ecomdb.Database, duck: duckdb.DuckDBPyConnection, period: str
) -> tuple[float, float]:
    """Milliseconds here and in DuckDB."""
    start, end = PERIODS[period]
    arguments: dict[str, Any] = {"limit": LIMIT} if question.order else {}
    if question.takes_period:
        in_utc = [moment and (f"{moment}Z" if "T" in moment else moment) for moment in (start, end)]
        arguments |= dict(zip(("from_", "to"), in_utc))
    report = getattr(db.analytics, question.report)
    limit_to(duck, question, start, end)
    sql = question.definition()
    compare(question, report_rows(question, report(**arguments)), answers(duck, sql), period)
    return median(lambda: report(**arguments)), median(lambda: duck.execute(sql).fetchall())


def main() -> int:
    options = argparse.ArgumentParser(description="Reports against DuckDB.")
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--database", help="a shop that was generated before")
    chosen = options.parse_args()
    users, slower = max(chosen.orders // 5, 1), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        ecomdb.connect(chosen.database or Path(folder, "shop.db")) as db,
        duckdb.connect() as duck,
    ):
        if not chosen.database:
            db.generate(orders=chosen.orders, users=users, products=2_000, until=UNTIL, seed=7)
        fill(duck, db)
        print(f"{'report':28} {'period':28} {'ecomdb':>9} {'DuckDB':>9} {'faster':>8}")
        for question in QUESTIONS:
            for period in PERIODS if question.takes_period else ["all time"]:
                ours, theirs = time_of(question, db, duck, period)
                slower += ours > theirs
                times = f"{ours:9.2f} {theirs:9.2f} {theirs / ours:7.1f}x"
                print(f"{question.report:28} {period:28} {times}", flush=True)
    print(f"{slower} slower than DuckDB")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
