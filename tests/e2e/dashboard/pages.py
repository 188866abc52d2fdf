"""Every page of the dashboard, for the tests that look at all of them and for screenshots."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sight:
    """A page to look at. `{order}` and the like in its path stand for ids of the shop."""

    name: str
    path: str
    anonymous: bool = False
    """Whether it is looked at without a session."""


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
    Sight("products", "/products"),
    Sight("products-none", "/products?text=nothing+like+that"),
    Sight("product", "/products/{product}"),
    Sight("product-long", "/products/{long_product}"),
    Sight("product-new", "/products/new"),
    Sight("product-edit", "/products/{long_product}/edit"),
    Sight("categories", "/categories"),
    Sight("category-new", "/categories/new"),
    Sight("category-edit", "/categories/{category}/edit"),
    Sight("category-delete", "/categories/{category}/delete"),
    Sight("inventory", "/inventory"),
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
"""The pages that an empty shop has, too."""
