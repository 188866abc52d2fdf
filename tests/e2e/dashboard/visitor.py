"""A browser window that records errors of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from staffed_shop import PASSWORD, StaffedShop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, ViewportSize

USUAL_SIZE: ViewportSize = {"width": 1440, "height": 900}

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d|503)")
"""The browser's own message about an error page."""


@dataclass
class Visitor:
    """A browser window, and the errors of its pages."""

    shop: StaffedShop
    page: Page
    context: BrowserContext
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.shop.url(path))
        return self.page

    def look(self, address: str) -> Page:
        """The page at an address, in a window of default size and colours."""
        self.page.set_viewport_size(USUAL_SIZE)
        self.page.emulate_media(color_scheme="light", forced_colors="none")
        self.page.goto(address)
        return self.page

    def expect_no_troubles(self) -> None:
        """Raises `AssertionError` if the pages had errors since the last call."""
        troubles, self.troubles = self.troubles, []
        assert not troubles, troubles

    def another_window(self) -> Page:
        """A second page of the same user."""
        page = self.context.new_page()
        self.watch(page)
        return page

    def watch(self, page: Page) -> None:
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        is_page = REFUSED.match(message.text) and message.location.get("url") == message.page.url  # type: ignore[union-attr]
        if message.type in ("error", "warning") and not is_page:
            self.troubles.append(message.text)


@contextmanager
def visiting(browser: Browser, shop: StaffedShop, **options: Any) -> Iterator[Visitor]:
    """A window in which only the shop can be reached. Raises `AssertionError` if its pages had errors."""
    # Without motion, so that no test sees an unfinished transition.
    usual: dict[str, Any] = {"viewport": USUAL_SIZE, "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **options})
    context.set_default_timeout(10_000)
    visitor = Visitor(shop, context.new_page(), context)
    visitor.watch(visitor.page)

    def turn_away(route: Route) -> None:
        visitor.troubles.append(f"asked for {route.request.url}")
        route.abort()

    context.route(lambda url: not url.startswith((f"http://{shop.address}/", "data:")), turn_away)
    try:
        yield visitor
    finally:
        context.close()
    visitor.expect_no_troubles()


def log_in(page: Page, email: str) -> None:
    """Fill in and send the form of the page `/login`."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def session_of(browser: Browser, shop: StaffedShop, email: str) -> Any:
    """The cookies of a new session."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(shop.url("/login"))
    log_in(page, email)
    page.wait_for_url(lambda url: "/login" not in url)
    state = context.storage_state()
    context.close()
    return state
