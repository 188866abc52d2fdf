"""Three servers migrate concurrently at the nodes of a Galera cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import TESTS

sys.path.insert(0, str(TESTS))

from galera import Cluster
from serving import binary, check, environment

MIGRATIONS = TESTS.parent / "migrations" / "mysql"
RECORDS = """
CREATE TABLE ecomdb_migrations (
    version VARCHAR(50) NOT NULL PRIMARY KEY,
    started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMP NULL
);
"""
# Orders older than the rollups: each must be counted exactly once.
SALES = """
INSERT INTO users VALUES (1, 'ada@example.com', 'Ada', 'Lovelace', 'active', '2026-01-01', '2026-01-01');
INSERT INTO categories VALUES (1, 'Lamps', NULL, '', '2026-01-01');
INSERT INTO products VALUES (1, 1, 'LAMP', 'Lamp', '', 1000, 'active', '2026-01-01', '2026-01-01');
INSERT INTO inventory VALUES (1, 50, 0, '2026-01-02');
INSERT INTO inventory_movements VALUES (1000, 1, 100, 'initial', NULL, NULL, '2026-01-01');
INSERT INTO orders SELECT seq, 1, 'completed', 1000, 0, 1, '2026-01-02', '2026-01-02', NULL FROM seq_1_to_50;
INSERT INTO order_items SELECT seq, 1, 1, 1000 FROM seq_1_to_50;
INSERT INTO payments SELECT seq, seq, 'card', 'paid', 1000, '2026-01-02', NULL, '2026-01-02' FROM seq_1_to_50;
INSERT INTO inventory_movements SELECT seq, 1, -1, 'sale', seq, NULL, '2026-01-02' FROM seq_1_to_50;
"""


def migrate_at_every_node(cluster: Cluster, database: str) -> None:
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


def test_servers_that_migrate_an_empty_cluster_at_once_make_one_shop(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    for _ in range(3):
        cluster.sql(f"DROP DATABASE {database}")
        cluster.create_database(database)
        migrate_at_every_node(cluster, database)
        for number, node in enumerate(cluster.nodes):
            unfinished = "SELECT COUNT(*) FROM ecomdb_migrations WHERE finished_at IS NULL"
            assert node.sql(f"{unfinished}; SELECT COUNT(*) FROM sales_folds", database) == [["0"], ["1"]]
            check(cluster.url(number, database), tmp_path)


def test_servers_that_migrate_an_older_schema_at_once_count_each_sale_once(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    steps = sorted(folder for folder in MIGRATIONS.iterdir() if folder.name[:4] <= "0006")
    for _ in range(3):
        cluster.sql(f"DROP DATABASE {database}")
        cluster.create_database(database)
        script = [RECORDS]
        for step in steps:
            script.append((step / "up.sql").read_text())
            version = step.name[:4]
            script.append(
                f"INSERT INTO ecomdb_migrations VALUES ('{version}', DEFAULT, CURRENT_TIMESTAMP);\n"
            )
        cluster.sql("".join([*script, SALES]), database)
        cluster.wait()
        migrate_at_every_node(cluster, database)
        assert cluster.sql("SELECT COUNT(*), COUNT(DISTINCT order_id) FROM sales_events", database) == [
            ["50", "50"]
        ]
        check(cluster.url(1, database), tmp_path)
