"""Invoices on paper."""

from __future__ import annotations

import io

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from pypdf import PdfReader
from staffed_shop import StaffedShop
from visitor import Visitor

LINES = 60


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_an_invoice_of_many_lines_repeats_its_header_and_cuts_no_row(
    admin: Visitor, shop: StaffedShop, paper: str
) -> None:
    products = [shop.new_product(name=f"Lamp {paper} of line {line:02}") for line in range(1, LINES + 1)]
    items = [{"product_id": product["id"], "quantity": 1} for product in products]
    order = shop.api("POST", "/api/orders", {"user_id": shop.new_customer()["id"], "items": items})
    page = admin.open(f"/orders/{order['id']}/invoice")
    pages = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format=paper))).pages]
    assert len(pages) > 1
    for product in products:
        sheets = [text for text in pages if product["name"] in text]
        assert len(sheets) == 1, product["name"]
    with_rows = [text for text in pages if "Lamp" in text]
    assert all("Product" in text for text in with_rows)
    assert "Log out" not in "".join(pages)
