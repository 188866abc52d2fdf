"""Every page of the dashboard, for the tests that look at all of them and for screenshots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass(frozen=True)
class Sight:
    """A page to visit. Placeholders in its path, such as `{order}`, stand for ids of the shop."""

    name: str
    path: str
    anonymous: bool = False
    """Whether it is visited without a session."""


REPORTS = [
    "total-revenue",
    "monthly-revenue",
    "revenue-trend",
    "average-order-value",
    "top-customers",
    "orders-per-user",
    "new-and-returning-customers",
    "cohorts",
    "rfm",
    "rfm-customers",
    "top-products",
    "revenue-by-product",
    "revenue-by-category",
    "sales-by-day",
    "sales-by-product",
    "sales-by-category",
    "sales-by-country",
    "voucher-sales",
    "bought-together",
    "sell-through",
    "low-inventory",
    "unpaid-orders",
    "funnel",
]

PAGES = [
    Sight("login", "/login", anonymous=True),
    Sight("overview", "/"),
    Sight("overview-today", "/?period=today"),
    Sight("orders", "/orders"),
    Sight("orders-none", "/orders?customer=999999"),
    Sight("order", "/orders/{order}"),
    Sight("order-long", "/orders/{long_order}"),
    Sight("order-refunded", "/orders/{refunded_order}"),
    Sight("order-pay", "/orders/{order}/pay"),
    Sight("order-refund", "/orders/{refunded_order}/refund"),
    Sight("order-cancel", "/orders/{order}/cancel"),
    Sight("order-new", "/orders/new"),
    Sight("order-draft", "/orders/new?customer={long_customer}&item={product}:2&item={long_product}:1"),
    Sight("order-search", "/orders/new?customer_text=a&product_text=a"),
    Sight(
        "order-terms",
        "/orders/new?customer={customer}&item={product}:2&voucher=FRIENDS20&shipping=4.90&hold_minutes=60",
    ),
    Sight("order-wrong-terms", "/orders/new?customer={customer}&item={product}:2&voucher=none"),
    Sight("products", "/products"),
    Sight("products-none", "/products?search=nothing+like+that"),
    Sight("product", "/products/{product}"),
    Sight("product-long", "/products/{long_product}"),
    Sight("product-new", "/products/new"),
    Sight("product-edit", "/products/{long_product}/edit"),
    Sight("categories", "/categories"),
    Sight("category-new", "/categories/new"),
    Sight("category-edit", "/categories/{category}/edit"),
    Sight("category-delete", "/categories/{category}/delete"),
    Sight("groups", "/product-groups"),
    Sight("group", "/product-groups/1"),
    Sight("group-new", "/product-groups/new"),
    Sight("group-edit", "/product-groups/1/edit"),
    Sight("group-delete", "/product-groups/1/delete"),
    Sight("vouchers", "/vouchers"),
    Sight("vouchers-none", "/vouchers?code=nothing"),
    Sight("voucher", "/vouchers/1"),
    Sight("voucher-new", "/vouchers/new"),
    Sight("voucher-edit", "/vouchers/1/edit"),
    Sight("voucher-delete", "/vouchers/1/delete"),
    Sight("inventory", "/inventory"),
    Sight("inventory-none", "/inventory?search=nothing+like+that"),
    Sight("ledger", "/inventory/{product}"),
    Sight("count", "/inventory/{product}/count?counted=12"),
    Sight("customers", "/customers"),
    Sight("customer", "/customers/{customer}"),
    Sight("customer-long", "/customers/{long_customer}"),
    Sight("customer-new", "/customers/new"),
    Sight("customer-edit", "/customers/{long_customer}/edit"),
    Sight("customer-anonymise", "/customers/{customer}/anonymise"),
    Sight("reports", "/reports"),
    *(Sight(f"report-{name}", f"/reports/{name}") for name in REPORTS),
    Sight("report-product-trend", "/reports/product-trend?product_id={product}"),
    Sight("report-customer-trend", "/reports/customer-trend?user_id={customer}"),
    Sight("report-customer-value", "/reports/customer-value?user_id={customer}"),
    Sight("search", "/search?q=a"),
    Sight("search-none", "/search?q=zzzzzz"),
    Sight("settings-shop", "/settings/shop"),
    Sight("settings-account", "/settings/account"),
    Sight("settings-users", "/settings/users"),
    Sight("settings-user-new", "/settings/users/new"),
    Sight("settings-keys", "/settings/keys"),
    Sight("settings-key-new", "/settings/keys/new"),
    Sight("settings-about", "/settings/about"),
    Sight("invoice", "/orders/{long_order}/invoice"),
    Sight("packing-slip", "/orders/{long_order}/packing-slip"),
    Sight("not-found", "/nothing-here"),
]

EMPTY = [sight for sight in PAGES if "{" not in sight.path and not sight.anonymous]
"""The pages that exist in an empty shop, too."""


@dataclass(frozen=True)
class Moment:
    """A page after an action on it."""

    sight: Sight
    reach: Callable[[Page], object]


def _send(button: str) -> Callable[[Page], object]:
    """Sends a form without changes."""
    return lambda page: page.get_by_role("main").get_by_role("button", name=button).click()


def _refund_one(page: Page) -> None:
    page.get_by_label("to give back").fill("1")
    page.get_by_label("Reason").fill("One lantern was broken")
    page.get_by_role("button", name="Continue: see what it does").click()


MOMENTS = [
    Moment(Sight("dialog-keys", "/orders"), lambda page: page.keyboard.press("?")),
    Moment(Sight("dialog-palette", "/orders"), lambda page: page.keyboard.press("Control+k")),
    Moment(Sight("menu-theme", "/orders"), lambda page: page.get_by_role("button", name="Theme").click()),
    Moment(Sight("menu-account", "/orders"), lambda page: page.get_by_role("button", name="Account").click()),
    Moment(Sight("orders-views", "/orders"), lambda page: page.get_by_text("Views", exact=True).click()),
    Moment(Sight("overview-table", "/"), lambda page: page.locator(".chart summary").first.click()),
    Moment(Sight("refund-review", "/orders/{refunded_order}/refund"), _refund_one),
    Moment(Sight("error-product", "/products/new"), _send("Create product")),
    Moment(Sight("error-refund", "/orders/{refunded_order}/refund"), _send("Continue: see what it does")),
    Moment(Sight("error-customer", "/customers/new"), _send("Create")),
    Moment(Sight("error-key", "/settings/keys/new"), _send("Create the key")),
]
