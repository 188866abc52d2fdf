"""Forms take effect once, lose no entries, and do not overwrite changes by others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from axe import violations_in_both_themes
from playwright.sync_api import Page, expect
from staffed_shop import ADMIN, PASSWORD, StaffedShop
from visitor import Visitor, log_in

Visit = Callable[..., Visitor]


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def state(page: Page) -> str:
    return page.locator("h1 .badge").first.inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_double_click_pays_once(visit: Visit, shop: StaffedShop, scripts: bool) -> None:
    order = shop.new_order()
    page = visit(java_script_enabled=scripts).open(f"/orders/{order['id']}/pay")
    page.get_by_label("Amount").fill("25.00")
    page.get_by_role("button", name="Record the payment").dblclick()
    expect(page.get_by_text("Paid 25.00 of 60.00")).to_be_visible()
    payments = shop.api("GET", f"/api/orders/{order['id']}")["payments"]
    assert [payment["amount"] for payment in payments] == ["25.00"]


def test_a_session_that_ends_in_a_form_loses_nothing(visit: Visit, shop: StaffedShop) -> None:
    order = shop.new_order()
    visitor = visit(email=None)
    page = visitor.open(f"/orders/{order['id']}/pay")
    log_in(page, ADMIN)
    page.get_by_label("Amount").fill("25.00")
    page.get_by_label("Reference").fill("paid at the counter")
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Record the payment").click()
    log_in(page, ADMIN)
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Amount")).to_have_value("25.00")
    expect(page.get_by_label("Reference")).to_have_value("paid at the counter")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_text("Paid 25.00 of 60.00")).to_be_visible()


def test_an_error_names_the_field_and_keeps_the_entries(admin: Visitor, shop: StaffedShop) -> None:
    page = admin.open("/products/new")
    page.get_by_label("Name").fill("Lantern of errors")
    page.get_by_label("Price").fill("a lot")
    page.get_by_label("Stock").fill("3")
    press(page, "Create product")
    assert page.title().startswith("Error: ")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Lantern of errors")
    assert violations_in_both_themes(page) == {}
    page.locator(".error-summary").get_by_role("link", name="price").click()
    expect(page.get_by_label("Price")).to_be_focused()


def test_an_edit_conflict_shows_what_was_is_and_would_be(admin: Visitor, shop: StaffedShop) -> None:
    product = shop.new_product("20.00")
    page = admin.open(f"/products/{product['id']}/edit")
    shop.api("PATCH", f"/api/products/{product['id']}", {"price": "30.00"})
    page.get_by_label("Price").fill("25.00")
    press(page, "Save")
    conflict = page.locator("table.conflict, .conflict table").first
    for value in ("20.00", "30.00", "25.00"):
        expect(conflict).to_contain_text(value)
    assert violations_in_both_themes(page) == {}
    press(page, "Save")
    expect(page.get_by_role("heading", level=1, name=product["name"])).to_be_visible()
    assert shop.api("GET", f"/api/products/{product['id']}")["price"] == "25.00"


def test_a_sale_does_not_conflict_with_an_edit(admin: Visitor, shop: StaffedShop) -> None:
    product = shop.new_product("20.00")
    page = admin.open(f"/products/{product['id']}/edit")
    items = [{"product_id": product["id"], "quantity": 2}]
    shop.api("POST", "/api/orders", {"user_id": shop.new_customer()["id"], "items": items})
    page.get_by_label("Price").fill("25.00")
    press(page, "Save")
    expect(page.get_by_role("heading", level=1, name=product["name"])).to_be_visible()
    changed = shop.api("GET", f"/api/products/{product['id']}")
    assert (changed["price"], changed["stock"]) == ("25.00", 8)


def test_archiving_can_be_undone(admin: Visitor, shop: StaffedShop) -> None:
    product = shop.new_product()
    page = admin.open(f"/products/{product['id']}")
    press(page, "Archive")
    assert state(page) == "Archived"
    assert violations_in_both_themes(page) == {}
    press(page, "Undo")
    assert state(page) == "Active"


def test_back_restores_filter_page_and_row(admin: Visitor) -> None:
    page = admin.open("/orders")
    page.get_by_role("navigation", name="State").get_by_role("link", name="Completed").click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Next").click()
    there = page.url
    row = page.locator("main tbody tr").nth(-3)
    name = row.get_attribute("id")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name="Order")).to_be_visible()
    page.go_back()
    assert page.url == there
    expect(page.locator(f"#{name} a").first).to_be_focused()
    expect(page.locator(f"#{name}")).to_be_in_viewport()


def test_a_form_of_another_site_changes_nothing(admin: Visitor, shop: StaffedShop) -> None:
    product = shop.new_product()
    page = admin.page
    action = shop.url(f"/products/{product['id']}/archive")
    form = f'<form method="post" action="{action}"><button>Win a lamp</button></form>'
    page.route("http://evil.example/**", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto("http://evil.example/")
    with page.expect_response(action) as answer:
        page.get_by_role("button").click()
    assert answer.value.status in (303, 403)
    assert shop.api("GET", f"/api/products/{product['id']}")["status"] == "active"
    assert PASSWORD not in page.content()
