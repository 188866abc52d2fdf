"""Filters and sort orders of lists."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from conftest import Shop

import ecomdb


def test_products_are_filtered_by_price_and_stock(shop: Shop) -> None:
    cheap, dear = shop.product("5.00"), shop.product("50.00", stock=0)

    def ids(**filters: object) -> list[int]:
        return [product.id for product in shop.db.products.list(**filters)]  # type: ignore[arg-type]

    assert ids(min_price="5.01") == [dear.id]
    assert ids(max_price=5) == [cheap.id]
    assert ids(in_stock=True) == [cheap.id]
    assert ids(in_stock=False) == [dear.id]
    assert ids(in_stock=False, max_price="5.00") == []
    assert ids(sort="-price") == ids(sort=ecomdb.ProductSort.ID_DESCENDING) == [dear.id, cheap.id]
    with pytest.raises(TypeError, match="float"):
        ids(min_price=5.5)


def test_orders_are_filtered_by_period(shop: Shop) -> None:
    order = shop.paid_order()
    later = order.placed_at + timedelta(microseconds=1)

    def ids(**filters: object) -> list[int]:
        return [order.id for order in shop.db.orders.list(**filters)]  # type: ignore[arg-type]

    assert ids(from_=order.placed_at, to=later) == [order.id]
    assert ids(to=order.placed_at) == []
    assert ids(from_=later) == []
    with pytest.raises(TypeError, match="aware"):
        ids(from_=datetime(2026, 1, 1))
    with pytest.raises(ecomdb.ValidationError):
        ids(from_=datetime.now(timezone.utc), to="2001-01-01")


def test_orders_are_filtered_by_what_was_paid_and_by_total(shop: Shop) -> None:
    user, lamp = shop.user(), shop.product("10.00", stock=9)
    unpaid, part, full = (shop.db.orders.place(user.id, {lamp.id: units}) for units in (1, 2, 3))
    shop.db.payments.create(part.id, "card", capture=True, amount=5)
    shop.db.payments.create(full.id, "card", capture=True)

    def ids(**filters: object) -> list[int]:
        return [order.id for order in shop.db.orders.list(**filters)]  # type: ignore[arg-type]

    assert ids(payment_state="unpaid") == [unpaid.id]
    assert ids(payment_state=ecomdb.PaymentState.PART_PAID) == [part.id]
    assert ids(payment_state="paid") == [full.id]
    assert ids(min_total="10.01", max_total=30, sort="total") == [part.id, full.id]
    assert ids(sort="-total") == [full.id, part.id, unpaid.id]
    with pytest.raises(TypeError, match="float"):
        ids(min_total=5.5)


def test_an_order_in_a_list_has_its_customer_and_what_was_paid(shop: Shop) -> None:
    order = shop.paid_order()
    (listed,) = shop.db.orders.list()
    customer = shop.db.users.get(order.user_id)
    assert (listed.user.id, listed.user.email) == (customer.id, customer.email)
    assert (listed.paid, listed.payment_state) == (order.total, "paid")


def test_orders_and_users_can_be_sorted(shop: Shop) -> None:
    first, second = shop.paid_order(), shop.paid_order()
    assert [order.id for order in shop.db.orders.list()] == [second.id, first.id]
    assert [order.id for order in shop.db.orders.list(sort="placed_at")] == [first.id, second.id]
    emails = [user.email for user in shop.db.users.list(sort="-email", page_size=1)]
    assert emails == sorted(emails, reverse=True)
    shop.db.users.update(first.user_id, status="disabled")
    assert [user.id for user in shop.db.users.list(status="disabled")] == [first.user_id]
    shop.db.accounts.set_role(second.user_id, "staff")
    assert [user.id for user in shop.db.users.list(role="staff")] == [second.user_id]


def test_a_sort_that_there_is_not_is_refused_with_those_that_there_are(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError) as caught:
        memory.db.products.list(sort="colour")  # type: ignore[arg-type]
    assert caught.value.field == "sort"
    assert "-created_at" in str(caught.value)


def test_customers_are_listed_with_what_they_have_bought(shop: Shop) -> None:
    order, idle = shop.paid_order(), shop.user()
    listed = shop.db.analytics.customers()
    assert [(row.user_id, row.orders, row.total_spent) for row in listed] == [
        (order.user_id, 1, order.total),
        (idle.id, 0, 0),
    ]
    assert (str(listed.count()), next(iter(listed)).last_order) == ("2", order.placed_at)
    assert [row.user_id for row in shop.db.analytics.customers(has_ordered=False)] == [idle.id]
    assert [row.user_id for row in shop.db.analytics.customers(sort=ecomdb.CustomerSort.ID)][-1] == idle.id
    assert shop.db.analytics.customer(order.user_id) == next(iter(listed))
    with pytest.raises(ecomdb.NotFoundError):
        shop.db.analytics.customer(987_654)
