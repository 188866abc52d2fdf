"""`db.vouchers`, and orders with discounts, shipping and tax"""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from conftest import Shop

import ecomdb


def test_an_order_costs_its_items_and_what_is_added_and_taken_off(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product("10.00", 10)
    order = shop.db.orders.place(
        ada.id,
        [(lamp.id, 3)],
        adjustments=[
            ("discount", "Regular", "-1.00"),
            (ecomdb.AdjustmentKind.SHIPPING, "Standard", Decimal("4.90")),
            ("tax", "VAT 19 %", "4.63", True),
        ],
    )
    assert order.total == Decimal("33.90")
    assert [(it.kind, it.label, it.amount, it.included) for it in order.adjustments] == [
        ("discount", "Regular", Decimal(-1), False),
        ("shipping", "Standard", Decimal("4.90"), False),
        ("tax", "VAT 19 %", Decimal("4.63"), True),
    ]
    (item,) = order.items
    assert (item.discount, item.net_total) == (Decimal(1), Decimal(29))
    assert shop.db.orders.get(order.id) == order


@pytest.mark.parametrize("wrong", [[("discount", "Regular")], [7], [("discount", "Regular", 1.5)]])
def test_adjustments_are_tuples_with_exact_amounts(memory: Shop, wrong: list[object]) -> None:
    lamp = memory.product()
    with pytest.raises(TypeError):
        memory.db.orders.place(memory.user().id, [(lamp.id, 1)], adjustments=wrong)  # type: ignore[arg-type]


def test_a_voucher_is_created_used_changed_and_given_back(shop: Shop) -> None:
    ada, lamp = shop.user(), shop.product("10.00", 10)
    summer = shop.db.vouchers.create(
        "summer10", "percent", 10, starts_at=date(2020, 1, 1), usage_limit=1, per_user_limit=1
    )
    assert (summer.code, summer.kind, summer.value) == ("SUMMER10", ecomdb.VoucherKind.PERCENT, Decimal(10))
    assert summer.starts_at == datetime(2020, 1, 1, tzinfo=timezone.utc)
    order = shop.db.orders.place(ada.id, [(lamp.id, 2)], voucher="Summer10")
    assert (order.total, order.adjustments[0].voucher_id) == (Decimal(18), summer.id)
    assert shop.db.vouchers.get(summer.id).used == 1
    with pytest.raises(ecomdb.ValidationError) as raised:
        shop.db.orders.place(shop.user().id, [(lamp.id, 1)], voucher="SUMMER10")
    assert raised.value.field == "voucher"
    with pytest.raises(ecomdb.InUseError):
        shop.db.vouchers.delete(summer.id)
    shop.db.orders.cancel(order.id)
    changed = shop.db.vouchers.update(summer.id, value="12.5", remove=["usage_limit", "starts_at"])
    assert (changed.used, changed.value, changed.usage_limit, changed.starts_at) == (
        0,
        Decimal("12.50"),
        None,
        None,
    )
    assert list(shop.db.vouchers.list(code="summer10")) == [changed]


def test_a_limit_is_not_set_below_the_uses(memory: Shop) -> None:
    lamp = memory.product()
    voucher = memory.db.vouchers.create("MANY", "amount", "1.00", idempotency_key="once")
    assert memory.db.vouchers.create("MANY", "amount", "1.00", idempotency_key="once") == voucher
    for _ in range(2):
        memory.db.orders.place(memory.user().id, [(lamp.id, 1)], voucher="many")
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.vouchers.update(voucher.id, usage_limit=1)
    assert raised.value.field == "usage_limit"
    with pytest.raises(ecomdb.ValidationError):
        memory.db.vouchers.update(voucher.id, remove=["code"])
    memory.db.vouchers.delete(memory.db.vouchers.create("OTHER", "amount", "1.00").id)
