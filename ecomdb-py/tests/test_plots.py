"""`report.plot()`: figures that are complete when they are saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from conftest import Shop, ask
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.text import Text

import ecomdb
from ecomdb import plot

PICTURES = [*plot.CURVES, *plot.BARS, "cohorts"]


@pytest.fixture(autouse=True)
def pyplot() -> Iterator[Any]:
    mpl.use("agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def saved(ax: Axes, path: Path) -> Figure:
    """The figure after it was saved."""
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.savefig(path)
    assert path.read_bytes().startswith(b"\x89PNG")
    return figure


def texts(figure: Figure) -> list[Text]:
    """All texts of the figure."""
    return [it for it in figure.findobj(Text) if isinstance(it, Text) and it.get_visible() and it.get_text()]


@pytest.mark.parametrize("name", PICTURES)
def test_everything_that_is_written_is_on_the_picture(
    demo: ecomdb.Database, name: str, tmp_path: Path
) -> None:
    ax = ask(demo, name).plot()
    assert ax.get_title() == name.replace("_", " ")
    figure = saved(ax, tmp_path / "report.png")
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    picture = figure.bbox.padded(1)
    assert len(texts(figure)) > 3
    shown = {
        id(label) for axes in figure.axes for label in (*axes.get_xticklabels(), *axes.get_yticklabels())
    }
    for text in texts(figure):
        box = text.get_window_extent(canvas.get_renderer())  # type: ignore[no-untyped-call]
        is_inside = all(picture.contains(x, y) for x, y in box.corners())
        # The label of a tick outside the limits is not drawn.
        assert is_inside or id(text) in shown - drawn_ticks(figure), text.get_text()


def drawn_ticks(figure: Figure) -> set[int]:
    """The labels of the ticks that are within the limits of their axis."""
    drawn = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            drawn |= {id(tick.label1) for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high}
    return drawn


@pytest.mark.parametrize("name", PICTURES)
def test_no_label_covers_the_next_one(demo: ecomdb.Database, name: str, tmp_path: Path) -> None:
    figure = saved(ask(demo, name).plot(), tmp_path / "report.png")
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    drawn = drawn_ticks(figure)
    for axes in figure.axes:
        for labels, side in ((axes.get_xticklabels(), 0), (axes.get_yticklabels(), 1)):
            boxes = [
                label.get_window_extent(canvas.get_renderer())  # type: ignore[no-untyped-call]
                for label in labels
                if id(label) in drawn and label.get_text()
            ]
            edges = sorted((box.extents[side], box.extents[side + 2]) for box in boxes)
            assert all(end <= begin + 1 for (_, end), (begin, _) in zip(edges, edges[1:])), labels


def test_times_are_dates_and_few_are_named(demo: ecomdb.Database) -> None:
    for report in (
        demo.analytics.monthly_revenue(),
        demo.analytics.revenue_trend("day"),
        demo.analytics.revenue_trend("day", "2025-05-01", "2025-05-08"),
        demo.analytics.revenue_trend("week", "2025-05-01", "2025-05-02"),
    ):
        ax = report.plot()
        assert isinstance(ax.xaxis.get_major_formatter(), ConciseDateFormatter)
        assert 1 <= len(ax.get_xticks()) <= 12


def test_cohorts_are_a_heat_map(demo: ecomdb.Database) -> None:
    cohorts = demo.analytics.cohorts()
    ax = cohorts.plot()
    (image,) = ax.images
    shares = image.get_array()
    assert shares is not None
    assert shares.shape[0] == len({row.cohort for row in cohorts})
    assert shares[0, 1] == cohorts[1].retention
    assert len(ax.figure.axes) == 2
    short = demo.analytics.cohorts("2025-07-01").plot()
    assert "100%" in {text.get_text() for text in short.texts}


def test_a_long_name_is_shortened(memory: Shop) -> None:
    category = memory.db.categories.create("A category with a name that is far too long for a picture")
    lamp = memory.db.products.create("Lamp", category.id, 1, initial_stock=1)
    memory.db.orders.place(memory.user().id, [(lamp.id, 1)], payment="cash", capture=True)
    (label,) = memory.db.analytics.revenue_by_category().plot().get_yticklabels()
    assert label.get_text() == "A category with a name that is …"


@pytest.mark.parametrize("name", PICTURES)
def test_a_report_is_drawn_on_given_axes(demo: ecomdb.Database, name: str) -> None:
    ax = Figure().subplots()
    assert ask(demo, name).plot(ax) is ax
    assert ax.lines or ax.patches or ax.images


@pytest.mark.parametrize("name", PICTURES)
def test_an_empty_report_says_so(memory: Shop, name: str, tmp_path: Path) -> None:
    memory.product()
    memory.user()
    report = ask(memory.db, name, from_="1999-01-01", to="1999-01-02")
    ax = report.plot()
    saved(ax, tmp_path / "report.png")
    assert len(report) > 0 or [text.get_text() for text in ax.texts] == ["no rows"]


def test_what_is_better_as_a_table_is_not_drawn(demo: ecomdb.Database) -> None:
    with pytest.raises(ValueError, match="no more as a picture"):
        demo.analytics.total_revenue().plot(Figure().subplots())
