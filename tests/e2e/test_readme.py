"""The requests of the documents are answered as shown, in status and shape; values depend on the day."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_shop import Shop, demo_shop

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "docs" / "http.md"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with demo_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


def examples(document: Path) -> list[tuple[str, Any]]:
    """Each `$ curl` of a document with the JSON below it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL):
        for example in block.removeprefix("$ ").split("\n$ "):
            command, answer = re.split(r"\n(?=[\[{])", example.replace("\\\n", " "), maxsplit=1)
            found.append((command, json.loads(answer)))
    return found


def shape(value: Any) -> Any:
    """The keys and types of a JSON value; null and empty lists match anything."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else "anything"
    return "anything" if value is None else type(value).__name__


def agree(one: Any, other: Any) -> bool:
    if "anything" in (one, other):
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return agree(one[0], other[0])
    return bool(one == other)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_request_is_answered_in_the_shape_that_the_document_shows(shop: Shop, document: Path) -> None:
    assert len(examples(document)) >= 3
    for command, expected in examples(document):
        words = shlex.split(command)[1:]
        (url,) = (word for word in words if word.startswith("localhost:8080/"))
        body = words[words.index("-d") + 1] if "-d" in words else None
        headers = dict(words[i + 1].split(": ") for i, word in enumerate(words) if word == "-H")
        status, answer = shop.ask(url.removeprefix("localhost:8080"), body, headers)
        assert agree(shape(answer), shape(expected)), f"{command}\n{answer}"
        is_problem = isinstance(expected, dict) and "status" in expected and "type" in expected
        assert status == (expected["status"] if is_problem else 200 if body is None else 201), command


def test_the_demo_shop_has_at_least_ten_thousand_orders(shop: Shop) -> None:
    _, revenue = shop.ask("/api/analytics/total-revenue")
    _, latest = shop.ask("/api/orders?limit=1")
    assert latest[0]["id"] >= 10_000
    assert revenue["orders"] > 8_000
