"""Pictures of reports, with matplotlib: see :meth:`Report.plot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ecomdb.report import Report

CURVES = {
    "monthly_revenue": ("month", ("total_revenue", "net_revenue")),
    "revenue_trend": ("date", ("total_revenue", "previous_total_revenue")),
    "new_and_returning_customers": ("month", ("new_customers", "returning_customers")),
}
"""For each report that has a course in time: what runs to the right, and the columns that are curves."""

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
"""For each report that compares: what is compared, and by which column."""


def draw(report: Report[Any], ax: Axes | None) -> Axes:
    """Draws the report on the axes, or on new ones. Raises as :meth:`Report.plot`."""
    kinds = {**CURVES, **BARS, "cohorts": None}
    if report.name not in kinds:
        raise ValueError(
            f"{report.name} says no more as a picture than as a table; these do: {', '.join(kinds)}"
        )
    if ax is None:
        try:
            from matplotlib import pyplot
        except ImportError as error:
            raise ImportError("this needs matplotlib: pip install 'ecomdb[plot]'") from error
        _, ax = pyplot.subplots()
    if report.name in CURVES:
        _curves(report, ax)
    elif report.name in BARS:
        _bars(report, ax)
    else:
        _retention(report, ax)
    ax.set_title(report.name.replace("_", " "))
    return ax


def _curves(report: Report[Any], ax: Axes) -> None:
    across, columns = CURVES[report.name]
    places = [getattr(row, across) for row in report]
    for column in columns:
        heights = [getattr(row, column) for row in report]
        if any(height is not None for height in heights):
            ax.plot(places, [_number(height) for height in heights], label=column.replace("_", " "))
    ax.set_ylim(bottom=0)
    ax.tick_params(axis="x", rotation=45)
    ax.legend()


def _bars(report: Report[Any], ax: Axes) -> None:
    name, column = BARS[report.name]
    places = range(len(report))
    ax.barh(places, [_number(getattr(row, column)) for row in report])
    ax.set_yticks(places, labels=[str(getattr(row, name)) for row in report])
    ax.invert_yaxis()
    ax.set_xlabel(column.replace("_", " "))


def _retention(report: Report[Any], ax: Axes) -> None:
    """A curve for each cohort: how many of its customers come back."""
    cohorts: dict[str, list[Any]] = {}
    for row in report:
        cohorts.setdefault(row.cohort, []).append(row)
    for cohort, rows in cohorts.items():
        ax.plot([row.months_since for row in rows], [row.retention for row in rows], label=cohort)
    ax.set_xlabel("months since the first order")
    ax.set_ylabel("retention")


def _number(height: Any) -> float:
    """matplotlib draws floats; None is a gap."""
    return float("nan") if height is None else float(height)
