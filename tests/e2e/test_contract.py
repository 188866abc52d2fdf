"""The OpenAPI document is accurate: schemathesis finds no undocumented response and no failure.

ECOMDB_TEST_EXAMPLES says how many requests each operation gets; 100 unless it is set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from demo_shop import Shop, demo_shop, served

pytest.importorskip("schemathesis", reason="schemathesis needs Python 3.11")

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
GUARDED = Path(__file__).with_name("schemathesis_guarded.toml")
EXAMPLES = os.environ.get("ECOMDB_TEST_EXAMPLES", "100")


def schemathesis(
    shop: Shop, *options: str, configuration: Path = CONFIGURATION
) -> subprocess.CompletedProcess[str]:
    """Run all checks in all phases, stateful ones included."""
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "--no-color", f"--config-file={configuration}", "run"]
    command += [f"http://{shop.address}/api/openapi.json", "--checks=all", f"--max-examples={EXAMPLES}"]
    command += ["--seed=1", "--generation-database=none", "--continue-on-failure", *options]
    return subprocess.run(
        command, cwd=shop.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ecomdb(folder: Path, *arguments: str) -> str:
    """The output of the program, which must succeed."""
    done = subprocess.run(
        [os.environ["ECOMDB_BIN"], *arguments], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_no_request_is_answered_otherwise_than_the_document_says(tmp_path: Path) -> None:
    with demo_shop(tmp_path) as shop:
        run = schemathesis(shop)
        print(run.stdout)
        assert run.returncode == 0
    ecomdb(tmp_path, "check")


def scopes(shop: Shop) -> list[str]:
    """All scopes, as the document names them."""
    _, document = shop.ask("/api/openapi.json")
    return list(document["components"]["schemas"]["Scope"]["enum"])


def order_something(shop: Shop, token: str) -> None:
    """Place an order: a user with orders cannot be deleted, so schemathesis cannot delete its own
    account.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    _, me = shop.ask("/api/auth/me", headers=headers)
    _, (product,) = shop.ask("/api/products?in_stock=true&limit=1", headers=headers)
    items = [{"product_id": product["id"], "quantity": 1}]
    order = json.dumps({"user_id": me["user"]["id"], "items": items})
    status, answer = shop.ask("/api/orders", order, headers)
    assert status == 201, answer


def test_a_server_with_authentication_ignores_no_token(tmp_path: Path) -> None:
    with served(tmp_path, "--demo", "--auth", "on", "--rate-limit", "0") as shop:
        admin = [
            "--email",
            "admin@example.com",
            "--first-name",
            "Ad",
            "--last-name",
            "Min",
            "--role",
            "admin",
        ]
        ecomdb(tmp_path, "user", "create", *admin)
        key = ["--user", "admin@example.com", "--name", "schemathesis", "--scopes", ",".join(scopes(shop))]
        token = ecomdb(tmp_path, "api-key", "create", *key).strip()
        order_something(shop, token)
        run = schemathesis(shop, "-H", f"Authorization: Bearer {token}", configuration=GUARDED)
        print(run.stdout.replace(token, "TOKEN"))
        assert run.returncode == 0
    ecomdb(tmp_path, "check")
