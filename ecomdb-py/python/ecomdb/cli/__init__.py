"""The command line: ``python -m ecomdb generate``, ``report``, ``check``, ``export``, ``backup``.

It has the commands and options of the program ``ecomdb`` that need no server. Every option that is a
setting can also be given in the environment, as ``ECOMDB_`` and its name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import ecomdb
from ecomdb.cli import backup, check, export, generate, report
from ecomdb.cli.common import FAILED, USAGE, LostOutputError, UsageError, output

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that the arguments ask for.

    Args:
        arguments (Sequence[str] | None): those of this process if None.

    Returns:
        int: 0 done, 1 failed or something was found, 2 wrong usage.
    """
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except (UsageError, ecomdb.ValidationError) as error:
        return _complain(_in_options(error), USAGE)
    except (LostOutputError, ecomdb.Error, OSError) as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was changed", 130)


def _complain(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def _in_options(error: Exception) -> str:
    """Arguments that are wrong by the names of their options."""
    if not isinstance(error, ecomdb.ValidationError):
        return str(error)

    def option(field: str) -> str:
        return " + ".join("--" + name.rstrip("_").replace("_", "-") for name in field.split(" + "))

    return "; ".join(f"{option(wrong.field)} {wrong.message}" for wrong in error.errors)


class _Parser(argparse.ArgumentParser):
    """argparse ignores that help cannot be written."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        with output() if file is sys.stdout else nullcontext():
            (file or sys.stderr).write(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m ecomdb",
        description="An e-commerce database: exact money and stock, fast reports, a realistic shop.",
        epilog="Exit codes: 0 done, 1 failed (or `check` found something), 2 wrong usage.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ecomdb {ecomdb.__version__}")
    # Its value can have a password, so the help does not show it.
    parser.add_argument("--database", metavar="URL", help=_DATABASE)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    generate.add_to(
        commands.add_parser("generate", allow_abbrev=False, help=_GENERATE, description=_GENERATE)
    )
    export.add_to(commands.add_parser("export", allow_abbrev=False, help=_EXPORT, description=_EXPORT))
    check.add_to(commands.add_parser("check", allow_abbrev=False, help=_CHECK, description=_CHECK))
    report.add_to(commands.add_parser("report", allow_abbrev=False, help=_REPORT, description=_REPORT))
    backup.add_to(commands.add_parser("backup", allow_abbrev=False, help=_BACKUP, description=_BACKUP))
    for command in commands.choices.values():
        command.add_argument("--database", metavar="URL", default=argparse.SUPPRESS, help=_DATABASE)
    return parser


_DATABASE = (
    "The database: sqlite://FILE, mysql://USER:PASSWORD@HOST/NAME or postgres://USER:PASSWORD@HOST/NAME "
    "[env: ECOMDB_DATABASE_URL] [default: sqlite://shop.db]"
)
_GENERATE = "Fill a database with a realistic shop, behind what it has; or write the shop as CSV."
_EXPORT = "Write tables and reports as CSV or JSON lines."
_CHECK = "Prove that stock, totals, payments and refunds add up."
_BACKUP = "Copy the database to a new file while it is in use (SQLite; a server has a tool of its own)."
_REPORT = "Print a report; without a name, list them."
