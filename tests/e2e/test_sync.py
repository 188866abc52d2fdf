"""System calls of the server, traced by strace: an order is on disk before it is acknowledged."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from demo_shop import Shop, served

CALLS = "recvfrom,read,sendto,write,writev,pwrite64,fsync,fdatasync"
JSON = {"content-type": "application/json"}
ORDERS = 5


def why_not() -> str | None:
    """Why strace cannot be used here."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    attempt = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True)
    return f"strace may not trace here: {attempt.stderr.strip()}" if attempt.returncode else None


@dataclass
class Log:
    """The relevant system calls of a trace, one word per completed call, in order."""

    events: list[str] = field(default_factory=list)
    _begun: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> None:
        thread, call = line.split(None, 1)
        if call.rstrip().endswith("<unfinished ...>"):
            self._begun[thread] = call
            if re.match(r"f(data)?sync\(", call):
                self.events.append("sync begins")  # later writes may not be covered by this sync
            return
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
            call = self._begun.pop(thread, "").replace("<unfinished ...>", "") + resumed[1]
        elif re.match(r"f(data)?sync\(", call):
            self.events.append("sync begins")
        if event := name(call):
            self.events.append(event)


def name(call: str) -> str | None:
    if "POST /api/orders" in call:
        return "request"
    if re.match(r"(sendto|write|writev)\(", call) and "HTTP/1.1 201" in call:
        return "answer"
    if re.match(r"pwrite64\(\d+<[^>]*-wal>", call):
        return "wal"
    if re.match(r"f(data)?sync\(\d+<[^>]*-wal>\)", call) and re.search(r"= 0\b", call):
        return "synced"
    return None


def place_orders(shop: Shop) -> None:
    for path, body in [
        ("users", '{"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}'),
        ("categories", '{"name": "Lamps"}'),
        ("products", '{"name": "Lamp", "category_id": 1, "price": "9.99", "initial_stock": 100}'),
        *[("orders", '{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}')] * ORDERS,
    ]:
        assert shop.ask(f"/api/{path}", body, JSON)[0] == 201


def traced(folder: Path) -> list[str]:
    """The events between each order request and its response, in one list."""
    log = folder / "strace.log"
    # With -D the server is the child process, and strace runs detached.
    with served(
        folder, under=["strace", "-D", "-f", "-y", "-s", "40", "-e", f"trace={CALLS}", "-o", str(log)]
    ) as shop:
        place_orders(shop)
    deadline = time.monotonic() + 60
    while "+++ exited with 0 +++" not in log.read_text().splitlines()[-1] and time.monotonic() < deadline:
        time.sleep(0.01)
    read = Log()
    for line in log.read_text().splitlines():
        read.read(line)
    return read.events


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_between_a_request_and_its_201_the_log_with_the_order_is_synced(tmp_path: Path) -> None:
    events = traced(tmp_path)
    requests = [place for place, event in enumerate(events) if event == "request"]
    assert len(requests) == ORDERS, events
    for place in requests:
        until_answered = events[place : events.index("answer", place)]
        assert "wal" in until_answered, until_answered
        last_write = max(place for place, event in enumerate(until_answered) if event == "wal")
        assert until_answered[last_write:] == ["wal", "sync begins", "synced"], until_answered
