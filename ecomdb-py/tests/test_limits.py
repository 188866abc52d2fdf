"""Fields that depend on the caller, limits per user, and ending sessions."""

from __future__ import annotations

import pytest
from conftest import PASSWORD, Shop

import ecomdb


def with_key(shop: Shop, *scopes: str) -> ecomdb.OnBehalf:
    """The shop on behalf of an admin's API key."""
    admin = shop.member("admin")
    token = shop.db.accounts.create_key(admin.id, "a program", map(ecomdb.Scope, scopes)).token
    return shop.db.on_behalf_of(shop.db.accounts.authenticate(token))


def test_a_customer_sees_whether_a_product_is_in_stock_and_no_levels(shop: Shop) -> None:
    customer, lamp = shop.log_in(shop.member()), shop.product(stock=11)
    seen = customer.products.get(lamp.id)
    assert (seen.in_stock, seen.stock, seen.reorder_level) == (True, None, None)
    assert (lamp.in_stock, lamp.stock, lamp.reorder_level) == (True, 11, 0)
    with pytest.raises(ecomdb.InsufficientStockError, match="less in stock than the 99 requested") as raised:
        customer.orders.place(customer.accounts.me().id, [(lamp.id, 99)])
    assert raised.value.available is None


def test_an_archived_product_does_not_exist_for_a_customer(shop: Shop) -> None:
    customer, lamp = shop.log_in(shop.member()), shop.product()
    shop.db.products.update(lamp.id, status="archived")
    with pytest.raises(ecomdb.NotFoundError):
        customer.products.get(lamp.id)
    assert list(customer.products.list()) == []
    assert [product.id for product in shop.db.products.list()] == [lamp.id]


def test_who_gives_money_back_is_not_told_the_buyer(shop: Shop) -> None:
    order = shop.paid_order()
    refunded = with_key(shop, "payments:settle").payments.refund(order.id, "late", amount=1)
    assert (refunded.user_id, refunded.buyer) == (order.user_id, None)
    reading = with_key(shop, "payments:settle", "orders:read")
    assert reading.payments.refund(order.id, "late", amount=1).buyer == order.buyer


def test_an_order_takes_20_attempts_to_pay_it(shop: Shop) -> None:
    lamp = shop.product()
    order = shop.db.orders.place(shop.user().id, [(lamp.id, 1)])
    for _ in range(20):
        shop.db.payments.create(order.id, "card")
    with pytest.raises(ecomdb.LimitReachedError, match="20 payment attempts") as raised:
        shop.db.payments.create(order.id, "card")
    assert (raised.value.entity, raised.value.id, raised.value.limit) == ("order", order.id, 20)


@pytest.mark.parametrize("password", ["Password1", "ada@lovelace.example", "adalovelace", PASSWORD])
def test_a_password_that_others_guess_and_the_present_one_are_refused(memory: Shop, password: str) -> None:
    ada = memory.db.accounts.create("ada@lovelace.example", "Ada", "Lovelace", password=PASSWORD)
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.accounts.set_password(ada.id, password)
    assert raised.value.field == "password"


def test_a_user_sees_and_ends_its_sessions(shop: Shop) -> None:
    ada = shop.member()
    phone, tablet, here = (shop.db.accounts.log_in(ada.email, PASSWORD) for _ in range(3))
    accounts = shop.db.on_behalf_of(shop.db.accounts.authenticate(here.token)).accounts
    sessions = accounts.sessions()
    assert [session.current for session in sessions].count(True) == 1
    assert len(sessions) == 3
    ended = next(session for session in sessions if not session.current)
    accounts.end_session(ended.id)
    with pytest.raises(ecomdb.NotFoundError):
        accounts.end_session(ended.id)
    assert accounts.end_other_sessions() == 1
    assert [session.current for session in accounts.sessions()] == [True]
    for login in (phone, tablet):
        with pytest.raises(ecomdb.InvalidTokenError):
            shop.db.accounts.authenticate(login.token)


def test_the_program_itself_has_no_sessions(memory: Shop) -> None:
    with pytest.raises(ecomdb.ForbiddenError, match="on_behalf_of"):
        memory.db.accounts.sessions()
