"""The counts of a test run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """How many tests passed, failed and were skipped, and notes on them."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    remarks: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.remarks += other.remarks

    def fail(self, what: str) -> None:
        self.failed += 1
        self.remarks.append(f"failed: {what}")

    def skip(self, count: int, what: str) -> None:
        if count == 0:
            return
        self.skipped += count
        self.remarks.append(f"skipped {count}: {what}")

    @property
    def nothing_ran(self) -> bool:
        return self.passed + self.failed == 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
