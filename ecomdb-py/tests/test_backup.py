"""Backups of the database, and its statistics."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Shop
from ecomdb.cli import main

import ecomdb


def test_a_backup_is_a_database_like_the_first(memory: Shop, tmp_path: Path) -> None:
    order = memory.paid_order()
    memory.db.backup(tmp_path / "monday.db")
    with ecomdb.connect(f"sqlite://{tmp_path / 'monday.db'}") as monday:
        assert monday.orders.get(order.id) == order
        assert monday.check().is_clean


def test_a_file_that_is_there_is_overwritten_only_if_that_is_asked_for(memory: Shop, tmp_path: Path) -> None:
    (tmp_path / "monday.db").write_text("diary")
    with pytest.raises(ecomdb.OutputError, match="exists already"):
        memory.db.backup(tmp_path / "monday.db")
    assert (tmp_path / "monday.db").read_text() == "diary"
    memory.db.backup(tmp_path / "monday.db", overwrite=True)
    with ecomdb.connect(f"sqlite://{tmp_path / 'monday.db'}") as monday:
        assert monday.check().is_clean


def test_a_server_is_backed_up_by_its_own_tool(shop: Shop, tmp_path: Path) -> None:
    if shop.db.engine == "SQLite":
        shop.db.backup(tmp_path / "monday.db")
        return
    with pytest.raises(ecomdb.ConfigurationError, match=r"mariadb-dump|pg_dump"):
        shop.db.backup(tmp_path / "monday.db")


def test_the_command_line_backs_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop, copy = tmp_path / "shop.db", tmp_path / "copy.db"
    with ecomdb.connect(f"sqlite://{shop}") as db:
        db.users.create("ada@example.com", "Ada", "Lovelace")
    assert main(["--database", f"sqlite://{shop}", "backup", str(copy)]) == 0
    assert "copy.db has the whole shop" in capsys.readouterr().out
    assert main(["--database", f"sqlite://{shop}", "backup", str(copy)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_what_the_database_does_can_be_watched(shop: Shop) -> None:
    shop.paid_order()
    statistics = shop.db.statistics()
    assert statistics.writes >= 4
    assert 1 <= statistics.commits <= statistics.writes
    assert (statistics.waiting_writes, statistics.waiting_sales) == (0, 1)
    assert statistics.idle_connections <= statistics.connections <= statistics.max_connections
