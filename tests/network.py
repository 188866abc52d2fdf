"""A fault-injecting network proxy between a program and its database server.

It listens on a free port. Without TLS it recognises COMMIT in MariaDB's and PostgreSQL's protocols and can
cut the connection before it, at it, and in the middle of its response, or do something else first.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Cut = Literal["before", "at", "after"]

_QUERY, _PREPARE, _EXECUTE = 0x03, 0x16, 0x17  # commands of MariaDB's protocol


@dataclass(eq=False)
class _Link:
    """One proxied connection."""

    client: socket.socket
    server: socket.socket
    cutting: Cut | None = None
    """Set when a COMMIT was forwarded and its response is to be cut."""
    preparing: bytes = b""
    statements: dict[int, bytes] = field(default_factory=dict)
    """MariaDB's prepared statements."""


class Network:
    """A proxy to `target`; its attributes inject faults."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.delay = 0.0
        """Latency in each direction, in seconds."""
        self.resets = 0.0
        """Fraction of messages at which the connection is reset."""
        self.cut: Cut | None = None
        self.cuts_left = 0
        """How many of the next COMMITs are cut."""
        self.at_commit: Callable[[], object] | None = None
        """Called once, before the next COMMIT is passed on."""
        self.counts = {"connections": 0, "commits": 0, "cuts": 0, "resets": 0}
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        self._links: set[_Link] = set()
        self._dead: set[_Link] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Close all connections and accept no more."""
        self._listener.close()
        self._open.set()
        for link in list(self._links):
            self._reset(link)

    def swallow(self) -> None:
        """Forward no more bytes in either direction: a black hole."""
        self._open.clear()

    def heal(self) -> None:
        self._open.set()

    def kill(self) -> None:
        """Existing connections forward no more bytes; new ones work."""
        with self._lock:
            self._dead |= self._links

    def bury(self) -> None:
        """Close the dead connections."""
        for link in list(self._dead):
            self._reset(link)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.counts["connections"] += 1
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._open.wait()
        try:
            server = socket.create_connection(self.target, 10)
        except OSError:
            _close(client)
            return
        server.settimeout(None)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = _Link(client, server)
        with self._lock:
            self._links.add(link)
        threading.Thread(target=self._pass, args=(link, server, client), daemon=True).start()
        self._pass(link, client, server)

    def _pass(self, link: _Link, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self.delay)
                self._open.wait()
                while link in self._dead:
                    time.sleep(0.02)
                if self.resets and random.random() < self.resets:
                    self.counts["resets"] += 1
                    break
                if source is link.client:
                    if not self._commit_may_pass(link, data):
                        break
                elif link.cutting:
                    if link.cutting == "after":
                        sink.sendall(data[:3])
                    break
                else:
                    _note_statement(link, data)
                sink.sendall(data)
        self._reset(link)

    def _commit_may_pass(self, link: _Link, data: bytes) -> bool:
        if not _is_commit(link, data):
            return True
        call, self.at_commit = self.at_commit, None
        if call:
            call()
        with self._lock:
            self.counts["commits"] += 1
            if self.cuts_left == 0:
                return True
            self.cuts_left -= 1
            self.counts["cuts"] += 1
        if self.cut == "before":
            return False
        link.cutting = self.cut
        return True

    def _reset(self, link: _Link) -> None:
        with self._lock:
            self._links.discard(link)
            self._dead.discard(link)
        _close(link.client)
        _close(link.server)


def _close(end: socket.socket) -> None:
    """Close with a reset, which also wakes a thread that reads from it."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def _is_commit(link: _Link, data: bytes) -> bool:
    if b"COMMIT\0" in data:  # PostgreSQL's Query and Parse
        return True
    if len(data) < 5 or data[3] != 0:
        return False
    command, rest = data[4], data[5:]
    if command == _PREPARE:
        link.preparing = rest
    if command == _EXECUTE:
        return link.statements.get(int.from_bytes(rest[:4], "little"), b"").startswith(b"COMMIT")
    return command == _QUERY and rest.startswith(b"COMMIT")


def _note_statement(link: _Link, data: bytes) -> None:
    """Note the statement id in MariaDB's response to PREPARE."""
    if link.preparing and len(data) > 12 and data[4] == 0:
        link.statements[int.from_bytes(data[5:9], "little")] = link.preparing
    link.preparing = b""
