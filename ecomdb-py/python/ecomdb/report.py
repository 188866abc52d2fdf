"""What reports give: rows for programs, columns for data frames, tables for notebooks, curves for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ecomdb import frames

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from matplotlib.axes import Axes

Row = TypeVar("Row")


class Report(Generic[Row]):
    """The rows of a report: frozen objects, and the same as columns: it speaks the Arrow PyCapsule interface.

    Iterate over it, index it, ask for its ``len``. ``polars.DataFrame(report)`` and
    ``pyarrow.table(report)`` take it as it is: money as ``decimal128(19, 2)``, times as timestamps in UTC,
    days as dates, words as text.
    """

    __slots__ = {
        "_arrow": "The same rows as columns.",
        "_rows": "The rows.",
        "columns": "tuple[str, ...]: the names of the columns, which are the fields of each row.",
        "name": 'str: the report\'s name, such as ``"monthly_revenue"``.',
    }

    def __init__(
        self, *, name: str, columns: Sequence[str], rows: Sequence[Row], arrow: frames.ArrowSource
    ) -> None:
        self.name = name
        self.columns = tuple(columns)
        self._rows = rows
        self._arrow = arrow

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Report):
            return NotImplemented
        return self.name == other.name and self._rows == other._rows

    def __hash__(self) -> int:
        return hash((self.name, self._rows))

    def __repr__(self) -> str:
        return f"<ecomdb.Report {self.name}, {len(self)} rows of {', '.join(self.columns)}>"

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._arrow.__arrow_c_stream__(requested_schema)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dicts.

        Returns:
            list[dict[str, Any]]: a dict for each row, with the columns as keys.
        """
        return [{column: getattr(row, column) for column in self.columns} for row in self._rows]

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a ``pyarrow.Table``.

        Returns:
            pyarrow.Table: a column for each field.

        Raises:
            ImportError: pyarrow is not installed: ``pip install 'ecomdb[arrow]'``.
        """
        return frames.to_arrow(self)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a ``pandas.DataFrame``.

        Returns:
            pandas.DataFrame: a column for each field; money as ``Decimal`` objects.

        Raises:
            ImportError: pandas or pyarrow is not installed: ``pip install 'ecomdb[pandas]'``.
        """
        return frames.to_pandas(self)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a ``polars.DataFrame``.

        Returns:
            polars.DataFrame: a column for each field.

        Raises:
            ImportError: polars is not installed: ``pip install 'ecomdb[polars]'``.
        """
        return frames.to_polars(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draws the report: curves for what has a course in time, bars for rankings.

        Args:
            ax (matplotlib.axes.Axes | None): where to; a new figure if None.

        Returns:
            matplotlib.axes.Axes: what it was drawn on.

        Raises:
            ImportError: matplotlib is not installed: ``pip install 'ecomdb[plot]'``.
            ValueError: the report says no more as a picture than as a table.
        """
        from ecomdb import plot

        return plot.draw(self, ax)

    def _repr_html_(self) -> str:
        """The table that notebooks show."""
        head = "".join(f"<th>{escape(column.replace('_', ' '))}</th>" for column in self.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{_cell(getattr(row, column))}</td>" for column in self.columns) + "</tr>"
            for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: object) -> str:
    """Ratios to three places, everything else as it is; nothing where there is no value."""
    if value is None:
        return ""
    return escape(f"{value:.3f}" if isinstance(value, float) else str(value))
