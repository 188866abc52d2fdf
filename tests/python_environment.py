#!/usr/bin/env python3
"""The virtual environment of the Python tests and linters, in cargo's target directory.

    python3 tests/python_environment.py COMMAND...

makes it if need be, and runs COMMAND, one of the programs in it: ruff, mypy, pytest.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import processes
from rust_tests import target_directory

REQUIREMENTS = Path(__file__).parent / "requirements.txt"


class StepError(Exception):
    """A preparing command failed; its output, above, says why."""


class Environment:
    """A virtual environment with the packages of `REQUIREMENTS`, reused by later runs."""

    def __init__(self, target: Path) -> None:
        self.path = target / "test-venv"
        self.python = self.program("python")

    def program(self, name: str) -> Path:
        return self.path / "bin" / name

    @staticmethod
    def can_be_made() -> bool:
        """Whether this Python can create virtual environments; Debian packages that separately."""
        return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))

    def prepare(self) -> None:
        """Create it unless it is up to date. Raises `StepError`."""
        stamp = self.path / "stamp"
        # Scripts contain the absolute path of their interpreter, so a moved environment is unusable.
        made_of = [REQUIREMENTS.read_bytes(), sys.version.encode(), bytes(self.path)]
        wanted = hashlib.sha256(b"\0".join(made_of)).hexdigest()
        if self.python.exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        step([sys.executable, "-m", "venv", self.path])
        self.install("-r", REQUIREMENTS)
        stamp.write_text(wanted)

    def install(self, *arguments: str | Path) -> None:
        pip: list[str | Path] = [
            self.python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
            "install",
        ]
        step([*pip, *arguments])


def step(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Run one command that must succeed. Raises `StepError`."""
    if (status := processes.stream(command, env=env)) != 0:
        raise StepError(f"{' '.join(map(str, command))}, with status {status}")


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        sys.exit(__doc__)
    environment = Environment(target_directory(Path(__file__).parent.parent))
    environment.prepare()
    program = environment.program(arguments[0])
    os.execv(program, [str(program), *arguments[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
