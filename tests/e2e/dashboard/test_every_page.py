"""Promises that every page keeps: it fits, whatever the window and the text, and everybody can use it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright needs Python 3.10")
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
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe_source() -> str:
    package = find_spec("axe_playwright_python")
    assert package and package.submodule_search_locations
    (script,) = Path(package.submodule_search_locations[0]).glob("axe.min.js")
    return script.read_text()


def violations(page: Page) -> list[str]:
    """The serious and critical violations that axe finds."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_source())
    found: dict[str, Any] = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary')}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def overflows(page: Page) -> dict[int, list[str]]:
    """By width of the window, what is wider than it."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if wide := page.evaluate(WIDER_THAN_THE_WINDOW):
            found[width] = wide
    return found


def violations_in_both_themes(page: Page) -> dict[str, list[str]]:
    found = {}
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            if wrong := violations(page):
                found[f"{theme}, {width} wide"] = wrong
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
    assert violations_in_both_themes(page) == {}
    assert overflows(page) == {}
