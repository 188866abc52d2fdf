"""The Python part of the test run: builds and installs the wheel, runs pytest, reads its reports."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import processes
from python_environment import Environment, StepError, step
from rust_tests import Workspace, target_directory
from tally import Tally

_NO_TESTS = 5  # pytest's exit status without tests


def suites(root: Path) -> list[Path]:
    folders = ("tests/runner", "ecomdb-py/tests", "tests/e2e", "tests/faults")
    return [root / folder for folder in folders if (root / folder).is_dir()]


def run(workspace: Workspace, env: Mapping[str, str], only: str | None) -> Tally:
    """Run the tests of the runner, of the Python package and end to end; `only` is pytest's -k."""
    total = Tally()
    found = suites(workspace.root)
    if found and not Environment.can_be_made():
        total.skip(_count_functions(found), "Python tests; to run them, install python3-venv")
        return total
    target = target_directory(workspace.root)
    environment = Environment(target)
    try:
        if found:
            environment.prepare()
            _install_package(workspace, environment, target / "test-wheels", env)
    except StepError as error:
        total.fail(str(error))
        return total
    env = {**env, "ECOMDB_BIN": f"{target}/debug/ecomdb"}
    for suite in found:
        report = target / f"pytest-{suite.parent.name}-{suite.name}.xml"
        total.add(_run_suite(suite, environment, env, only, report))
    return total


def _install_package(
    workspace: Workspace, environment: Environment, wheels: Path, env: Mapping[str, str]
) -> None:
    manifest = workspace.root / "ecomdb-py" / "Cargo.toml"
    if not manifest.exists():
        return
    shutil.rmtree(wheels, ignore_errors=True)
    maturin: list[str | Path] = [environment.python, "-m", "maturin", "build", "--profile=dev"]
    maturin += [f"--manifest-path={manifest}", f"--features={workspace.features}"]
    maturin += [f"--interpreter={environment.python}", f"--out={wheels}"]
    # For this machine only: the wheel need not run on systems with an older glibc.
    maturin += ["--compatibility=linux", "--auditwheel=skip"]
    step(maturin, env)
    environment.install("--no-deps", "--force-reinstall", *wheels.glob("*.whl"))


def _run_suite(
    suite: Path, environment: Environment, env: Mapping[str, str], only: str | None, report: Path
) -> Tally:
    report.unlink(missing_ok=True)
    command: list[str | Path] = [environment.python, "-m", "pytest", suite, f"--junitxml={report}"]
    command += ["-o", f"cache_dir={report.parent / 'pytest-cache'}", *(["-k", only] if only else [])]
    status = processes.stream(command, cwd=suite.parent, env=env)
    counts = count_report(report)
    if status not in (0, _NO_TESTS) and counts.failed == 0:
        counts.fail(f"pytest on {suite.parent.name}/{suite.name}, with status {status}")
    return counts


def count_report(report: Path) -> Tally:
    """The counts of a JUnit XML file; zero if pytest did not write it."""
    counts = Tally()
    cases = ElementTree.parse(report).iter("testcase") if report.exists() else ()
    for case in cases:
        name = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            counts.fail(name)
        elif skipped is not None:
            counts.skip(1, f"{name}: {skipped.get('message')}")
        else:
            counts.passed += 1
    return counts


def _count_functions(folders: Sequence[Path]) -> int:
    """An estimate of the number of tests, if this Python cannot run them."""
    files = (path for folder in folders for path in folder.rglob("test_*.py"))
    return sum(len(re.findall(r"^ *(?:async )?def test_", path.read_text(), re.MULTILINE)) for path in files)
