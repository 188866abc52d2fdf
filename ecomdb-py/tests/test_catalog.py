"""`db.categories` and `db.products`"""

from __future__ import annotations

from decimal import Decimal

import pytest
from conftest import Shop

import ecomdb


def test_a_category_can_be_a_part_of_another(shop: Shop) -> None:
    home = shop.db.categories.create("Home", description="All for the house.")
    lamps = shop.db.categories.create("Lamps", parent_id=home.id)
    assert (lamps.parent_id, home.parent_id, home.description) == (home.id, None, "All for the house.")
    assert list(shop.db.categories.list()) == [home, lamps]


def test_a_category_moves_and_becomes_a_root_again(shop: Shop) -> None:
    home, lamps = shop.db.categories.create("Home"), shop.db.categories.create("Lamps")
    assert shop.db.categories.update(lamps.id, parent_id=home.id).parent_id == home.id
    assert shop.db.categories.update(lamps.id, name="Lights").parent_id == home.id
    assert shop.db.categories.update(lamps.id, root=True).parent_id is None


def test_a_category_cannot_be_a_part_of_itself(shop: Shop) -> None:
    home = shop.db.categories.create("Home")
    lamps = shop.db.categories.create("Lamps", parent_id=home.id)
    with pytest.raises(ecomdb.ValidationError, match="cannot be a part of itself") as raised:
        shop.db.categories.update(home.id, parent_id=lamps.id)
    assert raised.value.field == "parent_id"


def test_a_root_with_a_parent_is_a_contradiction(memory: Shop) -> None:
    home = memory.db.categories.create("Home")
    with pytest.raises(ecomdb.ValidationError, match="root: must be False"):
        memory.db.categories.update(home.id, parent_id=home.id, root=True)


def test_a_category_with_products_cannot_be_deleted(shop: Shop) -> None:
    product = shop.product()
    with pytest.raises(ecomdb.InUseError):
        shop.db.categories.delete(product.category.id)
    shop.db.products.delete(product.id)
    shop.db.categories.delete(product.category.id)
    assert list(shop.db.categories.list()) == []


def test_a_product_is_created_with_its_stock(shop: Shop) -> None:
    lamps = shop.db.categories.create("Lamps")
    lamp = shop.db.products.create(
        "Desk lamp",
        lamps.id,
        Decimal("29.99"),
        sku="LAMP-1",
        description="Bright.",
        initial_stock=7,
        reorder_level=2,
    )
    assert (lamp.sku, lamp.price, lamp.stock, lamp.reorder_level) == ("LAMP-1", Decimal("29.99"), 7, 2)
    assert (lamp.category.id, lamp.category.name) == (lamps.id, "Lamps")
    assert lamp.status is ecomdb.ProductStatus.ACTIVE
    assert shop.db.products.get(lamp.id) == lamp


def test_a_product_without_a_sku_gets_one(memory: Shop) -> None:
    assert memory.product().sku.startswith("SKU-")


def test_a_product_needs_a_category_that_exists(shop: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="no category has the id 99") as raised:
        shop.db.products.create("Desk lamp", 99, 1)
    assert raised.value.field == "category_id"


def test_numbers_beyond_64_bits_are_refused_by_name(memory: Shop) -> None:
    lamps = memory.db.categories.create("Lamps")
    with pytest.raises(ecomdb.ValidationError, match="must be a whole number from 0 to 1000000000") as raised:
        memory.db.products.create("Desk lamp", lamps.id, 1, initial_stock=2**70, reorder_level=-(2**70))
    assert [error.field for error in raised.value.errors] == ["initial_stock", "reorder_level"]


def test_a_product_is_created_once_for_a_key(shop: Shop) -> None:
    lamps = shop.db.categories.create("Lamps")
    first = shop.db.products.create("Desk lamp", lamps.id, "1.00", idempotency_key="k")
    assert shop.db.products.create("Desk lamp", lamps.id, "1.00", idempotency_key="k") == first
    with pytest.raises(ecomdb.IdempotencyKeyReusedError) as raised:
        shop.db.products.create("Desk lamp", lamps.id, "2.00", idempotency_key="k")
    assert raised.value.key == "k"
    assert list(shop.db.products.list()) == [first]


def test_a_key_that_cannot_be_one_is_refused_by_the_name_of_its_argument(memory: Shop) -> None:
    lamps = memory.db.categories.create("Lamps")
    with pytest.raises(ecomdb.ValidationError, match="visible ASCII") as raised:
        memory.db.products.create("Desk lamp", lamps.id, 1, idempotency_key="")
    assert raised.value.field == "idempotency_key"


def test_a_new_price_is_written_into_the_history(shop: Shop) -> None:
    lamp = shop.product("10.00")
    for price in ("9.00", "8.50"):
        assert shop.db.products.update(lamp.id, price=price).price == Decimal(price)
    changes = [(change.old_price, change.new_price) for change in shop.db.products.price_history(lamp.id)]
    assert changes == [(Decimal("9.00"), Decimal("8.50")), (Decimal("10.00"), Decimal("9.00"))]


def test_products_are_listed_by_category_status_and_text(shop: Shop) -> None:
    lamp, other = shop.product(), shop.product()
    shop.db.products.update(other.id, status=ecomdb.ProductStatus.ARCHIVED, name="Floor lamp")
    assert [it.id for it in shop.db.products.list(category_id=lamp.category.id)] == [lamp.id]
    assert [it.id for it in shop.db.products.list(status="archived")] == [other.id]
    assert [it.id for it in shop.db.products.list(search="floor")] == [other.id]


def test_a_product_with_orders_is_archived_instead_of_deleted(shop: Shop) -> None:
    order = shop.paid_order()
    product = order.items[0].product_id
    with pytest.raises(ecomdb.InUseError, match="archive"):
        shop.db.products.delete(product)
    shop.db.products.update(product, status="archived")
    with pytest.raises(ecomdb.InactiveError) as raised:
        shop.db.orders.place(order.user_id, [(product, 1)])
    assert (raised.value.entity, raised.value.id, raised.value.status) == ("product", product, "archived")
