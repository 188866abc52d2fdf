"""The documentation page works in a browser that reaches nothing but the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_shop import Shop, demo_shop

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from playwright.sync_api import Browser, Page, expect


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with demo_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


def open_documentation(browser: Browser, shop: Shop) -> tuple[Page, list[str]]:
    """The page, and the list of its errors; only the server's own address is reachable."""
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))

    def cut_off(url: str) -> bool:
        outside = not url.startswith((f"http://{shop.address}/", "data:"))
        if outside:
            troubles.append(f"asked for {url}")
        return outside

    page.route(cut_off, lambda route: route.abort())
    page.goto(f"http://{shop.address}/docs")
    page.wait_for_selector("#operations-orders-place_order")
    return page, troubles


def test_the_page_shows_every_operation_without_the_network(
    browser: Browser, shop: Shop, tmp_path: Path
) -> None:
    page, troubles = open_documentation(browser, shop)
    _, document = shop.ask("/api/openapi.json")
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    shown = page.locator(".opblock-summary-operation-id").all_inner_texts()
    assert sorted(text.replace("\u200b", "") for text in shown) == sorted(ids)
    page.screenshot(path=tmp_path / "docs.png")
    assert troubles == []


def test_a_request_can_be_tried_out_on_the_page(browser: Browser, shop: Shop) -> None:
    page, troubles = open_documentation(browser, shop)
    operation = page.locator("#operations-categories-create_category")
    operation.locator("button.opblock-summary-control").click()
    operation.locator("textarea.body-param__text").fill('{"name": "Tried out"}')
    operation.locator("button.execute").click()
    expect(operation.locator(".live-responses-table tr.response .response-col_status").first).to_contain_text(
        "201"
    )
    assert troubles == []
    _, categories = shop.ask("/api/categories?limit=1000")
    assert categories[-1]["name"] == "Tried out"
