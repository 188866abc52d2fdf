"""The served document is the truth: schemathesis finds no answer that it does not describe, and no failure.

ECOMDB_TEST_EXAMPLES says how many requests each operation gets; 100 unless it is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from demo_shop import Shop, demo_shop

pytest.importorskip("schemathesis", reason="schemathesis needs Python 3.11")

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = os.environ.get("ECOMDB_TEST_EXAMPLES", "100")


def schemathesis(shop: Shop, *options: str) -> subprocess.CompletedProcess[str]:
    """Run all checks in all phases, stateful ones included."""
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "--no-color", f"--config-file={CONFIGURATION}", "run"]
    command += [f"http://{shop.address}/api/openapi.json", "--checks=all", f"--max-examples={EXAMPLES}"]
    command += ["--seed=1", "--generation-database=none", "--continue-on-failure", *options]
    return subprocess.run(
        command, cwd=shop.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_no_request_is_answered_otherwise_than_the_document_says(tmp_path: Path) -> None:
    with demo_shop(tmp_path) as shop:
        run = schemathesis(shop)
        print(run.stdout)
        assert run.returncode == 0
    check = subprocess.run(
        [os.environ["ECOMDB_BIN"], "check"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert check.returncode == 0, check.stdout
