"""Promises of every page: it fits into any window with any text, and is accessible."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
from axe import violations, violations_in_both_themes
from pages import EMPTY, PAGES, Sight
from playwright.sync_api import Page
from staffed_shop import StaffedShop
from visitor import Visitor

MOST_BYTES = 200_000
WIDTHS = (320, 390, 768, 1440, 1920)
WIDER_THAN_THE_WINDOW = """() => {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= most) return [];
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > most + 1)
        .map((element) => `${element.tagName} ${element.className}: ${element.textContent.slice(0, 40)}`)
        .slice(-4);
}"""


WIDER_THAN_THEIR_CELL = """() => [...document.querySelectorAll(".table tbody :is(td, th)")]
    .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent.trim().slice(0, 40))
    .slice(0, 4)"""


def overlaps(page: Page) -> dict[int, list[str]]:
    """Elements that reach into the next cell of a table, by width of the window."""
    found = {}
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        if wide := page.evaluate(WIDER_THAN_THEIR_CELL):
            found[width] = wide
    return found


def overflows(page: Page) -> dict[int, list[str]]:
    """Elements that are wider than the window, for each width of it."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if wide := page.evaluate(WIDER_THAN_THE_WINDOW):
            found[width] = wide
    return found


def by_name(sight: Sight) -> str:
    return sight.name


def overflows_however_it_is_shown(page: Page) -> dict[str, dict[int, list[str]]]:
    """Elements wider than the window: normally, with text of twice the size, and in forced colours."""
    found = {"as it is": overflows(page)}
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    found["twice the text"] = overflows(page)
    page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    page.emulate_media(forced_colors="active")
    found["forced colours"] = overflows(page)
    page.emulate_media(forced_colors="none")
    return {name: wide for name, wide in found.items() if wide}


@pytest.mark.parametrize("sight", PAGES, ids=by_name)
def test_the_page_fits_every_window_and_everybody_can_use_it(look: Callable[..., Page], sight: Sight) -> None:
    page = look(sight)
    assert page.evaluate("() => performance.getEntriesByType('navigation')[0].decodedBodySize") < MOST_BYTES
    assert {
        "violations": violations_in_both_themes(page),
        "overlaps": overlaps(page),
        "overflows": overflows_however_it_is_shown(page),
    } == {"violations": {}, "overlaps": {}, "overflows": {}}


@pytest.mark.parametrize("sight", EMPTY, ids=by_name)
def test_the_page_of_an_empty_shop_is_usable(
    look: Callable[..., Page], bare_shop: StaffedShop, sight: Sight
) -> None:
    page = look(sight, at=bare_shop)
    assert {"violations": violations(page), "overflows": overflows(page)} == {
        "violations": [],
        "overflows": {},
    }


def test_the_first_view_with_styles_scripts_and_font_weighs_less_than_250_kb(admin: Visitor) -> None:
    bodies: list[int] = []
    admin.page.on("requestfinished", lambda request: bodies.append(request.sizes()["responseBodySize"]))
    admin.open("/orders").wait_for_load_state("networkidle")
    assert len(bodies) > 8
    assert sum(bodies) < 250_000
