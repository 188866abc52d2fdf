"""`db.analytics`: every report, as rows, columns, a table and a picture."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pandas
import polars
import pyarrow
import pytest
from conftest import Shop, ask

import ecomdb
from ecomdb import _ecomdb

LISTED = {"customers", "customer"}
"""Methods that give a list and a row of it, and not a report."""

REPORTS = [
    name
    for name, _ in inspect.getmembers(ecomdb.Analytics, callable)
    if not name.startswith("_") and name not in LISTED
]


@pytest.fixture
def reports(demo: ecomdb.Database) -> Iterator[dict[str, ecomdb.Report[Any]]]:
    yield {name: ask(demo, name) for name in REPORTS}


def test_every_report_of_the_library_is_a_method() -> None:
    assert sorted(REPORTS) == sorted(name.replace("-", "_") for name, *_ in _ecomdb._REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_rows_and_columns(reports: dict[str, ecomdb.Report[Any]], name: str) -> None:
    report = reports[name]
    assert report.name == name
    assert len(report) == len(list(report)) > 0
    assert report[0] == next(iter(report)) == report[-len(report)]
    assert list(report[:2]) == list(report)[:2]
    assert tuple(report[0].to_dict()) == report.columns == tuple(type(report[0]).__match_args__)
    table = report.to_arrow()
    assert tuple(table.column_names) == report.columns
    rows = [
        {key: str(value) if value is not None else None for key, value in row.items()}
        for row in report.to_dicts()
    ]
    for ours, theirs in zip(rows, table.to_pylist()):
        assert {key: str(value) if value is not None else None for key, value in theirs.items()} == ours


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_an_empty_shop_has_the_same_columns(
    memory: Shop, reports: dict[str, ecomdb.Report[Any]], name: str
) -> None:
    memory.user()
    memory.product()
    empty = ask(memory.db, name)
    assert empty.columns == reports[name].columns
    assert empty.to_arrow().schema == reports[name].to_arrow().schema
    assert list(empty.to_pandas().columns) == list(empty.columns)
    assert list(pandas.DataFrame(empty, columns=empty.columns).columns) == list(empty.columns)
    assert "<tbody>" in empty._repr_html_()


def test_revenue_counts_completed_orders(shop: Shop) -> None:
    shop.paid_order(units=2)
    lamp = shop.product()
    shop.db.orders.place(shop.user().id, [(lamp.id, 1)])
    (row,) = shop.db.analytics.total_revenue()
    assert (row.total_revenue, row.orders) == (Decimal("20.00"), 1)
    assert len(shop.db.analytics.unpaid_orders()) == 1
    assert shop.db.analytics.average_order_value()[0].average_order_value == Decimal("20.00")


def test_periods_take_days_moments_and_text(demo: ecomdb.Database) -> None:
    months = [
        demo.analytics.monthly_revenue(from_, to)
        for from_, to in (
            (date(2025, 3, 1), date(2025, 5, 1)),
            ("2025-03-01", "2025-05-01T00:00:00Z"),
            (
                datetime(2025, 3, 1, tzinfo=timezone.utc),
                datetime(2025, 5, 1, 2, tzinfo=timezone(timedelta(hours=2))),
            ),
        )
    ]
    assert [row.month for row in months[0]] == ["2025-03", "2025-04"]
    assert months[0] == months[1] == months[2]
    assert hash(months[0]) == hash(months[1])


def test_a_moment_without_a_time_zone_is_refused(memory: Shop) -> None:
    with pytest.raises(TypeError, match="from_ must be an aware datetime"):
        memory.db.analytics.total_revenue(datetime(2026, 1, 1))
    with pytest.raises(TypeError, match="to must be a datetime, a date or a str"):
        memory.db.analytics.total_revenue(to=2026)  # type: ignore[arg-type]


def test_what_is_no_period_is_refused_by_the_name_of_the_argument(memory: Shop) -> None:
    for from_, to, field in (
        ("x", None, "from_"),
        (None, "2026-13-01", "to"),
        ("2026-02-01", "2026-01-01", "from_"),
    ):
        with pytest.raises(ecomdb.ValidationError) as raised:
            memory.db.analytics.funnel(from_, to)
        assert raised.value.field == field


def test_trends_follow_the_calendar_of_a_time_zone(demo: ecomdb.Database) -> None:
    trend = demo.analytics.revenue_trend(
        "month", "2025-03-01", "2025-06-01", tz="Europe/Berlin", compare_previous=True
    )
    assert [row.date for row in trend] == [date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)]
    assert trend[0].from_ == datetime(2025, 2, 28, 23, tzinfo=timezone.utc)
    assert trend[0].to == datetime(2025, 3, 31, 22, tzinfo=timezone.utc)
    assert all(row.previous_total_revenue is not None for row in trend)
    assert all(row.previous_orders is None for row in demo.analytics.revenue_trend(ecomdb.Granularity.WEEK))


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"tz": "Europe/Atlantis"}, "tz"),
        ({"granularity": "year"}, "granularity"),
        ({"from_": "1970-01-01"}, "from_"),
    ],
)
def test_a_trend_that_there_cannot_be_is_refused(demo: ecomdb.Database, arguments: Any, field: str) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        demo.analytics.revenue_trend(**{"to": "2026-01-01", **arguments})
    assert raised.value.field == field


def test_hours_follow_the_clock(demo: ecomdb.Database) -> None:
    for first, last, hours in (("2025-03-30", "2025-03-31", 23), ("2025-10-26", "2025-10-27", 25)):
        trend = demo.analytics.revenue_trend("hour", first, last, tz="Europe/Berlin", compare_previous=True)
        assert len(trend) == hours
        assert {row.date for row in trend} == {date.fromisoformat(first)}
        before = demo.analytics.total_revenue(trend[0].from_ - timedelta(days=1), trend[0].from_)[
            0
        ].total_revenue
        assert sum(row.previous_total_revenue or 0 for row in trend) == before


def test_a_product_and_a_customer_have_trends_of_their_own(demo: ecomdb.Database) -> None:
    best = demo.analytics.top_customers(limit=1)[0]
    value = demo.analytics.customer_value(best.user_id, tz="Europe/Berlin")[0]
    assert (value.total_spent, value.orders) == (best.total_spent, best.orders)
    trend = demo.analytics.customer_trend(best.user_id, "month", tz="Europe/Berlin")
    assert sum(step.total_spent for step in trend) == best.total_spent
    assert value.first_order is not None
    assert trend[0].date == value.first_order.replace(day=1)
    product = demo.analytics.top_products(limit=1)[0]
    sold = demo.analytics.product_trend(product.product_id, ecomdb.Granularity.WEEK)
    assert sum(step.units_sold for step in sold) == product.total_units_sold
    for report in (
        demo.analytics.product_trend,
        demo.analytics.customer_trend,
        demo.analytics.customer_value,
    ):
        with pytest.raises(ecomdb.NotFoundError):
            report(10**9)


def test_rankings_take_a_limit_and_a_segment(demo: ecomdb.Database) -> None:
    assert len(demo.analytics.top_products(limit=3)) == 3
    champions = demo.analytics.rfm_customers(segment="champions")
    assert {row.segment for row in champions} == {ecomdb.RfmSegment.CHAMPIONS}
    for limit in (0, 1001):
        with pytest.raises(ecomdb.ValidationError) as raised:
            demo.analytics.top_products(limit=limit)
        assert raised.value.field == "limit"


def test_a_report_becomes_a_data_frame_of_any_kind(demo: ecomdb.Database) -> None:
    report = demo.analytics.monthly_revenue()
    total = sum(row.total_revenue for row in report)
    arrow = report.to_arrow()
    assert arrow.schema.field("total_revenue").type == pyarrow.decimal128(19, 2)
    assert arrow == pyarrow.table(report)
    frame = report.to_polars()
    assert frame.equals(polars.DataFrame(report))
    assert frame["total_revenue"].sum() == total
    assert isinstance(report.to_pandas(), pandas.DataFrame)
    assert report.to_pandas()["total_revenue"].sum() == total
    trend = demo.analytics.revenue_trend("month").to_arrow().schema
    assert trend.field("date").type == pyarrow.date32()
    assert trend.field("to").type == pyarrow.timestamp("us", "UTC")


@pytest.mark.parametrize("name", REPORTS)
def test_reports_are_pickled_and_copied(reports: dict[str, ecomdb.Report[Any]], name: str) -> None:
    report = reports[name]
    for again in (pickle.loads(pickle.dumps(report)), copy.copy(report), copy.deepcopy(report)):
        assert (again, again.name, again.columns) == (report, name, report.columns)
        assert again.to_arrow() == report.to_arrow()


@pytest.mark.parametrize("name", REPORTS)
def test_pandas_makes_columns_of_a_report(reports: dict[str, ecomdb.Report[Any]], name: str) -> None:
    report = reports[name]
    frame, arrow = pandas.DataFrame(report), report.to_pandas()
    assert tuple(frame.columns) == report.columns
    for column in report.columns:
        ours = [None if pandas.isna(value) else value for value in frame[column]]
        assert ours == [None if pandas.isna(value) else value for value in arrow[column]]
        if arrow[column].dtype != "object":
            assert frame[column].isna().all() or frame[column].dtype.kind == arrow[column].dtype.kind


def test_money_comes_to_pandas_as_arrow_decimals_on_request(demo: ecomdb.Database) -> None:
    report = demo.analytics.monthly_revenue()
    frame = report.to_pandas(money="arrow")
    assert str(frame["total_revenue"].dtype) == "decimal128(19, 2)[pyarrow]"
    assert frame["total_revenue"].sum() == sum(row.total_revenue for row in report)


def test_a_report_becomes_json_like_that_of_the_rest_api(demo: ecomdb.Database) -> None:
    trend = demo.analytics.revenue_trend("month", "2025-03-01", "2025-04-01")
    plain = json.loads(trend.to_json())
    assert plain == trend.to_dicts(mode="json")
    (step,) = plain
    assert (step["date"], step["from"], step["to"]) == (
        "2025-03-01",
        "2025-03-01T00:00:00Z",
        "2025-04-01T00:00:00Z",
    )
    assert step["total_revenue"] == str(trend[0].total_revenue)
    assert (step["orders"], step["previous_orders"]) == (trend[0].orders, None)
    assert demo.analytics.cohorts().to_dicts(mode="json")[0]["retention"] == 1.0


def test_a_terminal_shows_the_first_and_last_rows(demo: ecomdb.Database) -> None:
    report = demo.analytics.revenue_trend("day", "2025-01-01", "2025-12-31")
    lines = repr(report).splitlines()
    assert lines[0] == "<ecomdb.Report revenue_trend, 364 rows>"
    assert lines[1].split()[:2] == ["date", "from"]
    assert (lines[2].split()[0], lines[7].split()[0], lines[-1].split()[0]) == (
        "2025-01-01",
        "…",
        "2025-12-30",
    )
    assert len(lines) == 13
    assert len(repr(demo.analytics.funnel()).splitlines()) == 6


def test_a_notebook_shows_a_table(demo: ecomdb.Database) -> None:
    report = demo.analytics.funnel()
    html = report._repr_html_()
    assert html.count("<tr>") == len(report) + 1
    assert "<th>share of placed</th>" in html
    assert f"<td>{report[0].amount}</td>" in html


def test_a_notebook_shows_the_first_and_last_rows_of_a_long_report(demo: ecomdb.Database) -> None:
    html = demo.analytics.revenue_trend("day", "2025-01-01", "2025-12-31")._repr_html_()
    assert html.count("<tr>") == 1 + 5 + 1 + 5
    assert "<td>2025-12-30</td>" in html
    assert html.endswith("<p>364 rows</p>")


def test_what_users_typed_does_not_become_html(memory: Shop) -> None:
    lamps = memory.db.categories.create("<script>")
    lamp = memory.db.products.create("Lamp", lamps.id, 1, initial_stock=1)
    memory.db.orders.place(memory.user().id, [(lamp.id, 1)], payment="cash", capture=True)
    html = memory.db.analytics.revenue_by_category()._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_every_metric_is_explained() -> None:
    assert any(metric.startswith("Lifetime value: ") for metric in ecomdb.Analytics.metrics)
