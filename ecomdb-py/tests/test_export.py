"""Whole tables, as Arrow and as files."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pytest
from conftest import Shop

import ecomdb


@pytest.mark.parametrize("table", list(ecomdb.TableName))
def test_every_table_is_exported_as_it_is_written(demo: ecomdb.Database, table: ecomdb.TableName) -> None:
    out = io.BytesIO()
    count = demo.write_table(table, out)
    header, *rows = csv.reader(io.StringIO(out.getvalue().decode()))
    stream = demo.export(table)
    assert tuple(header) == stream.columns
    arrow = stream.to_arrow()
    assert (arrow.num_rows, arrow.column_names) == (count, header)
    assert len(rows) == count
    for name, column in zip(header, zip(*rows)):
        ours = arrow.column(name)
        if pyarrow.types.is_decimal(ours.type):
            assert [Decimal(text) if text else None for text in column] == ours.to_pylist()
        if pyarrow.types.is_integer(ours.type) and "" not in column:
            assert list(map(int, column)) == ours.to_pylist()
        if pyarrow.types.is_timestamp(ours.type):
            assert [text == "" for text in column] == [time is None for time in ours.to_pylist()]


def test_an_export_is_the_same_on_every_engine(shop: Shop) -> None:
    order = shop.paid_order(units=2)
    shop.db.payments.refund(order.id, "late", amount="0.50", restock=True)
    refund = shop.db.export("refunds").to_arrow().to_pylist()[0]
    assert (refund["amount"], refund["restocked"], refund["reason"]) == (Decimal("0.50"), True, "late")
    (exported,) = shop.db.export("orders").to_polars().to_dicts()
    assert (exported["total"], exported["placed_at"]) == (order.total, order.placed_at)
    assert exported["cancelled_at"] is None


def test_what_people_typed_is_no_formula_in_a_spreadsheet(memory: Shop, tmp_path: Path) -> None:
    memory.db.users.create("ada@example.com", "=1+1", "@SUM(A1)")
    for for_spreadsheet, cells in ((False, b",=1+1,@SUM(A1),"), (True, b",'=1+1,'@SUM(A1),")):
        out = io.BytesIO()
        memory.db.write_table("users", out, for_spreadsheet=for_spreadsheet)
        assert cells in out.getvalue()
        memory.db.export_all(tmp_path, for_spreadsheet=for_spreadsheet, overwrite=True)
        assert (tmp_path / "users.csv").read_bytes() == out.getvalue()
    with pytest.raises(ecomdb.ValidationError, match="for_spreadsheet: is for csv, not for ndjson"):
        memory.db.write_table("users", io.BytesIO(), format="ndjson", for_spreadsheet=True)


def test_an_export_of_nothing_has_its_columns(memory: Shop) -> None:
    assert memory.db.export("orders").to_polars().shape == (0, 15)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ecomdb.Database]:
    """A shop in a file with tables of several batches, not to be changed."""
    with ecomdb.connect(f"sqlite://{tmp_path_factory.mktemp('large')}/shop.db") as db:
        db.generate("small", seed=7, orders=30_000, until="2026-01-01")
        yield db


def test_an_export_comes_in_batches_by_ascending_key(large: ecomdb.Database) -> None:
    reader = pyarrow.RecordBatchReader.from_stream(large.export("order_items"))
    batches = list(reader)
    assert len(batches) > 2
    keys = [key for batch in batches for key in zip(*(batch.column(n).to_pylist() for n in (0, 1)))]
    assert keys == sorted(set(keys))
    assert len(keys) == large.write_table("order_items", io.BytesIO())


@pytest.mark.parametrize(
    "table",
    [ecomdb.TableName.ORDERS, ecomdb.TableName.PAYMENTS, ecomdb.TableName.INVENTORY_MOVEMENTS],
)
def test_values_are_those_of_the_rows_in_files(large: ecomdb.Database, table: ecomdb.TableName) -> None:
    out = io.BytesIO()
    large.write_table(table, out)
    _, *rows = csv.reader(io.StringIO(out.getvalue().decode()))
    arrow = large.export(table).to_arrow()
    for column, expected in zip(arrow.columns, zip(*rows)):
        if pyarrow.types.is_timestamp(column.type):
            ours = ["" if at is None else f"{at:%Y-%m-%dT%H:%M:%S.%fZ}" for at in column.to_pylist()]
        else:
            ours = ["" if value is None else str(value) for value in column.to_pylist()]
        assert ours == list(expected)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have names in /proc")
def test_an_export_that_is_dropped_early_ends_its_threads(large: ecomdb.Database) -> None:
    def threads() -> list[str]:
        names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
        return [name for name in names if name in ("ecomdb-export", "ecomdb-reader")]

    reader = pyarrow.RecordBatchReader.from_stream(large.export("order_items"))
    reader.read_next_batch()
    assert "ecomdb-export" in threads()
    del reader
    deadline = time.monotonic() + 10
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == []


def test_an_export_is_taken_as_often_as_it_is_asked_for(memory: Shop) -> None:
    stream = memory.db.export("users")
    assert len(polars.DataFrame(stream)) == 0
    user = memory.user()
    assert stream.to_arrow() == pyarrow.table(stream)
    assert stream.to_polars()["email"].to_list() == [user.email]


def test_duckdb_queries_an_export_and_a_report(demo: ecomdb.Database) -> None:
    orders, months = demo.export("orders"), demo.analytics.monthly_revenue()
    with duckdb.connect() as duck:
        duck.register("orders", orders)
        duck.register("months", months)
        total = [(demo.analytics.total_revenue()[0].total_revenue,)]
        for _ in range(2):
            duck.execute("SELECT sum(total) FROM orders WHERE status = 'completed'")
            assert duck.fetchall() == total
        duck.execute("SELECT sum(total_revenue) FROM months")
        assert duck.fetchall() == total


def test_an_export_of_a_closed_database_is_an_error() -> None:
    with ecomdb.connect("sqlite::memory:") as db:
        stream = db.export("users")
    for read in (polars.DataFrame, pyarrow.table, list):
        with pytest.raises(ecomdb.ClosedError):
            read(stream)


def test_the_schema_of_an_export_is_told_without_reading(memory: Shop) -> None:
    capsule = memory.db.export("users").__arrow_c_stream__()
    memory.user()
    assert pyarrow.RecordBatchReader._import_from_c_capsule(capsule).read_all().num_rows == 1


def test_an_export_gives_its_rows_one_by_one(shop: Shop) -> None:
    order = shop.paid_order(units=2)
    (row,) = shop.db.export("orders")
    assert (row.id, row.status, row.total, row.cancelled_at) == (order.id, "completed", order.total, None)
    assert (row.placed_at, type(row).__name__) == (order.placed_at, "OrdersRow")
    shop.db.payments.refund(order.id, "late", restock=True)
    assert [row.restocked for row in shop.db.export("refunds")] == [True]


def test_rows_of_an_export_end_with_the_error_that_ends_it(tmp_path: Path) -> None:
    with ecomdb.connect(tmp_path / "shop.db") as db:
        rows = iter(db.export("users"))
        (tmp_path / "shop.db").rename(tmp_path / "moved.db")
        with pytest.raises(ecomdb.UnavailableError, match="moved"):
            next(rows)


@pytest.mark.parametrize("table", list(ecomdb.TableName))
def test_pandas_makes_columns_of_an_export(demo: ecomdb.Database, table: ecomdb.TableName) -> None:
    stream = demo.export(table)
    frame, arrow = pandas.DataFrame(stream), stream.to_pandas()
    assert list(frame.columns) == list(arrow.columns)
    for name in frame.columns:
        theirs = [None if pandas.isna(value) else value for value in arrow[name]]
        assert [None if pandas.isna(value) else value for value in frame[name]] == theirs
    if table == "orders":
        assert [str(frame[name].dtype) for name in ("id", "placed_at")] == ["int64", "datetime64[us, UTC]"]


def test_money_comes_to_pandas_as_arrow_decimals_on_request(demo: ecomdb.Database) -> None:
    frame = demo.export("orders").to_pandas(money="arrow")
    assert str(frame["total"].dtype) == "decimal128(19, 2)[pyarrow]"
    assert frame["total"].sum() == demo.export("orders").to_pandas()["total"].sum()
    with pytest.raises(ecomdb.ValidationError, match='money: must be one of object, arrow, not "float"'):
        demo.export("orders").to_pandas(money="float")  # type: ignore[arg-type]


def test_tables_and_reports_are_written_to_paths(demo: ecomdb.Database, tmp_path: Path) -> None:
    out = io.BytesIO()
    count = demo.write_table("users", out)
    for path in (tmp_path / "users.csv", str(tmp_path / "users.csv")):
        assert demo.write_table("users", path) == count
        assert (tmp_path / "users.csv").read_bytes() == out.getvalue()
    demo.write_report("monthly_revenue", tmp_path / "months.ndjson", format="ndjson")
    assert (tmp_path / "months.ndjson").read_text().startswith('{"month":')
    with pytest.raises(ecomdb.OutputError, match=r"missing/users\.csv"):
        demo.write_table("users", tmp_path / "missing" / "users.csv")
    with pytest.raises(TypeError, match="out must be a path or have a method write"):
        demo.write_table("users", 7)  # type: ignore[arg-type]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["months.ndjson", "users.csv"]


def test_an_export_that_is_not_read_to_its_end_delays_nothing(memory: Shop) -> None:
    for _ in range(40):
        del_me = pyarrow.RecordBatchReader.from_stream(memory.db.export("users"))
        del del_me
    memory.user()


def test_an_unknown_table_is_refused(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="users, user_revisions") as raised:
        memory.db.export("secrets")  # type: ignore[arg-type]
    assert raised.value.field == "table"


def test_every_table_is_written_into_a_folder(shop: Shop, tmp_path: Path) -> None:
    shop.paid_order()
    counts = shop.db.export_all(tmp_path / "out", format="ndjson")
    assert counts[ecomdb.TableName.ORDERS] == 1
    assert {file.stem for file in (tmp_path / "out").iterdir()} == {str(table) for table in counts}
    assert (tmp_path / "out" / "orders.ndjson").read_text().startswith('{"id":1,')


def test_a_report_is_written_with_every_row(demo: ecomdb.Database) -> None:
    out = io.BytesIO()
    assert demo.write_report("revenue-by-product", out, from_="2025-01-01") > 50
    assert out.getvalue().startswith(b"product_id,product_name,product_revenue\n")
    assert demo.write_report("top-customers", io.BytesIO(), limit=3) == 3
    with pytest.raises(TypeError, match='funnel does not take "limit"'):
        demo.write_report("funnel", out, limit=3)
    with pytest.raises(ecomdb.ValidationError) as raised:
        demo.write_report("fortunes", out)  # type: ignore[arg-type]
    assert raised.value.field == "report"


def test_files_that_are_there_are_overwritten_only_if_that_is_asked_for(memory: Shop, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("diary")
    with pytest.raises(ecomdb.OutputError, match=r"users\.csv: it exists already"):
        memory.db.export_all(tmp_path)
    with pytest.raises(ecomdb.OutputError, match=r"users\.csv: it exists already"):
        ecomdb.generate_csv(tmp_path, "small")
    assert [file.name for file in tmp_path.iterdir()] == ["users.csv"]
    memory.db.export_all(tmp_path, overwrite=True)
    assert (tmp_path / "users.csv").read_text().startswith("id,email,")


def test_what_cannot_be_written_is_an_error(memory: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ecomdb.OutputError):
        memory.db.export_all(tmp_path / "file")


def test_what_the_output_raises_is_raised(demo: ecomdb.Database) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        demo.write_table("users", Full())
