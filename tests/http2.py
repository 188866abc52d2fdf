"""A minimal HTTP/2 client for misbehaving (RFC 9113; header fields as in RFC 7541, without compression)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
ACK = 1
END_STREAM, END_HEADERS = 1, 4
INITIAL_WINDOW_SIZE = 4

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# From the static table: GET, POST and https, and the names :authority, :path and content-type.
_GET, _POST, _HTTPS = b"\x82", b"\x83", b"\x87"
_AUTHORITY, _PATH, _CONTENT_TYPE = b"\x01", b"\x04", b"\x0f\x10"


@dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    def bytes(self) -> bytes:
        length = len(self.payload).to_bytes(3, "big")
        return length + bytes([self.kind, self.flags]) + self.stream.to_bytes(4, "big") + self.payload


def _text(name: bytes, value: str) -> bytes:
    assert len(value) < 127
    return name + bytes([len(value)]) + value.encode()


class Http2:
    """A client connection that answers SETTINGS and PING while it reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._next = reader, writer, 1

    @classmethod
    async def begin(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, window: int) -> Http2:
        """Open a connection with this initial window size."""
        one = cls(reader, writer)
        writer.write(_PREFACE)
        one._send(SETTINGS, 0, 0, INITIAL_WINDOW_SIZE.to_bytes(2, "big") + window.to_bytes(4, "big"))
        await writer.drain()
        return one

    def ask(self, paths: Sequence[str]) -> None:
        """Send these GET requests, each on its own stream."""
        for path in paths:
            head = _GET + _HTTPS + _text(_AUTHORITY, "localhost") + _text(_PATH, path)
            self._open(END_STREAM | END_HEADERS, head)

    def begin_post(self, path: str, streams: int) -> None:
        """Send the heads of POST requests whose JSON bodies never follow."""
        head = _POST + _HTTPS + _text(_AUTHORITY, "localhost") + _text(_PATH, path)
        for _ in range(streams):
            self._open(END_HEADERS, head + _text(_CONTENT_TYPE, "application/json"))

    async def ping(self) -> None:
        self._send(PING, 0, 0, b"attacker")
        await self._writer.drain()

    async def read(self) -> Frame:
        """The next frame; raises `IncompleteReadError` at the end."""
        head = await self._reader.readexactly(9)
        payload = await self._reader.readexactly(int.from_bytes(head[:3], "big"))
        frame = Frame(head[3], head[4], int.from_bytes(head[5:], "big"), payload)
        if frame.kind in (SETTINGS, PING) and not frame.flags & ACK:
            self._send(frame.kind, ACK, 0, payload if frame.kind == PING else b"")
            await self._writer.drain()
        return frame

    def close(self) -> None:
        self._writer.close()

    def _open(self, flags: int, head: bytes) -> None:
        self._send(HEADERS, flags, self._next, head)
        self._next += 2

    def _send(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        self._writer.write(Frame(kind, flags, stream, payload).bytes())
