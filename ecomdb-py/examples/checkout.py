"""From the basket to the invoice: a hold, an address, shipping, tax and a voucher, the messages of a payment
provider, and a payment that comes too late. The page docs/checkout.md explains it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import ecomdb


def fill_basket(db: ecomdb.Database, user_id: int, items: Mapping[int, int]) -> ecomdb.Order:
    """A basket that holds its units for 15 minutes."""
    return db.orders.place(user_id, items, hold_minutes=15)


def check_out(
    db: ecomdb.Database, basket: ecomdb.Order, to: Mapping[str, str], code: str, reference: str
) -> ecomdb.Order:
    """Makes an order of a basket, which waits half an hour for the payment with this reference."""
    items = {item.product_id: item.quantity for item in basket.items}
    shipping = (ecomdb.AdjustmentKind.SHIPPING, "Standard", "4.90")

    # The price, before anything is written. The shop knows its taxes: here, 19 % are within all prices.
    quote = db.orders.quote(basket.user_id, items, adjustments=[shipping], voucher=code, replacing=basket.id)
    vat = (quote.total * 19 / 119).quantize(Decimal("0.01"))

    return db.orders.place(
        basket.user_id,
        items,
        adjustments=[shipping, ("tax", "VAT 19 %", vat, True)],
        voucher=code,
        replacing=basket.id,
        shipping_address=to,
        payment="card",
        reference=reference,
        hold_minutes=30,
    )


def settle(
    db: ecomdb.Database, reference: str, outcome: Literal["paid", "failed"], amount: Decimal
) -> ecomdb.Payment:
    """What the webhook of the payment provider calls, as often as the provider sends its message."""
    payment = db.payments.settle("card", reference, outcome, amount)
    if payment.status == "late":
        give_money_back(payment)
        return db.payments.return_late(payment.id)
    return payment


def give_money_back(payment: ecomdb.Payment) -> None:
    """Asks the provider to return the money. A real provider takes a key, so that it does so once."""
    print(f"the order cannot take payment {payment.id}: {payment.amount} go back")


def invoice(order: ecomdb.Order) -> str:
    """The invoice of an order as text."""
    rows = [(f"{item.quantity} x {item.product_name}", item.line_total) for item in order.items]
    for it in order.adjustments:
        rows.append((f"{it.label} (included)" if it.included else it.label, it.amount))
    rows += [("Total", order.total), ("Paid", order.paid)]
    lines = [f"Order {order.id}, {order.placed_at:%Y-%m-%d}"]
    if to := order.shipping_address:
        lines.append(f"To {to.recipient}, {to.street}, {to.postcode}, {to.city}")
    return "\n".join([*lines, *(f"{what:<32} {amount:>9}" for what, amount in rows)])


with ecomdb.connect("sqlite::memory:") as db:
    ada = db.users.create("ada@example.com", "Ada", "Lovelace")
    lamps = db.categories.create("Lamps")
    lamp = db.products.create("Desk lamp", lamps.id, "29.99", initial_stock=10)
    db.vouchers.create("SUMMER10", "percent", 10, usage_limit=100)
    home = {
        "recipient": "Ada Lovelace",
        "street": "12 St James's Square",
        "postcode": "SW1Y 4JH",
        "city": "London",
        "country": "GB",
    }

    order = check_out(db, fill_basket(db, ada.id, {lamp.id: 2}), home, "summer10", "ch_1001")
    payments = [settle(db, "ch_1001", "paid", order.total) for _ in range(3)]
    assert len(set(payments)) == 1 and payments[0].status == "paid"
    order = db.orders.get(order.id)
    assert (order.status, order.paid) == ("completed", Decimal("58.88"))
    print(invoice(order))

    # The customer gives up, and the money arrives all the same.
    order = check_out(db, fill_basket(db, ada.id, {lamp.id: 1}), home, "summer10", "ch_1002")
    db.orders.cancel(order.id)
    assert settle(db, "ch_1002", "paid", order.total).status == "returned"
    assert db.check().is_clean
