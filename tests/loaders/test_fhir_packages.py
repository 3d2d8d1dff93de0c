"""FHIR packages."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from loaders import LOADERS
from loaders.fhir_packages import LOADER, packages
from loaders.sources import open_tree
from terminology.model.records import (
    ConceptMapRecord,
    LoadOptions,
    NamingSystemRecord,
    Note,
    PartBegin,
    Record,
    SkippedRecord,
    ValueSetRecord,
)
from tests.loaders.packing import CODE_SYSTEM, CONCEPT_MAP, NAMING_SYSTEM, VALUE_SET, package

MEMBERS = {
    "CodeSystem-cs.json": CODE_SYSTEM,
    "ConceptMap-cm.json": CONCEPT_MAP,
    "NamingSystem-ns.json": NAMING_SYSTEM,
    "ValueSet-vs.json": VALUE_SET,
    "ValueSet-broken.json": {**VALUE_SET, "url": "http://example.org/broken", "compose": 3},
    "ValueSet-cut.json": b'{"resourceType": "ValueSet", ',
    "SearchParameter-x.json": {"resourceType": "SearchParameter", "code": "not parsed"},
    "List-y.json": {"id": "y", "resourceType": "List"},
    "other/validation.json": {"resourceType": "ValueSet", "url": "http://example.org/not-this"},
    "example/ValueSet-example.json": {**VALUE_SET, "url": "http://example.org/example"},
    ".index.json": {"files": []},
}


def load(*paths: Path, options: LoadOptions | None = None) -> list[Record]:
    tree = open_tree(paths)
    return [r for claim in LOADER.recognise(tree) for r in LOADER.read(tree, claim, options or LoadOptions())]


def test_a_package_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.tgz").write_bytes(package(members=MEMBERS))
    found = load(tmp_path)
    begin = next(r for r in found if isinstance(r, PartBegin))
    assert begin.source.name == "example.terminology#1.0.0/CodeSystem-cs.json"
    assert begin.source.path.endswith("p.tgz!/package/CodeSystem-cs.json")
    assert [r.value_set.url for r in found if isinstance(r, ValueSetRecord)] == ["http://example.org/vs"]
    assert sum(isinstance(r, ConceptMapRecord | NamingSystemRecord) for r in found) == 2


def test_broken_resources_are_skipped_and_others_counted(tmp_path: Path) -> None:
    (tmp_path / "p.tgz").write_bytes(package(members=MEMBERS))
    found = load(tmp_path)
    reasons = [r.reason.text for r in found if isinstance(r, SkippedRecord)]
    assert len(reasons) == 2
    assert "ValueSet-broken.json: ValueSet.compose must be an object" in reasons[0]
    assert "ValueSet-cut.json: Not valid JSON at line 1" in reasons[1]
    (note,) = [r for r in found if isinstance(r, Note)]
    assert note.issue.text == (
        "example.terminology#1.0.0: read 1 CodeSystem, 1 ConceptMap, 1 NamingSystem, 1 ValueSet; "
        "left out 1 List, 1 SearchParameter."
    )


def test_unpacked_packages_with_and_without_their_folder(tmp_path: Path) -> None:
    (tmp_path / "p.tgz").write_bytes(package())
    with tarfile.open(tmp_path / "p.tgz") as tar:
        tar.extractall(tmp_path / "open", filter="data")
    for folder in (tmp_path / "open", tmp_path / "open" / "package"):
        begin = load(folder)[0]
        assert isinstance(begin, PartBegin)
        assert begin.source.name == "example.terminology#1.0.0/CodeSystem-cs.json"


def test_a_package_is_claimed_whole(tmp_path: Path) -> None:
    (tmp_path / "p.tgz").write_bytes(package(members=MEMBERS))
    (tmp_path / "loose.json").write_text(json.dumps(VALUE_SET), encoding="utf-8")
    tree = open_tree([tmp_path])
    (claim,) = LOADER.recognise(tree)
    assert claim.description == "FHIR package example.terminology#1.0.0"
    assert len(claim.paths) == len(tree.files()) - 1


def test_two_packages_in_one_tree(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(package("example.a"))
    (tmp_path / "b.tgz").write_bytes(package("example.b", "2.0.0", {"example.a": "1.0.0"}))
    tree = open_tree([tmp_path])
    assert [str(p) for p in packages(tree)] == ["example.a#1.0.0", "example.b#2.0.0"]
    assert packages(tree)[1].dependencies == {"example.a": "1.0.0"}
    first, second = LOADER.recognise(tree)
    names = {r.source.name for r in LOADER.read(tree, second, LoadOptions()) if isinstance(r, PartBegin)}
    assert names == {"example.b#2.0.0/CodeSystem-cs.json"}
    assert not set(first.paths) & set(second.paths)


def test_system_and_version_options_are_not_for_packages(tmp_path: Path) -> None:
    nameless = {n: v for n, v in CODE_SYSTEM.items() if n not in {"url", "version"}}
    (tmp_path / "p.tgz").write_bytes(package(members={"CodeSystem-x.json": nameless}))
    found = load(tmp_path, options=LoadOptions(system="http://example.org/said", version="9"))
    assert not any(isinstance(r, PartBegin) for r in found)


@pytest.mark.parametrize(
    "manifest", [b"{", b"[]", b'{"name": "left-pad", "version": "1.3.0"}', b'{"canonical": "x", "name": 3}']
)
def test_other_npm_packages_are_not_claimed(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / "package.json").write_bytes(manifest)
    assert LOADER.recognise(open_tree([tmp_path])) == []


def test_packages_come_before_loose_resources() -> None:
    names = [loader.name for loader in LOADERS]
    assert names.index("fhir-packages") < names.index("fhir-resources")
    assert len(set(names)) == len(names)


def test_r4_core(shared: Path) -> None:
    archive = next((shared / "data" / "fhir-r4-core-terminology").glob("*.tgz"), None)
    if archive is None:
        pytest.skip("needs the R4 core package in shared/data/fhir-r4-core-terminology")
    found = load(archive)
    counts = {
        kind.__name__: sum(isinstance(r, kind) for r in found) for kind in (PartBegin, ValueSetRecord, SkippedRecord)
    }
    assert counts == {"PartBegin": 1062, "ValueSetRecord": 1316, "SkippedRecord": 0}
