"""``ecomdb backup``"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ecomdb.cli.common import DONE, open_existing, say


def add_to(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="The new file.")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace the file if it exists, unless it is a database in use.",
    )
    parser.set_defaults(run=_run_backup)


def _run_backup(options: Namespace) -> int:
    with open_existing(options) as db:
        db.backup(options.file, overwrite=options.overwrite)
    say(f"{options.file} has the whole shop")
    return DONE
