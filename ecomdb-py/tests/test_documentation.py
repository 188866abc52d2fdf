"""The claims of documents and stubs are true."""

from __future__ import annotations

import doctest
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ecomdb

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import stubs  # noqa: E402


def public_objects() -> Iterator[tuple[str, Any]]:
    """Every public class, function, method and attribute, with its path."""
    for name in ecomdb.__all__:
        member = getattr(ecomdb, name)
        if name == "__version__":
            continue
        yield name, member
        if inspect.isclass(member) and not issubclass(member, (Exception, str)):
            for attribute, value in vars(member).items():
                if not attribute.startswith("_") and (
                    inspect.isroutine(value) or inspect.isdatadescriptor(value)
                ):
                    yield f"{name}.{attribute}", value


OBJECTS = dict(public_objects())
METHODS = [path for path, it in OBJECTS.items() if inspect.isroutine(it)]
ATTRIBUTES = [
    path
    for path, it in OBJECTS.items()
    if inspect.isdatadescriptor(it) and not path.startswith(("Report.", "FieldError."))
]


def test_everything_public_is_exported() -> None:
    for module in (ecomdb._ecomdb, ecomdb.errors, ecomdb.enums):
        for name in vars(module):
            member = getattr(module, name)
            if (
                inspect.isclass(member)
                and not name.startswith("_")
                and member.__module__.startswith("ecomdb")
            ):
                assert name in ecomdb.__all__ or name == "Word", name


@pytest.mark.parametrize("path", OBJECTS)
def test_every_public_object_is_explained(path: str) -> None:
    doc = inspect.getdoc(OBJECTS[path])
    assert doc
    assert doc.rstrip().endswith((".", "``", "```", "59.98")), doc


@pytest.mark.parametrize("path", METHODS)
def test_every_method_tells_its_arguments_and_what_it_gives(path: str) -> None:
    method = OBJECTS[path]
    doc = inspect.getdoc(method) or ""
    told = dict(stubs.arguments(doc))
    for parameter in inspect.signature(method).parameters.values():
        is_told = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        assert parameter.name == "self" or is_told or parameter.name in told, parameter.name
    gives_nothing = {"backup", "close", "reset", "rebuild", "delete", "rollback", "demand", "log_out"}
    gives_nothing |= {
        "set_password",
        "change_password",
        "end_session",
        "set_external_id",
        "remove_external_id",
    }
    assert ("Returns:" in doc) == (path.split(".")[-1] not in gives_nothing)


@pytest.mark.parametrize("path", ATTRIBUTES)
def test_every_attribute_tells_its_type(path: str) -> None:
    assert re.match(r"[\w\[\], .|\"]+: \S", inspect.getdoc(OBJECTS[path]) or ""), path


def test_the_stub_is_made_of_the_docstrings() -> None:
    written = (ROOT / "python/ecomdb/_ecomdb.pyi").read_text()
    assert written == stubs.stub(), "run: python stubs.py"


def test_the_settings_of_a_scenario_are_those_of_the_library() -> None:
    written = (ROOT / "src/settings.txt").read_text()
    assert written == stubs.settings(), "run: python stubs.py"


def test_the_words_are_made_of_the_enums() -> None:
    written = (ROOT / "python/ecomdb/enums.py").read_text()
    assert written == stubs.enums(), "run: python stubs.py"


def test_the_stub_describes_the_module(tmp_path: Path) -> None:
    """mypy's stubtest compares names, parameters and defaults."""
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nignore_missing_imports = true\n")
    command = [sys.executable, "-m", "mypy.stubtest", "ecomdb._ecomdb", f"--mypy-config-file={settings}"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_examples_of_the_package_run() -> None:
    assert doctest.testmod(ecomdb).failed == 0
    assert doctest.testmod(ecomdb).attempted > 0


@pytest.mark.parametrize("document", ["README.md", "docs/tutorial.md", "../README.md"])
def test_the_examples_of_documents_run(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All Python of a document is one program; what is below `>>>` is compared."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, Any] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for number, block in enumerate(blocks):
        where = f"{document}, block {number + 1}"
        if ">>>" not in block:
            exec(compile(block, where, "exec"), names)  # noqa: S102
            continue
        test = doctest.DocTestParser().get_doctest(block, names, where, str(ROOT / document), 0)
        failures: list[str] = []
        runner.run(test, out=failures.append, clear_globs=False)
        names.update(test.globs)
        assert not failures, "".join(failures)


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    """One after the other, on the same database."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith("ecomdb ")]
    assert len(commands) > 10
    script = Path(sys.executable).with_name("ecomdb")
    for command in commands:
        arguments = [str(script), *command.split()[1:]]
        finished = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert finished.returncode == 0, (command, finished.stderr)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_runs(example: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "MPLBACKEND": "agg"}
    command = [sys.executable, "-W", "error", str(example)]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
