"""Whole tables, as Arrow and as files."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

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
            assert sum(map(Decimal, column)) == sum(ours.to_pylist())
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
        memory.db.export_all(tmp_path, for_spreadsheet=for_spreadsheet)
        assert (tmp_path / "users.csv").read_bytes() == out.getvalue()
    with pytest.raises(ecomdb.ValidationError, match="for_spreadsheet: is for csv, not for ndjson"):
        memory.db.write_table("users", io.BytesIO(), format="ndjson", for_spreadsheet=True)


def test_an_export_of_nothing_has_its_columns(memory: Shop) -> None:
    assert memory.db.export("orders").to_polars().shape == (0, 9)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ecomdb.Database]:
    """A shop with tables of several batches, in a file, that nobody changes."""
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


@pytest.mark.parametrize("table", ["orders", "payments", "inventory_movements"])
def test_values_are_those_of_the_rows_in_files(large: ecomdb.Database, table: str) -> None:
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


def test_an_export_is_taken_once(demo: ecomdb.Database) -> None:
    stream = demo.export("users")
    assert isinstance(polars.DataFrame(stream), polars.DataFrame)
    with pytest.raises(ecomdb.ClosedError, match="taken already"):
        stream.to_arrow()


def test_an_export_that_nobody_reads_to_its_end_holds_up_nothing(memory: Shop) -> None:
    for _ in range(40):
        del_me = pyarrow.RecordBatchReader.from_stream(memory.db.export("users"))
        del del_me
    memory.user()


def test_an_unknown_table_is_refused(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="users, categories") as raised:
        memory.db.export("secrets")
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
        demo.write_report("fortunes", out)
    assert raised.value.field == "report"


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
