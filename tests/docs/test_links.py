"""Links between the project's pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
PAGES = sorted([PROJECT / "README.md", PROJECT / "deploy" / "README.md", *(PROJECT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?P<path>[^)#:]+)(?:#(?P<anchor>[^)]+))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that headings make, as GitHub forms them."""
    texts = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.read_text()))
    return {text.strip().replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(PROJECT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for match in LINK.finditer(page.read_text()):
        target = (page.parent / match["path"]).resolve()
        anchor = match["anchor"]
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(match[0])
    assert not broken


def test_every_page_is_linked_from_the_readme() -> None:
    text = (PROJECT / "README.md").read_text()
    assert not [page.name for page in (PROJECT / "docs").glob("*.md") if f"docs/{page.name}" not in text]


FILE = re.compile(r"`((?:[\w*]+/)*[\w*]+\.(?:py|sql|json|toml))`")
"""A file of the code as pages call it: by its whole path, or from `terminology/` on."""


@pytest.mark.parametrize("page", ["architecture.md", "agreements.md", "decisions.md"])
def test_files_of_the_code_are_where_pages_say(page: str) -> None:
    named = set(FILE.findall((PROJECT / "docs" / page).read_text()))
    assert named
    code = PROJECT / "terminology"
    places = (PROJECT, PROJECT / "valuesets", code, code / "store", code / "fhir")
    assert not [name for name in sorted(named) if not any(any(place.glob(name)) for place in places)]
