#!/usr/bin/env python3
"""Sell at three Galera nodes while nodes are killed, paused and cut off, and prove that nothing is lost.

    python3 tests/galera_faults.py --minutes 30 --buyers 64
    python3 tests/galera_faults.py --seconds 20 --without-faults

starts a cluster of three nodes and an `ecomdb serve` at each, and lets buyers order a few hot products at all
three. One node after the other is killed and started again, paused, and cut off from the others. At the end
every server must have the orders, the users and the stock that the buyers were told, and `ecomdb check` must
find nothing at any node. The last line says what was done; the exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import servers
from buyers import PATIENCE, Buyers, Stall, ask, prove
from galera import Cluster, Node
from serving import WrongError, binary, check, environment, serving, tell

PAUSE = 8.0
"""Length of a fault in seconds: longer than the other nodes take to notice it."""
BETWEEN = 5.0
"""Pause between two faults, in seconds."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, help="how long the buyers buy")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="the same in seconds; 60 unless told otherwise"
    )
    parser.add_argument(
        "--buyers", type=int, default=24, help="how many buy at once; 24 unless told otherwise"
    )
    parser.add_argument("--without-faults", action="store_true", help="leave the nodes alone")
    parser.add_argument("--seed", type=int, default=1, help="of what the buyers want")
    options = parser.parse_args(arguments)
    seconds = options.minutes * 60 if options.minutes else options.seconds
    return tell(lambda: _run(seconds, options.buyers, not options.without_faults, options.seed))


def _run(seconds: float, buyers: int, with_faults: bool, seed: int) -> str:
    with servers.galera_cluster() as cluster:
        cluster.create_database("shop")
        with served(cluster, "shop") as addresses:
            return sell(cluster, "shop", addresses, seconds, buyers, with_faults=with_faults, seed=seed)


@contextmanager
def served(cluster: Cluster, database: str) -> Iterator[list[str]]:
    """A new shop in an empty database, with a server at each node."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        run("migrate", cluster.url(0, database))
        addresses = []
        for number in range(len(cluster.nodes)):
            one = stack.enter_context(serving(cluster.url(number, database), Path(folder), "--timeout", "15"))
            addresses.append(f"{one.host}:{one.port}")
        yield addresses


def run(command: str, database: str, *arguments: str) -> str:
    """The output of a command of the program."""
    finished = subprocess.run(
        [binary(), command, *arguments], env=environment(database), capture_output=True, text=True
    )
    if finished.returncode != 0:
        raise WrongError(f"ecomdb {command} failed:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def sell(
    cluster: Cluster,
    database: str,
    addresses: Sequence[str],
    seconds: float,
    buyers: int,
    *,
    with_faults: bool,
    seed: int = 1,
) -> str:
    """Let buyers place orders for some seconds; return a summary. Raises `WrongError` if anything is
    wrong.
    """
    stall = Stall.set_up(addresses[0])
    wait_for_all(addresses)
    faults = 0
    with Buyers(addresses, stall, buyers, seed) as crowd:
        end = time.monotonic() + seconds
        while with_faults and time.monotonic() < end and not crowd.ledger.wrong:
            name, fault = _FAULTS[faults % len(_FAULTS)]
            node = cluster.nodes[(faults // len(_FAULTS) + faults) % len(cluster.nodes)]
            print(f"{name} {node.name}", file=sys.stderr, flush=True)
            fault(node)
            faults += 1
            time.sleep(max(0.0, min(BETWEEN, end - time.monotonic())))
        while time.monotonic() < end and not crowd.ledger.wrong:
            time.sleep(0.2)
    wait_for_all(addresses)
    ledger = crowd.ledger
    prove(addresses, stall, ledger)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(len(cluster.nodes)):
            check(cluster.url(number, database), Path(folder))
    return (
        f"{buyers} buyers at 3 nodes, {faults} faults in {seconds:.0f} s: {len(ledger.orders)} orders and "
        f"{len(ledger.users)} users; answers {dict(ledger.answers)}, "
        f"the longest after {ledger.longest:.1f} s; "
        "0 units off, 0 overpaid, no order was lost or made twice, every user exists, every check is clean"
    )


def wait_for_all(addresses: Sequence[str]) -> None:
    """Wait until every server is ready."""
    deadline = time.monotonic() + PATIENCE
    for address in addresses:
        while ask(address, "GET", "/readyz").status != 200:
            if time.monotonic() > deadline:
                raise WrongError(f"{address} is not ready after {PATIENCE:.0f} s")
            time.sleep(0.1)


def _kill(node: Node) -> None:
    node.kill()
    node.start()


def _pause(node: Node) -> None:
    node.pause()
    time.sleep(PAUSE)
    node.resume()
    node.wait_until_synced()


def _cut_off(node: Node) -> None:
    node.cut_off()
    time.sleep(PAUSE)
    node.reconnect()


_FAULTS: Sequence[tuple[str, Callable[[Node], None]]] = (
    ("kill", _kill),
    ("pause", _pause),
    ("cut off", _cut_off),
)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
