#!/usr/bin/env python3
"""Stress a server with slow and broken clients, and prove that it keeps serving the others.

    python3 tests/slow_clients.py
    python3 tests/slow_clients.py --connections 10000 --slow 500 --timeout 10

starts `ecomdb serve` and sends it, one after the other: heads and bodies that come byte by byte, connections
that are idle or reset, thousands of concurrent connections, a thousand requests at once on one connection,
an endless body, and clients that never read their responses. Meanwhile others request a product, each
on a connection of its own, and all of them must be served. Slow clients must be disconnected, and at the
end the server must have no connections left, and at most a tenth plus 10 MB more memory than before.

"Before" is measured after a first wave of as many connections: the memory kept for them
is the server's working set. Linux only. The exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from serving import Served, WrongError, serving, tell

GET = b"GET /api/products/1 HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CLOSE = b"Connection: close\r\n\r\n"
PIPELINED = 1000
BATCH = 200
"""Connections opened at once: fewer than the listen queue holds."""
TENTH = 1.1
VARIES = 10_000_000
"""Variation of the allocator's memory, in bytes."""
COME_AND_GO = 3
"""Connections of ordinary clients that may be open during the count."""
SPARE_FILES = 300
"""Open files of the server and this script besides the connections."""


@dataclass
class Attack:
    """A server and the attacks on it."""

    server: Served
    connections: int
    slow: int
    timeout: int
    served: int = 0

    async def connect(self, source: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection from one of several local addresses, since the ports of one are limited."""
        local = (f"127.0.0.{2 + source % 8}", 0)
        return await asyncio.open_connection(self.server.host, self.server.port, local_addr=local)

    async def ask(self) -> bytes:
        """One request of an ordinary client."""
        reader, writer = await self.connect()
        writer.write(GET + CLOSE)
        answer = await reader.read()
        writer.close()
        return answer

    async def others(self) -> None:
        """Send ordinary requests and count the responses."""
        while True:
            answer = await self.ask()
            if not answer.startswith(b"HTTP/1.1 200"):
                raise WrongError(f"an ordinary client was answered with {answer[:100]!r}")
            self.served += 1
            await asyncio.sleep(0.005)

    async def hung_up(self, reader: asyncio.StreamReader) -> bytes:
        """Read until the server disconnects, which it must do."""
        try:
            return await asyncio.wait_for(reader.read(), 4 * self.timeout + 30)
        except ConnectionError:
            return b""
        except TimeoutError as error:
            raise WrongError("the server never disconnected a slow client") from error

    async def drip(self, head: bytes, rest: bytes) -> bytes:
        """Send the rest byte by byte, until the server disconnects."""
        reader, writer = await self.connect()
        writer.write(head)

        async def send() -> None:
            with suppress(ConnectionError):
                for byte in rest:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.2)

        sending = asyncio.create_task(send())
        answer = await self.hung_up(reader)
        sending.cancel()
        writer.close()
        return answer

    async def slow_heads(self) -> str:
        endless = b"X-Slow: " + b"x" * 10_000
        answers = await asyncio.gather(*(self.drip(GET, endless) for _ in range(self.slow)))
        if any(answer.startswith(b"HTTP/1.1 2") for answer in answers):
            raise WrongError("a head that never ended was answered")
        return f"{self.slow} heads byte by byte"

    async def slow_bodies(self) -> str:
        head = POST + b"Content-Length: 10000\r\n\r\n"
        answers = await asyncio.gather(*(self.drip(head, b" " * 10_000) for _ in range(self.slow)))
        if not all(answer.startswith(b"HTTP/1.1 408") for answer in answers):
            raise WrongError(f"a body that came too slowly was answered with {answers[0][:100]!r}")
        return f"{self.slow} bodies byte by byte: 408"

    async def half_open(self) -> str:
        silent = [await self.connect(n) for n in range(self.slow)]
        for n in range(self.slow):
            _, writer = await self.connect(n)
            writer.write(GET)
            # Reset the connection instead of closing it.
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        for reader, writer in silent:
            if await self.hung_up(reader):
                raise WrongError("the server spoke to a client that had said nothing")
            writer.close()
        return f"{self.slow} that say nothing, {self.slow} that vanish"

    async def many(self) -> str:
        connections = []
        for first in range(0, self.connections, BATCH):
            batch = range(first, min(first + BATCH, self.connections))
            connections += await asyncio.gather(*(self.connect(n) for n in batch))
        # All are open, but no more of them send requests at once than the server has permits.
        for first in range(0, self.connections, BATCH):
            asking = connections[first : first + BATCH]
            for _, writer in asking:
                writer.write(GET + b"\r\n")
            for reader, _ in asking:
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200"):
                    raise WrongError(f"one of many was answered with {head[:100]!r}")
        for _, writer in connections:
            writer.close()
        return f"{self.connections} connections at once, each served"

    async def pipelined(self) -> str:
        reader, writer = await self.connect()
        ids = [f"n{n}" for n in range(PIPELINED)]
        requests = [GET + f"X-Request-Id: {id_}\r\n".encode() for id_ in ids]
        writer.write(b"\r\n".join(requests) + CLOSE)
        answers = (await self.hung_up(reader)).decode()
        answered = [line[14:] for line in answers.split("\r\n") if line.startswith("x-request-id: ")]
        if answered != ids:
            raise WrongError(
                f"of {PIPELINED} requests at once, {len(answered)} were answered, or not in order"
            )
        return f"{PIPELINED} requests at once on one connection, answered in order"

    async def endless_body(self) -> str:
        reader, writer = await self.connect()
        writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = 0
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
                await writer.drain()
                sent += 65536
                await asyncio.sleep(0)
        if sent > 1 << 30:
            raise WrongError("the server took a GiB of a body")
        writer.close()
        return f"a body without an end, cut off after {sent >> 20} MiB"

    async def never_reading(self) -> str:
        """Request more than the socket buffers hold, and never read."""
        asking = b"".join([b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"] * 300)
        before = self.server.sockets()
        silent = []
        for n in range(min(self.slow, 50)):
            reader, writer = await self.connect(n)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(asking)
            silent.append((reader, writer))
        all_of_them = before + len(silent) - COME_AND_GO
        while self.server.sockets() < all_of_them:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        if self.server.sockets() < all_of_them:
            raise WrongError("the unread responses fit into the socket buffers: request more")
        await self.settle(before, "whose responses were not read")
        for _, writer in silent:
            writer.transport.abort()
        return f"{len(silent)} that never read their answers"

    async def memory_at_rest(self) -> int:
        """The server's memory some time after the load."""
        for _ in range(20):
            await asyncio.gather(*(self.ask() for _ in range(50)))
            await asyncio.sleep(0.1)
        return self.server.memory()

    async def settle(self, sockets: int, whose: str) -> None:
        """Wait until the server has closed the connections."""
        deadline = time.monotonic() + 4 * self.timeout + 30
        while self.server.sockets() > sockets + COME_AND_GO:
            if time.monotonic() > deadline:
                raise WrongError(f"the server kept {self.server.sockets() - sockets} connections {whose}")
            await asyncio.sleep(0.1)


async def beside(attack: Attack, one: Callable[[], Awaitable[str]]) -> None:
    """Run one attack while ordinary clients send requests; return a summary."""
    others = asyncio.create_task(attack.others())
    before, started = attack.served, time.monotonic()
    done = await one()
    await asyncio.sleep(0.1)
    if others.done():
        others.result()
    others.cancel()
    served, seconds = attack.served - before, time.monotonic() - started
    if served < 5:
        raise WrongError(f"{done}: only {served} others were served in {seconds:.1f} s")
    print(f"{done}; {served} others were served in {seconds:.1f} s", flush=True)


async def run(options: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory(prefix="ecomdb-slow-") as name:
        folder = Path(name)
        limits = ["--timeout", str(options.timeout), "--max-connections", str(options.connections + 1000)]
        limits += ["--max-connections-per-address", str(options.connections + 1000)]
        with serving(f"sqlite://{folder / 'shop.db'}", folder, "--demo", *limits) as server:
            attack = Attack(server, options.connections, options.slow, options.timeout)
            await attack.ask()
            quiet = server.sockets()
            await attack.many()
            await attack.settle(quiet, "of the warming up")
            before = await attack.memory_at_rest()
            attacks = [attack.slow_heads, attack.slow_bodies, attack.half_open, attack.many]
            attacks += [attack.pipelined, attack.endless_body, attack.never_reading]
            for one in attacks:
                await beside(attack, one)
            await attack.settle(quiet, "in the end")
            after = await attack.memory_at_rest()
            megabytes = f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after"
            if after > before * TENTH + VARIES:
                raise WrongError(f"the server kept memory: {megabytes}")
            return f"all other clients were served; memory: {megabytes}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=10_000, metavar="N", help="at once (10000)")
    parser.add_argument("--slow", type=int, default=200, metavar="N", help="slow clients of each kind (200)")
    parser.add_argument("--timeout", type=int, default=10, metavar="SECONDS", help="the server's (10)")
    options = parser.parse_args(arguments)
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and options.connections > allowed - SPARE_FILES:
        options.connections = allowed - SPARE_FILES
        print(f"this machine allows {allowed} open files: {options.connections} connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    return tell(lambda: asyncio.run(run(options)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
