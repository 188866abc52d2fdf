#!/usr/bin/env python3
"""Move, delete and replace the files of a served SQLite database, and prove that no order is lost.

    python3 tests/moved_database.py --rounds 50 --writers 16

serves a shop, has writers place orders over kept connections, and does one thing in each round, in turn:

* the database is moved away, refused, and moved back;
* the database is moved away and another shop takes its place, which stays as it is to the byte;
* the log (`-wal`) is moved away, refused, and moved back;
* the log is deleted, and the server stopped and started again;
* the log is deleted, and the server killed and started again.

Until the files are back, orders and `/readyz` are answered with 503, the log has one line about it, and
nothing is created beside what is there. Afterwards orders are placed again. At the end the shop has every
order that was answered with 201, and `ecomdb check` finds nothing. The last line says what was done; the
exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import processes
from serving import Served, WrongError, binary, check, environment, tell
from stop import Connection, furnish

PATIENCE = 60.0
"""Time limit in seconds for every step."""
EACH_ROUND = 20
"""The least number of orders between two rounds."""


@dataclass
class Shop:
    """The files, the server that has them open, and what its clients were told."""

    folder: Path
    processes: ExitStack
    server: Served | None = None
    acknowledged: set[int] = field(default_factory=set)
    refused: int = 0
    stopping: bool = False
    restarts: int = 0

    @property
    def file(self) -> Path:
        return self.folder / "shop.db"

    def beside(self, suffix: str) -> Path:
        return self.folder / f"shop.db{suffix}"

    @property
    def url(self) -> str:
        return f"sqlite://{self.file}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    async def start(self) -> None:
        """Start a server; append its output to that of its predecessors."""
        command: list[str | Path] = [binary(), "serve", "--bind", "127.0.0.1:0"]
        said = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            child = processes.child(command, stdout=log, env=environment(self.url), cwd=self.folder)
            process = self.processes.enter_context(child)

        def address() -> re.Match[str] | None:
            if process.poll() is not None:
                raise WrongError(f"the server did not start: {self.log.read_text()}")
            return re.search(r"serving .* at http://([0-9.]+):([0-9]+)/", self.log.read_text()[said:])

        await until("a server starts", lambda: address() is not None)
        found = address()
        assert found
        self.server = Served(process, found[1], int(found[2]))

    async def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the exit."""
        assert self.server is not None
        server, self.server = self.server, None
        server.process.send_signal(how)
        await asyncio.wait_for(asyncio.to_thread(server.process.wait), PATIENCE)
        self.restarts += 1

    def lines(self) -> int:
        """The number of log lines which say that the database cannot be used."""
        return self.log.read_text().count("the database is unavailable")


async def until(what: str, condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise WrongError(f"it did not come to pass that {what}")
        await asyncio.sleep(0.005)


async def write(shop: Shop) -> None:
    """Place orders until told to stop, over a new connection after each restart of the server."""
    connection: Connection | None = None
    order = {"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}
    while not shop.stopping:
        server = shop.server
        if server is None:
            connection = None
            await asyncio.sleep(0.005)
            continue
        try:
            connection = connection or await Connection.open(server)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        answer = await connection.ask("POST", "/api/orders", order)
        if answer is None:
            connection = None
        elif answer[0] == 201:
            shop.acknowledged.add(json.loads(answer[1])["id"])
        elif answer[0] == 503:
            problem = json.loads(answer[1])
            if problem.get("reason") != "moved":
                raise WrongError(f"an order was refused with {problem}")
            shop.refused += 1
            await asyncio.sleep(0.005)
        else:
            raise WrongError(f"an order was answered with {answer}")


async def readiness(shop: Shop) -> int:
    assert shop.server is not None
    answer = await (await Connection.open(shop.server)).ask("GET", "/readyz")
    return answer[0] if answer else 0


@asynccontextmanager
async def refusing(shop: Shop, lines: int) -> AsyncIterator[None]:
    """Expect the server to refuse requests after a change of the files, with one log line and without
    new files.
    """
    names, refused = shop.names(), shop.refused
    await until("orders are refused", lambda: shop.refused > refused + EACH_ROUND)
    if (status := await readiness(shop)) != 503:
        raise WrongError(f"/readyz was answered with {status} while the files were not in their places")
    if shop.names() != names:
        raise WrongError(f"there were {names}, and now there are {shop.names()}")
    if (said := shop.lines() - lines) != 1:
        raise WrongError(f"the log has {said} lines about it, and should have one: {shop.log.read_text()}")
    placed = len(shop.acknowledged)
    yield
    if len(shop.acknowledged) != placed:
        raise WrongError("an order was acknowledged while the files were not in their places")


async def serving_again(shop: Shop) -> None:
    placed = len(shop.acknowledged)
    await until("orders are placed again", lambda: len(shop.acknowledged) > placed + EACH_ROUND)
    if (status := await readiness(shop)) != 200:
        raise WrongError(f"/readyz was answered with {status} while orders were placed")


async def move_and_move_back(shop: Shop) -> None:
    lines = shop.lines()
    away = shop.beside(".away")
    shop.file.rename(away)
    async with refusing(shop, lines):
        pass
    away.rename(shop.file)


async def replace_and_move_back(shop: Shop) -> None:
    away, other = shop.beside(".away"), shop.beside(".other")
    shutil.copyfile(shop.folder / "empty.db", other)
    before = other.read_bytes()
    lines = shop.lines()
    shop.file.rename(away)
    other.rename(shop.file)
    async with refusing(shop, lines):
        if shop.file.read_bytes() != before:
            raise WrongError("the file in the place of the database was written to")
    away.rename(shop.file)


async def move_the_log_and_move_it_back(shop: Shop) -> None:
    lines = shop.lines()
    away = shop.beside(".away")
    shop.beside("-wal").rename(away)
    async with refusing(shop, lines):
        pass
    away.rename(shop.beside("-wal"))


async def delete_the_log_and_stop(shop: Shop) -> None:
    lines = shop.lines()
    shop.beside("-wal").unlink()
    async with refusing(shop, lines):
        await shop.end(signal.SIGTERM)
    await shop.start()


async def delete_the_log_and_kill(shop: Shop) -> None:
    lines = shop.lines()
    shop.beside("-wal").unlink()
    async with refusing(shop, lines):
        await shop.end(signal.SIGKILL)
    await shop.start()


DEEDS = (
    move_and_move_back,
    replace_and_move_back,
    move_the_log_and_move_it_back,
    delete_the_log_and_stop,
    delete_the_log_and_kill,
)


async def run(options: argparse.Namespace, folder: Path) -> str:
    chance = random.Random(options.seed)
    empty = environment(f"sqlite://{folder / 'empty.db'}")
    subprocess.run([binary(), "migrate"], env=empty, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    with ExitStack() as children:
        shop = Shop(folder, children)
        await shop.start()
        assert shop.server is not None
        await furnish(shop.server)
        writers = [asyncio.create_task(write(shop)) for _ in range(options.writers)]
        for number in range(options.rounds):
            await serving_again(shop)
            await asyncio.sleep(chance.uniform(0, 0.05))
            await asyncio.wait_for(DEEDS[number % len(DEEDS)](shop), PATIENCE)
            if failed := next((writer for writer in writers if writer.done()), None):
                failed.result()
        await serving_again(shop)
        shop.stopping = True
        await asyncio.wait_for(asyncio.gather(*writers), PATIENCE)
        await shop.end(signal.SIGTERM)
    return verify(shop, options)


def verify(shop: Shop, options: argparse.Namespace) -> str:
    """Compare the shop with what the writers were told."""
    command: list[str | Path] = [binary(), "export", "orders"]
    env = environment(shop.url)
    export = subprocess.run(command, env=env, cwd=shop.folder, stdout=subprocess.PIPE, text=True, check=True)
    found = {int(line.split(",", 1)[0]) for line in export.stdout.splitlines()[1:]}
    if lost := shop.acknowledged - found:
        raise WrongError(f"acknowledged and lost: {sorted(lost)}")
    check(shop.url, shop.folder)
    return (
        f"{options.rounds} rounds, {shop.restarts} restarts, {options.writers} writers: "
        f"{len(shop.acknowledged)} orders acknowledged and {shop.refused} refused; none was lost"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10, metavar="N", help="how often (10)")
    parser.add_argument("--writers", type=int, default=16, metavar="N", help="clients at once (16)")
    parser.add_argument("--seed", type=int, default=7, help="of the moments (7)")
    options = parser.parse_args(arguments)

    def proof() -> str:
        with tempfile.TemporaryDirectory(prefix="ecomdb-moved-") as name:
            return asyncio.run(run(options, Path(name)))

    return tell(proof)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
