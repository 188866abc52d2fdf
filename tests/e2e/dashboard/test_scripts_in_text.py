"""Entered text is never interpreted as markup, on any page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from pages import PAGES, Sight
from playwright.sync_api import Page
from staffed_shop import StaffedShop
from visitor import Visitor

EVIL = "\"'><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">{{7*7}}"


@pytest.fixture(scope="module")
def poisoned(shop: StaffedShop) -> StaffedShop:
    """The shop, with such text in every field that takes text."""
    category = shop.api("POST", "/api/categories", {"name": EVIL, "description": EVIL})
    product = shop.new_product(name=EVIL)
    change = {"sku": EVIL[:60], "description": EVIL, "category_id": category["id"]}
    shop.api("PATCH", f"/api/products/{product['id']}", change)
    customer = shop.new_customer(EVIL[:100], EVIL[:100])
    items = [{"product_id": product["id"], "quantity": 2}]
    order = shop.api("POST", "/api/orders", {"user_id": customer["id"], "items": items})
    payment = {"method": "card", "capture": True, "reference": EVIL[:100]}
    shop.api("POST", f"/api/orders/{order['id']}/payments", payment)
    shop.api("POST", f"/api/orders/{order['id']}/refunds", {"amount": "1.00", "reason": EVIL[:100]})
    return StaffedShop(
        shop.address,
        shop.folder,
        shop.token,
        {**shop.places, "product": product["id"], "customer": customer["id"], "order": order["id"]},
    )


@pytest.mark.parametrize("sight", PAGES, ids=lambda sight: sight.name)
def test_no_script_runs(look: Callable[..., Page], poisoned: StaffedShop, sight: Sight) -> None:
    page = look(sight, at=poisoned)
    assert page.title() != "run"
    assert page.evaluate("() => document.querySelectorAll('main script, main img[src=x]').length") == 0


@pytest.mark.parametrize("path", ["/search?q=", "/login?return=/", "/orders?customer=", "/products?search="])
def test_no_script_of_an_address_runs(admin: Visitor, shop: StaffedShop, path: str) -> None:
    page = admin.page
    page.goto(shop.url(path.replace("{", "{{")) + EVIL)
    assert page.title() != "run"
    assert page.evaluate("() => document.querySelectorAll('main script, main img[src=x]').length") == 0
