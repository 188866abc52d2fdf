"""Changes by others appear on open pages."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from playwright.sync_api import expect
from staffed_shop import StaffedShop
from visitor import Visitor


def test_a_list_offers_new_orders_instead_of_moving(admin: Visitor, shop: StaffedShop) -> None:
    page = admin.open("/orders")
    first = page.locator("#orders tbody tr").first.get_attribute("id")
    order = shop.new_order()
    offer = page.get_by_role("button", name="1 new order: show")
    expect(offer).to_be_visible()
    assert page.locator("#orders tbody tr").first.get_attribute("id") == first
    offer.click()
    expect(page.locator("#orders tbody tr").first).to_have_id(f"order-{order['id']}")


def test_a_payment_in_another_window_shows_on_the_order(admin: Visitor, shop: StaffedShop) -> None:
    order = shop.new_order()
    page = admin.open(f"/orders/{order['id']}")
    other = admin.another_window()
    other.goto(shop.url(f"/orders/{order['id']}/pay"))
    other.get_by_role("button", name="Record the payment").click()
    page.bring_to_front()
    expect(page.locator("#order .totals")).not_to_contain_text("Due")


def test_live_updates_can_be_paused(admin: Visitor, shop: StaffedShop) -> None:
    page = admin.open("/orders")
    page.get_by_role("button", name="Pause live updates").click()
    shop.new_order()
    page.get_by_role("button", name="Resume live updates").click()
    expect(page.get_by_role("button", name="1 new order: show")).to_be_visible()
