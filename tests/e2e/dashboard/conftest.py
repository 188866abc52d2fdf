"""The shop and the visitors of the tests of the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from pages import Sight
from staffed_shop import ADMIN, StaffedShop, empty_shop, staffed_shop
from visitor import Visitor, session_of, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffedShop]:
    with staffed_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="session")
def bare_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffedShop]:
    """A shop without products, customers and orders."""
    with empty_shop(tmp_path_factory.mktemp("bare")) as shop:
        yield shop


@pytest.fixture(scope="session")
def sessions(browser: Browser) -> Callable[[StaffedShop, str], Any]:
    """The cookies of a person who has logged in to a shop, once for all tests."""
    known: dict[tuple[str, str], Any] = {}

    def cookies(shop: StaffedShop, email: str) -> Any:
        key = (shop.address, email)
        if key not in known:
            known[key] = session_of(browser, shop, email)
        return known[key]

    return cookies


@pytest.fixture
def visit(browser: Browser, shop: StaffedShop, sessions: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser window of an admin or another user. The test fails if the page has errors."""
    with ExitStack() as stack:

        def open_window(email: str | None = ADMIN, at: StaffedShop | None = None, **options: Any) -> Visitor:
            place = at or shop
            state = sessions(place, email) if email else None
            return stack.enter_context(visiting(browser, place, storage_state=state, **options))

        yield open_window


@pytest.fixture(scope="session")
def windows(browser: Browser, sessions: Any) -> Iterator[Callable[[StaffedShop, str | None], Visitor]]:
    """Browser windows shared by all tests that change nothing, one for each user and shop."""
    known: dict[tuple[str, str | None], Visitor] = {}
    with ExitStack() as stack:

        def window(shop: StaffedShop, email: str | None) -> Visitor:
            key = (shop.address, email)
            if key not in known:
                state = sessions(shop, email) if email else None
                known[key] = stack.enter_context(visiting(browser, shop, storage_state=state))
            return known[key]

        yield window


@pytest.fixture
def look(windows: Any, shop: StaffedShop) -> Iterator[Callable[..., Page]]:
    """Opens a page in a shared window. The test fails if the page has errors."""
    used: list[Visitor] = []

    def open_page(sight: Sight, at: StaffedShop | None = None) -> Page:
        place = at or shop
        visitor: Visitor = windows(place, None if sight.anonymous else ADMIN)
        used.append(visitor)
        return visitor.look(place.url(sight.path))

    yield open_page
    for visitor in used:
        visitor.expect_no_troubles()


@pytest.fixture
def admin(visit: Callable[..., Visitor]) -> Visitor:
    return visit()
