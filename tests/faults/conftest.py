"""One Galera cluster per run, and for each test a shop with a server at each node."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

import galera  # noqa: E402
import galera_faults  # noqa: E402
import servers  # noqa: E402

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class ServedShop:
    """A shop on a cluster, with the address of a server at each node."""

    cluster: galera.Cluster
    database: str
    addresses: list[str]


@pytest.fixture(scope="session")
def cluster() -> Iterator[galera.Cluster]:
    if not galera.usable():
        pytest.skip(f"Galera is not here; install {galera.GaleraServer.packages}")
    with servers.galera_cluster() as started:
        yield started


@pytest.fixture
def database(cluster: galera.Cluster) -> Iterator[str]:
    """The name of an empty database that every node has."""
    name = f"shop_{next(_NUMBERS)}"
    cluster.create_database(name)
    yield name
    cluster.sql(f"DROP DATABASE {name}")


@pytest.fixture
def galera_shop(cluster: galera.Cluster, database: str) -> Iterator[ServedShop]:
    with galera_faults.served(cluster, database) as addresses:
        yield ServedShop(cluster, database, addresses)
