"""Placing an order of what has become scarce: sold out, lost answers, other buyers."""

from __future__ import annotations

from collections.abc import Mapping

import ecomdb


def check_out(db: ecomdb.Database, user_id: int, cart: Mapping[int, int], key: str) -> ecomdb.Order:
    """Places the order, with fewer units of what has become scarce; once for each key."""
    cart = dict(cart)
    while True:
        try:
            return db.orders.place(user_id, cart, payment="card", capture=True, idempotency_key=key)
        except ecomdb.InsufficientStockError as error:
            if error.available is None:  # Customers learn the stock only when it is low.
                raise
            if error.available == 0:
                del cart[error.product_id]
            else:
                cart[error.product_id] = error.available


with ecomdb.connect("sqlite::memory:") as db:
    lamps = db.categories.create("Lamps")
    desk = db.products.create("Desk lamp", lamps.id, "29.99", initial_stock=3)
    floor = db.products.create("Floor lamp", lamps.id, "89.00")
    ada = db.users.create("ada@example.com", "Ada", "Lovelace")
    order = check_out(db, ada.id, {desk.id: 5, floor.id: 1}, key="cart-1")
    print(order.total, [(item.product_name, item.quantity) for item in order.items])
    assert check_out(db, ada.id, {desk.id: 3}, key="cart-1") == order
