"""Rows, enums and exceptions as Python objects."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import pprint
import sqlite3
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path

import pytest
from conftest import PASSWORD, Shop

import ecomdb
from ecomdb import _ecomdb, enums, errors


@pytest.fixture
def order(memory: Shop) -> ecomdb.Order:
    return memory.paid_order(units=2)


def test_rows_are_equal_by_their_values(memory: Shop, order: ecomdb.Order) -> None:
    again = memory.db.orders.get(order.id)
    assert again == order
    assert hash(again) == hash(order)
    assert again is not order
    others: list[object] = [memory.db.users.get(order.user_id), order.id, None]
    assert order not in others
    assert {order: "found"}[again] == "found"


def test_rows_are_frozen(order: ecomdb.Order) -> None:
    with pytest.raises(AttributeError):
        order.total = Decimal(0)  # type: ignore[misc]
    with pytest.raises(AttributeError):
        order.note = "no such field"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        ecomdb.Order()


def test_rows_show_their_fields(memory: Shop) -> None:
    lamps = memory.db.categories.create("Lamps")
    fields = f"id={lamps.id}, name='Lamps', parent_id=None, description='', created_at={lamps.created_at!r}"
    assert repr(lamps) == f"Category({fields})"


def test_rows_become_dicts_through_and_through(order: ecomdb.Order) -> None:
    plain = order.to_dict()
    assert list(plain)[:4] == ["id", "user_id", "status", "payment_state"]
    assert order.buyer is not None
    assert plain["buyer"] == order.buyer.to_dict()
    assert plain["items"] == [order.items[0].to_dict()]
    assert plain["items"][0]["quantity"] == 2
    assert json.loads(json.dumps(plain, default=str))["status"] == "completed"


def test_rows_are_pickled_and_copied(order: ecomdb.Order) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(order, protocol)) == order
    assert copy.copy(order) == copy.deepcopy(order) == order


def test_rows_can_be_matched_by_position(order: ecomdb.Order) -> None:
    assert ecomdb.OrderItem.__match_args__[:3] == ("product_id", "product_name", "sku")
    if sys.version_info >= (3, 10):
        names = {"item": order.items[0], "OrderItem": ecomdb.OrderItem}
        exec("match item:\n    case OrderItem(product, name):\n        found = (product, name)", names)  # noqa: S102
        assert names["found"] == (order.items[0].product_id, "Desk lamp")


def test_rows_become_json_like_that_of_the_rest_api(order: ecomdb.Order) -> None:
    plain = order.to_dict(mode="json")
    assert json.loads(order.to_json()) == plain
    assert (plain["status"], plain["total"], plain["cancelled_at"]) == ("completed", "20.00", None)
    assert plain["items"][0]["line_total"] == "20.00"
    assert plain["placed_at"].endswith("Z")
    assert datetime.fromisoformat(plain["placed_at"].replace("Z", "+00:00")) == order.placed_at
    assert type(plain["status"]) is type(plain["payment"]["method"]) is str


def test_times_in_json_have_as_many_digits_as_they_need() -> None:
    for microsecond, text in ((0, "00Z"), (120_000, "00.120Z"), (1, "00.000001Z")):
        now = datetime(2026, 1, 31, 18, 0, 0, microsecond, tzinfo=timezone.utc)
        with ecomdb.connect("sqlite::memory:", clock=lambda now=now: now) as db:  # type: ignore[misc]
            created = db.categories.create("Lamps").to_dict(mode="json")["created_at"]
        assert created == f"2026-01-31T18:00:{text}"


def test_another_mode_than_python_and_json_is_refused(order: ecomdb.Order) -> None:
    with pytest.raises(ecomdb.ValidationError, match='mode: must be one of python, json, not "xml"'):
        order.to_dict(mode="xml")  # type: ignore[arg-type]


def test_rows_are_dataclasses_to_those_who_ask(order: ecomdb.Order) -> None:
    assert dataclasses.is_dataclass(order)
    assert [field.name for field in dataclasses.fields(order)] == list(order.__match_args__)
    plain = dataclasses.asdict(order)
    assert plain["items"][0]["quantity"] == 2
    assert pprint.pformat(order).startswith("Order(id=")


def test_a_long_tuple_is_shown_by_its_ends(memory: Shop) -> None:
    report = memory.db.check()
    assert len(report.checks) > 10
    assert f"... {len(report.checks) - 4} more ..." in repr(report)
    assert repr(report).count("CheckResult(") == 4
    made = memory.db.generate("small", users=9, products=9, orders=9)
    assert made is not None
    assert repr(made).count("TableSummary(") == 4


def test_notebooks_show_rows_as_tables(memory: Shop, order: ecomdb.Order) -> None:
    html = order._repr_html_()
    assert "<tr><th>status</th><td>completed</td></tr>" in html
    assert "<th>product name</th>" in html
    clean = memory.db.check()
    assert clean._repr_html_() == f"<p>all {len(clean.checks)} rules hold</p>"
    made = memory.db.generate("small", users=9, products=9, orders=9)
    assert made is not None
    html = made._repr_html_()
    assert "<tr><th>orders</th><td>9</td></tr>" in html
    assert "<td>users</td><td>9</td>" in html
    assert f"<p>{len(made.tables)} rows</p>" in html


def test_notebooks_do_not_show_tokens(memory: Shop) -> None:
    member = memory.member()
    login = memory.db.accounts.log_in(member.email, PASSWORD)
    html = login._repr_html_()
    assert "Token(hidden)" in html
    assert login.token not in html


def test_notebooks_show_the_rules_that_are_broken(tmp_path: Path) -> None:
    with ecomdb.connect(tmp_path / "shop.db") as db:
        db.generate("small", users=9, products=9, orders=9)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file, file:
        file.execute("UPDATE inventory SET quantity = quantity + 1 WHERE product_id = 1")
    with ecomdb.connect(tmp_path / "shop.db") as db:
        report = db.check()
    html = report._repr_html_()
    assert html.startswith(f"<p>1 of {len(report.checks)} rules are broken</p><table>")
    assert html.count("<th>rule</th>") == 1


def test_times_are_aware_and_in_utc(order: ecomdb.Order) -> None:
    assert order.placed_at.tzinfo is timezone.utc
    assert abs(datetime.now(timezone.utc) - order.placed_at) < timedelta(hours=1)


@pytest.mark.parametrize("name", sorted(_ecomdb._WORDS))
def test_words_are_those_of_the_library(name: str) -> None:
    assert [word.value for word in getattr(enums, name)] == [word for word, _ in _ecomdb._WORDS[name][1]]
    assert getattr(ecomdb, name) is getattr(enums, name)


def test_every_set_of_words_is_one_of_the_library() -> None:
    sets = {name for name, it in vars(enums).items() if isinstance(it, type) and issubclass(it, Enum)}
    assert sets - {"Enum", "Word"} == set(_ecomdb._WORDS)


def test_a_word_is_its_text() -> None:
    status = ecomdb.OrderStatus.COMPLETED
    assert status == "completed"
    assert {"completed": 1}[status] == 1
    assert (str(status), f"{status:>10}", json.dumps(status)) == ("completed", " completed", '"completed"')


def test_every_exception_is_an_error() -> None:
    exceptions = {
        name: it for name, it in vars(errors).items() if isinstance(it, type) and issubclass(it, Exception)
    }
    assert len(exceptions) > 20
    for name, exception in exceptions.items():
        assert issubclass(exception, ecomdb.Error)
        assert getattr(ecomdb, name) is exception
    assert issubclass(ecomdb.ValidationError, ValueError)
    assert issubclass(ecomdb.NotFoundError, LookupError)
    assert not issubclass(ecomdb.NotFoundError, KeyError)
    assert issubclass(ecomdb.TransactionError, RuntimeError)


def test_exceptions_say_whether_to_try_again() -> None:
    retryable = {it.__name__ for it in vars(errors).values() if getattr(it, "retryable", False)}
    assert retryable == {"UnavailableError", "OverloadedError", "ContentionError"}


def test_exceptions_are_pickled_with_their_fields(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.users.create("ada", "", "")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again)) == (ecomdb.ValidationError, str(raised.value))
    assert again.errors == raised.value.errors
    assert repr(again.errors[0]).startswith("FieldError(field='email', message='must be")
