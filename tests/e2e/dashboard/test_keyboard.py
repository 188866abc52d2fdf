"""The shop by keyboard alone: from the login to a refund, without a pointer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from playwright.sync_api import Locator, Page, expect
from staffed_shop import ADMIN, PASSWORD, StaffedShop
from visitor import Visitor

MOST_TABS = 80
IS_SEEN = """(element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return element.matches(":focus-visible") && outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
}"""


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, which must be visible."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("(element) => element === document.activeElement"):
            assert target.evaluate(IS_SEEN), f"the focus on {target} is not seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} times Tab do not reach {target}")


def follow(page: Page, target: Locator) -> None:
    reach(page, target)
    page.keyboard.press("Enter")


def enter(page: Page, target: Locator, text: str, *, send: bool = False) -> None:
    """Replace the content of a field, which Tab has selected."""
    reach(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    if send:
        page.keyboard.press("Enter")


def heading(page: Page, name: str) -> None:
    """Wait for the page with this heading, and for its scripts, which listen to keys."""
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    page.wait_for_load_state()


def log_in(page: Page) -> None:
    enter(page, page.get_by_label("E-mail"), ADMIN)
    enter(page, page.get_by_label("Password"), PASSWORD, send=True)


def place(page: Page, customer: str, product: str, units: int) -> None:
    """Go from any page to the page of a new order."""
    page.keyboard.press("g")
    page.keyboard.press("o")
    heading(page, "Orders")
    page.keyboard.press("n")
    heading(page, "New order")
    main = page.get_by_role("main")
    enter(page, page.get_by_label("Name or e-mail address"), customer, send=True)
    follow(page, main.get_by_role("link", name="Anna"))
    enter(page, page.get_by_label("Add a product"), product, send=True)
    follow(page, main.get_by_role("link", name=f"Add {product}"))
    enter(page, page.get_by_label(f"Units of {product}"), str(units), send=True)
    expect(main.get_by_role("button", name="60.00")).to_be_visible()
    follow(page, main.get_by_role("button", name="Place the order"))
    heading(page, "Order")


def test_a_product_is_found_sold_and_refunded_by_keyboard(
    visit: Callable[..., Visitor], shop: StaffedShop
) -> None:
    product, customer = shop.new_product("20.00", stock=5), shop.new_customer()
    page = visit(email=None).open("/login")
    log_in(page)
    heading(page, "Overview")

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(product["name"])
    page.keyboard.press("Enter")
    follow(page, page.get_by_role("main").get_by_role("link", name=product["name"]))
    heading(page, product["name"])

    place(page, customer["email"], product["name"], units=3)
    follow(page, page.get_by_role("link", name="Take payment"))
    follow(page, page.get_by_role("button", name="Record the payment"))
    expect(page.locator("h1 .badge")).to_have_text("Completed")

    follow(page, page.get_by_role("main").get_by_role("link", name="Refund", exact=True))
    enter(page, page.get_by_label(f"Units of {product['name']} to give back"), "1")
    expect(page.get_by_label("Amount")).to_have_value("20.00")
    enter(page, page.get_by_label("Reason"), "One lamp was broken", send=True)
    expect(page.locator(".consequence")).to_contain_text(f"20.00 back for 1 x {product['name']}")
    follow(page, page.get_by_role("button", name="Give 20.00 back"))
    expect(page.get_by_role("status").first).to_contain_text("20.00 is given back")
    refunds = shop.api("GET", f"/api/orders/{page.url.split('/')[-1].split('?')[0]}")["refunds"]
    assert [refund["amount"] for refund in refunds] == ["20.00"]


def test_menus_and_dialogs_give_the_focus_back(admin: Visitor) -> None:
    page = admin.open("/orders")
    theme = page.get_by_role("button", name="Theme")
    follow(page, theme)
    dark = page.get_by_role("button", name="Dark")
    reach(page, dark)
    page.keyboard.press("Escape")
    expect(dark).to_be_hidden()
    expect(theme).to_be_focused()
    first = page.locator("#orders tbody a").first
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page.keyboard.press("?")
    reach(page, page.get_by_label("Single-key shortcuts"))
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
