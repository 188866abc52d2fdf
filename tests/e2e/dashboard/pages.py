"""Every page of the dashboard, for the tests that look at all of them and for screenshots."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sight:
    """A page to look at. `{order}` and the like in its path stand for ids of the shop."""

    name: str
    path: str
    anonymous: bool = False
    """Whether it is looked at without a session."""


PAGES = [
    Sight("login", "/login", anonymous=True),
    Sight("overview", "/"),
    Sight("not-found", "/nothing-here"),
]

EMPTY = [sight for sight in PAGES if "{" not in sight.path and not sight.anonymous]
"""The pages that an empty shop has, too."""
