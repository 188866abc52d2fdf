#!/usr/bin/env python3
"""Writes the files that repeat parts of the compiled module; the package must be installed.

    python stubs.py            python/ecomdb/_ecomdb.pyi, from the docstrings, which give the types;
                               python/ecomdb/enums.py, from the enums of the library;
                               src/settings.txt, the settings of a scenario for a docstring

The docstrings are the only source: `Args:` has a line `name (type): ...` for each argument,
`Returns:` begins with the type, and the docstring of an attribute does so too. Tests compare the files with
the module.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from ecomdb import _ecomdb

ROOT = Path(__file__).parent

HEADER = """\
# Made by stubs.py from the docstrings of the compiled module: do not edit.
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Generic, Literal, TypeVar, final

import pandas
import polars
import pyarrow

from ecomdb.enums import (
    {words},
)
from ecomdb.options import OptionValues
from ecomdb.report import Report
from ecomdb.secret import Token

_T = TypeVar("_T")

{literals}

__all__ = [
    {public},
]

__version__: str
_WORDS: dict[str, tuple[str, list[tuple[str, str]]]]
_SETTINGS: list[tuple[str, str, str, str, str]]
_REPORTS: list[tuple[str, str, list[str]]]
"""

CONTEXT = """\
    def __enter__(self) -> {name}: ...
    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        _exception: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...
"""
STREAM = "    def __arrow_c_stream__(self, requested_schema: object = None) -> Any: ...\n"
HTML = "    def _repr_html_(self) -> str: ...\n"
ROWS = "    def __iter__(self) -> _RowsOfTable: ...\n"
ITERATOR = "    def __iter__(self) -> {name}[_T]: ...\n    def __next__(self) -> {gives}: ...\n"
ROW = """\
    __match_args__ = ({fields},)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
"""

SPECIAL = {
    "ArrowStream": STREAM + ROWS,
    "_RowsOfTable": "    def __iter__(self) -> _RowsOfTable: ...\n    def __next__(self) -> Any: ...\n",
    "Database": CONTEXT.format(name="Database"),
    "Transaction": CONTEXT.format(name="Transaction"),
    "Listing": "    def __iter__(self) -> RowIterator[_T]: ...\n" + HTML,
    "RowIterator": ITERATOR.format(name="RowIterator", gives="_T"),
    "PageIterator": ITERATOR.format(name="PageIterator", gives="Page[_T]"),
    "Page": "    def __iter__(self) -> Iterator[_T]: ...\n    def __len__(self) -> int: ...\n" + HTML,
}
"""Members without a docstring: methods that Python calls itself."""

PRIVATE = {"_RowsOfTable", "_sqlite_file", "_stream"}
"""Names that only the package itself uses."""

GENERIC = {"Listing", "RowIterator", "PageIterator", "Page"}

TYPES = {
    "_sqlite_file": "str | None",
    "_sqlite_file.url": "str",
    "_stream": "Any",
    "_stream.fields": "Sequence[tuple[str, str, bool]]",
    "_stream.rows": "Sequence[Any]",
    "Page.items": "tuple[_T, ...]",
    "Listing.pages": "PageIterator[_T]",
    "Database.transact": "_T",
    "Database.transact.function": "Callable[..., _T]",
}
"""Types that would be too detailed for a docstring."""


def stub() -> str:
    """The text of the stub."""
    members = [(name, member) for name, member in vars(_ecomdb).items() if name[0] != "_" or name in PRIVATE]
    words = ",\n    ".join(sorted(_ecomdb._WORDS))
    public = ",\n    ".join(f'"{name}"' for name in sorted(_ecomdb.__all__))
    parts = [HEADER.format(words=words, public=public, literals="\n".join(literals()))]
    parts += [class_stub(name, member) for name, member in sorted(members) if inspect.isclass(member)]
    parts += [
        function_stub(name, member, "")
        for name, member in sorted(members)
        if callable(member) and not inspect.isclass(member)
    ]
    return "\n".join(parts)


def literals() -> Iterator[str]:
    """The closed sets of words as types."""
    for name, (_, words) in sorted(_ecomdb._WORDS.items()):
        yield alias(name, [word for word, _ in words])
    reports = [name for name, *_ in _ecomdb._REPORTS]
    underscored = [name.replace("-", "_") for name in reports]
    yield alias("ReportName", dict.fromkeys(underscored + reports))


def alias(name: str, words: Iterable[str]) -> str:
    quoted = ", ".join(f'"{word}"' for word in words)
    return f"_{name} = Literal[{quoted}]"


def narrow(of: str) -> str:
    """The type in a docstring, with a literal type in place of text for the words of an enum."""
    of = re.sub(
        r"\b(\w+) \| str\b", lambda it: f"{it[1]} | _{it[1]}" if it[1] in _ecomdb._WORDS else it[0], of
    )
    return "_ReportName" if of == "ReportName" else of


def class_stub(name: str, kind: type) -> str:
    bases = "(Generic[_T])" if name in GENERIC else ""
    lines = [f"@final\nclass {name}{bases}:\n{docstring(kind.__doc__, '    ')}"]
    if "__match_args__" in vars(kind):
        names = ", ".join(f'"{field}"' for field in vars(kind)["__match_args__"])
        lines.append(ROW.format(fields=names))
    # The attributes of the module are unordered.
    fields = list(vars(kind).get("__match_args__", ()))
    attributes = sorted(
        (name for name, member in vars(kind).items() if not inspect.isroutine(member)),
        key=lambda name: (fields.index(name) if name in fields else 0, name),
    )
    # So are the methods of a class that is defined in several files.
    methods = sorted(name for name, member in vars(kind).items() if inspect.isroutine(member))
    for member_name in attributes + methods:
        member = vars(kind)[member_name]
        if member_name.startswith("_"):
            continue
        if inspect.isroutine(member):
            lines.append(function_stub(member_name, member, name))
        elif inspect.isdatadescriptor(member):
            told = TYPES.get(f"{name}.{member_name}") or inspect.getdoc(member).split(": ")[0]  # type: ignore[union-attr]
            lines.append(
                f"    @property\n    def {member_name}(self) -> {told}:\n{docstring(member.__doc__, ' ' * 8)}"
            )
        else:
            lines.append(f"    {member_name}: tuple[str, ...]\n")
    if name in GENERIC:
        lines.append("    def __class_getitem__(cls, key: Any) -> Any: ...\n")
    lines.append(SPECIAL.get(name, ""))
    return "".join(lines)


def function_stub(name: str, function: object, owner: str) -> str:
    path = f"{owner}.{name}" if owner else name
    told = dict(arguments(inspect.getdoc(function) or ""))
    parts = []
    seen_keyword = seen_slash = False
    for parameter in inspect.signature(function).parameters.values():  # type: ignore[arg-type]
        kind = parameter.kind
        if seen_slash and kind is not parameter.POSITIONAL_ONLY:
            parts.append("/")
            seen_slash = False
        if parameter.name == "self":
            parts.append("self")
            continue
        seen_slash = kind is parameter.POSITIONAL_ONLY or seen_slash
        if (kind is parameter.KEYWORD_ONLY or parameter.name == "scenario") and not seen_keyword:
            parts.append("*")
        seen_keyword = seen_keyword or kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        if kind is parameter.VAR_POSITIONAL:
            parts.append(f"*{parameter.name}: Any")
        elif kind is parameter.VAR_KEYWORD and parameter.name == "scenario":
            parts += [f"{value}: {of} | None = None" for value, of in scenario(told)]
        elif kind is parameter.VAR_KEYWORD:
            parts.append(f"**{parameter.name}: Any")
        else:
            of = TYPES.get(f"{path}.{parameter.name}") or narrow(told[parameter.name])
            default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
            # Optional arguments may be None.
            of += " | None" if default == " = None" and "None" not in of else ""
            parts.append(f"{parameter.name}: {of}{default}")
    if seen_slash:
        parts.append("/")
    indent = "    " if owner else ""
    gives = TYPES.get(path) or returns(inspect.getdoc(function) or "")
    head = f"{indent}def {name}({', '.join(parts)}) -> {gives}:\n"
    return head + docstring(inspect.getdoc(function), indent + "    ")


def scenario(told: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The settings of a scenario, from `Database.generate`."""
    all_told = dict(arguments(inspect.getdoc(_ecomdb.Database.generate) or ""))
    named = [setting[0] for setting in _ecomdb._SETTINGS]
    for name in ("from_", "until", *named):
        yield name, all_told[name]


def arguments(doc: str) -> Iterator[tuple[str, str]]:
    """The names and types in the section `Args`."""
    section = re.search(r"^Args:\n(.*?)(?=^\w|\Z)", doc, re.DOTALL | re.MULTILINE)
    for names, of in re.findall(r"^    ([\w, ]+) \((.*?)\):", section[1] if section else "", re.MULTILINE):
        for name in names.split(", "):
            yield name, "Callable[..., Any]" if of == "Callable" else of


def returns(doc: str) -> str:
    found = re.search(r"^Returns:\n    (.*?): ", doc, re.MULTILINE)
    return found[1] if found else "None"


def docstring(doc: str | None, indent: str) -> str:
    text = inspect.cleandoc(doc or "")
    lines = [f"{indent}{line}".rstrip() for line in text.splitlines()]
    body = "\n".join(lines).strip()
    return f'{indent}"""{body}\n{indent}"""\n' if len(lines) > 1 else f'{indent}"""{body}"""\n'


def enums() -> str:
    """The text of `ecomdb.enums`."""
    return WORDS + "".join(enum(name, *of) for name, of in _ecomdb._WORDS.items())


def settings() -> str:
    """The settings of a scenario, as a part of the docstring of `Database.generate`."""
    return "\n".join(setting(*told) for told in _ecomdb._SETTINGS)


def setting(name: str, kind: str, placeholder: str, about: str, _heading: str) -> str:
    bounds = f" ({placeholder})" if ".." in placeholder else ""
    return f"    {name} ({kind}): {about.removesuffix('.')}{bounds}."


WORDS = '''\
# Made by stubs.py from the enums of the library: do not edit.
"""The closed sets of words: states, methods, reasons.

Each member is a ``str`` and equal to its word, so ``order.status == "pending"`` works as well as
``order.status is OrderStatus.PENDING``. Where a word is an argument, either will do; to a type checker, a
text that is only known at run time becomes a word as ``OrderStatus(text)``.
"""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """The base of these sets."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)
'''


def enum(name: str, about: str, words: list[tuple[str, str]]) -> str:
    members = "".join(f'\n    {member(word)} = "{word}"\n{quoted(meaning)}' for word, meaning in words)
    return f"\n\nclass {name}(Word):\n{quoted(about)}{members}"


def member(word: str) -> str:
    """The name of a word: `-created_at` is `CREATED_AT_DESCENDING`."""
    descending = "_DESCENDING" if word.startswith("-") else ""
    return word.lstrip("-").replace(":", "_").upper() + descending


def quoted(about: str) -> str:
    """Converts a documentation comment to a docstring."""
    lines = textwrap.wrap(about.replace("`", "``"), 96)
    return docstring("\n".join(lines), "    ")


if __name__ == "__main__":
    # A new setting is written first: the stub needs its docstring, which a new build has.
    (ROOT / "src/settings.txt").write_text(settings())
    (ROOT / "python/ecomdb/enums.py").write_text(enums())
    (ROOT / "python/ecomdb/_ecomdb.pyi").write_text(stub())
