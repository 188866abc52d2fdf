"""Child processes that never outlive the program that started them.

A child gets its own process group, so that it ends together with whatever it started itself, and Linux is
asked to signal it when this program dies, even by SIGKILL. Call these functions from the main thread: the
kernel ties that request to the thread that forked.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any

SILENCE_LIMIT = 600.0
"""Seconds without a byte of output after which a command counts as hung."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class InterruptedBySignal(SystemExit):
    """A signal asked this program to stop; unwinding the stack stops its children."""


class HungError(Exception):
    """A command printed nothing for too long and was stopped."""


def stop_on_signals() -> None:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `InterruptedBySignal`, and ignore those that follow."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(signum: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise InterruptedBySignal(128 + signum)

    for each in signals:
        signal.signal(each, interrupt)


def die_with_parent(signum: int) -> Callable[[], None]:
    """A `preexec_fn` that asks the kernel to send `signum` to the child when this program dies."""
    parent = os.getpid()

    def ask_kernel() -> None:
        # The child must not inherit the parent's handlers and ignored signals.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_DFL)
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signum)
            if os.getppid() != parent:  # the parent died before prctl was called
                os._exit(1)

    return ask_kernel


@contextmanager
def child(
    command: Sequence[str | Path],
    *,
    stop_signal: int = signal.SIGTERM,
    patience: float = 10.0,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    stdout: int | IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command`, with both its outputs on `stdout`, until the block ends.

    What is left of it then gets `stop_signal`, and SIGKILL if that did not end it within `patience` seconds.
    """
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT if stdout is not None else None,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=die_with_parent(stop_signal),
        **_identity(user),
    )
    try:
        yield process
    finally:
        _stop(process, stop_signal, patience)


def run(command: Sequence[str | Path], *, user: str | None = None, log: IO[bytes], stdin: bytes = b"") -> int:
    """Run a short command with its output in `log`; return its exit status."""
    finished = subprocess.run(
        list(command),
        input=stdin,
        stdout=log,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent(signal.SIGKILL),
        **_identity(user),
    )
    return finished.returncode


def stream(
    command: Sequence[str | Path],
    *,
    on_line: Callable[[str], None] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    silence_limit: float = SILENCE_LIMIT,
) -> int:
    """Run `command`, show its output as it comes, hand each line to `on_line`; return the exit status.

    It ends with the command, even if a process that the command left behind still holds the pipe.
    Raises `HungError` after `silence_limit` seconds without output.
    """
    lines = _Lines(on_line or (lambda _line: None))
    with child(command, env=env, cwd=cwd, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for chunk in _chunks(process, process.stdout, silence_limit):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            lines.feed(chunk)
        lines.end()
        return shell_status(process.wait())


def shell_status(returncode: int) -> int:
    """The exit status as a shell reports it: 128 + N after signal N."""
    return returncode if returncode >= 0 else 128 - returncode


class _Lines:
    """Splits chunks of bytes into lines of text."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + self._decoder.decode(chunk)).split("\n")
        for line in lines:
            self._on_line(line)

    def end(self) -> None:
        if self._rest:
            self._on_line(self._rest)


def _chunks(process: subprocess.Popen[bytes], pipe: IO[bytes], silence_limit: float) -> Iterator[bytes]:
    last_output = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            # Before the pipe is read, so that all output of an ended process is in it.
            ended = process.poll() is not None
            if selector.select(timeout=0 if ended else 0.2):
                chunk = os.read(pipe.fileno(), 1 << 16)
                if not chunk:
                    return
                last_output = time.monotonic()
                yield chunk
            elif ended:
                return
            elif time.monotonic() - last_output > silence_limit:
                raise HungError(f"no output for {silence_limit:.0f} s")


def _identity(user: str | None) -> dict[str, Any]:
    """Arguments of `Popen` that run the child as `user` with no other groups."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _stop(process: subprocess.Popen[bytes], stop_signal: int, patience: float) -> None:
    if process.poll() is None:
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
