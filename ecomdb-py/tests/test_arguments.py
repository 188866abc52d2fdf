"""Every error about an argument names it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from conftest import Shop

import ecomdb

PARTS = (
    "users",
    "categories",
    "products",
    "groups",
    "inventory",
    "orders",
    "payments",
    "vouchers",
    "analytics",
    "accounts",
)
CLASSES = {"groups": "ProductGroups"}
"""Classes that are not named after their part."""

VALID = {
    "amount": "1.00",
    "current": "correct horse battery",
    "caller": None,
    "code": "SUMMER10",
    "email": "eve@example.com",
    "external_id": "4711",
    "first_name": "Eve",
    "folder": "made",
    "function": print,
    "images": ["https://cdn.example/lamp.webp"],
    "items": [(1, 1)],
    "kind": "percent",
    "orders.set_address.kind": "shipping",
    "last_name": "Moneypenny",
    "method": "card",
    "name": "Lamps",
    "options": ["colour", "size"],
    "out": None,
    "outcome": "paid",
    "password": "correct horse battery",
    "path": "copy.db",
    "price": "1.00",
    "reason": "late",
    "reference": "ch_1",
    "report": "funnel",
    "role": "staff",
    "scope": "orders:read",
    "scopes": ["orders:read"],
    "source": "erp",
    "table": "users",
}
"""Valid values of arguments, also of those of one method, by its path. A number is valid for all others."""

OWN = {"accounts.change_password", "accounts.end_session"}
"""Methods that need a session."""


def calls() -> list[tuple[str, str]]:
    """Every method of a database and of its parts, and every argument that it takes."""
    parts = {part: getattr(ecomdb, CLASSES.get(part, part.capitalize())) for part in PARTS}
    owners = {"": ecomdb.Database, "shop": ecomdb.ShopSettings, **parts}
    found = []
    for part, kind in owners.items():
        for name, method in inspect.getmembers(kind, inspect.isroutine):
            if name.startswith("_"):
                continue
            for parameter in inspect.signature(method).parameters.values():
                variable = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
                if parameter.name != "self" and not variable:
                    found.append((f"{part}.{name}".strip("."), parameter.name))
    return found


def call(shop: Shop, path: str, argument: str, value: object) -> None:
    method: Any = shop.db
    if path in OWN:
        method = shop.log_in(shop.member())
    for name in path.split("."):
        method = getattr(method, name)
    positional, named = [], {}
    for parameter in inspect.signature(method).parameters.values():
        is_asked = parameter.name == argument
        if not is_asked and (parameter.default is not parameter.empty or "VAR" in parameter.kind.name):
            continue
        given = value if is_asked else VALID.get(f"{path}.{parameter.name}", VALID.get(parameter.name, 1))
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(given)
        else:
            named[parameter.name] = given
    if argument in ("amount", "capture", "reference") and path == "orders.place":
        named["payment"] = "card"
    method(*positional, **named)


@pytest.mark.parametrize(("path", "argument"), calls(), ids=str)
def test_a_value_of_a_wrong_type_is_refused_by_the_name_of_its_argument(
    memory: Shop, path: str, argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=rf"\b{argument}\b"):
        call(memory, path, argument, object())


@pytest.mark.parametrize(
    ("path", "argument"),
    [it for it in calls() if it[1] == "id" or (it[1].endswith("_id") and it[1] != "external_id")],
    ids=" ".join,
)
def test_a_number_that_is_no_id_is_refused_by_the_name_of_its_argument(
    memory: Shop, path: str, argument: str
) -> None:
    with pytest.raises(ecomdb.ValidationError, match="must fit 64 bits") as raised:
        call(memory, path, argument, 2**70)
    assert raised.value.field == argument


WORDS = {"status", "role", "sort", "method", "outcome", "kind", "payment", "granularity", "segment", "table"}
WORDS |= {"format", "report", "preset", "scope"}


@pytest.mark.parametrize(("path", "argument"), [it for it in calls() if it[1] in WORDS], ids=" ".join)
def test_a_word_that_is_not_known_is_refused_with_those_that_are(
    memory: Shop, path: str, argument: str
) -> None:
    with pytest.raises(ecomdb.ValidationError, match=r"must be|one of|there is no") as raised:
        call(memory, path, argument, "nonsense")
    assert raised.value.field == argument


def test_a_line_of_an_order_is_named_by_its_number(memory: Shop) -> None:
    lamp = memory.product()
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.orders.place(memory.user().id, [(lamp.id, 1), (2**70, 1)])
    assert raised.value.field == "items[1].product_id"


@pytest.mark.parametrize(
    ("adjustment", "field"),
    [
        (("gift", "Regular", 1), "kind"),
        (("discount", "", -1), "label"),
        (("shipping", "Standard", "a lot"), "amount"),
        (("fee", "Card", 1, True), "included"),
    ],
)
def test_an_adjustment_of_an_order_is_named_by_its_number(memory: Shop, adjustment: Any, field: str) -> None:
    lamp, shipping = memory.product(), (ecomdb.AdjustmentKind.SHIPPING, "Standard", "4.90")
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.orders.place(memory.user().id, [(lamp.id, 1)], adjustments=[shipping, adjustment])
    assert raised.value.field == f"adjustments[1].{field}"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"url": 7}, "url must be a str or an os.PathLike"),
        ({"connections": "many"}, "'connections'"),
        ({"wait": "long"}, "'wait'"),
        ({"read_only": 1}, "'read_only'"),
        ({"migrate": "no"}, "'migrate'"),
        ({"clock": 7}, "clock must be a callable that gives a datetime"),
        ({"idempotency_retention": 7}, "'idempotency_retention'"),
    ],
)
def test_connect_names_its_arguments(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(TypeError, match=named):
        ecomdb.connect(**{"url": "sqlite::memory:", **arguments})


@pytest.mark.parametrize("connections", [0, -1, 2**70])
def test_a_number_of_connections_that_cannot_be_is_refused(connections: int) -> None:
    with pytest.raises(ecomdb.ValidationError, match="connections: must be a whole number from 1 to"):
        ecomdb.connect("sqlite::memory:", connections=connections)


def test_paths_name_databases_backups_and_folders(tmp_path: Path) -> None:
    with ecomdb.connect(tmp_path / "shop.db") as db:
        db.generate("small", users=9, products=9, orders=9, until="2026-01-01")
        db.backup(tmp_path / "copy.db")
        db.export_all(tmp_path / "tables")
        ecomdb.generate_csv(tmp_path / "made", "small", users=9, products=9, orders=9, until="2026-01-01")
    with ecomdb.connect(tmp_path / "copy.db", read_only=True) as copy:
        assert len(list(copy.users.list())) == 9
    made, exported = tmp_path / "made" / "users.csv", tmp_path / "tables" / "users.csv"
    assert made.read_text().count("\n") == exported.read_text().count("\n") == 10
