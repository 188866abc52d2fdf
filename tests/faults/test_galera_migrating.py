"""Three servers migrate concurrently at the nodes of a Galera cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import TESTS

sys.path.insert(0, str(TESTS))

from galera import Cluster
from serving import binary, check, environment


def migrate_at_every_node(cluster: Cluster, database: str) -> list[str]:
    started = [
        subprocess.Popen(
            [binary(), "migrate"],
            env=environment(node.url + f"/{database}"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for node in cluster.nodes
    ]
    ended = [(process.communicate(timeout=120)[0], process.returncode) for process in started]
    assert all(status == 0 for _, status in ended), ended
    return [output for output, _ in ended]


def test_servers_that_migrate_an_empty_cluster_at_once_make_one_shop(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    for _ in range(3):
        cluster.sql(f"DROP DATABASE {database}")
        cluster.create_database(database)
        migrate_at_every_node(cluster, database)
        for number, node in enumerate(cluster.nodes):
            unfinished = "SELECT COUNT(*) FROM ecomdb_schema WHERE finished_at IS NULL"
            assert node.sql(f"{unfinished}; SELECT COUNT(*) FROM sales_folds", database) == [["0"], ["1"]]
            check(cluster.url(number, database), tmp_path)


def test_servers_that_renew_views_at_once_make_each_once(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    migrate_at_every_node(cluster, database)
    for _ in range(3):
        cluster.sql(
            "DROP VIEW analytics_rfm; CREATE VIEW analytics_rfm AS SELECT id FROM users; "
            "UPDATE ecomdb_views SET digest = 'older' WHERE name = 'analytics_rfm'",
            database,
        )
        cluster.wait()
        said = migrate_at_every_node(cluster, database)
        assert sum("made the views analytics_rfm" in output for output in said) == 1, said
        for number, node in enumerate(cluster.nodes):
            assert node.sql("SELECT COUNT(recency_score) FROM analytics_rfm", database) == [["0"]]
            check(cluster.url(number, database), tmp_path)
