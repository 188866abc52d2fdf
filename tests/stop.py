#!/usr/bin/env python3
"""Stop the server under load, and prove that every accepted request was answered.

    python3 tests/stop.py --rounds 20 --connections 64

places orders over many connections, each kept open and each with its next order as soon as the last one is
answered, and sends SIGTERM in the middle. The server must exit with 0. A client whose request met a closed
connection got no answer, so its order must not be there: the shop must have exactly the orders that were
answered with 201, no answer may break off, and `ecomdb check` must find nothing. The exit status is 1 if
anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from serving import Served, WrongError, check, serving, tell

LOAD = (0.1, 0.6)
"""Shortest and longest load before the signal, in seconds."""
PATIENCE = 60.0
"""Time limit in seconds for a round."""


class Connection:
    """One persistent connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, server: Served) -> Connection:
        return cls(*await asyncio.open_connection(server.host, server.port))

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes] | None:
        """Status and body of the response; None if the connection was closed before it began."""
        text = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        try:
            self._writer.write(f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text)
            begin = await self._reader.readexactly(1)
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        try:
            head = (begin + await self._reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            content = await self._reader.readexactly(int(fields.get("content-length", 0)))
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise WrongError(f"an answer broke off: {error}") from error
        return int(head.split(" ", 2)[1]), content

    async def good(self, method: str, path: str, body: object = None) -> bytes:
        answer = await self.ask(method, path, body)
        if answer is None or answer[0] not in (200, 201):
            raise WrongError(f"{method} {path} was answered with {answer}")
        return answer[1]


async def furnish(server: Served) -> None:
    connection = await Connection.open(server)
    user = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}
    await connection.good("POST", "/api/users", user)
    await connection.good("POST", "/api/categories", {"name": "All"})
    product = {"name": "Lamp", "price": "29.99", "category_id": 1, "initial_stock": 1_000_000}
    await connection.good("POST", "/api/products", product)


async def buy(server: Served) -> int:
    """Place orders until the server is gone; return the number acknowledged."""
    connection = await Connection.open(server)
    acknowledged = 0
    order = {"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}
    while answer := await connection.ask("POST", "/api/orders", order):
        if answer[0] != 201:
            raise WrongError(f"an order was answered with {answer}")
        acknowledged += 1
    return acknowledged


async def one_round(database: str, folder: Path, connections: int, load: float) -> int:
    """Start, load and stop a server; return the number of acknowledged orders."""
    with serving(database, folder) as server:
        await furnish(server)
        buyers = [asyncio.create_task(buy(server)) for _ in range(connections)]
        await asyncio.sleep(load)
        server.process.send_signal(signal.SIGTERM)
        acknowledged = sum(await asyncio.wait_for(asyncio.gather(*buyers), PATIENCE))
        status = await asyncio.wait_for(asyncio.to_thread(server.process.wait), PATIENCE)
        if status != 0:
            raise WrongError(f"the server exited with {status}")
    return acknowledged


async def count(database: str, folder: Path) -> int:
    """The number of orders, from the missing stock: each order is for one unit."""
    with serving(database, folder) as server:
        product = json.loads(await (await Connection.open(server)).good("GET", "/api/products/1"))
    stock = product["stock"]
    assert isinstance(stock, int)
    return 1_000_000 - stock


async def run(options: argparse.Namespace) -> str:
    chance = random.Random(options.seed)
    total = 0
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="ecomdb-stop-") as name:
            folder = Path(name)
            database = f"sqlite://{folder / 'shop.db'}"
            acknowledged = await one_round(database, folder, options.connections, chance.uniform(*LOAD))
            if not acknowledged:
                raise WrongError("no order was placed before the stop: that proves nothing")
            found = await count(database, folder)
            if found != acknowledged:
                raise WrongError(f"{acknowledged} orders were acknowledged, and {found} placed")
            check(database, folder)
            total += acknowledged
    return f"{options.rounds} stops, {total} orders acknowledged: each accepted request was answered"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often (5)")
    parser.add_argument("--connections", type=int, default=64, metavar="N", help="clients at once (64)")
    parser.add_argument("--seed", type=int, default=7, help="of the moments of the signals (7)")
    options = parser.parse_args(arguments)
    return tell(lambda: asyncio.run(run(options)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
