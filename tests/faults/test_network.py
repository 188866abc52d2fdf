"""The network fault script on a small scale; it can be run with more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

import servers  # noqa: E402

PRESENT = [engine for engine in servers.ENGINES if engine.find_programs()]


def run(*arguments: str) -> None:
    command: list[str | Path] = [sys.executable, TESTS / "network_faults.py", "--seconds", "1.5", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True)
    print(finished.stdout)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "each key had one effect" in finished.stdout


@pytest.mark.parametrize("engine", [engine.name for engine in PRESENT])
def test_a_shop_is_exact_and_answers_in_time_whatever_the_network_does(engine: str) -> None:
    run(engine)


@pytest.mark.parametrize("engine", [engine.name for engine in PRESENT])
def test_a_shop_is_exact_and_answers_in_time_over_tls(engine: str) -> None:
    run(engine, "--tls", "resets", "hole")
