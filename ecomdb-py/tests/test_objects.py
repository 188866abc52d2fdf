"""Rows, words and exceptions as Python objects."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum

import pytest
from conftest import Shop

import ecomdb
from ecomdb import _ecomdb, errors, words


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
    assert list(plain)[:4] == ["id", "user_id", "status", "total"]
    assert order.user is not None
    assert plain["user"] == order.user.to_dict()
    assert plain["items"] == [order.items[0].to_dict()]
    assert plain["items"][0]["quantity"] == 2
    assert json.loads(json.dumps(plain, default=str))["status"] == "completed"


def test_rows_are_pickled_and_copied(order: ecomdb.Order) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(order, protocol)) == order
    assert copy.deepcopy(order) == order


def test_times_are_aware_and_in_utc(order: ecomdb.Order) -> None:
    assert order.placed_at.tzinfo is timezone.utc
    assert abs(datetime.now(timezone.utc) - order.placed_at) < timedelta(hours=1)


@pytest.mark.parametrize("name", sorted(_ecomdb._WORDS))
def test_words_are_those_of_the_library(name: str) -> None:
    assert [word.value for word in getattr(words, name)] == _ecomdb._WORDS[name]
    assert getattr(ecomdb, name) is getattr(words, name)


def test_every_set_of_words_is_one_of_the_library() -> None:
    sets = {name for name, it in vars(words).items() if isinstance(it, type) and issubclass(it, Enum)}
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
