"""Rows as dataclasses, JSON and named tuples. The compiled module uses this."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any


def dumps(plain: object) -> str:
    """JSON as the REST API writes it."""
    import json

    return json.dumps(plain, ensure_ascii=False)


@cache
def named_tuple(table: str, columns: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """The class for the rows of an exported table, such as ``OrderItemsRow``."""
    from collections import namedtuple

    name = "".join(word.capitalize() for word in table.split("_"))
    return namedtuple(f"{name}Row", list(columns))


class _OfDataclass:
    """An attribute of dataclasses. It is made on first use, because most programs never need it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, row: object, kind: type) -> Any:
        return getattr(_dataclass(kind.__name__, kind.__match_args__), self._name)  # type: ignore[attr-defined]


@cache
def _dataclass(name: str, fields: Sequence[str]) -> type:
    """The dataclass with these fields."""
    from dataclasses import make_dataclass

    return make_dataclass(name, [(field, Any) for field in fields], frozen=True)


FIELDS = _OfDataclass("__dataclass_fields__")
PARAMS = _OfDataclass("__dataclass_params__")
