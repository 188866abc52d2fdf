"""A shop with people who log in, for the tests of the dashboard and for screenshots."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from demo_shop import served

PASSWORD = "a lamp for every desk"  # noqa: S105
ADMIN, STAFF, CUSTOMER = "ada@example.com", "stan@example.com", "cora@example.com"
LONG = "W" * 80 + (" Lampe de bureau à intensité réglable" * 4)[:120]
"""A name of the maximum length, 200 characters; its first word cannot be broken."""
LONG_EMAIL = "w" * 64 + "@" + ".".join(["w" * 62] * 2 + ["w" * 55, "example"])
"""An e-mail address of 254 characters."""


@dataclass
class StaffedShop:
    """A running shop with authentication, with helpers to fill it."""

    address: str
    folder: Path
    token: str = ""
    places: dict[str, int] = field(default_factory=dict)
    """Ids for the placeholders in paths: `{order}` is `places["order"]`."""

    def url(self, path: str) -> str:
        return f"http://{self.address}{path.format_map(self.places)}"

    def api(self, method: str, path: str, body: object = None) -> Any:
        """The body of the API's answer on behalf of the admin."""
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def run(self, *arguments: str, stdin: str = "") -> None:
        run(self.folder, *arguments, stdin=stdin)

    def new_product(self, price: str = "20.00", stock: int = 10, name: str | None = None) -> dict[str, Any]:
        """A product that no other test uses."""
        number = next(_NUMBERS)
        product: dict[str, Any] = self.api(
            "POST",
            "/api/products",
            {
                "category_id": self.places["category"],
                "sku": f"TEST-{number}",
                "name": name or f"Lantern {number}",
                "price": price,
                "initial_stock": stock,
            },
        )
        return product

    def new_customer(
        self, first_name: str = "Anna", last_name: str | None = None, email: str | None = None
    ) -> dict[str, Any]:
        """A customer that no other test uses."""
        number = next(_NUMBERS)
        names = {"first_name": first_name, "last_name": last_name or f"Berg-{number}"}
        body = {**names, "email": email or f"buyer-{number}@example.com"}
        customer: dict[str, Any] = self.api("POST", "/api/users", body)
        return customer

    def new_order(self, quantity: int = 3, price: str = "20.00") -> dict[str, Any]:
        """An unpaid order of one product."""
        product, customer = self.new_product(price), self.new_customer()
        items = [{"product_id": product["id"], "quantity": quantity}]
        order: dict[str, Any] = self.api("POST", "/api/orders", {"user_id": customer["id"], "items": items})
        return order


_NUMBERS = itertools.count(1)


def run(folder: Path, *arguments: str, stdin: str = "") -> None:
    command = [os.environ["ECOMDB_BIN"], *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, input=stdin, text=True)


def hire(folder: Path, email: str, role: str) -> None:
    """Create a user who can log in with `PASSWORD`."""
    name = email.split("@")[0].title()
    who = ["--email", email, "--first-name", name, "--last-name", "Example"]
    run(folder, "user", "create", *who, "--role", role, "--password-stdin", stdin=PASSWORD)


@contextmanager
def empty_shop(folder: Path) -> Iterator[StaffedShop]:
    """A shop that contains only an admin."""
    hire(folder, ADMIN, "admin")
    with served(folder, "--auth", "on") as shop:
        yield _entered(StaffedShop(shop.address, folder))


@contextmanager
def staffed_shop(folder: Path) -> Iterator[StaffedShop]:
    """A shop with half a year of orders up to today; customers, products and orders are always the same."""
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    opened = (midnight - timedelta(days=183)).date().isoformat()
    sizes = ["--users", "150", "--products", "40", "--orders", "1500", "--seed", "7"]
    run(folder, "generate", *sizes, "--from", opened, "--until", midnight.date().isoformat())
    for email, role in ((ADMIN, "admin"), (STAFF, "staff"), (CUSTOMER, "customer")):
        hire(folder, email, role)
    with served(folder, "--auth", "on") as running:
        shop = _entered(StaffedShop(running.address, folder))
        _furnish(shop)
        yield shop


def _entered(shop: StaffedShop) -> StaffedShop:
    shop.token = shop.api("POST", "/api/auth/login", {"email": ADMIN, "password": PASSWORD})["token"]
    return shop


def _furnish(shop: StaffedShop) -> None:
    """Adds an order in each state, and names of the maximum length."""
    shop.places["category"] = shop.api("GET", "/api/categories?limit=1")[0]["id"]
    order = shop.new_order()
    shop.places["order"] = order["id"]
    shop.places["product"] = order["items"][0]["product_id"]
    shop.places["customer"] = order["user_id"]
    shop.places["long_product"] = shop.new_product(name=LONG)["id"]
    shop.places["long_customer"] = shop.new_customer(LONG[:100].strip(), "W" * 100, LONG_EMAIL)["id"]
    items = [{"product_id": shop.places["long_product"], "quantity": 2}]
    long_order = shop.api("POST", "/api/orders", {"user_id": shop.places["long_customer"], "items": items})
    shop.places["long_order"] = long_order["id"]
    paid = shop.new_order()["id"]
    shop.places["refunded_order"] = paid
    shop.api("POST", f"/api/orders/{paid}/payments", {"method": "card", "capture": True})
    shop.api("POST", f"/api/orders/{paid}/refunds", {"amount": "20.00", "reason": LONG[:100].strip()})
