"""Opening and closing a database."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import ecomdb


def test_the_package_reports_its_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", ecomdb.__version__)


def test_a_sqlite_file_is_created_and_migrated(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with ecomdb.connect(f"sqlite://{file}") as db:
        assert db.engine == "SQLite"
        assert repr(db) == "<ecomdb.Database on SQLite>"
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_a_closed_database_says_so() -> None:
    db = ecomdb.connect("sqlite::memory:")
    db.close()
    db.close()
    assert repr(db) == "<ecomdb.Database, closed>"
    with pytest.raises(ecomdb.ConfigurationError, match="closed"):
        _ = db.engine


def test_a_mistyped_url_is_an_error_that_says_what_is_possible(tmp_path: Path) -> None:
    with pytest.raises(ecomdb.ConfigurationError, match="sqlite://FILE"):
        ecomdb.connect(f"sqlit://{tmp_path}/shop.db")
    assert list(tmp_path.iterdir()) == []


def test_every_exception_is_an_ecomdb_error() -> None:
    for exception in (ecomdb.ConfigurationError, ecomdb.UnavailableError, ecomdb.StorageError):
        assert issubclass(exception, ecomdb.Error)


def test_the_examples_of_the_documentation_run() -> None:
    assert doctest.testmod(ecomdb).failed == 0
    readme = Path(__file__).parent.parent / "README.md"
    (example,) = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    exec(compile(example, str(readme), "exec"), {})  # noqa: S102
