"""Several processes on one SQLite file."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

from demo_shop import Shop, demo_shop

BUYERS = 16
ORDERS_EACH = 10


def run(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [os.environ["ECOMDB_BIN"], *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_processes_that_migrate_one_empty_database_at_once_all_succeed(tmp_path: Path) -> None:
    for round_ in range(5):
        database = f"sqlite://{round_}.db"
        programs = [run(tmp_path, "--database", database, "migrate") for _ in range(4)]
        outputs = [program.communicate(timeout=60)[0] for program in programs]
        assert [program.returncode for program in programs] == [0] * 4, outputs
        check = run(tmp_path, "--database", database, "check")
        assert "hold" in check.communicate(timeout=60)[0]
        assert check.returncode == 0


def test_two_servers_on_one_file_sell_from_the_same_stock(tmp_path: Path) -> None:
    with demo_shop(tmp_path) as one, demo_shop(tmp_path) as other:
        json = {"content-type": "application/json"}
        product = '{"name": "Kettle", "category_id": 2, "price": "39.90", "initial_stock": 100}'
        status, kettle = one.ask("/api/products", product, json)
        assert status == 201
        body = f'{{"user_id": 1, "items": [{{"product_id": {kettle["id"]}, "quantity": 1}}]}}'
        statuses: list[int] = []

        def buy(shop: Shop) -> None:
            for _ in range(ORDERS_EACH):
                statuses.append(shop.ask("/api/orders", body, json)[0])

        buyers = [threading.Thread(target=buy, args=[shop]) for shop in [one, other] * (BUYERS // 2)]
        for buyer in buyers:
            buyer.start()
        for buyer in buyers:
            buyer.join()
        assert sorted(statuses) == [201] * 100 + [409] * (BUYERS * ORDERS_EACH - 100)
        for shop in [one, other]:
            assert shop.ask(f"/api/products/{kettle['id']}")[1]["stock"] == 0
    check = run(tmp_path, "check")
    assert "hold" in check.communicate(timeout=60)[0]
