"""What the documents name exists: sections, files, and tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("ecomdb-py/docs/*.md")),
]


def prose(document: Path) -> str:
    """A document without its code blocks."""
    return re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_to_another_document_or_section_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{name(document)} links to {link}"
        assert not anchor or anchor in anchors(target), f"{name(document)} links to {link}"


def test_the_readme_of_the_crate_is_that_of_the_repository() -> None:
    assert (ROOT / "ecomdb" / "README.md").resolve() == ROOT / "README.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_reference_is_defined_and_used(document: Path) -> None:
    text = prose(document)
    defined = re.findall(r"^\[([^\]]+)\]: https://\S+$", text, re.MULTILINE)
    assert sorted(set(re.findall(r"\]\[([^\]]+)\]", text))) == sorted(defined)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    """Paths from the root, with the alternatives and stars of a shell: `ecomdb/src/{error,lib}.rs`."""
    first = "|".join(re.escape(entry.name) for entry in ROOT.iterdir() if entry.is_dir())
    for path in re.findall(rf"`((?:{first})/[\w./*{{}},-]*)(?:::\w+)?`", prose(document)):
        for each in alternatives(path):
            assert list(ROOT.glob(each.rstrip("/"))), f"{name(document)} names {each}"


def alternatives(path: str) -> list[str]:
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    before, after = path[: found.start()], path[found.end() :]
    return [each for word in found[1].split(",") for each in alternatives(before + word + after)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_test_that_is_named_exists(document: Path) -> None:
    named = re.findall(r"`([^`\n]+\.(?:py|rs))::(\w+)`", document.read_text(encoding="utf-8"))
    for file, function in named:
        begin = "def" if file.endswith(".py") else "fn"
        source = (ROOT / file).read_text(encoding="utf-8")
        assert f"{begin} {function}(" in source, f"{name(document)}: {file} has no {function}"


def test_an_application_gets_the_flags_of_sqlite_that_this_repository_has() -> None:
    flags = re.compile(r'^LIBSQLITE3_FLAGS = """\n(.*?)"""', re.DOTALL | re.MULTILINE)
    ours = flags.search((ROOT / ".cargo/config.toml").read_text(encoding="utf-8"))
    told = flags.search((ROOT / "docs/using.md").read_text(encoding="utf-8"))
    assert ours and told and told[1] == ours[1]


def test_every_cargo_feature_of_the_library_is_explained() -> None:
    manifest = (ROOT / "ecomdb/Cargo.toml").read_text(encoding="utf-8")
    section = manifest.split("[features]\n")[1].split("\n[")[0]
    features = re.findall(r"^([\w-]+) = ", section, re.MULTILINE)
    default = re.search(r"^default = \[(.*)\]$", section, re.MULTILINE)
    assert default
    told = re.findall(
        r"^\| `(\w+)` \| (yes|no) \|", (ROOT / "docs/using.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    ours = {name: "yes" if f'"{name}"' in default[1] else "no" for name in features if name != "default"}
    assert dict(told) == ours


@pytest.mark.parametrize(
    ("language", "example"),
    [("rust", "ecomdb/examples/checkout.rs"), ("python", "ecomdb-py/examples/checkout.py")],
)
def test_the_page_about_the_checkout_shows_the_examples(language: str, example: str) -> None:
    page = (ROOT / "docs/checkout.md").read_text(encoding="utf-8")
    source = (ROOT / example).read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    for block in blocks:
        assert block in source, block
