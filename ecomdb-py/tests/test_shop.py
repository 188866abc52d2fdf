"""`db.shop`"""

from __future__ import annotations

import pytest
from conftest import Shop

import ecomdb


def test_the_settings_are_changed_one_by_one(shop: Shop) -> None:
    new = shop.db.shop.get()
    assert (new.name, new.currency, new.time_zone) == ("Shop", "EUR", "UTC")
    changed = shop.db.shop.update(name="Lamps", time_zone="Europe/Berlin")
    assert (changed.name, changed.currency, changed.time_zone) == ("Lamps", "EUR", "Europe/Berlin")
    assert shop.db.shop.get() == changed
    assert changed.to_dict(mode="json") == {"name": "Lamps", "currency": "EUR", "time_zone": "Europe/Berlin"}


def test_wrong_settings_are_named_all_at_once(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="2 decimals, such as EUR or USD") as raised:
        memory.db.shop.update(name="", currency="JPY", time_zone="Europe/Atlantis")
    assert [error.field for error in raised.value.errors] == ["name", "currency", "time_zone"]
    assert memory.db.shop.get().name == "Shop"


def test_settings_are_a_part_of_a_transaction(memory: Shop) -> None:
    with memory.db.transaction() as tx:
        assert tx.shop.update(name="Lamps").name == "Lamps"
        tx.rollback()
    assert memory.db.shop.get().name == "Shop"
