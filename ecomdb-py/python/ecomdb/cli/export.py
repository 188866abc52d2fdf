"""``python -m ecomdb export``"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb.cli.common import DONE, open_existing, setting


def add_to(parser: ArgumentParser) -> None:
    tables = [table.value for table in ecomdb.TableName]
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "table",
        metavar="TABLE",
        nargs="?",
        choices=tables,
        help=f"The table to write to the standard output: {', '.join(tables[:-1])} or {tables[-1]}.",
    )
    what.add_argument(
        "--to",
        metavar="DIR",
        help="Write a file for each table into this folder, all of the same moment.",
    )
    setting(
        parser,
        "format",
        metavar="FORMAT",
        choices=("csv", "ndjson"),
        default="csv",
        help="csv, or ndjson for one JSON object a line.",
    )
    parser.set_defaults(run=_run_export)


def _run_export(options: Namespace) -> int:
    with open_existing(options) as db:
        if options.to is not None:
            for table, rows in db.export_all(options.to, format=options.format).items():
                print(f"{rows} rows of {table}", file=sys.stderr)
        else:
            db.write_table(options.table, sys.stdout.buffer, format=options.format)
    return DONE
