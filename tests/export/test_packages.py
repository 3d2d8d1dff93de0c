"""A FHIR package of a code system: what is in it, and that it comes back."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from terminology import ingest
from terminology.export.packages import package_name, package_version
from terminology.fhir import json
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.queries import ResourceQuery
from tests.export import trips
from tests.loaders import packing

SYSTEM = "http://example.org/cs"
OTHERS = {
    "resourceType": "ValueSet", "id": "other", "url": "http://example.org/other", "status": "active",
    "compose": {"include": [{"system": "http://example.org/others"}], "exclude": [{"system": SYSTEM}]},
}  # fmt: skip
OLDER = {
    "resourceType": "ValueSet", "id": "older", "url": "http://example.org/older", "status": "active",
    "compose": {"include": [{"system": SYSTEM, "version": "0"}]},
}  # fmt: skip
SUPPLEMENT = {
    "resourceType": "CodeSystem", "id": "de", "url": "http://example.org/de", "status": "active",
    "content": "supplement", "supplements": SYSTEM,
    "concept": [{"code": "b", "designation": [{"language": "de", "value": "Be"}]}],
}  # fmt: skip
MAP = {
    "resourceType": "ConceptMap", "id": "cm", "url": "http://example.org/cm", "status": "active",
    "additionalAttribute": [{"code": "side", "uri": "http://example.org/side", "type": "string"}],
    "group": [
        {
            "source": SYSTEM, "target": "http://example.org/others",
            "element": [
                {"code": "a", "noMap": True},
                {
                    "code": "b", "display": "Bee",
                    "target": [
                        {
                            "code": "x", "relationship": "equivalent", "comment": "right",
                            "dependsOn": [{"attribute": "side", "valueString": "left"}],
                        },
                        {"code": "y", "relationship": "source-is-narrower-than-target"},
                    ],
                },
            ],
            "unmapped": {"mode": "fixed", "code": "z"},
        },
        {"source": "http://example.org/others", "target": f"{SYSTEM}|1"},
        {
            "source": "http://example.org/more", "target": SYSTEM,
            "element": [{"code": "q", "target": [{"code": "a", "relationship": "related-to"}]}],
        },
    ],
}  # fmt: skip


@pytest.fixture
def terminology(tmp_path: Path):
    given = tmp_path / "given"
    given.mkdir()
    packing.write(
        given, cs=packing.CODE_SYSTEM, vs=packing.VALUE_SET, other=OTHERS, older=OLDER, supplement=SUPPLEMENT, map=MAP
    )
    with Terminology(tmp_path / "t.db") as opened:
        ingest.load(opened.store, [given])
        yield opened


def archive(terminology: Terminology, **options) -> bytes:
    out = io.BytesIO()
    terminology.export(SYSTEM, out, form="package", **options)
    return out.getvalue()


def members(data: bytes) -> dict[str, dict]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {m.name: json.loads_object(tar.extractfile(m).read()) for m in tar.getmembers()}


def test_what_belongs_to_a_system_is_in_its_package(terminology):
    found = members(archive(terminology, release="R4"))
    assert list(found) == [
        "package/package.json", "package/CodeSystem-cs.json", "package/CodeSystem-de.json",
        "package/ValueSet-vs.json", "package/ConceptMap-cm.json", "package/.index.json",
    ]  # fmt: skip
    manifest = found["package/package.json"]
    assert (manifest["name"], manifest["version"], manifest["fhirVersions"]) == ("terminology.cs", "1.0.0", ["4.0.1"])
    assert [f["filename"] for f in found["package/.index.json"]["files"]] == [
        name.removeprefix("package/") for name in list(found)[1:-1]
    ]
    assert found["package/.index.json"]["files"][1]["supplements"] == SYSTEM
    assert found["package/ConceptMap-cm.json"]["group"][0]["element"][1]["target"][0]["equivalence"] == "equivalent"


def test_counts(terminology):
    told = terminology.export(SYSTEM, io.BytesIO(), form="package")
    assert (told.concepts, told.supplements, told.value_sets, told.concept_maps, told.mappings) == (2, 1, 1, 1, 4)


@pytest.mark.usefixtures("terminology")
def test_codes_of_withheld_systems_do_not_go_out(tmp_path):
    withheld = Settings.load({}, licences="http://example.org/others=licence/others")
    with Terminology(tmp_path / "t.db", settings=withheld) as opened:
        assert [name for name in members(archive(opened)) if "ConceptMap" in name] == []
    with Terminology(tmp_path / "t.db", settings=withheld, entitlements=["licence/others"]) as opened:
        assert len([name for name in members(archive(opened)) if "ConceptMap" in name]) == 1
    with_system = Settings.load({}, licences=f"{SYSTEM}=licence/cs")
    with Terminology(tmp_path / "t.db", settings=with_system) as opened, pytest.raises(TerminologyError):
        archive(opened)


def test_the_same_content_gives_the_same_bytes(terminology):
    assert archive(terminology) == archive(terminology)
    assert gzip.decompress(archive(terminology))[:20].startswith(b"package/package.json")


@pytest.mark.parametrize("release", ["R4", "R4B", "R5"])
def test_everything_comes_back(terminology, tmp_path, release):
    path = tmp_path / "cs.tgz"
    path.write_bytes(archive(terminology, release=release))
    with Terminology(tmp_path / "other.db") as other:
        assert not ingest.load(other.store, [path], trips.ALONE).skipped
        for type_, count in (("CodeSystem", 2), ("ValueSet", 1), ("ConceptMap", 1)):
            total, entries = other.store.resources(ResourceQuery(type=type_))
            assert total == count
            for entry in entries:
                before = terminology.store.resource(type_, entry.id)
                assert json.loads(entry.body) == json.loads(before.body)
                assert rows(other, entry) == rows(terminology, before)
        assert other.translate(SYSTEM, "b").matches == terminology.translate(SYSTEM, "b").matches


def rows(terminology: Terminology, entry) -> list[tuple[int, bytes]]:
    return [(row.group, row.document) for row in terminology.store.map_mappings(entry.key)]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2025", "2025.0.0"), ("2025-04", "2025.4.0"), ("4.0.1", "4.0.1"), (None, "0.0.0"), ("draft", "0.0.0"),
        ("http://snomed.info/sct/900000000000207008/version/20250731", "20250731.0.0"),
    ],
)  # fmt: skip
def test_versions_of_packages(version, expected):
    assert package_version(version) == expected


def test_names_of_packages():
    assert package_name("ICD10-2025") == "terminology.icd10-2025"
