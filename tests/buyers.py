"""Buyers that place orders at several servers of one shop, and a proof that each order took effect once.

Each order has an Idempotency-Key. A buyer that got no answer, or 503, repeats the request with its key at the
next server until it gets a decisive response. In between, buyers register as new customers.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from serving import WrongError

PATIENCE = 60.0
"""Time limit in seconds for a response, and for the outcome of an order after the last fault."""
UNDECIDED = (429, 503)


@dataclass(frozen=True)
class Answer:
    """A server's response; without a status if there was none."""

    status: int | None
    body: Any
    next_page: str | None = None


def ask(address: str, method: str, path: str, body: object = None, key: str | None = None) -> Answer:
    """Send one request on a new connection."""
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        found = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        return Answer(answer.status, json.loads(text) if text else None, found[1] if found else None)
    except (OSError, http.client.HTTPException):
        return Answer(None, None)
    finally:
        connection.close()


def made(address: str, path: str, body: object, key: str | None = None) -> Any:
    """The resource created by a POST. Raises `WrongError` unless the status is 201."""
    answer = ask(address, "POST", path, body, key)
    if answer.status != 201:
        raise WrongError(f"POST {path} at {address} was answered with {answer.status}: {answer.body}")
    return answer.body


def rows(address: str, path: str) -> Iterator[Any]:
    """All pages of a list."""
    page: str | None = f"{path}?limit=1000"
    while page:
        answer = ask(address, "GET", page)
        if answer.status != 200:
            raise WrongError(f"GET {page} at {address} was answered with {answer.status}: {answer.body}")
        yield from answer.body
        page = answer.next_page


@dataclass(frozen=True)
class Stall:
    """A shop with a few products that all buyers want."""

    products: dict[int, int]
    """Prices in minor units, by product id."""
    stock: int
    users: Sequence[int]
    orders_before: int

    @classmethod
    def set_up(cls, address: str, products: int = 3, users: int = 50, stock: int = 1_000_000) -> Stall:
        category = made(address, "/api/categories", {"name": f"Hot {random.random()}"})["id"]
        prices = {}
        for number in range(products):
            cents = 1_000 + 101 * number  # chosen so that different baskets have different totals
            product = {
                "name": f"Lamp {number}",
                "category_id": category,
                "price": money(cents),
                "initial_stock": stock,
            }
            prices[made(address, "/api/products", product)["id"]] = cents
        people = [
            made(address, "/api/users", person(f"{category}-{number}"))["id"] for number in range(users)
        ]
        return cls(prices, stock, people, sum(1 for _ in rows(address, "/api/orders")))


def person(name: str) -> dict[str, str]:
    return {"email": f"{name}@example.com", "first_name": "Ada", "last_name": "Lovelace"}


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


@dataclass
class Ledger:
    """The responses that all buyers got."""

    orders: dict[str, tuple[int, int, dict[int, int]]] = field(default_factory=dict)
    """By key: order id, total in minor units, units by product."""
    users: dict[str, int] = field(default_factory=dict)
    """User ids, by e-mail address."""
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: Answer, seconds: float) -> None:
        with self.lock:
            self.answers[str(answer.status or "none")] += 1
            self.longest = max(self.longest, seconds)


class Buyers:
    """Threads that place orders until told to stop, and then finish their last order."""

    def __init__(self, addresses: Sequence[str], stall: Stall, count: int, seed: int = 0) -> None:
        self.ledger = Ledger()
        self._addresses = addresses
        self._stall = stall
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number, random.Random(f"{seed}/{number}")))
            for number in range(count)
        ]
        self._name = f"{seed}-{time.time_ns()}"

    def __enter__(self) -> Buyers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int, chance: random.Random) -> None:
        turn = 0
        while not self._stopping.is_set() and not self.ledger.wrong:
            turn += 1
            if chance.random() < 0.1:
                self._register(f"b{number}-{turn}-{self._name}", number + turn)
            else:
                self._order(f"b{number}-{turn}-{self._name}", number + turn, chance)

    def _order(self, key: str, first: int, chance: random.Random) -> None:
        products = chance.sample(sorted(self._stall.products), chance.randint(1, len(self._stall.products)))
        units = {product: chance.randint(1, 2) for product in products}
        body = {
            "user_id": chance.choice(self._stall.users),
            "items": [{"product_id": product, "quantity": count} for product, count in units.items()],
            "payment": {"method": "card", "capture": True},
        }
        answer = self._decided("/api/orders", body, first, key)
        if answer is None:
            return
        total = sum(self._stall.products[product] * count for product, count in units.items())
        if answer.status != 201 or answer.body["total"] != money(total):
            self._wrong(f"order {key} of {money(total)}: {answer.status} {answer.body}")
            return
        with self.ledger.lock:
            self.ledger.orders[key] = (answer.body["id"], total, units)

    def _register(self, name: str, first: int) -> None:
        answer = self._decided("/api/users", person(name), first)
        if answer is None:
            return
        # Users have no key: if the response was lost, the repetition finds the e-mail address taken.
        if answer.status == 201:
            with self.ledger.lock:
                self.ledger.users[answer.body["email"]] = answer.body["id"]
        elif answer.status != 409:
            self._wrong(f"user {name}: {answer.status} {answer.body}")

    def _decided(self, path: str, body: object, first: int, key: str | None = None) -> Answer | None:
        """The first decisive response to a request, from any of the servers."""
        deadline = None
        for turn in range(first, first + 100_000):
            began = time.monotonic()
            answer = ask(self._addresses[turn % len(self._addresses)], "POST", path, body, key)
            self.ledger.note(answer, time.monotonic() - began)
            if answer.status is not None and answer.status not in UNDECIDED:
                return answer
            if self._stopping.is_set():
                deadline = deadline or time.monotonic() + PATIENCE
                if time.monotonic() > deadline:
                    break
            time.sleep(0.05)
        self._wrong(f"{path} {key}: not decided")
        return None

    def _wrong(self, what: str) -> None:
        with self.ledger.lock:
            self.ledger.wrong.append(what)


def prove(addresses: Sequence[str], stall: Stall, ledger: Ledger) -> None:
    """Raises `WrongError` unless every server has exactly what the buyers were told."""
    if ledger.wrong:
        raise WrongError("\n".join(ledger.wrong[:5]))
    sold: Counter[int] = Counter()
    for _, _, units in ledger.orders.values():
        sold.update(units)
    for address in addresses:
        off = {}
        for product in stall.products:
            answer = ask(address, "GET", f"/api/products/{product}")
            left = answer.body["stock"] if answer.status == 200 else None
            if left != stall.stock - sold[product]:
                off[product] = (stall.stock - sold[product], left)
        if off:
            raise WrongError(f"units off at {address}, expected and found by product: {off}")
        known = {order["id"]: order["total"] for order in rows(address, "/api/orders")}
        told = {order: money(total) for order, total, _ in ledger.orders.values()}
        if len(told) != len(ledger.orders):
            raise WrongError("two keys were answered with the same order")
        lost = [order for order, total in told.items() if known.get(order) != total]
        if lost or len(known) != len(told) + stall.orders_before:
            extra = len(known) - len(told) - stall.orders_before
            raise WrongError(f"{address}: {len(lost)} orders lost, such as {lost[:5]}; {extra} too many")
        emails = {user["email"]: user["id"] for user in rows(address, "/api/users")}
        missing = [email for email, user in ledger.users.items() if emails.get(email) != user]
        if missing:
            raise WrongError(f"{address}: {len(missing)} users do not exist, such as {missing[:5]}")
