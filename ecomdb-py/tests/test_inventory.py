"""`db.inventory`"""

from __future__ import annotations

import pytest
from conftest import Shop

import ecomdb


def test_restocks_and_counts_are_booked_in_the_ledger(shop: Shop) -> None:
    lamp = shop.product(stock=3)
    assert shop.db.inventory.restock(lamp.id, 5, note="delivery 17").quantity == 8
    assert shop.db.inventory.adjust(lamp.id, -2).quantity == 6
    ledger = [(it.delta, it.reason, it.note) for it in shop.db.inventory.movements(lamp.id)]
    assert ledger == [(-2, "adjustment", None), (5, "restock", "delivery 17"), (3, "initial", None)]
    assert shop.db.check().is_clean


def test_stock_never_falls_below_nothing(shop: Shop) -> None:
    lamp = shop.product(stock=3)
    with pytest.raises(ecomdb.InsufficientStockError) as raised:
        shop.db.inventory.adjust(lamp.id, -4)
    error = raised.value
    assert (error.product_id, error.requested, error.available) == (lamp.id, 4, 3)
    assert shop.db.inventory.get(lamp.id).quantity == 3


def test_stock_is_moved_once_for_a_key(shop: Shop) -> None:
    lamp = shop.product(stock=0)
    for _ in range(2):
        assert shop.db.inventory.restock(lamp.id, 5, idempotency_key="r").quantity == 5
    with pytest.raises(ecomdb.IdempotencyKeyReusedError):
        shop.db.inventory.adjust(lamp.id, 5, idempotency_key="r")


def test_a_reorder_level_is_set_and_reported(shop: Shop) -> None:
    lamp = shop.product(stock=3)
    assert shop.db.inventory.set_reorder_level(lamp.id, 3).reorder_level == 3
    assert [row.product_id for row in shop.db.analytics.low_inventory()] == [lamp.id]
    assert [level.product_id for level in shop.db.inventory.list()] == [lamp.id]


def test_stock_is_found_by_the_words_of_its_product(shop: Shop) -> None:
    lamp, other = shop.product(), shop.product()
    shop.db.products.update(other.id, name="Caf\u00e9 chair")
    assert [level.product_id for level in shop.db.inventory.list(search="desk")] == [lamp.id]
    assert [level.product_id for level in shop.db.inventory.list(search="CAFE ch")] == [other.id]
    assert shop.db.inventory.list(search="sofa").count().value == 0


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**65])
def test_a_quantity_out_of_bounds_is_refused(memory: Shop, quantity: int) -> None:
    lamp = memory.product()
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.inventory.restock(lamp.id, quantity)
    assert raised.value.field == "quantity"


def test_a_ledger_of_a_missing_product_is_not_found(memory: Shop) -> None:
    with pytest.raises(ecomdb.NotFoundError):
        list(memory.db.inventory.movements(99))
