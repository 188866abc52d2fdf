#!/usr/bin/env python3
"""Inject network faults between `ecomdb serve` and its database server, and prove that it stays correct.

    python3 tests/network_faults.py mysql [--tls] [--seconds 3] [--buyers 8] [CASE ...]

starts a MariaDB (or PostgreSQL: `postgres`) of its own and a shop, has buyers place orders with idempotency
keys while it injects faults, and prints a summary. The cases:

* latency: round trips of 1 and of 50 ms
* resets: connections are reset at random
* before, at, after: connections are cut before a COMMIT is sent, before it is answered, within its answer
* hole: no bytes pass for a while
* dead: old connections hang forever, new ones work
* paused: the server is stopped for a while (SIGSTOP)
* killed: the server is killed and started again (SIGKILL)

A buyer repeats a request with its key until it is answered with 201 or 409. At the end the stock is what was
there less what was sold, each key has one order, and `ecomdb check` finds nothing. No request takes longer
than `--timeout`, `/readyz` none longer than a second. The last line says so; the exit status is 1 if anything
is wrong.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import servers
from database_server import PASSWORD, USER, DatabaseServer
from faulty_server import PATIENCE, FaultyServer, faulty_server
from network import Cut, Network
from serving import Served, WrongError, check, serving, tell

TIMEOUT = 5
"""Time limit in seconds for a response: the server's `--timeout`."""
SLACK = 3.0
"""Extra seconds for a busy machine."""
READY = 1.0
"""Time limit in seconds for `/readyz`."""
STOCK = 1_000_000
PRODUCTS = 3


def _url(engine: type[DatabaseServer], port: int, *, tls: bool) -> str:
    login = f"{engine.name}://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"
    required = {"mysql": "?ssl_mode=required", "postgres": "?sslmode=require"}[engine.name] if tls else ""
    return f"{login}/shop{required}"


Answer = tuple[int, Any]


def ask(shop: Served, method: str, path: str, body: object = None, key: str | None = None) -> Answer:
    connection = http.client.HTTPConnection(shop.host, shop.port, timeout=PATIENCE)
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@dataclass
class Tried:
    """The responses that the buyers got, and their durations."""

    orders: dict[str, tuple[int, object]] = field(default_factory=dict)
    """The order of each key, and its request."""
    sold: Counter[int] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=lambda: {"order": 0.0, "read": 0.0, "/readyz": 0.0})
    wrong: list[str] = field(default_factory=list)
    ready: list[tuple[float, bool]] = field(default_factory=list)
    """Times of `/readyz` responses, and whether they were 200."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, began: float, answer: Answer) -> None:
        took = time.monotonic() - began
        status, said = answer
        reason = str(said.get("type", "")).rpartition("/")[2] if isinstance(said, dict) else ""
        with self.lock:
            self.slowest[what] = max(self.slowest[what], took)
            self.answers[f"{what} {status} {reason}".strip()] += 1
            if status not in (200, 201, 409, 503):
                self.wrong.append(f"{what}: {status} {said}")


class Trial:
    """Buyers, a reader and a health check on one shop."""

    def __init__(self, shop: Served, buyers: int) -> None:
        self.shop, self.tried, self.stopping = shop, Tried(), threading.Event()
        self._numbers = itertools.count()
        self.products = self._furnish()
        tasks: list[Callable[[], None]] = [self._buy] * buyers + [self._read, self._watch]
        self._threads = [threading.Thread(target=self._guard, args=(task,)) for task in tasks]

    def _furnish(self) -> list[int]:
        def good(path: str, body: object) -> int:
            status, said = ask(self.shop, "POST", path, body)
            if status != 201:
                raise WrongError(f"{path}: {status} {said}")
            return int(said["id"])

        mark = time.monotonic_ns()
        email = f"ada{mark}@example.com"
        self.user = good("/api/users", {"email": email, "first_name": "Ada", "last_name": "Lovelace"})
        category = good("/api/categories", {"name": f"All {mark}"})
        lamp = {"name": "Lamp", "price": "9.99", "category_id": category, "initial_stock": STOCK}
        return [good("/api/products", lamp) for _ in range(PRODUCTS)]

    def __enter__(self) -> Trial:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def _guard(self, task: Callable[[], None]) -> None:
        try:
            while not self.stopping.is_set():
                task()
        except Exception as error:
            self.tried.wrong.append(f"{task.__name__}: {error!r}")

    def _buy(self) -> None:
        number = next(self._numbers)
        key, product = f"network-{time.monotonic_ns()}-{number}", random.choice(self.products)
        order = {
            "user_id": self.user,
            "items": [{"product_id": product, "quantity": 1}],
            "payment": {"method": "card", "capture": True},
        }
        deadline = time.monotonic() + PATIENCE
        while True:
            began = time.monotonic()
            status, said = ask(self.shop, "POST", "/api/orders", order, key)
            self.tried.note("order", began, (status, said))
            if status == 201:
                with self.tried.lock:
                    self.tried.orders[key] = said["id"], order
                    self.tried.sold[product] += 1
                return
            if status != 503 or time.monotonic() > deadline:
                raise WrongError(f"an order was answered with {status} {said}")
            time.sleep(0.05)

    def _read(self) -> None:
        began = time.monotonic()
        self.tried.note("read", began, ask(self.shop, "GET", f"/api/products/{self.products[0]}"))
        time.sleep(0.02)

    def _watch(self) -> None:
        began = time.monotonic()
        answer = ask(self.shop, "GET", "/readyz")
        self.tried.note("/readyz", began, answer)
        self.tried.ready.append((time.monotonic(), answer[0] == 200))
        time.sleep(0.02)

    def warm_up(self) -> None:
        self.until("orders are placed", lambda: self.orders() > 10)

    def orders(self) -> int:
        return len(self.tried.orders)

    def until(self, what: str, condition: Callable[[], bool]) -> float:
        """Wait for a condition; return the seconds that it took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > PATIENCE or self.tried.wrong:
                raise WrongError(f"it did not come to pass that {what}: {self.tried.wrong[:3]}")
            time.sleep(0.005)
        return time.monotonic() - began

    def back(self) -> str:
        """The recovery time after a fault: until the shop is ready, and until an order is placed."""
        before, since = self.orders(), time.monotonic()
        ready = self.until(
            "the shop is ready", lambda: any(at > since and ok for at, ok in self.tried.ready[-50:])
        )
        self.until("orders are placed", lambda: self.orders() > before)
        return f"ready {ready:.1f} s and an order {time.monotonic() - since:.1f} s after it"


def _latency(trial: Trial, network: Network, seconds: float) -> str:
    said = []
    for round_trip in (0.001, 0.05):
        network.delay = round_trip / 2
        before = trial.orders()
        time.sleep(seconds)
        said.append(f"{(trial.orders() - before) / seconds:.0f} orders/s with {round_trip * 1000:.0f} ms")
    network.delay = 0
    return ", ".join(said)


def _resets(trial: Trial, network: Network, seconds: float) -> str:
    network.resets = 0.005
    time.sleep(seconds)
    trial.until("connections are reset", lambda: network.counts["resets"] > 0)
    network.resets = 0
    return f"{network.counts['resets']} connections reset, {trial.back()}"


def _cut(trial: Trial, network: Network, how: Cut) -> str:
    network.cut, wanted = how, network.counts["cuts"] + 20
    for _ in range(20):
        network.cuts_left = 1
        trial.until("a COMMIT is cut", lambda: network.cuts_left == 0)
    assert network.counts["cuts"] == wanted
    return f"20 of {network.counts['commits']} COMMITs cut, {trial.back()}"


def _hole(trial: Trial, network: Network, seconds: float) -> str:
    network.swallow()
    time.sleep(seconds)
    network.heal()
    return trial.back()


def _dead(trial: Trial, network: Network, seconds: float) -> str:
    network.kill()
    said = trial.back()
    time.sleep(seconds)
    network.bury()
    return said


def _paused(trial: Trial, server: FaultyServer, seconds: float) -> str:
    server.signal(signal.SIGSTOP)
    time.sleep(seconds)
    server.signal(signal.SIGCONT)
    return trial.back()


def _killed(trial: Trial, server: FaultyServer, seconds: float) -> str:
    server.kill()
    time.sleep(seconds)
    server.start()
    return trial.back()


def _settle(trial: Trial) -> None:
    """Raises `WrongError` unless every response was in time and every order took effect once."""
    tried = trial.tried
    if tried.wrong:
        raise WrongError(f"{len(tried.wrong)} answers such as {tried.wrong[0]}")
    for what, most in (("order", TIMEOUT + SLACK), ("read", TIMEOUT + SLACK), ("/readyz", READY + SLACK)):
        if tried.slowest[what] > most:
            raise WrongError(f"{what} took {tried.slowest[what]:.1f} s")
    for product in trial.products:
        status, said = ask(trial.shop, "GET", f"/api/products/{product}")
        if status != 200 or said["stock"] != STOCK - tried.sold[product]:
            raise WrongError(f"product {product} is {said}, and {tried.sold[product]} were sold")
    for key, (order, request) in random.sample(sorted(tried.orders.items()), min(50, len(tried.orders))):
        status, said = ask(trial.shop, "POST", "/api/orders", request, key)
        if status != 201 or said["id"] != order:
            raise WrongError(f"the key of order {order} gave {status} {said}")
    if len({order for order, _ in tried.orders.values()}) != len(tried.orders):
        raise WrongError("two keys have one order")


CASES = ("latency", "resets", "before", "at", "after", "hole", "dead", "paused", "killed")
UNDER_TLS = ("latency", "resets", "hole", "dead", "paused", "killed")
"""All but the cuts: the proxy cannot see a COMMIT in TLS."""


def prove(
    engine: type[DatabaseServer], cases: Sequence[str], *, tls: bool, seconds: float, buyers: int
) -> str:
    with tempfile.TemporaryDirectory(prefix="ecomdb-network-", dir="/var/tmp") as home:
        folder = Path(home)
        folder.chmod(0o711)
        with faulty_server(engine, folder, tls=tls) as server:
            network = Network(("127.0.0.1", server.port))
            url = _url(engine, network.port, tls=tls)
            limits = ("--timeout", str(TIMEOUT), "--database-wait", str(TIMEOUT - 1))
            with serving(url, folder, *limits) as shop:
                for case in cases:
                    print(f"{engine.title}{' over TLS' if tls else ''}, {case}: ", end="", flush=True)
                    with Trial(shop, buyers) as trial:
                        trial.warm_up()
                        said = _run(case, trial, network, server, seconds)
                    _settle(trial)
                    slowest = ", ".join(f"{what} {took:.2f} s" for what, took in trial.tried.slowest.items())
                    print(f"{said}; {trial.orders()} orders, slowest answers: {slowest}")
                    print(f"    {dict(trial.tried.answers)}")
            check(url, folder)
            network.close()
    return "each key had one effect, no order was lost, and every answer came in time"


def _run(case: str, trial: Trial, network: Network, server: FaultyServer, seconds: float) -> str:
    runs: dict[str, Callable[[], str]] = {
        "latency": lambda: _latency(trial, network, seconds),
        "resets": lambda: _resets(trial, network, seconds),
        "before": lambda: _cut(trial, network, "before"),
        "at": lambda: _cut(trial, network, "at"),
        "after": lambda: _cut(trial, network, "after"),
        "hole": lambda: _hole(trial, network, seconds),
        "dead": lambda: _dead(trial, network, seconds),
        "paused": lambda: _paused(trial, server, seconds),
        "killed": lambda: _killed(trial, server, seconds),
    }
    return runs[case]()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", choices=[engine.name for engine in servers.ENGINES])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--tls", action="store_true", help="between the shop and its server")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a fault lasts")
    parser.add_argument("--buyers", type=int, default=8)
    options = parser.parse_intermixed_args(arguments)
    allowed = UNDER_TLS if options.tls else CASES
    for case in options.cases:
        if case not in allowed:
            parser.error(f"the cases are {', '.join(allowed)}")
    engine = next(engine for engine in servers.ENGINES if engine.name == options.engine)
    cases = options.cases or allowed
    return tell(lambda: prove(engine, cases, tls=options.tls, seconds=options.seconds, buyers=options.buyers))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
