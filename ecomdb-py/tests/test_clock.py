"""The clock is configurable, and setting it back breaks nothing."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

import ecomdb

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_times_are_those_of_the_clock_and_never_run_backwards() -> None:
    clock = Clock()
    with ecomdb.connect("sqlite::memory:", clock=clock) as db:
        ada = db.users.create("ada@example.com", "Ada", "Lovelace")
        assert ada.created_at == NOON
        lamps = db.categories.create("Lamps")
        lamp = db.products.create("Desk lamp", lamps.id, "29.99", initial_stock=10)
        order = db.orders.place(ada.id, [(lamp.id, 2)])
        clock.now = NOON - timedelta(hours=1)
        db.payments.create(order.id, "card", capture=True)
        assert db.orders.get(order.id).completed_at == order.placed_at == NOON
        clock.now = NOON + timedelta(hours=1)
        with db.transaction() as tx:
            assert tx.orders.place(ada.id, [(lamp.id, 1)]).placed_at == clock.now
        assert db.check().is_clean


def test_a_key_is_kept_as_long_as_was_asked_for() -> None:
    clock = Clock()
    with ecomdb.connect("sqlite::memory:", clock=clock, idempotency_retention=timedelta(hours=1)) as db:
        ada = db.users.create("ada@example.com", "Ada", "Lovelace")
        lamp = db.products.create("Lamp", db.categories.create("Lamps").id, "1.00", initial_stock=10)
        first, again = (db.orders.place(ada.id, [(lamp.id, 1)], idempotency_key="k") for _ in range(2))
        assert first.id == again.id
        clock.now += timedelta(hours=1, seconds=1)
        assert db.orders.place(ada.id, [(lamp.id, 1)], idempotency_key="k").id != first.id


@pytest.mark.parametrize("retention", [timedelta(0), timedelta(seconds=59), timedelta(days=-1)])
def test_a_retention_of_less_than_a_minute_is_refused(retention: timedelta) -> None:
    with pytest.raises(ecomdb.ConfigurationError, match="from 1 minute"):
        ecomdb.connect("sqlite::memory:", idempotency_retention=retention)


@pytest.mark.parametrize("time", [datetime(2026, 3, 2), date(2026, 3, 2), "2026-03-02", None, 7])
def test_what_gives_no_time_is_no_clock(time: Any) -> None:
    with pytest.raises(TypeError, match="clock must"):
        ecomdb.connect("sqlite::memory:", clock=lambda: time)


def test_what_a_clock_raises_is_reported_and_the_time_is_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    with ecomdb.connect("sqlite::memory:", clock=clock) as db:
        monkeypatch.setattr(clock, "now", "no time", raising=True)
        earliest = datetime.now(timezone.utc) - timedelta(seconds=1)
        assert db.users.create("ada@example.com", "Ada", "Lovelace").created_at >= earliest
    assert reported
    assert all(isinstance(report.exc_value, TypeError) for report in reported)


def test_an_order_is_held_extended_replaced_and_expires() -> None:
    clock = Clock()
    with ecomdb.connect("sqlite::memory:", clock=clock) as db:
        ada = db.users.create("ada@example.com", "Ada", "Lovelace")
        lamp = db.products.create("Desk lamp", db.categories.create("Lamps").id, "29.99", initial_stock=3)
        held = db.orders.place(ada.id, [(lamp.id, 3)], hold_minutes=15)
        assert held.expires_at == NOON + timedelta(minutes=15)
        held = db.orders.place(ada.id, [(lamp.id, 2)], hold_minutes=15, replacing=held.id)
        assert db.orders.extend(held.id, 30).expires_at == NOON + timedelta(minutes=30)
        assert db.orders.expire() == 0
        clock.now += timedelta(minutes=30)
        with pytest.raises(ecomdb.OrderExpiredError) as expired:
            db.payments.create(held.id, "card", capture=True)
        assert (expired.value.order_id, expired.value.expired_at) == (held.id, clock.now)
        assert db.orders.expire(limit=10) == 1
        assert db.orders.get(held.id).cancel_reason == "expired"
        with pytest.raises(ecomdb.ValidationError) as wrong:
            db.orders.place(ada.id, [(lamp.id, 1)], hold_minutes=0)
        assert wrong.value.field == "hold_minutes"
