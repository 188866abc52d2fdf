"""`db.generate`, `generate_csv`, `realism`"""

from __future__ import annotations

import io
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import Shop

import ecomdb

SMALL: dict[str, Any] = {"users": 40, "products": 30, "orders": 200, "until": "2026-01-01"}


def test_a_shop_is_filled(shop: Shop) -> None:
    made = shop.db.generate(seed=7, **SMALL)
    assert made is not None
    assert (made.users, made.products, made.orders) == (40, 30, 200)
    assert len(list(shop.db.orders.list())) == 200
    assert [it.rows for it in made.tables if it.table == "users"] == [40]
    assert shop.db.check().is_clean


def test_the_same_seed_makes_the_same_shop(memory: Shop) -> None:
    first = memory.db.generate(seed=7, **SMALL)
    memory.db.reset()
    assert memory.db.generate(seed=7, **SMALL) == first
    memory.db.reset()
    assert memory.db.generate(seed=8, **SMALL) != first


def test_every_value_of_a_scenario_can_be_given(memory: Shop) -> None:
    made = memory.db.generate(
        "small",
        users=50,
        products=30,
        orders=100,
        seed=9,
        from_=date(2025, 12, 1),
        until=datetime(2026, 1, 1, tzinfo=timezone.utc),
        growth=-0.1,
        weekly_season=0,
        yearly_season=1,
        hours=[1] * 24,
        buyer_share=1,
        repeat_share=0.5,
        loyalty=0,
        recency=1,
        basket_lines=3,
        affinity=0,
        zipf_exponent=0.5,
        unpaid=0.1,
        failed_first=0.2,
        cancelled=0.1,
        expired=0.1,
        late_payments=0.1,
        refunded=0.1,
        partially_refunded=0.1,
        price_changes=5,
        launches=0.1,
        grouped=0.5,
        pictured=0.5,
        external_ids=0.5,
        addressed=0.5,
        billed_elsewhere=0.5,
        abroad=0.5,
        stock_cover_days=10,
        restock_lead_days=1,
        out_of_stock=0.1,
    )
    assert made is not None
    assert made.orders == 100
    assert min(order.placed_at for order in memory.db.orders.list()) >= datetime(
        2025, 12, 1, tzinfo=timezone.utc
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"basket_lines": 11}, "basket_lines"),
        ({"users": -1}, "users"),
        ({"hours": [1, 2]}, "hours"),
        ({"unpaid": 0.9, "cancelled": 0.9}, "unpaid + cancelled + expired + refunded + partially_refunded"),
        ({"preset": "huge"}, "preset"),
        ({"until": "2999-01-01"}, "until"),
        ({"from_": "2026-01-01"}, "until"),
        ({"from_": "x"}, "from_"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(memory: Shop, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.generate(**{**SMALL, **values})
    assert raised.value.field == field
    assert list(memory.db.users.list()) == []


@pytest.mark.parametrize("values", [{"order": 5}, {"users": "many"}, {"growth": "fast"}, {"hours": 5}])
def test_what_is_no_value_is_a_type_error(memory: Shop, values: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(values))):
        memory.db.generate(**values)


def test_progress_leads_to_the_last_order(shop: Shop) -> None:
    seen: list[ecomdb.Progress] = []
    shop.db.generate(progress=seen.append, **SMALL)
    assert seen[-1].step == "done"
    assert (seen[-1].orders, seen[-1].of) == (200, 200)
    assert [it.rows for it in seen] == sorted(it.rows for it in seen)
    assert {it.step for it in seen} >= {"rows", "reports", "done"}


@pytest.mark.parametrize("step", ["rows", "reports", "done"])
def test_a_callback_that_raises_leaves_the_shop_as_it_was(shop: Shop, step: str) -> None:
    ada = shop.user()

    def stop(progress: ecomdb.Progress) -> None:
        if progress.step == step:
            raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        shop.db.generate(progress=stop, **SMALL)
    assert list(shop.db.users.list()) == [ada]
    shop.db.generate(**SMALL)
    assert shop.db.check().is_clean


def test_a_shop_that_has_something_is_left_alone_if_asked_to(memory: Shop) -> None:
    made = memory.db.generate(only_if_empty=True, **SMALL)
    assert made is not None
    assert memory.db.generate(only_if_empty=True, **SMALL) is None
    assert len(list(memory.db.users.list())) == 40


def test_a_bar_is_shown(memory: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    memory.db.generate(progress=True, **SMALL)
    assert "200 of 200 orders" in capsys.readouterr().err


def test_a_bar_on_a_terminal_is_drawn_over_itself() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    class Far:
        step, orders, of, rows, elapsed = "done", 10, 10, 100, 1.0

    terminal = Terminal()
    ecomdb.Bar(terminal)(Far())  # type: ignore[arg-type]
    assert terminal.getvalue().startswith("\r" + "█" * 40)
    assert terminal.getvalue().endswith("10 of 10 orders, saving\x1b[K\n")


def test_csv_files_are_what_a_database_exports(memory: Shop, tmp_path: Path) -> None:
    made = ecomdb.generate_csv(tmp_path / "made", **SMALL)
    assert memory.db.generate(**SMALL) == made
    memory.db.export_all(tmp_path / "exported")
    for file in (tmp_path / "made").iterdir():
        assert file.read_bytes() == (tmp_path / "exported" / file.name).read_bytes()


def test_what_is_generated_looks_like_what_was_asked_for() -> None:
    report = ecomdb.realism("small", until="2026-01-01")
    assert report.is_ok
    (lines,) = (it for it in report.measures if it.name == "basket_lines")
    assert lines.measured is not None
    assert abs(lines.measured - lines.asked) <= lines.tolerance
