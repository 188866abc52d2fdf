"""`db.orders`"""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from conftest import Shop

import ecomdb


def test_an_order_takes_stock_and_copies_prices(shop: Shop) -> None:
    ada, lamp, bulb = shop.user(), shop.product("29.99", 10), shop.product("1.50", 10)
    order = shop.db.orders.place(ada.id, [(lamp.id, 2), (bulb.id, 4)])
    assert (order.status, order.total, order.item_count) == ("pending", Decimal("65.98"), 6)
    assert [(item.product_id, item.quantity, item.line_total) for item in order.items] == [
        (lamp.id, 2, Decimal("59.98")),
        (bulb.id, 4, Decimal("6.00")),
    ]
    assert order.buyer is not None
    assert (order.buyer.email, order.payment, order.payments, order.refunds) == (ada.email, None, (), ())
    assert shop.db.products.get(lamp.id).stock == 8
    assert shop.db.orders.get(order.id) == order


def test_a_payment_that_is_captured_completes_the_order(shop: Shop) -> None:
    lamp = shop.product("10.00")
    order = shop.db.orders.place(
        shop.user().id, {lamp.id: 1}, payment=ecomdb.PaymentMethod.PAYPAL, capture=True, reference="PP-1"
    )
    assert order.status is ecomdb.OrderStatus.COMPLETED
    assert order.completed_at == order.placed_at
    assert order.payment is not None
    assert (order.payment.method, order.payment.amount, order.payment.reference) == (
        "paypal",
        Decimal(10),
        "PP-1",
    )


def test_lines_of_the_same_product_are_merged(memory: Shop) -> None:
    lamp = memory.product()
    order = memory.db.orders.place(memory.user().id, ((lamp.id, units) for units in (1, 2)))
    assert [(item.product_id, item.quantity) for item in order.items] == [(lamp.id, 3)]


def test_insufficient_stock_writes_nothing_and_says_what_there_is(shop: Shop) -> None:
    ada, lamp, bulb = shop.user(), shop.product(stock=5), shop.product(stock=1)
    with pytest.raises(ecomdb.InsufficientStockError, match="has 1 in stock, 2 requested") as raised:
        shop.db.orders.place(ada.id, [(lamp.id, 1), (bulb.id, 2)])
    error = raised.value
    assert (error.product_id, error.requested, error.available) == (bulb.id, 2, 1)
    assert shop.db.products.get(lamp.id).stock == 5
    assert list(shop.db.orders.list()) == []


@pytest.mark.parametrize(
    ("items", "field"),
    [([], "items"), ([(1, 0)], "items[0].quantity"), ([(1, 1), (1, 10**6 + 1)], "items[1].quantity")],
)
def test_lines_that_are_not_allowed_are_named(memory: Shop, items: list[tuple[int, int]], field: str) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.orders.place(1, items)
    assert raised.value.field == field


def test_endless_lines_are_refused(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="1 to 500 lines"):
        memory.db.orders.place(1, itertools.repeat((1, 1)))


@pytest.mark.parametrize("items", [[1], [(1, 2, 3)], [(1, "2")], [(1, 2.0)], 7])
def test_what_is_no_line_is_a_type_error(memory: Shop, items: object) -> None:
    with pytest.raises(TypeError):
        memory.db.orders.place(1, items)  # type: ignore[arg-type]


def test_an_amount_without_a_payment_is_refused(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.orders.place(1, [(1, 1)], capture=True)
    assert raised.value.field == "payment"


def test_a_missing_user_or_product_is_named(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product()
    for user, product, field in ((99, lamp.id, "user_id"), (ada.id, 99, "items[0].product_id")):
        with pytest.raises(ecomdb.ValidationError) as raised:
            shop.db.orders.place(user, [(product, 1)])
        assert raised.value.field == field


def test_a_disabled_user_cannot_order(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product()
    shop.db.users.update(ada.id, status="disabled")
    with pytest.raises(ecomdb.InactiveError) as raised:
        shop.db.orders.place(ada.id, [(lamp.id, 1)])
    assert raised.value.entity == "user"


def test_an_order_is_placed_once_for_a_key(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product(stock=5)
    first = shop.db.orders.place(ada.id, [(lamp.id, 2)], idempotency_key="checkout-1")
    assert shop.db.orders.place(ada.id, [(lamp.id, 2)], idempotency_key="checkout-1") == first
    assert shop.db.products.get(lamp.id).stock == 3


def test_a_cancelled_order_gives_its_stock_back(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product(stock=5)
    order = shop.db.orders.place(ada.id, [(lamp.id, 2)])
    cancelled = shop.db.orders.cancel(order.id, idempotency_key="c")
    assert cancelled.status == "cancelled"
    assert cancelled.cancelled_at is not None
    assert shop.db.orders.cancel(order.id, idempotency_key="c") == cancelled
    assert shop.db.products.get(lamp.id).stock == 5


def test_a_completed_order_cannot_be_cancelled(shop: Shop) -> None:
    order = shop.paid_order()
    with pytest.raises(ecomdb.IllegalTransitionError, match="can be refunded") as raised:
        shop.db.orders.cancel(order.id)
    error = raised.value
    assert (error.entity, error.id, error.state, error.wanted) == (
        "order",
        order.id,
        "completed",
        "cancelled",
    )


def test_orders_are_listed_by_user_and_state(shop: Shop) -> None:
    paid = shop.paid_order()
    lamp = shop.product()
    pending = shop.db.orders.place(shop.user().id, [(lamp.id, 1)])
    assert [order.id for order in shop.db.orders.list()] == [pending.id, paid.id]
    assert [order.id for order in shop.db.orders.list(status="completed")] == [paid.id]
    assert [order.total for order in shop.db.orders.list(user_id=pending.user_id)] == [pending.total]


def test_orders_of_a_missing_user_are_not_found(memory: Shop) -> None:
    with pytest.raises(ecomdb.NotFoundError, match="no user has the id 99"):
        next(iter(memory.db.orders.list(user_id=99)))


def test_a_quote_says_what_an_order_would_cost(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product("10.00", 3)
    shop.db.vouchers.create("once", "percent", 10, usage_limit=1)
    adjustments = [(ecomdb.AdjustmentKind.SHIPPING, "Standard", "4.90")]
    basket = shop.db.orders.place(ada.id, {lamp.id: 2}, voucher="once", hold_minutes=15)
    with pytest.raises(ecomdb.InsufficientStockError):
        shop.db.orders.quote(ada.id, {lamp.id: 3})
    quote = shop.db.orders.quote(
        ada.id, {lamp.id: 3}, adjustments=adjustments, voucher="once", replacing=basket.id
    )
    assert (quote.total, quote.item_count) == (Decimal("31.90"), 3)
    assert shop.db.products.get(lamp.id).stock == 1
    order = shop.db.orders.place(
        ada.id, {lamp.id: 3}, adjustments=adjustments, voucher="once", replacing=basket.id
    )
    assert (order.items, order.adjustments, order.total) == (quote.items, quote.adjustments, quote.total)


LONDON = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square\nFlat 2",
    "city": "London",
    "country": "GB",
}


def test_an_order_has_addresses_until_it_is_pending_no_more(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product("10.00")
    order = shop.db.orders.place(ada.id, {lamp.id: 1}, shipping_address={**LONDON, "postcode": "SW1Y 4JH"})
    address = order.shipping_address
    assert address is not None and order.billing_address is None
    assert (address.street, address.postcode, address.country, address.region) == (
        "12 St James's Square\nFlat 2",
        "SW1Y 4JH",
        "GB",
        None,
    )
    assert shop.db.orders.get(order.id) == order
    both = shop.db.orders.set_address(order.id, ecomdb.AddressKind.BILLING, address)
    assert both.billing_address == address
    assert shop.db.orders.set_address(order.id, "billing", None) == order
    shop.db.orders.cancel(order.id)
    with pytest.raises(ecomdb.ConflictError, match="is cancelled, so its addresses are fixed"):
        shop.db.orders.set_address(order.id, "shipping", LONDON)


def test_wrong_fields_of_an_address_are_named_at_once(memory: Shop) -> None:
    ada, lamp = memory.user(), memory.product()
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.orders.place(
            ada.id,
            {lamp.id: 1},
            shipping_address={**LONDON, "country": "UK"},
            billing_address={"city": "Paris"},
        )
    assert [error.field for error in raised.value.errors] == [
        "shipping_address.country",
        "billing_address.recipient",
        "billing_address.street",
        "billing_address.country",
    ]
    with pytest.raises(
        ecomdb.ValidationError, match="address: must have no other fields than recipient, street"
    ):
        memory.db.orders.set_address(1, "shipping", {**LONDON, "zip": "1"})
    for wrong in (7, "London", [LONDON]):
        with pytest.raises(TypeError, match="must be an Address or a mapping of its fields"):
            memory.db.orders.set_address(1, "shipping", wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"address.city must be a str, not 7"):
        memory.db.orders.set_address(1, "shipping", {**LONDON, "city": 7})  # type: ignore[dict-item]
