"""Threads, processes and Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Shop

import ecomdb


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in which warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_eight_threads_that_place_orders_all_place_them(shop: Shop) -> None:
    lamps = [shop.product(stock=1000) for _ in range(3)]
    buyers = [shop.user() for _ in range(8)]

    def buy(buyer: ecomdb.User) -> int:
        items = [(lamp.id, 1) for lamp in lamps]
        return sum(shop.db.orders.place(buyer.id, items).item_count for _ in range(15))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(buy, buyers)) == [45] * 8
    assert [shop.db.products.get(lamp.id).stock for lamp in lamps] == [880] * 3
    assert shop.db.check().is_clean


def test_eight_threads_that_hold_transactions_all_commit(shop: Shop) -> None:
    lamp = shop.product(stock=0)

    def restock(tx: ecomdb.Transaction) -> None:
        level = tx.inventory.restock(lamp.id, 1)
        tx.inventory.restock(lamp.id, level.quantity % 2 + 1)

    def work(_: int) -> None:
        for _ in range(5):
            shop.db.transact(restock)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert len(list(shop.db.inventory.movements(lamp.id))) == 80
    assert shop.db.check().is_clean


def test_other_threads_run_while_a_call_waits(memory: Shop) -> None:
    """If the call kept the GIL while it waits for the writer, it would wait forever."""
    entered, done = threading.Event(), threading.Event()

    def hold() -> None:
        with memory.db.transaction() as tx:
            entered.set()
            assert done.wait(60)
            tx.users.create("ada@example.com", "Ada", "Lovelace")

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(60)
    threading.Timer(0.05, done.set).start()
    memory.user()
    holder.join()
    assert len(list(memory.db.users.list())) == 2


def test_two_threads_cannot_share_an_iterator_at_once_but_lose_nothing(memory: Shop) -> None:
    for _ in range(50):
        memory.user()
    rows = iter(memory.db.users.list(page_size=1))
    seen: list[int] = []

    def read() -> None:
        while True:
            try:
                seen.append(next(rows).id)
            except StopIteration:
                return
            except RuntimeError:
                continue

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 51))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_hears_that_it_needs_a_database_of_its_own(url: str) -> None:
    program = """
        import os, sys, ecomdb
        db = ecomdb.connect(sys.argv[1])
        users = db.users
        users.create("ada@example.com", "Ada", "Lovelace")
        rows = iter(users.list())
        transaction = db.transaction()
        tx = transaction.__enter__()
        bob = tx.users.create("bob@example.com", "Bob", "Builder")
        child = os.fork()
        if child == 0:
            refused = 0
            for call in (lambda: users.get(1), lambda: next(rows), db.check, lambda: tx.users.get(1),
                         lambda: db.transaction().__enter__()):
                try:
                    call()
                except ecomdb.ForkedError:
                    refused += 1
            db.close()
            del users, rows, tx, transaction, db
            os._exit(refused)
        _, status = os.waitpid(child, 0)
        transaction.__exit__(None, None, None)
        print(os.waitstatus_to_exitcode(status), db.users.get(bob.id).first_name, db.check().is_clean)
    """
    finished = run(program, url)
    assert finished.stdout == "5 Bob True\n", finished.stderr


def _count(url: str) -> int:
    with ecomdb.connect(url) as db:
        db.users.create(f"user{os.getpid()}@example.com", "Ada", "Lovelace")
        return len(list(db.users.list()))


def test_processes_that_are_spawned_open_it_themselves(shop: Shop) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        counts = pool.map(_count, [shop.url] * 2, chunksize=1)
    assert max(counts) == len({user.email for user in shop.db.users.list()})


def test_rows_travel_between_processes(memory: Shop) -> None:
    order = memory.paid_order()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_same, (order,)) == order


def _same(order: ecomdb.Order) -> ecomdb.Order:
    return order


CTRL_C = """
    import os, signal, sys, ecomdb
    with ecomdb.connect(sys.argv[1]) as db:
        calls = 0
        def progress(progress):
            global calls
            calls += 1
            if calls == 2:
                os.kill(os.getpid(), signal.SIGINT)
        try:
            db.generate("large", progress=progress, until="2026-01-01")
        except KeyboardInterrupt:
            print("interrupted", len(list(db.users.list())), db.check().is_clean)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_stops_the_generator_which_undoes_itself(tmp_path: Path) -> None:
    finished = run(CTRL_C, f"sqlite://{tmp_path / 'shop.db'}")
    assert finished.stdout == "interrupted 0 True\n", finished.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_ends_the_wait_for_a_transaction(tmp_path: Path) -> None:
    program = """
        import os, signal, sys, threading, ecomdb
        db = ecomdb.connect(sys.argv[1])
        entered, done = threading.Event(), threading.Event()
        def hold():
            with db.transaction():
                entered.set()
                done.wait(60)
        holder = threading.Thread(target=hold)
        holder.start()
        entered.wait(60)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            db.transaction().__enter__()
        except KeyboardInterrupt:
            print("interrupted")
        done.set()
        holder.join()
        db.users.create("ada@example.com", "Ada", "Lovelace")
        print(len(list(db.users.list())))
    """
    finished = run(program, f"sqlite://{tmp_path / 'shop.db'}")
    assert finished.stdout == "interrupted\n1\n", finished.stderr


def test_a_program_that_forgets_to_close_ends_all_the_same(tmp_path: Path) -> None:
    program = """
        import sys, ecomdb
        db = ecomdb.connect(sys.argv[1])
        tx = db.transaction().__enter__()
        tx.users.create("ada@example.com", "Ada", "Lovelace")
        print("done")
    """
    finished = run(program, f"sqlite://{tmp_path / 'shop.db'}")
    assert (finished.returncode, finished.stdout) == (0, "done\n"), finished.stderr
    with ecomdb.connect(f"sqlite://{tmp_path / 'shop.db'}") as db:
        assert list(db.users.list()) == []


def test_importing_needs_nothing_but_python() -> None:
    program = """
        import sys, ecomdb
        heavy = {"pandas", "polars", "pyarrow", "matplotlib", "numpy", "argparse"}
        print(sorted(heavy & set(sys.modules)))
    """
    assert run(program).stdout == "[]\n"
