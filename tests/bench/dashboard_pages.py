"""How long the pages of the dashboard take on the server, what they weigh, and whether its memory stays flat.

    cargo build --release
    python3 tests/bench/dashboard_pages.py --preset large --views 10000

Prints for each page the time to its last byte (p50 and p95 of `--times` requests on one connection), and its
size, plain and compressed. Then it looks at all pages in turn, `--views` of them, and prints the memory of
the server ten times. At last, the weight of the first view: page, style sheet, scripts and font.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import itertools
import re
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "e2e" / "dashboard")]

import serving  # noqa: E402  the folder is on the path only now
from pages import PAGES  # noqa: E402

RARE = [
    "/orders?tab=unpaid",
    "/orders?tab=part-paid",
    "/orders?tab=cancelled",
    "/orders?tab=refunded",
    "/orders?sort=total",
    "/orders?sort=-total",
    "/orders?tab=part-paid&sort=-total",
    "/orders?customer=1",
    "/products?status=archived",
    "/products?search=lamp",
    "/customers?search=anna",
    "/customers?show=disabled",
    "/search?q=anna",
    "/search?q=zzzzzz",
    "/inventory?show=low",
    "/inventory?show=soon",
    "/customers?search=a",
    "/customers?search=a+e",
    "/customers?sort=last_order",
    "/customers?sort=-last_order",
    "/customers?sort=orders",
    "/customers?show=without-orders",
    "/products?search=a",
    "/?period=year",
    "/?period=all",
    "/reports/rfm-customers?segment=lost",
    "/reports/cohorts?period=year",
]
"""Lists with filters that few rows match, and sorted lists without a filter."""


LIMIT = 50
"""What p95 of every page must stay under, in milliseconds."""


class Page:
    """A page, and the times it took."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.times: list[float] = []
        self.size = 0
        self.compressed = 0
        self.status = 0

    def view(self, connection: http.client.HTTPConnection) -> None:
        began = time.perf_counter()
        connection.request("GET", self.path, headers={"Accept": "text/html"})
        response = connection.getresponse()
        body = response.read()
        self.times.append(time.perf_counter() - began)
        self.status, self.size = response.status, len(body)
        if not self.compressed:
            self.compressed = len(gzip.compress(body))

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        times = sorted(self.times)
        return 1000 * times[int(share * (len(times) - 1))]

    def p95(self) -> float:
        return self.quantile(0.95)

    def line(self) -> str:
        p50, p95 = self.quantile(0.5), self.p95()
        sizes = f"{self.size / 1000:8.1f} {self.compressed / 1000:8.1f}"
        return f"{self.path:42} {self.status} {p50:8.1f} {p95:8.1f} {sizes}"


def measure(served: serving.Served, times: int, views: int) -> None:
    connection = http.client.HTTPConnection(served.host, served.port, timeout=60)
    known = [sight.path.format_map(defaultdict(lambda: 1)) for sight in PAGES if not sight.anonymous]
    pages = [Page(path) for path in dict.fromkeys(known + RARE)]
    print(f"{'page':42} {'':3} {'p50 ms':>8} {'p95 ms':>8} {'kB':>8} {'gzip':>8}")
    for page in pages:
        for _ in range(times):
            page.view(connection)
        print(page.line(), flush=True)
    slow = [page.path for page in pages if page.p95() > LIMIT]
    print(f"p95 over {LIMIT} ms: {', '.join(slow) or 'no page'}")
    good = itertools.cycle([page for page in pages if page.status == 200])
    memory = [served.memory()]
    for _ in range(10 if views else 0):
        for page in itertools.islice(good, views // 10):
            page.view(connection)
        memory.append(served.memory())
    print(
        f"memory in MB, {views // 10} page views apart: " + " ".join(f"{size / 1e6:.0f}" for size in memory)
    )
    print(first_view(served, connection))


def first_view(served: serving.Served, connection: http.client.HTTPConnection) -> str:
    """What a browser loads that was never here, compressed where the server compresses."""
    paths, sizes = ["/"], {"html": 0, "css": 0, "js": 0, "woff2": 0, "svg": 0}
    for path in paths:
        connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        response = connection.getresponse()
        body = response.read()
        suffix = path.rpartition(".")[2] if path != "/" else "html"
        sizes[suffix] += len(body)
        text = gzip.decompress(body) if response.headers["Content-Encoding"] == "gzip" else body
        if suffix in ("html", "css", "js"):
            found = re.findall(r"/assets/[\w.-]+\.(?:css|js|woff2|svg)", text.decode())
            paths += [path for path in dict.fromkeys(found) if path not in paths]
    parts = ", ".join(f"{name} {size / 1000:.1f}" for name, size in sizes.items())
    return f"first view: {sum(sizes.values()) / 1000:.1f} kB ({parts})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=100_000, help="orders of the generated shop")
    parser.add_argument("--preset", help="preset of the generated shop, in place of a number of orders")
    parser.add_argument("--database", type=Path, help="a SQLite file, in place of a generated shop")
    parser.add_argument("--times", type=int, default=20, help="requests for each page")
    parser.add_argument("--views", type=int, default=1_000, help="views between the figures of memory")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = given.database or Path(folder) / "shop.db"
        if given.database is None:
            size = ("--preset", given.preset) if given.preset else ("--orders", str(given.orders))
            made = serving.run(f"sqlite://{database}", Path(folder), "generate", *size)
            if made.returncode != 0:
                raise SystemExit(made.stderr)
        with serving.serving(f"sqlite://{database}", Path(folder), "--rate-limit", "0") as served:
            measure(served, given.times, given.views)


if __name__ == "__main__":
    main()
