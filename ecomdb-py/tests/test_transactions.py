"""`with db.transaction() as tx` and `db.transact`"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import pytest
from conftest import Shop

import ecomdb


def emails(shop: Shop) -> list[str]:
    return [user.email for user in shop.db.users.list()]


def test_what_a_block_does_is_durable_when_it_ends(shop: Shop) -> None:
    lamp = shop.product(stock=5)
    with shop.db.transaction() as tx:
        assert tx.is_open
        ada = tx.users.create("ada@example.com", "Ada", "Lovelace")
        order = tx.orders.place(ada.id, [(lamp.id, 2)], payment="card", capture=True)
        assert tx.products.get(lamp.id).stock == 3
        assert [row.orders for row in tx.analytics.total_revenue()] == [1]
        assert [it.id for it in tx.orders.list()] == [order.id]
    assert not tx.is_open
    assert shop.db.orders.get(order.id).status == "completed"
    assert shop.db.check().is_clean


def test_a_block_that_raises_undoes_everything(shop: Shop) -> None:
    with pytest.raises(ZeroDivisionError), shop.db.transaction() as tx:
        tx.users.create("ada@example.com", "Ada", "Lovelace")
        _ = 1 / 0
    assert emails(shop) == []
    with pytest.raises(ecomdb.TransactionError, match="was rolled back"):
        _ = list(tx.users.list())


def test_an_operation_that_is_refused_undoes_only_itself(shop: Shop) -> None:
    lamp = shop.product(stock=1)
    with shop.db.transaction() as tx:
        ada = tx.users.create("ada@example.com", "Ada", "Lovelace")
        with pytest.raises(ecomdb.InsufficientStockError):
            tx.orders.place(ada.id, [(lamp.id, 2)])
        with pytest.raises(ecomdb.NotFoundError):
            tx.orders.get(99)
        with pytest.raises(ecomdb.DuplicateError):
            tx.users.create("ada@example.com", "Ada", "Lovelace")
        tx.orders.place(ada.id, [(lamp.id, 1)])
    assert emails(shop) == ["ada@example.com"]
    assert shop.db.products.get(lamp.id).stock == 0


def test_a_block_can_be_undone_without_an_exception(shop: Shop) -> None:
    with shop.db.transaction() as tx:
        tx.users.create("ada@example.com", "Ada", "Lovelace")
        tx.rollback()
        with pytest.raises(ecomdb.TransactionError, match="is over: it was rolled back"):
            tx.users.create("bob@example.com", "Bob", "Builder")
    assert emails(shop) == []


def test_others_do_not_see_what_is_not_committed(shop: Shop) -> None:
    with ecomdb.connect(shop.url) as other, shop.db.transaction() as tx:
        tx.users.create("ada@example.com", "Ada", "Lovelace")
        assert list(other.users.list()) == []


CALLS: list[Callable[[ecomdb.Database], object]] = [
    lambda db: db.users.create("b@example.com", "B", "B"),
    lambda db: db.users.get(1),
    lambda db: db.analytics.total_revenue(),
    lambda db: db.reset(),
    lambda db: db.check(),
    lambda db: db.rebuild(),
    lambda db: db.generate("small"),
    lambda db: db.export("users"),
    lambda db: db.transact(lambda tx: None),
    lambda db: db.transaction().__enter__(),
]


@pytest.mark.parametrize("call", CALLS)
def test_the_database_itself_is_refused_inside_a_block(
    memory: Shop, call: Callable[[ecomdb.Database], object]
) -> None:
    """The call would wait for the transaction, or not see its changes."""
    with memory.db.transaction() as tx:
        with pytest.raises(ecomdb.TransactionError, match=r"use what `with db\.transaction"):
            call(memory.db)
        tx.users.create("ada@example.com", "Ada", "Lovelace")
    assert emails(memory) == ["ada@example.com"]


def test_another_database_can_be_used_inside_a_block(memory: Shop) -> None:
    with ecomdb.connect("sqlite::memory:") as other, memory.db.transaction() as tx:
        copied = other.users.create("ada@example.com", "Ada", "Lovelace")
        tx.users.create(copied.email, copied.first_name, copied.last_name)
    assert emails(memory) == ["ada@example.com"]


def test_a_transaction_is_entered_once(memory: Shop) -> None:
    transaction = memory.db.transaction()
    with pytest.raises(ecomdb.TransactionError, match="has not begun"):
        _ = transaction.users
    with transaction, pytest.raises(ecomdb.TransactionError, match="can be entered once"):
        transaction.__enter__()
    with pytest.raises(ecomdb.TransactionError, match="can be entered once"), transaction:
        pass


def test_a_transaction_that_was_committed_is_over(memory: Shop) -> None:
    with memory.db.transaction() as tx:
        users = tx.users
    with pytest.raises(ecomdb.TransactionError, match="is over: it was committed"):
        users.create("ada@example.com", "Ada", "Lovelace")


def test_a_transaction_belongs_to_its_thread(memory: Shop) -> None:
    raised: list[BaseException] = []

    def use(tx: ecomdb.Transaction) -> None:
        try:
            tx.users.create("bob@example.com", "Bob", "Builder")
        except ecomdb.TransactionError as error:
            raised.append(error)

    with memory.db.transaction() as tx:
        thread = threading.Thread(target=use, args=(tx,))
        thread.start()
        thread.join()
    assert "belongs to the thread that began it" in str(raised[0])
    assert emails(memory) == []


def test_a_transaction_without_a_reference_is_undone(shop: Shop) -> None:
    tx = shop.db.transaction()
    tx.__enter__()
    tx.users.create("ada@example.com", "Ada", "Lovelace")
    del tx
    gc.collect()
    assert shop.user().id > 0
    assert len(emails(shop)) == 1


def test_a_transaction_that_is_left_alone_is_undone(shop: Shop) -> None:
    left_alone = r"nothing was done in it for 0\.05 seconds"
    with (
        pytest.raises(ecomdb.TransactionError, match=left_alone),
        shop.db.transaction(idle_timeout=0.05) as tx,
    ):
        tx.users.create("ada@example.com", "Ada", "Lovelace")
        other = threading.Thread(target=shop.user)
        other.start()
        # On SQLite the other writer waits until this transaction is undone.
        other.join()
        for doublings in range(12):
            threading.Event().wait(0.1 * 2**doublings)
            list(tx.users.list())
    assert len(emails(shop)) == 1


@pytest.mark.parametrize("timeout", [0.0, -1.0, 86_400.1, 1e19, float("nan"), float("inf")])
def test_an_idle_timeout_is_a_time(memory: Shop, timeout: float) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.transaction(idle_timeout=timeout)
    assert raised.value.field == "idle_timeout"


def test_closing_inside_a_block_finishes_the_block(memory: Shop) -> None:
    with memory.db.transaction() as tx:
        memory.db.close()
        ada = tx.users.create("ada@example.com", "Ada", "Lovelace")
        assert tx.users.get(ada.id) == ada
    assert memory.db.is_closed


def test_a_function_is_run_in_a_transaction(shop: Shop) -> None:
    def create(tx: ecomdb.Transaction, email: str, *, name: str) -> ecomdb.User:
        return tx.users.create(email, name, "Lovelace")

    ada = shop.db.transact(create, "ada@example.com", name="Ada")
    assert shop.db.users.get(ada.id).first_name == "Ada"


def test_a_function_that_raises_undoes_its_transaction(shop: Shop) -> None:
    def fail(tx: ecomdb.Transaction) -> None:
        tx.users.create("ada@example.com", "Ada", "Lovelace")
        raise KeyError("on purpose")

    with pytest.raises(KeyError, match="on purpose"):
        shop.db.transact(fail)
    assert emails(shop) == []


def test_a_function_runs_again_after_it_lost(memory: Shop) -> None:
    attempts = []

    def lose_twice(tx: ecomdb.Transaction) -> int:
        attempts.append(tx.users.create("ada@example.com", "Ada", "Lovelace"))
        if len(attempts) < 3:
            raise ecomdb.ContentionError("on purpose", attempts=1)
        return len(attempts)

    assert memory.db.transact(lose_twice) == 3
    assert emails(memory) == ["ada@example.com"]


def test_two_that_hold_what_the_other_wants_both_get_through(shop: Shop) -> None:
    """On servers this is a deadlock, which one transaction loses; on SQLite the second one waits."""
    first, second = shop.product(stock=10), shop.product(stock=10)
    meet = threading.Barrier(2)

    def move(tx: ecomdb.Transaction, source: int, target: int, met: list[bool]) -> None:
        tx.inventory.adjust(source, -1)
        if not met and shop.db.engine != "SQLite":
            met.append(True)
            meet.wait(60)
        tx.inventory.adjust(target, 1)

    threads = [
        threading.Thread(target=shop.db.transact, args=(move, *ids, []))
        for ids in ((first.id, second.id), (second.id, first.id))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [level.quantity for level in shop.db.inventory.list()] == [10, 10]
    assert shop.db.check().is_clean
