"""``python -m ecomdb report``"""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Callable, Union

import ecomdb
from ecomdb.cli.common import DONE, UsageError, open_existing

REPORTS = {
    "total-revenue": ("What the completed orders came to", ("from", "to")),
    "monthly-revenue": ("The same, month by month", ("from", "to")),
    "revenue-trend": (
        "Revenue by day, week or month, in a time zone, beside the period before",
        ("from", "to", "granularity", "compare", "tz"),
    ),
    "average-order-value": ("What a completed order comes to", ("from", "to")),
    "top-customers": ("The customers who spent most", ("from", "to", "limit")),
    "orders-per-user": ("The customers with most completed orders", ("from", "to", "limit")),
    "new-and-returning-customers": ("Who bought in each month: for the first time, or again", ("from", "to")),
    "cohorts": ("Customers by the month of their first order: retention and lifetime value", ("from", "to")),
    "rfm": ("Customers by recency, frequency and monetary value, in segments", ("from", "to")),
    "rfm-customers": (
        "The customers with the highest scores, of one segment or of all",
        ("from", "to", "limit", "segment"),
    ),
    "top-products": ("The products that sold most units", ("from", "to", "limit")),
    "revenue-by-product": ("The products that brought in most", ("from", "to", "limit")),
    "revenue-by-category": ("The categories that brought in most", ("from", "to", "limit")),
    "bought-together": (
        "Pairs of products in the same orders: support, confidence and lift",
        ("from", "to", "limit"),
    ),
    "sell-through": (
        "How products sell, and how many days their stock lasts, the shortest first",
        ("from", "to", "limit"),
    ),
    "low-inventory": ("Products that it is time to reorder", ("limit",)),
    "unpaid-orders": ("Pending orders of which nothing was paid, the oldest first", ("from", "to", "limit")),
    "funnel": (
        "How many orders were placed, got as far as an attempt to pay, were paid, refunded",
        ("from", "to"),
    ),
}
"""Each report: what it tells, and the options it can have."""


def add_to(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="Which report; without a name, they are listed.")
    parser.add_argument(
        "--from", metavar="DAY", help="Only orders placed from this day, such as 2026-01-31, or time on."
    )
    parser.add_argument("--to", metavar="DAY", help="Only orders placed before this day or time.")
    parser.add_argument(
        "--limit", metavar="N", type=int, help="How many rows at the most: 1 to 1000, 50 unless given."
    )
    steps = [step.value for step in ecomdb.Granularity]
    parser.add_argument(
        "--granularity",
        metavar="STEP",
        choices=steps,
        help="How long the steps of a trend are: day, week or month.",
    )
    parser.add_argument(
        "--compare",
        metavar="WITH",
        choices=("previous",),
        help="Beside each step of a trend, what was as many steps earlier as the trend has: previous.",
    )
    parser.add_argument(
        "--tz",
        metavar="ZONE",
        help="The time zone that the days of a trend are in, such as Europe/Berlin; UTC unless given.",
    )
    parser.add_argument(
        "--segment", metavar="SEGMENT", help="Only customers of this RFM segment, such as champions."
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="As JSON, like the REST API.")
    form.add_argument("--csv", action="store_true", help="As CSV, with a line of column names.")
    parser.set_defaults(run=_run_report)


def _run_report(options: Namespace) -> int:
    if options.name is None:
        print(_listing())
        return DONE
    if options.name not in REPORTS:
        raise UsageError(f"there is no report {options.name}; there are:\n{_names()}")
    given = {name: value for name in _ASKED if (value := getattr(options, name)) is not None}
    _, takes = REPORTS[options.name]
    for name in given:
        if name not in takes:
            raise UsageError(f"{options.name} does not take --{name}; it can have --{', --'.join(takes)}")
    with open_existing(options) as db:
        report = getattr(db.analytics, options.name.replace("-", "_"))(**_as_arguments(given))
    columns = [
        column for column in report.columns if "compare" in given or not column.startswith("previous_")
    ]
    _FORMS["json" if options.json else "csv" if options.csv else "table"](report, columns)
    is_cut = len(report) == _USUAL_LIMIT and "limit" in takes and "limit" not in given
    if is_cut and not options.json and not options.csv:
        print(f"these are the first {len(report)} rows; --limit N shows others", file=sys.stderr)
    return DONE


_USUAL_LIMIT = 50
_ASKED = ("from", "to", "limit", "granularity", "compare", "tz", "segment")


def _as_arguments(given: dict[str, Any]) -> dict[str, Any]:
    names = {"from": "from_", "compare": "compare_previous"}
    return {names.get(name, name): name == "compare" or value for name, value in given.items()}


def _names() -> str:
    width = max(map(len, REPORTS))
    return "\n".join(f"  {name:{width}}  {about}" for name, (about, _) in REPORTS.items())


def _listing() -> str:
    metrics = "\n".join(f"  {metric}" for metric in ecomdb.Analytics.metrics)
    return (
        f"python -m ecomdb report NAME prints a report:\n\n{_names()}\n\n"
        f"What the numbers mean:\n\n{metrics}\n\n"
        "`python -m ecomdb report --help` lists the options."
    )


Plain = Union[str, int, float, None]

_GAP = 3
"""Blanks between two columns of a table."""


def _plain(value: object) -> Plain:
    """As JSON has it: money as text with two places, times in RFC 3339."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (Decimal, date)):
        return str(value)
    if isinstance(value, str):
        return str(value)
    return value if isinstance(value, (int, float)) else None


def _rows(report: ecomdb.Report[Any], columns: Iterable[str]) -> list[dict[str, Plain]]:
    return [{column.rstrip("_"): _plain(getattr(row, column)) for column in columns} for row in report]


def _print_json(report: ecomdb.Report[Any], columns: Sequence[str]) -> None:
    rows = _rows(report, columns)
    one = report.name in ("total_revenue", "average_order_value")
    print(json.dumps(rows[0] if one else rows, indent=2, ensure_ascii=False))


def _print_csv(report: ecomdb.Report[Any], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(column.rstrip("_") for column in columns)
    writer.writerows(
        ["" if value is None else value for value in row.values()] for row in _rows(report, columns)
    )


def _print_table(report: ecomdb.Report[Any], columns: Sequence[str]) -> None:
    # Between which moments a step of a trend lies would make its rows too wide; the date tells.
    shown = [column for column in columns if column not in ("from_", "to")]
    cells = [[_cell(value) for value in row.values()] for row in _rows(report, shown)]
    titles = [column.replace("_", " ") for column in shown]
    widths = [max(map(len, column)) for column in zip(titles, *cells)]
    right = [
        all(isinstance(getattr(row, column), (int, float, Decimal)) for row in report) for column in shown
    ]

    def line(values: Sequence[str]) -> str:
        placed = (
            value.rjust(width) if to_the_right else value.ljust(width)
            for value, width, to_the_right in zip(values, widths, right)
        )
        return (" " * _GAP).join(placed).rstrip()

    print(line(titles))
    print("─" * (sum(widths) + _GAP * (len(widths) - 1)))
    for row in cells:
        print(line(row))
    if not cells:
        print("no rows: nothing in the shop is like that", file=sys.stderr)


def _cell(value: Plain) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


_FORMS: dict[str, Callable[[ecomdb.Report[Any], Sequence[str]], None]] = {
    "json": _print_json,
    "csv": _print_csv,
    "table": _print_table,
}
