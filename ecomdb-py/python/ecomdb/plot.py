"""Pictures of reports, with matplotlib: see :meth:`Report.plot`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any

from ecomdb.enums import Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ecomdb.report import Report

CURVES = {
    "monthly_revenue": ("month", ("total_revenue", "net_revenue")),
    "revenue_trend": ("date", ("total_revenue", "previous_total_revenue")),
    "product_trend": ("date", ("units_sold", "previous_units_sold")),
    "customer_trend": ("date", ("total_spent", "previous_total_spent")),
    "new_and_returning_customers": ("month", ("new_customers", "returning_customers")),
}
"""For each report over time: the column of the x axis, and the columns of the curves."""

BARS = {
    "top_customers": ("email", "total_spent"),
    "orders_per_user": ("email", "orders"),
    "top_products": ("product_name", "total_units_sold"),
    "revenue_by_product": ("product_name", "product_revenue"),
    "revenue_by_category": ("category_name", "category_revenue"),
    "rfm": ("segment", "customers"),
    "funnel": ("stage", "orders"),
    "sell_through": ("product_name", "sell_through"),
}
"""For each ranking: the column with the names of the bars, and the column with their lengths."""


SHARES = {"sell_through", "retention"}
"""The columns that are shares, from 0.0 to 1.0."""

_LABEL = 32
"""Maximum number of characters of a name beside its bar."""
_ROW = 0.28
"""Height of a bar or of a cohort, in inches."""
_TICKS = 20
"""Maximum number of cohorts with a label."""
_CELLS = 300
"""Maximum number of cells of a heat map that show their number."""


def draw(report: Report[Any], ax: Axes | None) -> Axes:
    """Draws the report on the axes, or on new ones. Raises as :meth:`Report.plot`."""
    kinds = {**dict.fromkeys(CURVES, _curves), **dict.fromkeys(BARS, _bars), "cohorts": _heat_map}
    if report.name not in kinds:
        raise ValueError(
            f"{report.name} says no more as a picture than as a table; these do: {', '.join(kinds)}"
        )
    ax = _axes(_lines(report)) if ax is None else ax
    ax.set_title(report.name.replace("_", " "))
    if len(report):
        kinds[report.name](report, ax)
    else:
        ax.text(0.5, 0.5, "no rows", ha="center", va="center", transform=ax.transAxes)
        ax.set_axis_off()
    return ax


def _axes(lines: int) -> Axes:
    """The axes of a new figure, which makes room for its labels whenever it is drawn or saved."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("this needs matplotlib: pip install 'ecomdb[plot]'") from error
    _, ax = pyplot.subplots(figsize=(8, max(4.5, 1.5 + _ROW * lines)), layout="constrained")
    return ax


def _lines(report: Report[Any]) -> int:
    """The number of rows: bars or cohorts."""
    if report.name in BARS:
        return len(report)
    return len({row.cohort for row in report}) if report.name == "cohorts" else 0


def _curves(report: Report[Any], ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    across, columns = CURVES[report.name]
    places = [_day(getattr(row, across)) for row in report]
    marker = "o" if len(places) <= _TICKS else None
    for column in columns:
        heights = [getattr(row, column) for row in report]
        if any(height is not None for height in heights):
            ax.plot(places, [_number(height) for height in heights], marker=marker, label=_words(column))  # type: ignore[arg-type]
    locator = AutoDateLocator(minticks=min(3, len(places)))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_ylim(bottom=0)
    ax.grid(alpha=0.3)
    ax.legend()


def _bars(report: Report[Any], ax: Axes) -> None:
    name, column = BARS[report.name]
    places = range(len(report))
    ax.barh(places, [_number(getattr(row, column)) for row in report])
    ax.set_yticks(places, labels=[_label(getattr(row, name)) for row in report])
    ax.set_ylim(len(report) - 0.5, -0.5)
    _as_share_or_number(ax.xaxis, column)
    ax.set_xlabel(_words(column))
    ax.set_axisbelow(True)
    ax.grid(axis="x", alpha=0.3)


def _heat_map(report: Report[Any], ax: Axes) -> None:
    """A heat map: for each cohort, the share of its customers who bought again in each later month."""
    from matplotlib.ticker import MaxNLocator

    cohorts = sorted({row.cohort for row in report})
    months = max(row.months_since for row in report) + 1
    shares = [[float("nan")] * months for _ in cohorts]
    for row in report:
        shares[cohorts.index(row.cohort)][row.months_since] = row.retention
    # In the first month, every cohort is complete, which would leave little colour for the other months.
    later = [row.retention for row in report if row.months_since > 0]
    most = max(later, default=1.0) or 1.0
    image = ax.imshow(shares, aspect="auto", cmap="Blues", vmin=0, vmax=most)
    step = -(-len(cohorts) // _TICKS)
    ax.set_yticks(range(0, len(cohorts), step), labels=cohorts[::step])
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("months since the first order")
    ax.set_ylabel("month of the first order")
    if len(cohorts) * months <= _CELLS:
        _write_shares(ax, shares, most)
    bar = ax.figure.colorbar(image, ax=ax, extend="max")
    bar.set_label("retention")
    _as_share_or_number(bar.ax.yaxis, "retention")


def _write_shares(ax: Axes, shares: Sequence[Sequence[float]], most: float) -> None:
    """Writes the percentages into the cells, in light text on dark cells."""
    for y, line in enumerate(shares):
        for x, share in enumerate(line):
            if not isnan(share):  # The month is still to come.
                colour = "white" if share > most / 2 else "black"
                ax.text(x, y, f"{share:.0%}", ha="center", va="center", color=colour, fontsize="x-small")


def _as_share_or_number(axis: Any, column: str) -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0) if column in SHARES else "{x:,.0f}")


def _day(value: Any) -> date:
    """A day, or the first day of a month such as ``"2026-01"``."""
    return value if isinstance(value, date) else date.fromisoformat(f"{value}-01")


def _label(value: object) -> str:
    text = _words(value) if isinstance(value, Word) else str(value)
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def _words(column: str) -> str:
    return column.replace("_", " ")


def _number(height: Any) -> float:
    """matplotlib draws floats; None is a gap."""
    return float("nan") if height is None else float(height)
