"""Shared by all pages: login, theme, menus, keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from axe import violations, violations_in_both_themes
from playwright.sync_api import Page, expect
from staffed_shop import ADMIN, CUSTOMER
from visitor import Visitor, log_in

Visit = Callable[..., Visitor]


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_who_is_not_logged_in_gets_to_the_page_by_the_login(visit: Visit) -> None:
    page = visit(email=None).open("/?period=7d")
    heading(page, "Log in")
    log_in(page, ADMIN)
    heading(page, "Overview")
    assert page.url.endswith("/?period=7d")


def test_a_wrong_password_is_said_and_the_address_is_kept(visit: Visit) -> None:
    page = visit(email=None).open("/login")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(ADMIN)
    assert violations_in_both_themes(page) == {}


def test_a_customer_is_told_that_the_dashboard_is_for_staff(visit: Visit) -> None:
    page = visit(CUSTOMER).open("/")
    expect(page.get_by_text("the dashboard is for the people who work in the shop")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    heading(page, "Log in")


def test_a_link_in_a_mail_arrives_logged_in(admin: Visitor) -> None:
    page = admin.page
    link = f'<a href="{admin.shop.url("/")}">Look at your shop</a>'
    page.route("http://mail.example/**", lambda route: route.fulfill(body=link, content_type="text/html"))
    page.goto("http://mail.example/inbox")
    page.get_by_role("link").click()
    heading(page, "Overview")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_theme_is_chosen_in_a_menu_and_stays(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts).open("/")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(page.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_logging_out_is_in_the_menu_of_the_account(visit: Visit) -> None:
    page = visit(email=None).open("/login")
    log_in(page, ADMIN)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out")).to_be_visible()
    page.goto(page.url.replace("/login", "/"))
    heading(page, "Log in")


def test_the_first_tab_leads_to_the_content(admin: Visitor) -> None:
    page = admin.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_keys_are_listed_and_can_be_turned_off(admin: Visitor) -> None:
    page = admin.open("/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    assert violations_in_both_themes(page) == {}
    dialog.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.get_by_role("button", name="Keyboard").click()
    dialog.get_by_label("Single-key shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_palette_goes_to_a_page(admin: Visitor) -> None:
    page = admin.open("/")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("combobox", name="Search, or go to a page")
    expect(palette).to_be_focused()
    expect(page.get_by_role("option", name="Orders")).to_be_visible()
    assert violations_in_both_themes(page) == {}
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="Orders")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_on_a_phone_the_rest_of_the_navigation_is_in_a_menu(visit: Visit) -> None:
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).open("/")
    navigation = page.get_by_role("navigation", name="Sections")
    expect(navigation.get_by_role("link", name="Orders")).to_be_visible()
    expect(navigation.get_by_role("link", name="Settings")).to_be_hidden()
    navigation.get_by_role("button", name="More").tap()
    expect(navigation.get_by_role("link", name="Settings")).to_be_visible()
    assert violations(page) == []
