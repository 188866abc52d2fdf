"""Three servers sell at the nodes of a Galera cluster."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from conftest import TESTS, ServedShop

sys.path.insert(0, str(TESTS))

import galera_faults
from buyers import Answer, Buyers, Stall, ask, made, money, prove
from serving import binary, environment

T = TypeVar("T")


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Run the calls concurrently, each on a thread; return their results."""
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        start.wait()
        results[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_an_order_placed_at_one_node_is_found_at_all_others_and_in_their_reports(
    galera_shop: ServedShop,
) -> None:
    addresses = galera_shop.addresses
    stall = Stall.set_up(addresses[0], products=1, users=1)
    (product, cents), user = next(iter(stall.products.items())), stall.users[0]
    for number in range(1, 31):
        order = {
            "user_id": user,
            "items": [{"product_id": product, "quantity": 1}],
            "payment": {"method": "card", "capture": True},
        }
        placed = made(addresses[number % 3], "/api/orders", order)
        other, third = addresses[(number + 1) % 3], addresses[(number + 2) % 3]
        assert ask(other, "GET", f"/api/orders/{placed['id']}") == Answer(200, placed)
        revenue = ask(third, "GET", "/api/analytics/total-revenue").body
        assert (revenue["orders"], revenue["total_revenue"]) == (number, money(cents * number))


def test_one_key_at_three_nodes_at_once_is_one_order(galera_shop: ServedShop) -> None:
    addresses = galera_shop.addresses
    stall = Stall.set_up(addresses[0], products=1, users=1)
    product, user = next(iter(stall.products)), stall.users[0]
    order = {
        "user_id": user,
        "items": [{"product_id": product, "quantity": 1}],
        "payment": {"method": "card", "capture": True},
    }

    def place(address: str, key: str) -> Callable[[], Any]:
        return lambda: made(address, "/api/orders", order, key)["id"]

    for number in range(20):
        placed = at_once([place(address, f"key-{number}") for address in addresses])
        assert len(set(placed)) == 1, placed
    for address in addresses:
        assert ask(address, "GET", f"/api/products/{product}").body["stock"] == stall.stock - 20


@pytest.mark.parametrize("buyers", [24, 64])
def test_buyers_at_three_nodes_get_what_they_are_told(galera_shop: ServedShop, buyers: int) -> None:
    shop = galera_shop
    said = galera_faults.sell(shop.cluster, shop.database, shop.addresses, 15, buyers, with_faults=False)
    assert "0 units off" in said


def test_nothing_is_lost_while_nodes_are_killed_paused_and_cut_off(galera_shop: ServedShop) -> None:
    shop = galera_shop
    said = galera_faults.sell(shop.cluster, shop.database, shop.addresses, 30, 24, with_faults=True)
    assert "0 units off" in said


def test_generating_into_a_cluster_that_sells_ends_or_says_what_to_do(galera_shop: ServedShop) -> None:
    shop = galera_shop
    stall = Stall.set_up(shop.addresses[0])
    galera_faults.wait_for_all(shop.addresses)
    with Buyers(shop.addresses, stall, 8) as crowd:
        generated = subprocess.run(
            [binary(), "generate", "--preset", "small"],
            env=environment(shop.cluster.url(1, shop.database)),
            capture_output=True,
            text=True,
        )
    if generated.returncode != 0:
        assert "stop its servers meanwhile" in generated.stderr
        prove(shop.addresses, stall, crowd.ledger)
