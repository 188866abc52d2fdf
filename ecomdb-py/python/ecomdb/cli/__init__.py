"""The command line: the script ``ecomdb``, or ``python -m ecomdb``.

It has the commands and options of the program ``ecomdb``, but for ``serve``: this package has no server.
Every option that is a setting can also be given in the environment, as ``ECOMDB_`` and its name.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import ecomdb
from ecomdb.cli import api_key, backup, check, export, generate, report, shop, upkeep, user
from ecomdb.cli.common import (
    FAILED,
    USAGE,
    FailedError,
    LostOutputError,
    UsageError,
    add_database_to,
    output,
)

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


def script() -> int:
    """Runs the command of this process, and returns its exit code. SIGTERM ends it like Ctrl-C."""
    # Unfinished work is rolled back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return main()


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
    except (FailedError, LostOutputError, ecomdb.Error, OSError) as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was changed", 130)


def _complain(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def _in_options(error: Exception) -> str:
    """The invalid arguments, by the names of their options."""
    if not isinstance(error, ecomdb.ValidationError):
        return str(error)

    def option(field: str) -> str:
        return " + ".join("--" + name.rstrip("_").replace("_", "-") for name in field.split(" + "))

    return "; ".join(f"{option(wrong.field)} {wrong.message}" for wrong in error.errors)


class _Parser(argparse.ArgumentParser):
    """argparse ignores errors when it writes help."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        with output() if file is sys.stdout else nullcontext():
            (file or sys.stderr).write(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m ecomdb" if Path(sys.argv[0]).name == "__main__.py" else "ecomdb",
        description="An e-commerce database: exact money and stock, fast reports, a realistic shop.",
        epilog="Exit codes: 0 done, 1 failed (or `check` found something), 2 wrong usage.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ecomdb {ecomdb.__version__}")
    add_database_to(parser, default=None)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (add_to, about) in _COMMANDS.items():
        command = commands.add_parser(name, allow_abbrev=False, help=about, description=about)
        add_to(command)
        add_database_to(command)
    # Without a help text, it is not listed.
    serve = commands.add_parser("serve", add_help=False, prefix_chars="\0")
    serve.add_argument("arguments", nargs="*")
    serve.set_defaults(run=_refuse_to_serve)
    return parser


def _refuse_to_serve(_: argparse.Namespace) -> int:
    raise UsageError(
        "this package has no server: the program does, which `cargo install --path ecomdb-http` installs"
    )


_COMMANDS = {
    "generate": (
        generate.add_to,
        "Fill a database with a realistic shop, behind what it has; or write the shop as CSV.",
    ),
    "export": (export.add_to, "Write a table, a report, or all tables, as CSV or JSON lines."),
    "backup": (
        backup.add_to,
        "Copy the database to a new file while it is in use "
        "(SQLite; for a server it says which tool does that).",
    ),
    "migrate": (upkeep.add_migrate_to, "Create the database, or bring its schema up to date."),
    "reset": (
        upkeep.add_reset_to,
        "Delete everything in the shop; other tables of the database stay.",
    ),
    "check": (check.add_to, "Prove that stock, totals, payments and refunds add up."),
    "rebuild": (
        upkeep.add_rebuild_to,
        "Recompute the summary tables of reports from the orders, and the search terms.",
    ),
    "expire": (
        upkeep.add_expire_to,
        "Cancel orders whose hold has ended, and return their units to stock.",
    ),
    "report": (report.add_to, "Print a report; without a name, list them."),
    "shop": (shop.add_to, "Show the settings of the shop, or change those that are given."),
    "user": (user.add_to, "Create users who can log in; roles and passwords."),
    "api-key": (api_key.add_to, "Keys that programs log in with."),
}
