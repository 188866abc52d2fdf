"""Short tables of rows for people: text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

EDGE = 5
"""Number of rows shown at each end of a long table."""

_WIDTH = 32
"""Maximum number of characters of a text in a terminal."""


def text(columns: Sequence[str], rows: Sequence[Any]) -> str:
    """Titles and rows in columns, without the middle of a long table and without empty columns."""
    head, hidden, tail = _ends(rows)
    columns = [name for name in columns if not rows or any(getattr(row, name) is not None for row in rows)]
    cells = [[_short(getattr(row, column)) for column in columns] for row in (*head, *tail)]
    titles = [_title(column) for column in columns]
    widths = [max(map(len, column)) for column in zip(titles, *cells)]
    right = [all(_is_number(getattr(row, column)) for row in (*head, *tail)) for column in columns]
    lines = [titles, *cells]
    if hidden:
        lines.insert(1 + len(head), ["…"] * len(columns))
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_the_right else cell.ljust(width)
            for cell, width, to_the_right in zip(line, widths, right)
        ).rstrip()
        for line in lines
    )


def html(columns: Sequence[str], rows: Sequence[Any], *, more: bool = False) -> str:
    """The table as HTML, with the number of rows below it; `more` means that there are further rows."""
    head, hidden, tail = _ends(rows)
    titles = "".join(f"<th>{escape(_title(column))}</th>" for column in columns)
    lines = [_line(columns, row) for row in head]
    if hidden or more:
        lines.append("<tr>" + "<td>…</td>" * len(columns) + "</tr>")
    lines += [_line(columns, row) for row in tail]
    count = "" if more else f"<p>{_count(len(rows), 'row')}</p>"
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table>{count}"


def row_html(row: Any) -> str:
    """A row as a table of its fields; nested rows become nested tables."""
    if type(row).__name__ == "CheckReport":
        return _check_html(row)
    lines = (
        f"<tr><th>{escape(_title(field))}</th><td>{_nested(getattr(row, field))}</td></tr>"
        for field in row.__match_args__
    )
    return f"<table><tbody>{''.join(lines)}</tbody></table>"


def list_html(rows: Sequence[Any], *, more: bool) -> str:
    """The first rows of a list, and whether there are more."""
    if not rows:
        return "<p>no rows</p>"
    return html(rows[0].__match_args__, rows, more=more)


def verdict(report: Any) -> str:
    """The result of a check, in one line."""
    broken = sum(1 for check in report.checks if check.findings)
    rules = len(report.checks)
    return f"{broken} of {rules} rules are broken" if broken else f"all {rules} rules hold"


def _check_html(report: Any) -> str:
    """The result of a check, with the violated rules."""
    broken = [check for check in report.checks if check.findings]
    table = html(("rule", "compared", "findings"), broken) if broken else ""
    return f"<p>{escape(verdict(report))}</p>{table}"


def _ends(rows: Sequence[Any]) -> tuple[Sequence[Any], int, Sequence[Any]]:
    """The first rows, the number of omitted rows, and the last rows."""
    hidden = len(rows) - 2 * EDGE
    if hidden <= 1:
        return rows, 0, ()
    return rows[:EDGE], hidden, rows[-EDGE:]


def _line(columns: Sequence[str], row: Any) -> str:
    return "<tr>" + "".join(f"<td>{_nested(getattr(row, column))}</td>" for column in columns) + "</tr>"


def _nested(value: Any) -> str:
    if isinstance(value, tuple):
        if value and hasattr(value[0], "__match_args__"):
            return html(value[0].__match_args__, value)
        return escape(", ".join(map(str, value)))
    if hasattr(value, "__match_args__"):
        return row_html(value)
    return escape(_cell(value))


def _cell(value: object) -> str:
    """A value as text: ratios with three decimal places, times to the second, tokens hidden, None empty."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.3f}"
    return repr(value) if type(value).__name__ == "Token" else str(value)


def _short(value: object) -> str:
    cell = _cell(value)
    return cell if len(cell) <= _WIDTH else cell[: _WIDTH - 1] + "…"


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, (int, float, Decimal))


def _title(column: str) -> str:
    return column.replace("_", " ").strip()


def _count(number: int, of: str) -> str:
    return f"{number:,} {of}" if number == 1 else f"{number:,} {of}s"
