"""The rules of accessibility that axe checks."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _source() -> str:
    package = find_spec("axe_playwright_python")
    assert package and package.submodule_search_locations
    (script,) = Path(package.submodule_search_locations[0]).glob("axe.min.js")
    return script.read_text()


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """The serious and critical violations on the current page."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    found: dict[str, Any] = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
    )
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary')}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def violations_in_both_themes(page: Page) -> dict[str, list[str]]:
    """The violations in both themes, in a wide and a narrow window. Themes differ only in colours."""
    found = {}
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for theme, rules in (("light", RULES), ("dark", ["color-contrast"])):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            if wrong := violations(page, rules):
                found[f"{theme}, {width} wide"] = wrong
    return found
