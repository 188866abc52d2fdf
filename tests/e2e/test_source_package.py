"""The source distribution of the Python package is complete."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_has_the_migrations_and_how_sqlite_is_compiled(tmp_path: Path) -> None:
    manifest = ROOT / "ecomdb-py" / "Cargo.toml"
    command = [sys.executable, "-m", "maturin", "sdist", f"--manifest-path={manifest}", f"--out={tmp_path}"]
    subprocess.run(command, check=True, capture_output=True)
    (package,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(package) as archive:
        packed = {member.name.partition("/")[2]: member for member in archive.getmembers()}
        settings = archive.extractfile(packed[".cargo/config.toml"])
        assert settings is not None
        assert settings.read() == (ROOT / ".cargo" / "config.toml").read_bytes()
    for file in ROOT.glob("migrations/*/*/*.sql"):
        assert f"ecomdb/{file.relative_to(ROOT)}" in packed
