"""The control figures of ICD-10-CM 2026, on the publisher's files."""

from __future__ import annotations

import importlib.util
import os
import unicodedata
from pathlib import Path

import pytest

from loaders.icd10cm import LOADER
from terminology.model.concept import Concept
from tests.loaders.reading import Read, read, values

TABULAR = "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml"


@pytest.fixture(scope="session")
def order(shared: Path) -> Read:
    folder = shared / "data" / "icd10cm-order-2026"
    return read(LOADER, [folder / "icd10cm_order_2026.txt.gz", folder / "icd10cm_order_addenda_2026.txt.gz"])


@pytest.fixture(scope="session")
def tabular() -> dict[str, Concept]:
    """The tabular list of April 2026, which the PyPI package simple-icd-10-cm 1.5.0 carries."""
    named = os.environ.get("TERMINOLOGY_ICD10CM_TABULAR")
    spec = importlib.util.find_spec("simple_icd_10_cm")
    path = Path(named) if named else Path(spec.origin).parent.parent / TABULAR if spec and spec.origin else None
    if path is None or not path.exists():
        pytest.skip(
            "needs the tabular list: pip install simple-icd-10-cm==1.5.0, or name it in TERMINOLOGY_ICD10CM_TABULAR"
        )
    return read(LOADER, [path]).concepts


def test_order_file(order: Read) -> None:
    (begin, concepts), _ = order.parts
    assert begin.metadata.version == "2026"
    assert (begin.metadata.effective_start, begin.metadata.effective_end) == ("2025-10-01", "2026-09-30")
    assert len(concepts) == 98_186
    assert sum(values(c, "billable") == [True] for c in concepts.values()) == 74_719
    assert [c.code for c in concepts.values() if not c.parents and len(c.code) > 3] == []


def test_addendum(order: Read) -> None:
    (_, concepts), (_, changes) = order.parts
    assert set(changes) <= set(concepts)
    assert any("630 additions, 28 deletions, 45 revisions" in note for note in order.notes)
    deleted = [coding.code for concept in changes.values() for coding in values(concept, "deletedCode")]
    assert len(deleted) == 12
    assert not order.skipped
    assert not set(deleted) & set(concepts)
    headers = [code for code, change in changes.items() if values(change, "change") == ["made-header"]]
    assert len(headers) + len(deleted) == 28
    assert all(values(concepts[code], "billable") == [False] for code in headers)


def test_tabular_list_is_the_order_file(order: Read, tabular: dict[str, Concept]) -> None:
    ordered = order.parts[0][1]
    listed = {code: concept for code, concept in tabular.items() if values(concept, "kind") == ["diagnosis"]}
    assert len(tabular) - len(listed) == 22 + 297
    assert list(listed) == list(ordered)
    for code, concept in ordered.items():
        same = listed[code]
        assert values(concept, "billable") == values(same, "billable"), code
        assert concept.display == _plain(same.display or ""), code
        assert concept.parents == (same.parents if len(code) > 3 else ()), code


def _plain(text: str) -> str:
    """Without accents, as the order file is ASCII."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
