"""A few of the kills of tests/crash.py, which anyone can run with more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "crash.py"


@pytest.mark.parametrize("engine", ["sqlite", "mysql", "postgres"])
def test_a_server_that_is_killed_loses_no_acknowledged_order_and_makes_none_twice(engine: str) -> None:
    if engine != "sqlite" and f"ECOMDB_TEST_{engine.upper()}_URL" not in os.environ:
        pytest.skip(f"no {engine} server is here")
    command = [sys.executable, SCRIPT, "--kills", "5", "--engine", engine]
    crash = subprocess.run(command, capture_output=True, text=True)
    assert crash.returncode == 0, crash.stdout + crash.stderr
    assert "none was lost" in crash.stdout
