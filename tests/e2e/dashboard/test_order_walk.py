"""An order from its draft to its refund, in a browser with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from playwright.sync_api import Page, expect
from staffed_shop import StaffedShop
from visitor import Visitor

Visit = Callable[..., Visitor]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def net_revenue(page: Page, shop: StaffedShop) -> Decimal:
    """Today's net revenue, as the overview shows it."""
    page.goto(shop.url("/?period=today"))
    figure = page.locator(".kpi", has_text="Net revenue").first.locator(".kpi-value").inner_text()
    return Decimal(re.sub("[^0-9.\u2212]", "", figure).replace("\u2212", "-"))


def draft_and_place(page: Page, shop: StaffedShop, email: str, product: str, units: int) -> None:
    page.goto(shop.url("/orders"))
    follow(page, "New order")
    page.get_by_label("Name or e-mail address").fill(email)
    page.get_by_role("button", name="Find").first.click()
    page.get_by_role("main").get_by_role("link", name="Anna").click()
    page.get_by_label("Add a product").fill(product)
    page.get_by_role("button", name="Find").last.click()
    follow(page, f"Add {product}")
    page.get_by_label(f"Units of {product}").fill(str(units))
    press(page, "Set the units")
    press(page, "Place the order")
    expect(page.get_by_role("heading", level=1, name="Order")).to_be_visible()


def pay(page: Page, amount: str | None) -> None:
    """Record a payment; without an amount, the one that the form suggests."""
    follow(page, "Take payment")
    if amount:
        page.get_by_label("Amount").fill(amount)
    press(page, "Record the payment")


def give_back(page: Page, amount: str, reason: str) -> None:
    follow(page, "Refund")
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Reason").fill(reason)
    press(page, "Continue: see what it does")
    expect(page.locator(".consequence")).to_contain_text(amount)
    page.get_by_role("main").get_by_role("button").first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_order_is_placed_paid_in_parts_and_refunded(
    visit: Visit, shop: StaffedShop, scripts: bool
) -> None:
    page = visit(java_script_enabled=scripts).page
    customer, product = shop.new_customer(), shop.new_product("20.00", stock=5)
    before = net_revenue(page, shop)

    draft_and_place(page, shop, customer["email"], product["name"], units=3)
    expect(page.get_by_text("60.00 due")).to_be_visible()
    order = page.url
    pay(page, "25.00")
    expect(page.get_by_text("Paid 25.00 of 60.00, 35.00 due")).to_be_visible()
    assert net_revenue(page, shop) == before
    page.goto(order)
    pay(page, None)
    expect(page.locator("h1 .badge")).to_have_text("Completed")
    assert net_revenue(page, shop) == before + 60

    page.goto(order)
    give_back(page, "20.00", "One lamp was broken")
    expect(page.get_by_text("One lamp was broken").first).to_be_visible()
    assert net_revenue(page, shop) == before + 40
    stock = shop.api("GET", f"/api/products/{product['id']}")["stock"]
    assert stock == 2


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_voucher_shipping_and_hold_are_in_the_total_before_the_order_is_placed(
    visit: Visit, shop: StaffedShop, scripts: bool
) -> None:
    page = visit(java_script_enabled=scripts).page
    customer, product = shop.new_customer(), shop.new_product("20.00", stock=5)
    code = f"ONCE-{product['id']}"
    voucher = shop.api(
        "POST", "/api/vouchers", {"code": code, "kind": "percent", "value": "10", "usage_limit": 1}
    )
    page.goto(shop.url(f"/orders/new?customer={customer['id']}&item={product['id']}:2&voucher=no"))
    expect(page.locator("#voucher-error")).to_contain_text("no voucher has the code")
    for name, value in (("voucher", code.lower()), ("shipping", "4.90"), ("hold_minutes", "30")):
        page.locator(f"#{name}").fill(value)
    # What has changed is shown first.
    press(page, "Place the order")
    expect(page.get_by_role("heading", level=1, name="New order")).to_be_visible()
    for words in (f"Voucher {code}", "\u22124.00", "Shipping: Shipping", "40.90"):
        expect(page.locator("tfoot")).to_contain_text(words)
    assert shop.api("GET", f"/api/vouchers/{voucher['id']}")["used"] == 0
    assert "hold_minutes=30" in page.url

    press(page, "Place the order")
    expect(page.get_by_text("40.90 due")).to_be_visible()
    assert shop.api("GET", f"/api/vouchers/{voucher['id']}")["used"] == 1
