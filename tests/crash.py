#!/usr/bin/env python3
"""Kill the server repeatedly under load, and prove that no order is lost or duplicated.

    python3 tests/crash.py --kills 200
    python3 tests/crash.py --kills 50 --engine postgres

starts `ecomdb serve` on a new database and places orders over several connections, each with an
Idempotency-Key; kills the server with SIGKILL at random times, also while it starts, and starts it
again. A client without a response repeats its request with its key; some clients also repeat
answered requests. At the end every key must have exactly one order, the one that was acknowledged; the
orders, their totals and the stock must be those that the clients asked for; and `ecomdb check` must find
nothing.

The killed process takes its own memory with it, but not what it gave the operating system: that an order is
on the disk before it is acknowledged is shown by tests/e2e/test_sync.py. With --engine the server is
killed, not the engine behind it. The last line says what was done; the exit status is 1 if anything is
wrong.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import processes
import servers
from serving import WrongError, binary, check, environment, tell

PRODUCTS = 8
USERS = 4
STOCK = 1_000_000
LONGEST_LIFE = 0.4
"""Longest time in seconds from a server's start to its SIGKILL, which may come before it serves."""
PATIENCE = 60.0
"""Time limit in seconds for a server that is not killed."""


@dataclass(frozen=True)
class Order:
    """The order that a client requests under one key."""

    key: str
    user: int
    items: dict[int, int]

    @property
    def body(self) -> str:
        items = [{"product_id": product, "quantity": units} for product, units in self.items.items()]
        payment = {"method": "card", "capture": True}
        return json.dumps({"user_id": self.user, "items": items, "payment": payment})

    @property
    def total(self) -> str:
        cents = sum(price(product) * units for product, units in self.items.items())
        return f"{cents // 100}.{cents % 100:02}"


def price(product: int) -> int:
    """In minor units; chosen so that different baskets have different totals."""
    return 1000 + 101 * product


@dataclass
class Place:
    """The current address of the server; none while it is down."""

    address: str | None = None
    stopping: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def move(self, address: str | None) -> None:
        with self.changed:
            self.address = address
            self.changed.notify_all()

    def find(self) -> str:
        with self.changed:
            if not self.changed.wait_for(lambda: self.address is not None, PATIENCE):
                raise WrongError(f"no server was there for {PATIENCE:.0f} s")
            assert self.address is not None
            return self.address


class Client:
    """One connection, reopened after each restart of the server."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: str, key: str | None = None) -> Any:
        """The body of a 201 response; None without a response."""
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        status, answer, _ = self._exchange("POST", path, body, headers)
        if status in (None, 503):  # down or overloaded: the order may have been placed all the same
            return None
        if status != 201:
            raise WrongError(f"POST {path} was answered with {status}: {answer}")
        return answer

    def list(self, path: str) -> Iterator[Any]:
        """All pages of a list."""
        next_page: str | None = f"{path}?limit=1000"
        while next_page:
            status, page, link = self._exchange("GET", next_page, None, {})
            if status != 200:
                raise WrongError(f"GET {next_page} was answered with {status}: {page}")
            yield from page
            found = re.search(r'<([^>]+)>; rel="next"', link)
            next_page = found[1] if found else None

    def _exchange(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int | None, Any, str]:
        """Status, body and Link of the response; no status without a response."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._place.find(), timeout=PATIENCE)
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read()), answer.headers.get("Link", "")
        except TimeoutError as error:
            raise WrongError(f"{method} {path} was not answered within {PATIENCE:.0f} s") from error
        except (OSError, http.client.HTTPException):
            self._connection = None
            time.sleep(0.001)
            return None, None, ""


@dataclass
class Buyer:
    """A client that places orders until told to stop, and then finishes its last order."""

    number: int
    place: Place
    seed: int
    acknowledged: dict[str, tuple[Order, int]] = field(default_factory=dict)
    repeated: int = 0
    failure: Exception | None = None

    def run(self) -> None:
        try:
            chance = random.Random(f"{self.seed}/{self.number}")
            client = Client(self.place)
            while not self.place.stopping:
                order = self._order(chance)
                self._place_order(client, order)
                if chance.random() < 0.1:  # simulates a lost response
                    self.repeated += 1
                    self._place_order(client, order)
        except Exception as error:  # raised again by the main thread
            self.failure = error

    def _order(self, chance: random.Random) -> Order:
        key = f"buyer-{self.number}-{len(self.acknowledged)}"
        products = chance.sample(range(1, PRODUCTS + 1), chance.randint(1, 3))
        return Order(key, chance.randint(1, USERS), {product: chance.randint(1, 3) for product in products})

    def _place_order(self, client: Client, order: Order) -> None:
        while (answer := client.post("/api/orders", order.body, order.key)) is None:
            self.repeated += 1
        _, known = self.acknowledged.setdefault(order.key, (order, answer["id"]))
        if answer["id"] != known:
            raise WrongError(f"key {order.key} has the orders {known} and {answer['id']}")


@dataclass
class Server:
    """The program, and a thread that reads its output."""

    binary: Path
    database: str
    folder: Path
    place: Place

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run a server until the block ends, then kill it."""
        command: list[str | Path] = [self.binary, "serve", "--bind", "127.0.0.1:0"]
        with processes.child(
            command,
            stop_signal=signal.SIGKILL,
            stdout=subprocess.PIPE,
            env=environment(self.database),
            cwd=self.folder,
        ) as process:
            reader = threading.Thread(target=self._read, args=[process], daemon=True)
            reader.start()
            try:
                yield
            finally:
                process.kill()
                reader.join()
                self.place.move(None)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.decode(errors="replace"))
            if address := re.search(r"serving .* at http://([0-9.:]+)/", said[-1]):
                self.place.move(address[1])
        if process.wait() != -signal.SIGKILL:
            print(f"the server ended by itself with {process.returncode}:", *said, file=sys.stderr)


def furnish(client: Client) -> None:
    """Create the users and products that the buyers refer to by id."""

    def create(path: str, body: dict[str, Any]) -> None:
        if client.post(path, json.dumps(body)) is None:
            raise WrongError(f"POST {path} was not answered, though the server was not killed")

    for user in range(USERS):
        create("/api/users", {"email": f"user{user}@example.com", "first_name": "A", "last_name": "B"})
    create("/api/categories", {"name": "All"})
    for product in range(1, PRODUCTS + 1):
        cents = price(product)
        fields = {"price": f"{cents // 100}.{cents % 100:02}", "initial_stock": STOCK, "category_id": 1}
        create("/api/products", {"name": f"Product {product}", **fields})


def verify(client: Client, buyers: Sequence[Buyer]) -> int:
    """Compare the shop with what the buyers were told; return the number of orders."""
    expected = {id_: order for buyer in buyers for order, id_ in buyer.acknowledged.values()}
    if len(expected) != sum(len(buyer.acknowledged) for buyer in buyers):
        raise WrongError("two keys were told the same order")
    found = {order["id"]: order for order in client.list("/api/orders")}
    lost, unknown = expected.keys() - found.keys(), found.keys() - expected.keys()
    if lost or unknown:
        raise WrongError(f"acknowledged and lost: {sorted(lost)}; made twice: {sorted(unknown)}")
    for id_, order in expected.items():
        is_ = (found[id_]["user_id"], found[id_]["total"], found[id_]["status"])
        if is_ != (order.user, order.total, "completed"):
            raise WrongError(f"order {id_} is {is_} and not what {order} asked for")
    sold = Counter[int]()
    for order in expected.values():
        sold.update(order.items)
    stock = {product["id"]: product["stock"] for product in client.list("/api/products")}
    if stock != {product: STOCK - sold[product] for product in range(1, PRODUCTS + 1)}:
        raise WrongError(f"the stock is {stock}, and what was sold {dict(sold)}")
    return len(found)


def crash(server: Server, kills: int, connections: int, seed: int) -> str:
    """Run the whole test; return a summary. Raises `WrongError`."""
    chance = random.Random(seed)
    place = server.place
    buyers = [Buyer(number, place, seed) for number in range(connections)]
    threads = [threading.Thread(target=buyer.run, daemon=True) for buyer in buyers]
    with server.running():
        furnish(Client(place))
    for thread in threads:
        thread.start()
    for _ in range(kills):
        with server.running():
            time.sleep(chance.uniform(0, LONGEST_LIFE))
        if failure := next((buyer.failure for buyer in buyers if buyer.failure), None):
            raise failure
    with server.running():
        place.stopping = True
        for thread in threads:
            thread.join(2 * PATIENCE)
        if failure := next((buyer.failure for buyer in buyers if buyer.failure), None):
            raise failure
        orders = verify(Client(place), buyers)
    check(server.database, server.folder)
    if orders < kills:
        raise WrongError(f"only {orders} orders between {kills} kills: that proves little")
    repeated = sum(buyer.repeated for buyer in buyers)
    done = f"{kills} kills, {orders} orders acknowledged, {repeated} requests repeated"
    return f"{done}: none was lost, none made twice"


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The URL of a new, empty database, on the running test server or else on a private one."""
    if engine == "sqlite":
        yield f"sqlite://{folder / 'shop.db'}"
        return
    (kind,) = (kind for kind in servers.ENGINES if kind.name == engine)
    with servers.running([kind]) as urls:
        url = urls.get(kind.variable()) or os.environ[kind.variable()]
        name = f"crash_{os.getpid()}"
        administer(engine, url, f"CREATE DATABASE {name}")
        try:
            yield f"{url}/{name}"
        finally:
            administer(engine, url, f"DROP DATABASE {name}")


def administer(engine: str, url: str, statement: str) -> None:
    if engine == "postgres":
        command = ["psql", "-q", "-d", f"{url}/postgres", "-c", statement]
        subprocess.run(command, check=True)
        return
    parts = urlsplit(url)
    command = ["mariadb", f"--host={parts.hostname}", f"--port={parts.port}", f"--user={parts.username}"]
    env = {**os.environ, "MYSQL_PWD": unquote(parts.password or "")}
    subprocess.run([*command, "-e", statement], check=True, env=env)


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"killing {binary()} on {options.engine}, seed {seed}", flush=True)

    def proof() -> str:
        with tempfile.TemporaryDirectory(prefix="ecomdb-crash-") as name:
            folder = Path(name)
            with database(options.engine, folder) as url:
                return crash(Server(binary(), url, folder, Place()), options.kills, options.connections, seed)

    return tell(proof)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    engines = ["sqlite", *(engine.name for engine in servers.ENGINES)]
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="how often (20)")
    parser.add_argument("--connections", type=int, default=8, metavar="N", help="clients at once (8)")
    parser.add_argument("--engine", default="sqlite", choices=engines, help="the database (sqlite)")
    parser.add_argument("--seed", type=int, help="of the orders and the moments; a new one unless given")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
