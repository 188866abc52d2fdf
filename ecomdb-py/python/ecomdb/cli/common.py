"""Shared by the commands: exit codes, output, the database, and options that are settings."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ecomdb
from ecomdb._ecomdb import _sqlite_file

DONE, FAILED, USAGE = 0, 1, 2


class UsageError(Exception):
    """Wrong usage."""


class FailedError(Exception):
    """The command failed."""


class LostOutputError(Exception):
    """The standard output cannot be written."""


@contextmanager
def output() -> Iterator[None]:
    """Around everything that writes to the standard output.

    A reader that has gone (`| head`) has what it wanted: the command goes on, and its exit code tells what it
    found. Any other failure means that output is lost.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        raise LostOutputError(f"the output cannot be written: {error.strerror}") from error


def say(line: str) -> None:
    """Writes a line to the standard output."""
    with output():
        print(line)


def _discard_output() -> None:
    """Discards further output, because Python flushes once more when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def url(options: Namespace) -> str:
    return str(options.database or os.environ.get("ECOMDB_DATABASE_URL") or "sqlite://shop.db")


def open_existing(options: Namespace, *, to_read: bool = True) -> ecomdb.Database:
    """Opens an existing database, and leaves its schema alone."""
    place = url(options)
    file = _sqlite_file(place)
    if file is not None:
        _refuse_missing(file)
    return ecomdb.connect(place, migrate=False, read_only=to_read and file is not None)


def _refuse_missing(file: str) -> None:
    try:
        Path(file).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ecomdb.ConfigurationError(
            f"there is no database {file}: name another with --database, or create it with `ecomdb migrate`"
        ) from None
    except OSError as error:
        raise ecomdb.ConfigurationError(
            f"the database file {file} cannot be reached: {error.strerror}"
        ) from None


def confirm(question: str, *, otherwise: str) -> None:
    """Asks on the standard error. Raises `FailedError` unless the answer is yes."""
    print(question, end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != "yes":
        raise FailedError(otherwise)


def subcommands(parser: ArgumentParser) -> Callable[[str, Callable[[Namespace], int], str], ArgumentParser]:
    """Adds the subcommands of a command."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[Namespace], int], about: str) -> ArgumentParser:
        command = commands.add_parser(name, allow_abbrev=False, help=about, description=about)
        command.set_defaults(run=run)
        add_database_to(command)
        return command

    return add


def add_database_to(parser: ArgumentParser, default: str | None = SUPPRESS) -> None:
    """The option for the database, before or after the command."""
    # Its value may contain a password, so the help does not show it.
    parser.add_argument("--database", metavar="URL", default=default, help=_DATABASE)


_DATABASE = (
    "The database: sqlite://FILE or its path, mysql://USER:PASSWORD@HOST/NAME or "
    "postgres://USER:PASSWORD@HOST/NAME [env: ECOMDB_DATABASE_URL] [default: sqlite://shop.db]"
)


def setting(parser: Any, name: str, *, help: str, **how: Any) -> None:
    """An option that the environment can give as well; argparse checks that value like any other."""
    variable = f"ECOMDB_{name.upper()}"
    # An empty variable counts as unset.
    how["default"] = os.environ.get(variable) or how.get("default")
    parser.add_argument(
        f"--{name.replace('_', '-')}", help=f"{help} [env: {variable}]", dest=f"{name}", **how
    )


def switch(parser: Any, name: str, *, help: str) -> None:
    """An option without a value, which the environment can give as well: see `is_on`."""
    variable = f"ECOMDB_{name.upper()}"
    default = os.environ.get(variable) or "off"
    parser.add_argument(f"--{name}", action="store_true", default=default, help=f"{help} [env: {variable}]")


def is_on(options: Namespace, name: str) -> bool:
    """Whether a switch was given, or its variable is on, true, yes or 1."""
    value = str(getattr(options, name)).lower()
    if value not in ("on", "true", "yes", "1", "off", "false", "no", "0"):
        variable = f"ECOMDB_{name.upper()}"
        raise UsageError(f"{variable} must be on or off; true, yes and 1 are on, and false, no and 0 are off")
    return value in ("on", "true", "yes", "1")
