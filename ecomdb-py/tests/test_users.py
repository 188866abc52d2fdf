"""`db.users`"""

from __future__ import annotations

import pytest
from conftest import Shop

import ecomdb


def test_a_user_is_created_with_a_normalised_address(shop: Shop) -> None:
    ada = shop.db.users.create(" Ada@Example.com ", "Ada", "Lovelace")
    assert (ada.email, ada.first_name, ada.last_name) == ("ada@example.com", "Ada", "Lovelace")
    assert ada.status is ecomdb.UserStatus.ACTIVE
    assert shop.db.users.get(ada.id) == ada


def test_every_wrong_argument_is_named_at_once(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="email: must be an e-mail address") as raised:
        memory.db.users.create("ada", "", "Lovelace")
    assert [error.field for error in raised.value.errors] == ["email", "first_name"]
    assert raised.value.field == "email"
    assert list(memory.db.users.list()) == []


def test_an_address_that_is_taken_is_a_conflict(shop: Shop) -> None:
    ada = shop.user()
    with pytest.raises(ecomdb.DuplicateError) as raised:
        shop.db.users.create(ada.email.upper(), "Ada", "Lovelace")
    assert (raised.value.entity, raised.value.field) == ("user", "email")
    assert ada.email in raised.value.value


def test_a_missing_user_is_not_found(shop: Shop) -> None:
    with pytest.raises(ecomdb.NotFoundError, match="no user has the id 99") as raised:
        shop.db.users.get(99)
    assert (raised.value.entity, raised.value.id) == ("user", 99)


def test_an_update_changes_what_is_given(shop: Shop) -> None:
    ada = shop.user()
    changed = shop.db.users.update(ada.id, last_name="King", status="disabled")
    assert (changed.first_name, changed.last_name, changed.status) == ("Ada", "King", "disabled")
    assert shop.db.users.update(ada.id) == changed


def test_a_user_is_found_by_the_address_in_whatever_spelling(shop: Shop) -> None:
    ada = shop.user()
    assert shop.db.users.find(f" {ada.email.upper()} ") == ada
    assert shop.db.users.find("nobody@example.com") is None
    assert shop.db.users.find("no address") is None


def test_an_unknown_status_is_refused_with_the_words_that_there_are(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match='must be one of active, disabled, not "gone"') as raised:
        memory.db.users.update(memory.user().id, status="gone")  # type: ignore[arg-type]
    assert raised.value.field == "status"


def test_a_user_without_orders_can_be_deleted(shop: Shop) -> None:
    ada = shop.user()
    shop.db.users.delete(ada.id)
    assert list(shop.db.users.list()) == []


def test_a_user_with_orders_is_anonymised_instead(shop: Shop) -> None:
    order = shop.paid_order()
    with pytest.raises(ecomdb.InUseError, match="anonymise") as raised:
        shop.db.users.delete(order.user_id)
    assert (raised.value.entity, raised.value.id, raised.value.by) == ("user", order.user_id, "orders")
    nobody = shop.db.users.anonymise(order.user_id)
    assert nobody.status == "disabled"
    assert order.buyer is not None
    assert nobody.email != order.buyer.email
    assert shop.db.orders.get(order.id).total == order.total


def test_old_orders_keep_the_names_of_then(shop: Shop) -> None:
    order = shop.paid_order()
    shop.db.users.update(order.user_id, last_name="King")
    shop.db.products.update(order.items[0].product_id, name="Floor lamp", sku="FLOOR")
    assert shop.db.orders.get(order.id) == order
    (listed,) = shop.db.orders.list()
    assert listed.user.last_name == "King"


def test_a_dossier_is_everything_about_a_user(shop: Shop) -> None:
    orders = [shop.paid_order()]
    ada = shop.db.users.update(orders[0].user_id, last_name="King")
    lamp = orders[0].items[0].product_id
    shop.db.inventory.restock(lamp, 1)
    orders.append(shop.db.orders.place(ada.id, [(lamp, 1)]))
    first = shop.db.users.dossier(ada.id, page_size=1)
    assert (first.user, first.has_password, first.sessions, first.api_keys) == (ada, False, (), ())
    assert [name.last_name for name in first.former_names] == ["Lovelace"]
    assert first.next is not None
    last = shop.db.users.dossier(ada.id, after=first.next)
    assert [*first.orders, *last.orders] == orders
    assert (last.next, last.to_dict(mode="json")["orders"][0]["id"]) == (None, orders[1].id)
    for page_size in (0, 101):
        with pytest.raises(ecomdb.ValidationError, match="page_size"):
            shop.db.users.dossier(ada.id, page_size=page_size)


def test_users_are_found_by_a_part_of_their_name_or_address(shop: Shop) -> None:
    ada = shop.db.users.create("ada@example.com", "Ada", "Lovelace")
    shop.db.users.create("bob@example.com", "Bob", "Builder")
    assert list(shop.db.users.list(search="LOVE")) == [ada]
    assert list(shop.db.users.list(search="ada@")) == [ada]
    assert list(shop.db.users.list(search="%")) == []


@pytest.mark.parametrize("wrong", [True, "1", 1.0, None])
def test_an_id_is_a_whole_number(memory: Shop, wrong: object) -> None:
    with pytest.raises(TypeError, match="interpreted as an integer"):
        memory.db.users.get(wrong)  # type: ignore[arg-type]


def test_an_id_beyond_64_bits_is_refused(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="id: must fit 64 bits"):
        memory.db.users.get(2**63)
