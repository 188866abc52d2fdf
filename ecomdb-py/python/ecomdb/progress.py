"""The bar that ``progress=True`` shows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ecomdb._ecomdb import Progress

_WIDTH = 40
_STEPS = {
    "loading": "loading the tables",
    "reports": "summing up the sales",
    "indexes": "making indexes",
    "done": "saving",
}


class Bar:
    """Shows progress of the generator: a bar on a terminal, otherwise a line for each tenth of the orders.

    Args:
        out (TextIO | None): where to; the standard error if None.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stderr if out is None else out
        self._is_terminal = self._out.isatty()
        self._tenths = 0

    def __call__(self, progress: Progress) -> None:
        """Shows it.

        Args:
            progress (Progress): how far it is.
        """
        rate = f"{progress.rows / max(progress.elapsed, 1e-9):,.0f} rows/s"
        if self._is_terminal:
            self._draw(progress, _STEPS.get(progress.step, rate))
            return
        tenths = 10 * progress.orders // max(progress.of, 1)
        if tenths > self._tenths:
            self._tenths = tenths
            print(f"{progress.orders} of {progress.of} orders, {rate}", file=self._out)

    def _draw(self, progress: Progress, note: str) -> None:
        filled = _WIDTH * progress.orders // max(progress.of, 1)
        bar = "█" * filled + " " * (_WIDTH - filled)
        end = "\n" if progress.step == "done" else ""
        print(
            f"\r{bar} {progress.orders:,} of {progress.of:,} orders, {note}\x1b[K",
            end=end,
            file=self._out,
            flush=True,
        )
