"""Promises that every page keeps: it fits, whatever the window and the text, and everybody can use it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from axe import violations, violations_in_both_themes
from pages import EMPTY, PAGES, Sight
from playwright.sync_api import Page
from staffed_shop import ADMIN, StaffedShop
from visitor import Visitor

WIDTHS = (320, 390, 768, 1440, 1920)
WIDER_THAN_THE_WINDOW = """() => {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= most) return [];
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > most + 1)
        .map((element) => `${element.tagName} ${element.className}: ${element.textContent.slice(0, 40)}`)
        .slice(-4);
}"""


def overflows(page: Page) -> dict[int, list[str]]:
    """By width of the window, what is wider than it."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if wide := page.evaluate(WIDER_THAN_THE_WINDOW):
            found[width] = wide
    return found


def whoever_looks_at(sight: Sight) -> str | None:
    return None if sight.anonymous else ADMIN


def by_name(sight: Sight) -> str:
    return sight.name


@pytest.mark.parametrize("sight", PAGES, ids=by_name)
def test_everybody_can_use_the_page(visit: Callable[..., Visitor], sight: Sight) -> None:
    page = visit(whoever_looks_at(sight)).open(sight.path)
    assert violations_in_both_themes(page) == {}


@pytest.mark.parametrize("sight", PAGES, ids=by_name)
def test_the_page_fits_every_window_and_twice_the_text(visit: Callable[..., Visitor], sight: Sight) -> None:
    page = visit(whoever_looks_at(sight)).open(sight.path)
    assert overflows(page) == {}
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    assert overflows(page) == {}
    page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    page.emulate_media(forced_colors="active")
    assert overflows(page) == {}


@pytest.mark.parametrize("sight", EMPTY, ids=by_name)
def test_the_page_of_an_empty_shop_is_usable(
    visit: Callable[..., Visitor], bare_shop: StaffedShop, sight: Sight
) -> None:
    page = visit(at=bare_shop).open(sight.path)
    assert violations(page) == []
    assert overflows(page) == {}


@pytest.mark.parametrize("sight", PAGES, ids=by_name)
def test_the_page_weighs_less_than_200_kb(visit: Callable[..., Visitor], sight: Sight) -> None:
    visitor = visit(whoever_looks_at(sight))
    answer = visitor.context.request.get(visitor.shop.url(sight.path), headers={"accept": "text/html"})
    assert len(answer.body()) < 200_000


def test_the_first_view_with_styles_scripts_and_font_weighs_less_than_250_kb(admin: Visitor) -> None:
    bodies: list[int] = []
    admin.page.on("requestfinished", lambda request: bodies.append(request.sizes()["responseBodySize"]))
    admin.open("/orders").wait_for_load_state("networkidle")
    assert len(bodies) > 8
    assert sum(bodies) < 250_000
