"""A demo shop served by the real program on a free port."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Shop:
    """The address of the shop."""

    address: str
    folder: Path

    def ask(
        self, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of a response; a request with a body is a POST."""
        data = None if body is None else body.encode()
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def demo_shop(folder: Path) -> AbstractContextManager[Shop]:
    """Serve a demo shop from an empty directory until the block ends."""
    return served(folder, "--demo")


@contextmanager
def served(folder: Path, *options: str, under: Sequence[str] = ()) -> Iterator[Shop]:
    """Serve the shop in a directory until the block ends; `under` is a program to run it with."""
    command = [*under, os.environ["ECOMDB_BIN"], "serve", "--bind", "127.0.0.1:0", *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            lines = iter(server.stdout)
            address = next(found[1] for line in lines if (found := re.search(r"http://([0-9.:]+)/", line)))
            yield Shop(address, folder)
        finally:
            server.terminate()
            server.communicate(timeout=60)
    assert server.returncode == 0
