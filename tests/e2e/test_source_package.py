"""What the packages contain: the sources that they are built from, and the licences."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"]


def test_the_source_distribution_has_migrations_licences_and_how_sqlite_is_compiled(tmp_path: Path) -> None:
    manifest = ROOT / "ecomdb-py" / "Cargo.toml"
    command = [sys.executable, "-m", "maturin", "sdist", f"--manifest-path={manifest}", f"--out={tmp_path}"]
    subprocess.run(command, check=True, capture_output=True)
    (package,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(package) as archive:
        packed = {member.name.partition("/")[2]: member for member in archive.getmembers()}
        settings = archive.extractfile(packed[".cargo/config.toml"])
        assert settings is not None
        assert settings.read() == (ROOT / ".cargo" / "config.toml").read_bytes()
    for file in ROOT.glob("migrations/**/*.sql"):
        assert f"ecomdb/{file.relative_to(ROOT)}" in packed
    assert set(LICENCES) <= packed.keys()


def test_the_wheel_has_the_licences() -> None:
    files = importlib.metadata.files("ecomdb") or []
    found = {file.name: file.read_text() for file in files if file.parent.name == "licenses"}
    assert found == {name: (ROOT / name).read_text() for name in LICENCES}


@pytest.mark.parametrize("crate", ["ecomdb", "ecomdb-http"])
def test_a_crate_has_the_licences(crate: str) -> None:
    command = ["cargo", "package", "--list", "--allow-dirty", "--offline", f"--package={crate}"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(LICENCES) <= set(listed.splitlines())
