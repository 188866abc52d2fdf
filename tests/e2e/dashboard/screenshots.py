"""Makes screenshots of every page: see tests/screenshots."""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from chromium import chromium
from pages import EMPTY, MOMENTS, PAGES, Sight
from playwright.sync_api import Browser, Page
from staffed_shop import ADMIN, StaffedShop, empty_shop, staffed_shop
from visitor import session_of

WIDTHS = (1440, 390)
THEMES = ("light", "dark")
DOCUMENTED = {
    "overview": (1280, 800, "light"),
    "orders": (1280, 800, "light"),
    "order-refunded": (1280, 800, "dark"),
}
"""The pages in docs/dashboard.md: width and height of the window, and theme."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screenshots"), help="where to put them")
    parser.add_argument("-k", dest="only", default="", metavar="NAME", help="pages whose names contain NAME")
    parser.add_argument("--docs", action="store_true", help="those of docs/dashboard.md")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder, staffed_shop(Path(folder)) as shop:
        photographer = Photographer(browser, shop, session_of(browser, shop, ADMIN), options.folder)
        if options.docs:
            for sight in PAGES:
                if sight.name in DOCUMENTED:
                    photographer.take_for_document(sight)
            return
        for sight in PAGES:
            photographer.take_all(sight, options.only)
        for moment in MOMENTS:
            photographer.take_all(moment.sight, options.only, moment.reach)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder, empty_shop(Path(folder)) as shop:
        photographer = Photographer(browser, shop, session_of(browser, shop, ADMIN), options.folder)
        for sight in EMPTY:
            photographer.take_all(replace(sight, name=f"empty-{sight.name}"), options.only)


class Photographer:
    def __init__(self, browser: Browser, shop: StaffedShop, session: Any, folder: Path) -> None:
        self.browser = browser
        self.shop = shop
        self.session = session
        self.folder = folder

    def take_all(self, sight: Sight, only: str, reach: Callable[[Page], object] | None = None) -> None:
        """A page in both themes and widths, as NAME-WIDTH-THEME.png, if its name contains `only`."""
        if only not in sight.name:
            return
        for width in WIDTHS:
            for theme in THEMES:
                page = self._open(sight, width, 900, theme)
                if reach:
                    reach(page)
                    page.wait_for_load_state()
                page.screenshot(path=self.folder / f"{sight.name}-{width}-{theme}.png", full_page=True)
                page.context.close()
        print(sight.name)

    def take_for_document(self, sight: Sight) -> None:
        """The visible part of a page, as a small NAME.webp."""
        page = self._open(sight, *DOCUMENTED[sight.name])
        devtools = page.context.new_cdp_session(page)
        taken = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": 75})
        (self.folder / f"{sight.name}.webp").write_bytes(base64.b64decode(taken["data"]))
        page.context.close()
        print(sight.name)

    def _open(self, sight: Sight, width: int, height: int, theme: str) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            # Without motion, so that no picture shows the middle of a change.
            reduced_motion="reduce",
            storage_state=None if sight.anonymous else self.session,
        )
        page = context.new_page()
        page.goto(self.shop.url(sight.path))
        return page


if __name__ == "__main__":
    main()
