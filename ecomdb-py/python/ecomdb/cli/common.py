"""What the commands have in common: exit codes, output, the database, options that are settings."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ecomdb

DONE, FAILED, USAGE = 0, 1, 2


class UsageError(Exception):
    """It was not asked for properly."""


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
    """What is written from now on goes nowhere; Python flushes once more when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def url(options: Namespace) -> str:
    return str(options.database or os.environ.get("ECOMDB_DATABASE_URL") or "sqlite://shop.db")


def open_existing(options: Namespace) -> ecomdb.Database:
    """For a command that works on what is there, and leaves its schema alone."""
    place = url(options)
    file = place[len("sqlite://") :] if place.startswith("sqlite://") else None
    if file is not None:
        _refuse_missing(file)
    return ecomdb.connect(place, migrate=False, read_only=place.startswith("sqlite:"))


def _refuse_missing(file: str) -> None:
    try:
        Path(file).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ecomdb.ConfigurationError(
            f"there is no database {file}: name another with --database, or create it with generate"
        ) from None
    except OSError as error:
        raise ecomdb.ConfigurationError(
            f"the database file {file} cannot be reached: {error.strerror}"
        ) from None


def setting(parser: Any, name: str, *, help: str, **how: Any) -> None:
    """An option that the environment can give as well; argparse checks that value like any other."""
    variable = f"ECOMDB_{name.upper()}"
    # A variable that is empty is no setting.
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
