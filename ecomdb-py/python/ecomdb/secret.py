"""Secrets that must not be shown by accident."""

from __future__ import annotations


class Token(str):
    """The secret of a session or an API key: a ``str`` like any other, but its ``repr`` hides it.

    So it can be sent, as in ``f"Bearer {token}"``, and kept; whatever looks at objects on the way, such as a
    debugger or a log of arguments, sees ``Token(hidden)``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Token(hidden)"
