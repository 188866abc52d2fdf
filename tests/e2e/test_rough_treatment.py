"""The stress scripts on a small scale; anyone can run them with more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1]


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, SCRIPTS / script, *arguments]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_every_request_that_was_accepted_before_the_stop_is_answered() -> None:
    assert "each accepted request was answered" in run("stop.py", "--rounds", "3")


def test_a_database_that_is_moved_while_it_is_served_loses_no_order() -> None:
    assert "none was lost" in run("moved_database.py", "--rounds", "5")


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is read as on Linux")
def test_slow_or_many_clients_do_not_keep_others_from_being_served() -> None:
    said = run("slow_clients.py", "--connections", "1000", "--slow", "20", "--timeout", "2")
    assert "all other clients were served" in said


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has in memory is read as on Linux")
def test_strangers_cannot_make_the_server_use_much_memory() -> None:
    said = run("strangers.py", "--connections", "100", "--timeout", "5")
    assert "all other clients were served" in said
