"""Hits of several systems in one order: the code, whole words, other words; procedures before diagnoses; slips last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terminology import ingest
from terminology.fhir.json import dumps
from terminology.library import Terminology
from terminology.model.records import LoadOptions
from terminology.operations.find import DIAGNOSES, Found, default_versions, find

PROCEDURES = "http://example.org/CodeSystem/procedures"
SYSTEMS = {
    PROCEDURES: {"P1": "Transplantation of kidney, living donor", "P2": "Threading of a needle", "P3": "Appendectomy"},
    "http://example.org/CodeSystem/others": {"O1": "Total hip replacement", "O2": "Appendix"},
    min(DIAGNOSES): {"D1": "Kidney transplant status", "D2": "Threat", "P3": "Something else"},
}


@pytest.fixture(scope="module")
def terminology(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminology]:
    folder: Path = tmp_path_factory.mktemp("systems")
    for number, (url, concepts) in enumerate(SYSTEMS.items()):
        listed = [{"code": code, "display": display} for code, display in concepts.items()]
        resource = {"resourceType": "CodeSystem", "url": url, "status": "active", "content": "complete"}
        (folder / f"{number}.json").write_bytes(dumps({**resource, "concept": listed}))
    with Terminology("sqlite:///:memory:") as terminology:
        ingest.load(terminology.store, [str(folder)], LoadOptions())
        yield terminology


def searched(terminology: Terminology, text: str) -> Found:
    catalogue = terminology.catalogue(terminology.context())
    return find(terminology.store, catalogue, text, default_versions(terminology.store, catalogue))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("kidney transplant", ["P1", "D1"]),  # other words for it count as much, and diagnoses stand behind
        ("THR", ["O1", "P2", "D2"]),  # "total hip replacement" before what begins so
        ("appendix", ["O2"]),
        ("appendix removal", ["P3"]),
        ("P3", ["P3", "P3"]),
        ("apendectomy", ["P3"]),
        ("nothingatall", []),
    ],
)  # fmt: skip
def test_order(terminology: Terminology, text: str, codes: list[str]) -> None:
    assert [hit.located.concept.code for hit in searched(terminology, text).hits] == codes


def test_slips_are_told_and_only_where_no_system_has_the_words(terminology: Terminology) -> None:
    assert searched(terminology, "apendectomy").guessed
    found = searched(terminology, "threat")
    assert not found.guessed
    assert {hit.located.concept.code for hit in found.hits} == {"D2"}, "not Thread: that would be a slip"
    assert not searched(terminology, "nothingatall").guessed
