#!/usr/bin/env python3
"""Attack a server, and prove that its memory is bounded and that it keeps serving the others.

    python3 tests/strangers.py
    python3 tests/strangers.py --connections 1000 --timeout 10

starts `ecomdb serve` with TLS and attacks it over HTTP/2: clients that ask for large files and give
no window for them, clients that only send PING, and bodies that never follow. Then it
starts one with authentication, and opens as many connections with bodies of a MiB at its
login, with heads, and with bodies of a logged-in user, none of which end. Meanwhile
others request a product, each on a connection of its own, and all of them must be served. The
memory of the server must stay below 300 MB, and the attackers' streams and connections must
end. Linux only; openssl makes the certificate. The exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from http2 import DATA, GOAWAY, HEADERS, RST_STREAM, Http2
from serving import Served, WrongError, binary, environment, serving, tell

MOST = 300_000_000
"""The server's memory limit, in bytes."""
PASSWORD = "correct horse battery"  # noqa: S105
MIB = 1 << 20
SPARE_FILES = 300
"""Open files of the server and this script besides the connections."""
FILE = "/docs/swagger-ui-bundle.js"
STREAMS = 60
"""Concurrent requests per connection, more than the server allows."""
BODIES = 30
"""Concurrent bodies per connection."""
T = TypeVar("T")


def _client(protocol: str) -> ssl.SSLContext:
    """A TLS context that accepts any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context


HTTP1, HTTP2 = _client("http/1.1"), _client("h2")


@dataclass
class Attack:
    """A server, the attacks on it, and the observations."""

    server: Served
    timeout: int
    tls: ssl.SSLContext | None
    token: str = ""
    most: int = 0
    times: list[float] = field(default_factory=list)
    handshakes: asyncio.Semaphore | None = None
    """Limits concurrent handshakes, which a busy machine would not finish in time."""

    async def connect(
        self, source: int, tls: ssl.SSLContext | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection from one of several local addresses, since the ports of one are limited."""
        local = (f"127.0.0.{2 + source % 8}", 0)
        return await asyncio.open_connection(self.server.host, self.server.port, local_addr=local, ssl=tls)

    async def http2(self, source: int, window: int) -> Http2:
        assert self.handshakes is not None
        async with self.handshakes:
            return await Http2.begin(*await self.connect(source, HTTP2), window)

    async def others(self) -> None:
        """Send ordinary requests from another address and measure their latency."""
        while True:
            started = time.monotonic()
            reader, writer = await self.connect(7, self.tls)
            writer.write(b"GET /api/products/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
            writer.write(f"Authorization: Bearer {self.token}\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            if not answer.startswith(b"HTTP/1.1 200"):
                raise WrongError(f"an ordinary client was answered with {answer[:100]!r}")
            self.times.append(time.monotonic() - started)
            await asyncio.sleep(0.01)

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self.server.memory())
            await asyncio.sleep(0.02)

    async def all_within(self, wanted: Sequence[Awaitable[T]], what: str) -> list[T]:
        """Await all of these within the time limit."""
        try:
            return await asyncio.wait_for(asyncio.gather(*wanted), 6 * self.timeout + 60)
        except TimeoutError as error:
            raise WrongError(f"the server never ended {what}") from error

    async def without_room(self, connections: int) -> str:
        """Request files without opening the flow-control window."""

        async def one(source: int) -> None:
            connection = await self.http2(source % 7, 0)
            connection.ask([FILE] * STREAMS)
            ended: set[int] = set()
            while len(ended) < STREAMS:
                frame = await connection.read()
                if frame.kind == RST_STREAM:
                    ended.add(frame.stream)
                elif frame.kind == DATA and frame.payload:
                    raise WrongError("the server sent data without room for it")
                elif frame.kind == GOAWAY:
                    raise WrongError("the server closed a connection with open streams")
            connection.close()

        await self.all_within([one(n) for n in range(connections)], "a stream without room")
        return f"{connections} connections with window 0 and {STREAMS} files each: every stream was reset"

    async def answering_pings(self, connections: int) -> str:
        """Keep connections alive with PING and send no request."""

        async def one(source: int) -> None:
            connection = await self.http2(source % 7, 65_535)
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    await connection.ping()
                    await connection.read()
                    await asyncio.sleep(self.timeout / 50)

        await self.all_within([one(n) for n in range(connections)], "an idle connection")
        return f"{connections} connections that ask for nothing and send PING: all were closed"

    async def without_bodies(self, connections: int) -> str:
        """Begin requests whose bodies never follow."""

        async def one(source: int) -> None:
            connection = await self.http2(source % 7, 65_535)
            connection.begin_post("/api/users", BODIES)
            answered: set[int] = set()
            while len(answered) < BODIES:
                frame = await connection.read()
                if frame.kind == HEADERS:
                    answered.add(frame.stream)
            connection.close()

        await self.all_within([one(n) for n in range(connections)], "the wait for a body")
        return f"{connections} connections with {BODIES} bodies each that do not come: all were answered"

    async def hold(self, connections: int, head: bytes, body: int) -> dict[str, int]:
        """Send the head and this number of bytes, but not the last one; return the statuses."""
        piece = b" " * 65_536

        async def one(source: int) -> str:
            try:
                reader, writer = await self.connect(source % 7, None)
                writer.write(head)
                with suppress(ConnectionError):
                    for _ in range(body // len(piece)):
                        if reader.at_eof():
                            break
                        writer.write(piece)
                        await writer.drain()
                answer = await reader.read()
                writer.close()
            except ConnectionError:
                return "closed"
            return answer[9:12].decode() if answer.startswith(b"HTTP/1.1 ") else "closed"

        statuses = await self.all_within([one(n) for n in range(connections)], "a connection of a stranger")
        return dict(Counter(statuses))

    async def at_the_login(self, connections: int) -> str:
        head = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        said = await self.hold(connections, head + b"Content-Length: %d\r\n\r\n" % (MIB + 1), MIB)
        return f"{connections} logins with a MiB each that do not end: {said}"

    async def at_the_head(self, connections: int) -> str:
        said = await self.hold(connections, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 15_000, 0)
        return f"{connections} heads of 15 kB that do not end: {said}"

    async def with_a_session(self, connections: int) -> str:
        head = b"POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Authorization: Bearer {self.token}\r\n".encode()
        said = await self.hold(connections, head + b"Content-Length: %d\r\n\r\n" % MIB, MIB - 65_536)
        return f"{connections} bodies of nearly a MiB of an admin that do not end: {said}"


async def beside(attack: Attack, one: Callable[[int], Awaitable[str]], connections: int) -> None:
    """Attack while ordinary clients send requests; return the observations."""
    attack.times, attack.most = [], 0
    watchers = [asyncio.create_task(attack.others()), asyncio.create_task(attack.watch())]
    started = time.monotonic()
    done = await one(connections)
    for watcher in watchers:
        if watcher.done():
            watcher.result()
        watcher.cancel()
    if len(attack.times) < 5:
        raise WrongError(f"{done}: only {len(attack.times)} others were served")
    memory, seconds = f"{attack.most / 1e6:.0f} MB at the most", time.monotonic() - started
    served = f"{len(attack.times)} others were served, the slowest in {max(attack.times) * 1e3:.0f} ms"
    print(f"{done}; {memory}; {served}; {seconds:.1f} s", flush=True)
    if attack.most > MOST:
        raise WrongError(f"the server had {memory}")


def certificate(folder: Path) -> list[str]:
    """Server flags for TLS with a new certificate."""
    key, chain = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-subj", "/CN=localhost", "-days", "1", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    return ["--tls-certificate", str(chain), "--tls-key", str(key)]


def log_in(database: str, folder: Path, server: Served) -> str:
    """The token of an admin."""
    create = ["user", "create", "--email", "admin@example.com", "--first-name", "A", "--last-name", "B"]
    create += ["--role", "admin", "--password-stdin"]
    environ = environment(database)
    made = subprocess.run(
        [binary(), *create], env=environ, cwd=folder, input=PASSWORD.encode(), capture_output=True
    )
    if made.returncode != 0:
        raise SystemExit(made.stderr.decode())

    async def post() -> bytes:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        body = json.dumps({"email": "admin@example.com", "password": PASSWORD}).encode()
        head = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = await reader.read()
        writer.close()
        return answer

    answer = asyncio.run(post())
    token = json.loads(answer.split(b"\r\n\r\n", 1)[1]).get("token")
    if not token:
        raise WrongError(f"an admin could not log in: {answer!r}")
    return str(token)


async def attack_all(attack: Attack, attacks: Sequence[tuple[Callable[[int], Awaitable[str]], int]]) -> None:
    attack.handshakes = asyncio.Semaphore(4)
    for one, connections in attacks:
        await beside(attack, one, connections)


def run(options: argparse.Namespace) -> str:
    limits = ["--demo", "--timeout", str(options.timeout)]
    with tempfile.TemporaryDirectory(prefix="ecomdb-strangers-") as name:
        folder = Path(name)
        database = f"sqlite://{folder / 'shop.db'}"
        with serving(database, folder, *limits, *certificate(folder)) as server:
            over = Attack(server, options.timeout, HTTP1)
            few = max(4, options.connections // 5)
            attacks = [(over.without_room, 4), (over.without_room, few)]
            attacks += [(over.answering_pings, few), (over.without_bodies, few)]
            asyncio.run(attack_all(over, attacks))
        with serving(database, folder, *limits, "--auth", "on") as server:
            plain = Attack(server, options.timeout, None, log_in(database, folder, server))
            attacks = [(plain.at_the_login, options.connections), (plain.at_the_head, options.connections)]
            attacks += [(plain.with_a_session, options.connections)]
            asyncio.run(attack_all(plain, attacks))
        return f"all other clients were served, with less than {MOST // 1_000_000} MB"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=1000, metavar="N", help="at once (1000)")
    parser.add_argument("--timeout", type=int, default=10, metavar="SECONDS", help="the server's (10)")
    options = parser.parse_args(arguments)
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and options.connections > allowed - SPARE_FILES:
        options.connections = allowed - SPARE_FILES
        print(f"this machine allows {allowed} open files: {options.connections} connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    return tell(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
