"""Results of reports: rows for programs, columns for data frames, short tables and plots for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ecomdb import frames, rows, tables

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from matplotlib.axes import Axes

Row = TypeVar("Row")


class Report(Generic[Row]):
    """The rows of a report: frozen objects, and the same as columns: it speaks the Arrow PyCapsule interface.

    Iterate over it, index it, ask for its ``len``; copy and pickle it. ``polars.DataFrame(report)``,
    ``pyarrow.table(report)`` and DuckDB take its columns as they are: money as ``decimal128(19, 2)``, which
    has two places, times as timestamps in UTC, days as dates, words as text. ``pandas.DataFrame(report)``
    takes its rows; with ``columns=report.columns`` it has the columns of an empty report, too, and so does
    ``to_pandas()``.
    """

    __slots__ = {
        "_fields": "The name of each column, the kind of its values, whether they can be missing.",
        "_rows": "The rows.",
        "columns": "tuple[str, ...]: the names of the columns, which are the fields of each row.",
        "name": 'str: the report\'s name, such as ``"monthly_revenue"``.',
    }

    def __init__(self, *, name: str, fields: Sequence[tuple[str, str, bool]], rows: Sequence[Row]) -> None:
        self.name = name
        self.columns = tuple(name for name, _, _ in fields)
        self._fields = tuple(fields)
        self._rows = rows

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
        head = f"<ecomdb.Report {self.name}, {len(self):,} {'row' if len(self) == 1 else 'rows'}>"
        return f"{head}\n{tables.text(self.columns, self._rows)}"

    def _repr_html_(self) -> str:
        """The table that notebooks show."""
        return tables.html(self.columns, self._rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        # The interface does not require producers to cast.
        from ecomdb import _ecomdb

        return _ecomdb._stream(self._fields, self._rows)

    def to_dicts(self, *, mode: Literal["python", "json"] = "python") -> list[dict[str, Any]]:
        """The rows as dicts.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them
                what JSON has, as the REST API does: money and days as text, times in RFC 3339.

        Returns:
            list[dict[str, Any]]: a dict for each row, with the columns as keys.

        Raises:
            ValidationError: there is no such mode.
        """
        return [row.to_dict(mode=mode) for row in self._rows]  # type: ignore[attr-defined]

    def to_json(self) -> str:
        """The rows as JSON: ``to_dicts(mode="json")`` as text.

        Returns:
            str: an array with an object for each row, on one line.
        """
        return rows.dumps(self.to_dicts(mode="json"))

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a ``pyarrow.Table``.

        Returns:
            pyarrow.Table: a column for each field.

        Raises:
            ImportError: pyarrow is not installed: ``pip install 'ecomdb[arrow]'``.
        """
        return frames.to_arrow(self)

    def to_pandas(self, *, money: Literal["object", "arrow"] = "object") -> pandas.DataFrame:
        """The rows as a ``pandas.DataFrame``.

        Args:
            money (Literal["object", "arrow"]): amounts as ``Decimal`` objects, or as Arrow decimals with two
                places, with which pandas computes exactly and fast.

        Returns:
            pandas.DataFrame: a column for each field.

        Raises:
            ImportError: pandas or pyarrow is not installed: ``pip install 'ecomdb[pandas]'``.
            ValidationError: there is no such kind of money.
        """
        return frames.to_pandas(self, money)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a ``polars.DataFrame``.

        Returns:
            polars.DataFrame: a column for each field.

        Raises:
            ImportError: polars is not installed: ``pip install 'ecomdb[polars]'``.
        """
        return frames.to_polars(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draws the report: curves over time, bars for rankings, a heat map for cohorts.

        ``report.plot().figure.savefig("revenue.png")`` writes it to a file.

        Args:
            ax (matplotlib.axes.Axes | None): where to; if None, a new figure with room for its labels.

        Returns:
            matplotlib.axes.Axes: what it was drawn on.

        Raises:
            ImportError: matplotlib is not installed: ``pip install 'ecomdb[plot]'``.
            ValueError: the report says no more as a picture than as a table.
        """
        from ecomdb import plot

        return plot.draw(self, ax)
