"""Money stays exact on its way from Python to the library and back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from conftest import Shop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ecomdb

PRICES = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)


@pytest.fixture(scope="module")
def lamp() -> Iterator[tuple[ecomdb.Database, int]]:
    """A product whose price can be changed, and its shop."""
    with ecomdb.connect("sqlite::memory:") as db:
        yield db, db.products.create("Desk lamp", db.categories.create("Lamps").id, 0).id


@settings(max_examples=60, deadline=None)
@given(price=PRICES)
def test_every_price_comes_back_as_it_was_given(lamp: tuple[ecomdb.Database, int], price: Decimal) -> None:
    db, product = lamp
    for given_as in (price, str(price), price.normalize()):
        got = db.products.update(product, price=given_as).price
        assert isinstance(got, Decimal)
        assert got == price
        assert str(got) == f"{price:.2f}"


@settings(max_examples=60, deadline=None)
@given(price=st.decimals(allow_nan=True, allow_infinity=True))
def test_a_decimal_is_taken_exactly_or_refused(lamp: tuple[ecomdb.Database, int], price: Decimal) -> None:
    db, product = lamp
    try:
        got = db.products.update(product, price=price).price
    except ecomdb.ValidationError as error:
        assert error.field == "price"
    else:
        assert got == price


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=30))
def test_text_is_an_amount_or_refused(lamp: tuple[ecomdb.Database, int], text: str) -> None:
    db, product = lamp
    try:
        got = db.products.update(product, price=text).price
    except ecomdb.ValidationError:
        return
    assert got == Decimal(text)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(price=PRICES.filter(lambda price: price < 10**6), units=st.integers(1, 500))
def test_totals_are_exact(memory: Shop, price: Decimal, units: int) -> None:
    lamp = memory.product(str(price), stock=units)
    order = memory.db.orders.place(memory.user().id, [(lamp.id, units)])
    assert order.total == price * units


def test_whole_numbers_are_whole_amounts(memory: Shop) -> None:
    lamps = memory.db.categories.create("Lamps")
    assert str(memory.db.products.create("Lamp", lamps.id, 30).price) == "30.00"


@pytest.mark.parametrize("price", [29.99, 30.0, float("nan")])
def test_a_float_is_refused_with_the_reason(memory: Shop, price: float) -> None:
    with pytest.raises(TypeError, match="price must be a Decimal, int or str, not float: a float such as 0"):
        memory.db.products.create("Lamp", 1, price)  # type: ignore[arg-type]


@pytest.mark.parametrize("price", [True, None, b"1", [1]])
def test_what_is_no_number_is_a_type_error(memory: Shop, price: object) -> None:
    with pytest.raises(TypeError, match="price must be a Decimal, int or str"):
        memory.db.products.create("Lamp", 1, price)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ("1.999", "at most two decimal places"),
        (Decimal("0.001"), "at most two decimal places"),
        ("1,000", "must be a decimal amount"),
        (Decimal("NaN"), "must be a decimal amount"),
        (Decimal("1e400"), "must lie between"),
        (10**30, "must lie between"),
        ("-0.01", "must lie between 0.00 and 999999999.99"),
    ],
)
def test_what_is_no_price_is_refused_by_name(memory: Shop, price: str | int | Decimal, message: str) -> None:
    lamps = memory.db.categories.create("Lamps")
    with pytest.raises(ecomdb.ValidationError, match=message) as raised:
        memory.db.products.create("Lamp", lamps.id, price)
    assert raised.value.field == "price"
