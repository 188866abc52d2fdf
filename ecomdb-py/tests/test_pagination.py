"""Lists are fetched page by page while they are iterated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Shop
from hypothesis import given, settings
from hypothesis import strategies as st

import ecomdb

USERS = 23


@pytest.fixture(scope="module")
def users() -> Iterator[ecomdb.Users]:
    with ecomdb.connect("sqlite::memory:") as db:
        for n in range(USERS):
            db.users.create(f"u{n}@example.com", "Ada", "Lovelace")
        yield db.users


@settings(max_examples=40, deadline=None)
@given(page_size=st.integers(1, 30), stop_after=st.integers(0, 30))
def test_pages_of_any_size_have_every_row_once(users: ecomdb.Users, page_size: int, stop_after: int) -> None:
    pages = users.list(page_size=page_size).pages()
    seen: list[ecomdb.User] = []
    cursor = None
    for page in pages:
        assert 0 < len(page) <= page_size
        seen += page.items
        cursor = page.next
        if len(seen) >= stop_after:
            break
    if cursor is not None:
        seen += users.list(after=cursor, page_size=page_size)
    assert [user.id for user in seen] == list(range(1, USERS + 1))


@pytest.mark.parametrize("page_size", [1, 4, USERS, 30])
def test_the_way_back_leads_over_the_same_pages(users: ecomdb.Users, page_size: int) -> None:
    pages = list(users.list(page_size=page_size).pages())
    assert pages[0].previous is None
    for page, after in zip(pages, pages[1:]):
        back = next(users.list(before=after.previous, page_size=page_size).pages())
        assert (back.items, back.previous, back.next) == (page.items, page.previous, page.next)


def test_a_list_from_before_a_cursor_goes_on_to_the_end(users: ecomdb.Users) -> None:
    pages = list(users.list(page_size=10).pages())
    rows = users.list(before=pages[2].previous, page_size=10)
    assert [user.id for user in rows] == list(range(11, USERS + 1))


def test_a_list_is_counted_without_being_fetched(users: ecomdb.Users) -> None:
    count = users.list(page_size=2).count()
    assert (count.value, count.is_exact, str(count)) == (USERS, True, "23")
    assert repr(count) == "<ecomdb.RowCount 23>"
    assert users.list(search="u2").count().value == 4, "u2 and u20 to u22"
    assert users.list(status="disabled").count().value == 0


def test_every_list_can_be_counted(shop: Shop) -> None:
    order = shop.paid_order()
    db, product = shop.db, order.items[0].product_id
    lists: list[ecomdb.Listing[Any]] = [
        db.categories.list(),
        db.products.list(),
        db.products.price_history(product),
        db.inventory.list(),
        db.inventory.movements(product),
        db.orders.list(user_id=order.user_id),
        db.payments.list(order_id=order.id),
        db.accounts.keys(user_id=order.user_id),
    ]
    assert [rows.count().value for rows in lists] == [len(list(rows)) for rows in lists]


def test_a_list_can_be_iterated_again(users: ecomdb.Users) -> None:
    listing = users.list(page_size=10)
    assert list(listing) == list(listing)
    assert len(list(listing)) == USERS


def test_a_list_is_lazy(memory: Shop) -> None:
    listing = memory.db.users.list(page_size=1)
    rows = iter(listing)
    first, second = memory.user(), memory.user()
    assert next(rows) == first
    third = memory.user()
    assert list(rows) == [second, third]


def test_a_row_that_comes_twice_or_is_lost_there_is_none(shop: Shop) -> None:
    ids = [shop.user().id for _ in range(6)]
    rows = iter(shop.db.users.list(page_size=2))
    seen = [next(rows).id for _ in range(3)]
    shop.db.users.delete(ids[0])
    seen += [row.id for row in rows]
    assert seen == ids


def test_an_empty_list_has_no_pages_but_one_that_is_empty(memory: Shop) -> None:
    assert [(page.items, page.next) for page in memory.db.orders.list().pages()] == [((), None)]
    assert list(memory.db.orders.list()) == []


@pytest.mark.parametrize("page_size", [0, -1, 1001, 2**70])
def test_a_page_size_out_of_bounds_is_refused(memory: Shop, page_size: int) -> None:
    with pytest.raises(ecomdb.ValidationError, match="1 to 1000") as raised:
        memory.db.products.list(page_size=page_size)
    assert raised.value.field == "page_size"


def test_the_cursor_of_another_list_is_refused(users: ecomdb.Users, memory: Shop) -> None:
    cursor = next(iter(users.list(page_size=1).pages())).next
    with pytest.raises(ecomdb.ValidationError) as raised:
        list(memory.db.products.list(after=cursor))
    assert raised.value.field == "after"
    for after, before, field in [("x", None, "after"), (None, "x", "before"), (cursor, cursor, "before")]:
        with pytest.raises(ecomdb.ValidationError) as raised:
            memory.db.products.list(after=after, before=before)
        assert raised.value.field == field
    with pytest.raises(ecomdb.ValidationError) as raised:
        list(memory.db.products.list(before=cursor))
    assert raised.value.field == "before"


def test_a_listing_says_what_it_is(users: ecomdb.Users) -> None:
    assert repr(users.list(page_size=5)) == "<ecomdb.Listing in pages of 5>"
    page = next(users.list(page_size=2).pages())
    assert repr(page) == f"<ecomdb.Page of 2 rows, next={page.next!r}>"
    assert repr(next(users.list(page_size=100).pages())).endswith(", next=None>")
    assert [user.id for user in page] == [1, 2]
