"""``ecomdb export``"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb.cli import report
from ecomdb.cli.common import DONE, UsageError, open_existing, output, setting

_TABLES = [table.value for table in ecomdb.TableName]


def add_to(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help=f"The table or report to write to the standard output. Tables: {', '.join(_TABLES)}. "
        "`report` lists the reports.",
    )
    what.add_argument(
        "--into",
        metavar="DIR",
        help="Write a file for each table into this folder, all of the same moment.",
    )
    parser.add_argument("--overwrite", action="store_true", help="With --into: replace files that exist.")
    setting(
        parser,
        "format",
        metavar="FORMAT",
        choices=("csv", "ndjson"),
        default="csv",
        help="csv, or ndjson for one JSON object a line.",
    )
    parser.add_argument(
        "--for-spreadsheet",
        action="store_true",
        help="With csv: put a ' before text that a spreadsheet would run as a formula. Without it, every "
        "text is exact.",
    )
    report.add_questions(parser.add_argument_group("Of a report"))
    parser.set_defaults(run=_run_export)


def _run_export(options: Namespace) -> int:
    name, out = options.name, sys.stdout.buffer
    how = {"format": options.format, "for_spreadsheet": options.for_spreadsheet}
    if options.overwrite and options.into is None:
        raise UsageError("--overwrite is for --into")
    if options.into is not None:
        report.questions(options, "--into", ())
        with open_existing(options) as db:
            for table, rows in db.export_all(options.into, overwrite=options.overwrite, **how).items():
                print(f"{rows} rows of {table}", file=sys.stderr)
    elif name in _TABLES:
        report.questions(options, f"the table {name}", ())
        with open_existing(options) as db, output():
            db.write_table(name, out, **how)
    elif name in report.REPORTS:
        asked = report.questions(options, name, report.REPORTS[name][1])
        with open_existing(options) as db, output():
            db.write_report(name, out, **how, **asked)
    else:
        tables = ", ".join(_TABLES)
        raise UsageError(f"there is no such table or report; tables: {tables}; reports:\n{report.names()}")
    return DONE
