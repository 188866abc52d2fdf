"""`db.payments`"""

from __future__ import annotations

from decimal import Decimal

import pytest
from conftest import Shop

import ecomdb


def pending(shop: Shop) -> ecomdb.Order:
    """An unpaid order of 20.00."""
    lamp = shop.product("20.00", 5)
    return shop.db.orders.place(shop.user().id, [(lamp.id, 1)])


def test_an_order_can_be_paid_in_parts(shop: Shop) -> None:
    order = pending(shop)
    first = shop.db.payments.create(order.id, "bank_transfer", capture=True, amount="12.50")
    assert (first.status, first.amount) == ("paid", Decimal("12.50"))
    assert shop.db.orders.get(order.id).status == "pending"
    rest = shop.db.payments.create(order.id, "cash", capture=True)
    assert rest.amount == Decimal("7.50")
    assert shop.db.orders.get(order.id).status == "completed"


def test_a_pending_payment_is_captured_or_fails(shop: Shop) -> None:
    order = pending(shop)
    failed = shop.db.payments.fail(shop.db.payments.create(order.id, "card").id)
    assert failed.status is ecomdb.PaymentStatus.FAILED
    captured = shop.db.payments.capture(shop.db.payments.create(order.id, "card").id, idempotency_key="c")
    assert captured.paid_at is not None
    assert shop.db.payments.capture(captured.id, idempotency_key="c") == captured
    assert [it.id for it in shop.db.payments.list(order_id=order.id, status="paid")] == [captured.id]
    assert len(shop.db.orders.get(order.id).payments) == 2
    with pytest.raises(ecomdb.IllegalTransitionError):
        shop.db.payments.fail(captured.id)


def test_no_more_is_paid_than_is_due(shop: Shop) -> None:
    order = pending(shop)
    with pytest.raises(ecomdb.OverpaymentError) as raised:
        shop.db.payments.create(order.id, "card", amount="20.01")
    error = raised.value
    assert (error.order_id, error.due, error.amount) == (order.id, Decimal("20.00"), Decimal("20.01"))


def test_a_paid_order_takes_no_payment(shop: Shop) -> None:
    order = shop.paid_order()
    with pytest.raises(ecomdb.OrderNotPayableError) as raised:
        shop.db.payments.create(order.id, "card")
    assert (raised.value.order_id, raised.value.state) == (order.id, "completed")


def test_an_unknown_method_is_refused(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match=", ".join(ecomdb.PaymentMethod)) as raised:
        memory.db.payments.create(1, "shells")  # type: ignore[arg-type]
    assert raised.value.field == "method"


def test_a_refund_in_part_leaves_the_order_completed(shop: Shop) -> None:
    order = shop.paid_order()
    refunded = shop.db.payments.refund(order.id, "late delivery", amount=4)
    assert (refunded.status, refunded.refunded) == ("completed", Decimal("4.00"))
    assert [(it.amount, it.reason, it.restocked) for it in refunded.refunds] == [
        (Decimal(4), "late delivery", False)
    ]
    with pytest.raises(ecomdb.OverRefundError) as raised:
        shop.db.payments.refund(order.id, "more", amount="6.01")
    assert raised.value.refundable == Decimal("6.00")


def test_a_refund_in_full_can_bring_the_goods_back_once(shop: Shop) -> None:
    order = shop.paid_order(units=2)
    part = shop.db.payments.refund(order.id, "wrong size", amount=1, restock=True)
    assert part.refunds[0].restocked
    with pytest.raises(ecomdb.AlreadyRestockedError) as raised:
        shop.db.payments.refund(order.id, "again", restock=True)
    assert raised.value.order_id == order.id
    whole = shop.db.payments.refund(order.id, "the rest", idempotency_key="r")
    assert whole.status is ecomdb.OrderStatus.REFUNDED
    assert shop.db.payments.refund(order.id, "the rest", idempotency_key="r") == whole
    assert shop.db.products.get(order.items[0].product_id).stock == 2
    assert shop.db.check().is_clean


def test_a_payment_is_got_by_its_id(shop: Shop) -> None:
    order = shop.paid_order()
    assert order.payment is not None
    assert shop.db.payments.get(order.payment.id) == order.payment
    with pytest.raises(ecomdb.NotFoundError):
        shop.db.payments.get(10**9)


def test_a_provider_settles_a_payment_as_often_as_it_likes(shop: Shop) -> None:
    order = pending(shop)
    shop.db.payments.create(order.id, "card", reference="ch_1")
    paid = shop.db.payments.settle("card", "ch_1", "paid", "20.00")
    assert (paid.status, paid.reference) == (ecomdb.PaymentStatus.PAID, "ch_1")
    assert shop.db.payments.settle("card", "ch_1", ecomdb.PaymentOutcome.PAID, 20) == paid
    assert shop.db.orders.get(order.id).status == "completed"
    with pytest.raises(ecomdb.IllegalTransitionError):
        shop.db.payments.settle("card", "ch_1", "failed", "20.00")
    with pytest.raises(ecomdb.ValidationError) as wrong:
        shop.db.payments.settle("card", "ch_1", "paid", "19.99")
    assert wrong.value.field == "amount"
    with pytest.raises(ecomdb.NotFoundError, match="ch_2") as missing:
        shop.db.payments.settle("card", "ch_2", "paid", "20.00")
    assert (missing.value.entity, missing.value.id) == ("payment", None)
    assert (missing.value.method, missing.value.reference) == (ecomdb.PaymentMethod.CARD, "ch_2")
    with pytest.raises(ecomdb.DuplicateError):
        shop.db.payments.create(pending(shop).id, "card", reference="ch_1")


def test_a_late_payment_is_returned(shop: Shop) -> None:
    order = pending(shop)
    shop.db.payments.create(order.id, "card", reference="ch_1")
    assert shop.db.orders.cancel(order.id).cancel_reason is ecomdb.CancelReason.ASKED
    late = shop.db.payments.settle("card", "ch_1", "paid", "20.00")
    assert late.status == "late"
    assert [it.id for it in shop.db.payments.list(status="late")] == [late.id]
    assert shop.db.payments.return_late(late.id).status == "returned"
