"""With a full disk a shop refuses orders with a reason, serves reports, and recovers by itself."""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import Served, binary, check, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="disks are filled as on Linux")


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[Served, bool], None]]:
    """A small file system in the directory; it can be enlarged."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=True)

    def limit(_: Served, full: bool) -> None:
        if not full:
            subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)

    try:
        yield limit
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def small_files(folder: Path) -> Iterator[Callable[[Served, bool], None]]:
    """Limit the server's file size to that of its log; the limit can be lifted."""

    def limit(server: Served, full: bool) -> None:
        most = (folder / "shop.db-wal").stat().st_size if full else resource.RLIM_INFINITY
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    yield limit


def can_mount() -> bool:
    tried = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    with contextlib.suppress(OSError):
        return subprocess.run(tried, capture_output=True).returncode == 0
    return False


WAYS = [(small_files, "disk_failed"), *([(small_disk, "disk_full")] if can_mount() else [])]


def ask(server: Served, path: str, body: object = None) -> tuple[int, Any, str | None]:
    """Status, body and Retry-After."""
    data = None if body is None else json.dumps(body).encode()
    url = f"http://{server.host}:{server.port}{path}"
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer), None
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer), answer.headers["Retry-After"]


@pytest.mark.parametrize(("way", "reason"), WAYS, ids=[reason for _, reason in WAYS])
def test_a_full_disk_refuses_orders_until_there_is_room_and_loses_none(
    way: Any, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file at its size limit must be an error, not a signal that ends the server.
    program = tmp_path / "ecomdb"
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec '{binary()}' \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("ECOMDB_BIN", str(program))
    disk = tmp_path / "disk"
    disk.mkdir()
    with way(disk) as limit:
        database = f"sqlite://{disk / 'shop.db'}"
        with serving(database, tmp_path) as server:
            for path, body in [
                ("/api/users", {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}),
                ("/api/categories", {"name": "All"}),
                (
                    "/api/products",
                    {"name": "Lamp", "price": "1.00", "category_id": 1, "initial_stock": 1_000_000},
                ),
            ]:
                assert ask(server, path, body)[0] == 201
            order = {
                "user_id": 1,
                "items": [{"product_id": 1, "quantity": 1}],
                "payment": {"method": "card", "capture": True},
            }
            placed = 1
            assert ask(server, "/api/orders", order)[0] == 201
            limit(server, True)
            while (answer := ask(server, "/api/orders", order))[0] == 201:
                placed += 1
            for status, problem, retry_after in (answer, ask(server, "/readyz")):
                assert (status, problem["reason"], retry_after) == (503, reason, "1")
            status, revenue, _ = ask(server, "/api/analytics/total-revenue")
            assert (status, revenue["orders"]) == (200, placed)
            limit(server, False)
            assert ask(server, "/readyz")[0] == 200
            assert ask(server, "/api/orders", order)[0] == 201
            assert ask(server, "/api/analytics/total-revenue")[1]["orders"] == placed + 1
        check(database, tmp_path)
