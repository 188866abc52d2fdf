"""What the program does on a terminal: widths and colours."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shop")
    command = [os.environ["ECOMDB_BIN"], "generate", "--preset=small", "--until=2026"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    yield folder


def on_terminal(
    folder: Path, columns: int, *arguments: str, until: str | None = None, **variables: str
) -> str:
    """What a terminal of this width shows of a command: to its end, or until some text, and stops it then."""
    terminal, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "ECOMDB_LOG")}
    command = [os.environ["ECOMDB_BIN"], *arguments]
    environment = {**inherited, "TERM": "xterm", **variables}
    shown = b""
    with subprocess.Popen(
        command, cwd=folder, stdin=program, stdout=program, stderr=program, env=environment
    ) as process:
        os.close(program)
        while until is None or until.encode() not in shown:
            try:
                more = os.read(terminal, 4096)
            except OSError:  # Linux says so when the program has ended.
                break
            if not more:
                break
            shown += more
        process.terminate()
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n")


def test_a_table_that_fits_has_a_line_for_each_row(shop: Path) -> None:
    shown = on_terminal(shop, 100, "report", "top-customers", "--limit=2")
    assert re.match(r"user id   email +first name   last name +total spent   orders\n─+\n +\d+ ", shown), (
        shown
    )
    assert len(shown.splitlines()) == 4


def test_a_table_is_wrapped_between_words(shop: Path) -> None:
    arguments = (
        "report",
        "revenue-trend",
        "--granularity=month",
        "--from=2025-10",
        "--to=2026",
        "--compare=previous",
    )
    wide, narrow = on_terminal(shop, 200, *arguments), on_terminal(shop, 90, *arguments)
    assert all(len(line) <= 90 for line in narrow.splitlines()), narrow
    # The rows are the same; only the titles need several lines.
    assert [line.split() for line in wide.splitlines()[2:]] == [
        line.split() for line in narrow.splitlines()[-3:]
    ]


def test_a_narrow_terminal_shows_one_field_a_line(shop: Path) -> None:
    shown = on_terminal(shop, 40, "report", "top-customers", "--limit=2")
    records = [
        [line.split("  ")[0] for line in record.splitlines()] for record in shown.strip().split("\n\n")
    ]
    assert records == [["user id", "email", "first name", "last name", "total spent", "orders"]] * 2, shown


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"NO_COLOR": ""}], ids=str)
def test_the_log_has_colours_unless_they_are_refused(tmp_path: Path, variables: dict[str, str]) -> None:
    # A server that sends passwords in plain text warns of it.
    arguments = ("serve", "--bind=0.0.0.0:0", "--auth=on")
    shown = on_terminal(tmp_path, 120, *arguments, until="TLS", **variables)
    assert "WARN" in shown, shown
    assert ("\x1b[" in shown) == (variables.get("NO_COLOR", "") == ""), shown
