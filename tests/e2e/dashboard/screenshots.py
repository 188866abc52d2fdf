"""Makes screenshots of every page: see tests/screenshots."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from chromium import chromium
from pages import PAGES, Sight
from playwright.sync_api import Browser
from staffed_shop import ADMIN, StaffedShop, staffed_shop
from visitor import session_of

WIDTHS = (1440, 390)
THEMES = ("light", "dark")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screenshots"), help="where to put them")
    parser.add_argument("-k", dest="only", default="", metavar="NAME", help="pages whose names contain NAME")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as shop_folder,
        staffed_shop(Path(shop_folder)) as shop,
        chromium() as browser,
    ):
        session = session_of(browser, shop, ADMIN)
        for sight in PAGES:
            if options.only in sight.name:
                take(browser, shop, sight, None if sight.anonymous else session, options.folder)


def take(browser: Browser, shop: StaffedShop, sight: Sight, session: object, folder: Path) -> None:
    """One page in both themes and both widths, as NAME-WIDTH-THEME.png."""
    for width in WIDTHS:
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=theme,
                storage_state=session,  # type: ignore[arg-type]
            )
            page = context.new_page()
            page.goto(shop.url(sight.path))
            page.screenshot(path=folder / f"{sight.name}-{width}-{theme}.png", full_page=True)
            context.close()
    print(sight.name)


if __name__ == "__main__":
    main()
