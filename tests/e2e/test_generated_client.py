"""A client generated from the document by a public generator places an order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_shop import Shop, demo_shop

pytest.importorskip("openapi_python_client", reason="openapi-python-client needs Python 3.11")

PROGRAM = """
import json, sys

from ecomdb_client import Client
from ecomdb_client.api.orders import place_order, show_order
from ecomdb_client.api.products import list_products
from ecomdb_client.models import NewOrder, NewOrderItem, NewPayment, PaymentMethod, Problem
from ecomdb_client.models.list_products_sort import ListProductsSort

client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
cheapest, *_ = list_products.sync(client=client, in_stock=True, sort=ListProductsSort.PRICE, limit=5)
body = NewOrder(
    user_id=1,
    items=[NewOrderItem(product_id=cheapest.id, quantity=1)],
    payment=NewPayment(method=PaymentMethod.CARD, capture=True),
)
placed = place_order.sync(client=client, body=body, idempotency_key="generated-client-1")
again = place_order.sync(client=client, body=body, idempotency_key="generated-client-1")
assert placed == again
assert show_order.sync(placed.id, client=client) == placed

nobody = NewOrder(user_id=999999, items=body.items)
refused = place_order.sync(client=client, body=nobody)
assert isinstance(refused, Problem)
print(json.dumps({"order": placed.to_dict(), "price": cheapest.price, "refused": refused.to_dict()}))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with demo_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


def test_a_generated_client_places_an_order(shop: Shop, tmp_path: Path) -> None:
    _, document = shop.ask("/api/openapi.json")
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    # The generator does not know the content type of OpenMetrics.
    overrides = {"content_type_overrides": {"application/openmetrics-text": "text/plain"}}
    (tmp_path / "generator.json").write_text(json.dumps(overrides))
    programs = Path(sys.executable).parent
    command = [
        str(programs / "openapi-python-client"),
        "generate",
        "--path=openapi.json",
        "--meta=none",
        "--fail-on-warning",
        "--config=generator.json",
    ]
    command += ["--output-path=ecomdb_client"]
    # The generator formats its output with ruff from the same directory.
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    made = subprocess.run(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert made.returncode == 0, made.stdout

    (tmp_path / "program.py").write_text(PROGRAM)
    run = subprocess.run(
        [sys.executable, "program.py", f"http://{shop.address}"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.returncode == 0
    result = json.loads(run.stdout)
    assert result["order"]["status"] == "completed"
    assert result["order"]["total"] == result["price"]
    assert result["refused"]["errors"][0]["field"] == "user_id"
    status, order = shop.ask(f"/api/orders/{result['order']['id']}")
    assert (status, order["status"]) == (200, "completed")
