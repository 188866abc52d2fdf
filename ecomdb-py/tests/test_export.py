"""Whole tables, as Arrow and as files."""

from __future__ import annotations

import csv
import io
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


def test_an_export_of_nothing_has_its_columns(memory: Shop) -> None:
    assert memory.db.export("orders").to_polars().shape == (0, 9)


def test_an_export_comes_in_batches(demo: ecomdb.Database) -> None:
    reader = pyarrow.RecordBatchReader.from_stream(demo.export("order_items"))
    assert sum(batch.num_rows for batch in reader) == demo.export("order_items").to_arrow().num_rows


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
