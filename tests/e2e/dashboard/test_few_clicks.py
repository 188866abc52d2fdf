"""What is looked for most often takes at most three clicks from the overview."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from playwright.sync_api import Locator, Page, expect
from staffed_shop import StaffedShop
from visitor import Visitor

MOST = 3


class Clicks:
    """A pointer that counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def on(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def on_link(self, name: str, within: str = "main") -> None:
        self.on(self.page.get_by_role(within).get_by_role("link", name=name).first)  # type: ignore[arg-type]


@contextmanager
def few_clicks(visitor: Visitor) -> Iterator[Clicks]:
    clicks = Clicks(visitor.open("/"))
    yield clicks
    assert clicks.count <= MOST


def test_the_revenue_of_yesterday(admin: Visitor) -> None:
    with few_clicks(admin) as clicks:
        clicks.on(clicks.page.locator(".chart summary").first)
        yesterday = clicks.page.locator(".chart details tbody tr").nth(-2)
        assert yesterday.inner_text().count(".") >= 1


def test_the_orders_that_are_not_paid(admin: Visitor) -> None:
    with few_clicks(admin) as clicks:
        clicks.on_link("unpaid")
        expect(clicks.page.locator("tbody .badge").first).to_have_text("Unpaid")


def test_what_to_reorder(admin: Visitor) -> None:
    with few_clicks(admin) as clicks:
        clicks.on_link("reorder level")
        expect(clicks.page.get_by_role("heading", level=1)).to_have_text("Inventory")


def test_the_best_customer(admin: Visitor) -> None:
    with few_clicks(admin) as clicks:
        clicks.on_link("Customers", within="navigation")
        expect(clicks.page.get_by_role("columnheader", name="Spent")).to_have_attribute(
            "aria-sort", "descending"
        )


def _paid_order(shop: StaffedShop) -> int:
    order = shop.new_order()
    shop.api("POST", f"/api/orders/{order['id']}/payments", {"method": "card", "capture": True})
    return int(order["id"])


def _refund_one(clicks: Clicks) -> None:
    # Loaded with its styles, which hide the link for narrow windows.
    clicks.page.wait_for_url(re.compile(r"/orders/\d+"))
    clicks.on_link("Refund 1 x")
    expect(clicks.page.locator(".consequence")).to_contain_text("gets 20.00 back for 1 x")
    clicks.page.get_by_label("Reason").fill("One lamp was broken")
    clicks.on(clicks.page.get_by_role("button", name="Give 20.00 back"))
    expect(clicks.page.get_by_text("20.00 was given back, 40.00 kept")).to_be_visible()


def test_one_of_three_lamps_is_refunded(admin: Visitor, shop: StaffedShop) -> None:
    order = _paid_order(shop)
    with few_clicks(admin) as clicks:
        clicks.page.get_by_role("searchbox").fill(str(order))
        clicks.page.keyboard.press("Enter")
        clicks.on_link(f"Order {order}")
        _refund_one(clicks)


def test_one_of_three_lamps_of_an_order_in_the_list_is_refunded(admin: Visitor, shop: StaffedShop) -> None:
    order = _paid_order(shop)
    with few_clicks(admin) as clicks:
        clicks.page.goto(shop.url("/orders"))
        clicks.on_link(str(order))
        _refund_one(clicks)
