"""`db.groups`, and images and external ids of products"""

from __future__ import annotations

import json
import pickle

import pytest
from conftest import Shop

import ecomdb


def test_variants_have_a_value_for_each_option_of_their_group(shop: Shop) -> None:
    shirt = shop.db.groups.create("T-shirt", ["colour", "size"], description="Cotton")
    clothes = shop.db.categories.create("Clothes")
    large = shop.db.products.create(
        "T-shirt, red, L", clothes.id, "19.99", group_id=shirt.id, options={"size": "L", "colour": "red"}
    )
    assert (large.group_id, dict(large.options)) == (shirt.id, {"colour": "red", "size": "L"})
    assert list(large.options) == ["colour", "size"]
    assert shop.db.groups.get(shirt.id).variants == (large,)
    assert [(group.id, group.variant_count) for group in shop.db.groups.list()] == [(shirt.id, 1)]
    assert list(shop.db.products.list(group_id=shirt.id)) == [large]
    with pytest.raises(ecomdb.DuplicateError) as taken:
        shop.db.products.create("Again", clothes.id, 1, group_id=shirt.id, options=large.options)
    assert taken.value.field == "options"
    with pytest.raises(ecomdb.ValidationError) as wrong:
        shop.db.products.create(
            "Half", clothes.id, 1, group_id=shirt.id, options={"size": "L", "fit": "slim"}
        )
    assert [error.field for error in wrong.value.errors] == ["options.colour", "options.fit"]

    renamed = shop.db.groups.update(shirt.id, name="Shirt", options=["Farbe", "size"])
    assert (renamed.name, renamed.variants[0].options["Farbe"]) == ("Shirt", "red")
    with pytest.raises(ecomdb.InUseError):
        shop.db.groups.delete(shirt.id)
    alone = shop.db.products.update(large.id, ungrouped=True)
    assert (alone.group_id, len(alone.options)) == (None, 0)
    shop.db.groups.delete(shirt.id)
    with pytest.raises(ecomdb.NotFoundError):
        shop.db.groups.get(shirt.id)


def test_option_values_are_frozen_and_travel(memory: Shop) -> None:
    shirt = memory.db.groups.create("T-shirt", ["size"], idempotency_key="once")
    assert memory.db.groups.create("T-shirt", ["size"], idempotency_key="once") == shirt
    clothes = memory.db.categories.create("Clothes")
    large = memory.db.products.create("L", clothes.id, 1, group_id=shirt.id, options={"size": "L"})
    again = pickle.loads(pickle.dumps(large))
    assert (again, hash(again), repr(again.options)) == (large, hash(large), "{'size': 'L'}")
    assert json.loads(large.to_json())["options"] == {"size": "L"}
    assert large.to_dict()["options"] == {"size": "L"}
    with pytest.raises(TypeError):
        large.options["size"] = "M"  # type: ignore[index]
    with pytest.raises(TypeError, match="options must be a mapping"):
        memory.db.products.update(large.id, options=["size"])  # type: ignore[arg-type]
    with pytest.raises(ecomdb.ValidationError, match="ungrouped: must be False"):
        memory.db.products.update(large.id, group_id=shirt.id, ungrouped=True)


def test_images_are_replaced_as_a_whole(shop: Shop) -> None:
    lamp = shop.product()
    lit = shop.db.products.set_images(
        lamp.id, [("https://cdn.example/lit.webp", "The lamp, lit"), "/box.webp"]
    )
    assert [(image.url, image.alt) for image in lit.images] == [
        ("https://cdn.example/lit.webp", "The lamp, lit"),
        ("/box.webp", ""),
    ]
    assert shop.db.products.get(lamp.id) == lit
    turned = shop.db.products.set_images(lamp.id, reversed(lit.images))
    assert turned.images == lit.images[::-1]
    with pytest.raises(ecomdb.ValidationError) as wrong:
        shop.db.products.set_images(lamp.id, ["/a.webp", "javascript:alert(1)"])
    assert wrong.value.field == "images[1].url"
    with pytest.raises(TypeError, match="images must be addresses"):
        shop.db.products.set_images(lamp.id, [1])  # type: ignore[list-item]
    assert shop.db.products.set_images(lamp.id, []).images == ()


def test_a_product_is_found_by_its_id_in_another_system(shop: Shop) -> None:
    lamp, candle = shop.product(), shop.product()
    for _ in range(2):
        shop.db.products.set_external_id(lamp.id, "erp", "4711")
    assert shop.db.products.by_external_id("erp", "4711") == lamp
    assert shop.db.products.external_ids(lamp.id) == {"erp": "4711"}
    with pytest.raises(ecomdb.DuplicateError) as taken:
        shop.db.products.set_external_id(candle.id, "erp", "4711")
    assert taken.value.field == "external_id"
    with pytest.raises(ecomdb.NotFoundError) as unknown:
        shop.db.products.by_external_id("erp", "1")
    assert unknown.value.external_id == "erp:1"
    shop.db.products.remove_external_id(lamp.id, "erp")
    assert shop.db.products.external_ids(lamp.id) == {}
    with pytest.raises(ecomdb.ValidationError) as wrong:
        shop.db.products.set_external_id(lamp.id, "Our ERP", "")
    assert [error.field for error in wrong.value.errors] == ["source", "external_id"]
