"""The browser of the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import chromium
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    pytest.importorskip("playwright", reason="playwright needs Python 3.10")
    if not chromium.PROGRAM.exists():
        pytest.skip(f"there is no {chromium.PROGRAM}; to run this test, install chromium")
    with chromium.chromium() as browser:
        yield browser
