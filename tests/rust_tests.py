"""The Rust part of the test run: builds the workspace, runs `cargo test`, counts from what libtest prints."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import processes
from database_server import DatabaseServer
from tally import Tally

_COLOUR = re.compile(r"\x1b(\[[0-9;]*m|\(B)")
_STARTED = re.compile(r"^running \d+ tests?$")
_CASE = re.compile(r"^test (.+) \.\.\. (ok|FAILED|ignored)")
# A helper that another test runs in a process of its own.
_PART = re.compile(r"^test .+ \.\.\. ignored, a part of ")
_RESULT = re.compile(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;")


@dataclass(frozen=True)
class Workspace:
    """The cargo workspace and the engines that it is built for besides SQLite."""

    root: Path
    engines: Sequence[type[DatabaseServer]]
    missing: Sequence[type[DatabaseServer]]

    @property
    def features(self) -> str:
        return ",".join(["sqlite", *(engine.name for engine in self.engines)])

    @property
    def selection(self) -> list[str]:
        """The arguments of every cargo command of the run; always the same, so that nothing is built
        twice.
        """
        return ["--workspace", "--exclude=ecomdb-py", f"--features={self.features}"]


def target_directory(root: Path) -> Path:
    """Where cargo builds the workspace at `root`."""
    command = ["cargo", "metadata", "--no-deps", "--format-version=1"]
    described = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout
    return Path(json.loads(described)["target_directory"])


def build(workspace: Workspace, env: Mapping[str, str]) -> bool:
    """Build the programs and the tests; return whether that succeeded."""
    command = ["cargo", "build", *workspace.selection, "--lib", "--bins", "--tests"]
    return processes.stream(command, cwd=workspace.root, env=env) == 0


def run(workspace: Workspace, env: Mapping[str, str], only: str | None) -> Tally:
    """Run the unit, integration and documentation tests whose names contain `only`."""
    counter = LibtestCounter()
    command = ["cargo", "test", *workspace.selection, "--no-fail-fast", *([only] if only else [])]
    status = processes.stream(command, cwd=workspace.root, env=env, on_line=counter.read)
    return counter.tally(status, workspace.missing)


class LibtestCounter:
    """Reads the output of `cargo test` line by line."""

    def __init__(self) -> None:
        self._passed = 0
        self._failed = 0
        self._ignored = 0
        self._unfinished = 0
        self._on_sqlite = 0
        self._failures: list[str] = []

    def read(self, line: str) -> None:
        line = _COLOUR.sub("", line)
        if _STARTED.match(line):
            self._unfinished += 1
        elif case := _CASE.match(line):
            name, outcome = case.groups()
            self._on_sqlite += "sqlite::" in name
            self._ignored -= bool(_PART.match(line))
            if outcome == "FAILED":
                self._failures.append(name)
        elif result := _RESULT.search(line):
            passed, failed, ignored = map(int, result.groups())
            self._passed += passed
            self._failed += failed
            self._ignored += ignored
            self._unfinished -= 1

    def tally(self, status: int, missing: Sequence[type[DatabaseServer]]) -> Tally:
        """The counts, from cargo's exit status and the engines whose tests were not built."""
        total = Tally(self._passed, self._failed, remarks=[f"failed: {name}" for name in self._failures])
        for _ in range(self._unfinished):
            total.fail("a Rust test program that ended before its tests did")
        if status != 0 and total.failed == 0:
            total.fail(f"cargo test, with status {status}")
        total.skip(self._ignored, "Rust tests marked as ignored")
        for engine in missing:
            total.skip(self._on_sqlite, f"{engine.title}; to run its tests, install {engine.packages}")
        return total
