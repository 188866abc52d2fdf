"""``ecomdb report``"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import ecomdb
from ecomdb._ecomdb import _REPORTS
from ecomdb.cli.common import DONE, UsageError, open_existing, output, say

REPORTS = {name: (about, takes) for name, about, takes in _REPORTS}
"""Each report: its description and its options."""


def add_to(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="Which report; without a name, they are listed.")
    add_questions(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="As JSON, like the REST API.")
    form.add_argument(
        "--csv",
        action="store_true",
        help="As CSV, with a line of column names. Text that a spreadsheet would run as a formula gets a ' "
        "before it.",
    )
    parser.add_argument("--raw", action="store_true", help="With --csv: every text exactly as it is.")
    parser.set_defaults(run=_run_report)


def add_questions(parser: Any) -> None:
    """The parameters of reports, as options."""
    parser.add_argument(
        "--product-id", metavar="ID", type=int, help="The product of a report on one product."
    )
    parser.add_argument("--user-id", metavar="ID", type=int, help="The customer of a report on one customer.")
    parser.add_argument(
        "--from",
        metavar="DAY",
        help="Only orders placed at this time or later: a day (2026-01-31), a month (2026-01), a year "
        "(2026), or a time (2026-01-31T18:00:00Z).",
    )
    parser.add_argument(
        "--to",
        metavar="DAY",
        help="Only orders placed before this time, or before this day, month or year begins.",
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=int,
        help="How many rows of a ranking at the most: 1 to 1000. Unless given, `report` prints 50, "
        "and `export` writes all.",
    )
    steps = [step.value for step in ecomdb.Granularity]
    parser.add_argument(
        "--granularity",
        metavar="STEP",
        choices=steps,
        help="How long the steps of a trend are: hour, day, week or month.",
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


def _run_report(options: Namespace) -> int:
    if options.name is None:
        say(_listing())
        return DONE
    if options.name not in REPORTS:
        raise UsageError(f"there is no report {options.name}; there are:\n{names()}")
    given = questions(options, options.name, REPORTS[options.name][1])
    if options.raw and not options.csv:
        raise UsageError("--raw is for --csv")
    if options.csv:
        given.setdefault("limit", _USUAL_LIMIT if "limit" in REPORTS[options.name][1] else None)
        with open_existing(options) as db, output():
            db.write_report(options.name, sys.stdout.buffer, for_spreadsheet=not options.raw, **given)
        return DONE
    with open_existing(options) as db:
        report = getattr(db.analytics, options.name.replace("-", "_"))(**given)
    compared = "compare_previous" in given
    columns = [column for column in report.columns if compared or not column.startswith("previous_")]
    if options.json:
        _print_json(report, columns)
    else:
        _print_table(report, columns, by_hour=options.granularity == "hour")
    is_cut = len(report) == _USUAL_LIMIT and "limit" in REPORTS[options.name][1] and "limit" not in given
    if is_cut and not options.json:
        print(f"these are the first {len(report)} rows; --limit N shows others", file=sys.stderr)
    return DONE


_USUAL_LIMIT = 50
_ASKED = ("product_id", "user_id", "from", "to", "limit", "granularity", "compare", "tz", "segment")


_REQUIRED = ("product_id", "user_id")
"""The parameters without a default."""


def _flag(parameter: str) -> str:
    return "--" + parameter.replace("_", "-")


def questions(options: Namespace, name: str, takes: Sequence[str]) -> dict[str, Any]:
    """The given parameters as keyword arguments. One that the report `name` does not take is wrong usage."""
    given = {option: value for option in _ASKED if (value := getattr(options, option)) is not None}
    for option in given:
        if option not in takes:
            instead = f"; it can have {', '.join(map(_flag, takes))}" if takes else ""
            raise UsageError(f"{name} does not take {_flag(option)}{instead}")
    for option in _REQUIRED:
        if option in takes and option not in given:
            raise UsageError(f"{name} needs {_flag(option)}")
    keywords = {"from": "from_", "compare": "compare_previous"}
    return {keywords.get(option, option): option == "compare" or value for option, value in given.items()}


def names() -> str:
    """A line for each report."""
    width = max(map(len, REPORTS))
    return "\n".join(f"  {name:{width}}  {about}" for name, (about, _) in REPORTS.items())


def _listing() -> str:
    metrics = "\n".join(f"  {metric}" for metric in ecomdb.Analytics.metrics)
    return (
        f"`ecomdb report NAME` prints a report:\n\n{names()}\n\n"
        f"What the numbers mean:\n\n{metrics}\n\n"
        "`ecomdb report --help` lists the options."
    )


_GAP = 3
"""Blanks between two columns of a table."""


def _rows(report: ecomdb.Report[Any], columns: Iterable[str]) -> list[list[Any]]:
    """The values of some columns, as JSON has them."""
    return [[row[column.rstrip("_")] for column in columns] for row in report.to_dicts(mode="json")]


def _print_json(report: ecomdb.Report[Any], columns: Sequence[str]) -> None:
    names = [column.rstrip("_") for column in columns]
    rows = [dict(zip(names, row)) for row in _rows(report, columns)]
    one = report.name in ("total_revenue", "average_order_value", "customer_value")
    say(json.dumps(rows[0] if one else rows, indent=2, ensure_ascii=False))


def _print_table(report: ecomdb.Report[Any], columns: Sequence[str], *, by_hour: bool) -> None:
    # Start and end of a step would make the rows too wide; the date suffices, except for hours.
    hidden = ("to",) if by_hour else ("from_", "to")
    shown = [column for column in columns if column not in hidden]
    cells = [[_cell(value) for value in row] for row in _rows(report, shown)]
    titles = [column.replace("_", " ").strip() for column in shown]
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

    say(line(titles))
    say("─" * (sum(widths) + _GAP * (len(widths) - 1)))
    for row in cells:
        say(line(row))
    if not cells:
        print("no rows: nothing in the shop is like that", file=sys.stderr)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
