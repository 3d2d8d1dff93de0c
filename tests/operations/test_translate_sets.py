"""Value sets that maps name instead of codes: all their codes are meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from terminology.fhir import codesystem, conceptmap, valueset
from terminology.ingest import load
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, Mapping, MappingAttribute, Unmapped
from terminology.operations.inputs import Given
from terminology.operations.translate import OPERATION
from terminology.store.opening import open_store
from tests.memory import MemoryCodeSystem
from tests.operations.calling import call, value, values
from tests.operations.maps import MapCatalogue
from tests.valuesets.building import include, value_set

OLD, NEW, PLACE = "http://example.org/old", "http://example.org/new", "http://example.org/place"
FRACTURES = value_set("fractures", include(OLD, filters=[("concept", "is-a", "fracture")]))
BONES = value_set("bones", include(NEW, "bone", "joint"))
INSIDE = value_set("inside", include(PLACE, "home", "ward"))
SYSTEMS = (
    MemoryCodeSystem.of(OLD, "fracture", "arm < fracture", "leg < fracture", "cold"),
    MemoryCodeSystem.of(NEW, "bone", "joint", "other"),
    MemoryCodeSystem.of(PLACE, "home", "ward", "street"),
)
WHERE = MappingAttribute("http://example.org/where", value_set=INSIDE.url)


def mapped(*mappings: Mapping, unmapped: Unmapped | None = None) -> ConceptMap:
    group = Group(source=Canonical(OLD), target=Canonical(NEW), mappings=mappings, unmapped=unmapped)
    return ConceptMap(url="http://example.org/map", version="1", groups=(group,))


def translate(
    map_: ConceptMap, *given: Given, beside: Any = (FRACTURES, BONES, INSIDE), **query: str
) -> dict[str, Any]:
    return call(OPERATION, MapCatalogue(map_, beside=(*SYSTEMS, *beside)), *given, url=map_.url, **query)


def codes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(m["concept"]["code"], m["relationship"]) for m in values(found, "match")]


FROM_SET = mapped(Mapping(source_value_set=FRACTURES.url, target_code="bone", relationship="related-to"))
TO_SET = mapped(Mapping(source_code="cold", target_value_set=BONES.url, relationship="source-is-broader-than-target"))
BOTH = mapped(Mapping(source_value_set=FRACTURES.url, target_value_set=BONES.url, relationship="related-to"))


@pytest.mark.parametrize("code", ["fracture", "arm", "leg"])
@pytest.mark.parametrize("system", [OLD, None])
def test_each_code_of_a_set_is_mapped(code: str, system: str | None) -> None:
    more = {"system": system} if system else {}
    assert codes(translate(FROM_SET, code=code, **more)) == [("bone", "related-to")]


def test_a_code_outside_it_is_not() -> None:
    found = translate(FROM_SET, system=OLD, code="cold")
    assert (value(found, "result"), codes(found)) == (False, [])


def test_each_code_of_a_set_is_mapped_to() -> None:
    wanted = [("bone", "source-is-broader-than-target"), ("joint", "source-is-broader-than-target")]
    assert codes(translate(TO_SET, system=OLD, code="cold")) == wanted
    assert codes(translate(BOTH, system=OLD, code="arm")) == [("bone", "related-to"), ("joint", "related-to")]


def test_backwards() -> None:
    assert codes(translate(FROM_SET, system=NEW, code="bone", reverse="true")) == [
        ("fracture", "related-to"), ("arm", "related-to"), ("leg", "related-to"),
    ]  # fmt: skip
    assert codes(translate(TO_SET, system=NEW, code="joint", reverse="true")) == [
        ("cold", "source-is-narrower-than-target")
    ]
    assert codes(translate(TO_SET, system=NEW, code="other", reverse="true")) == []


def test_a_code_without_a_mapping_becomes_each_code_of_a_set() -> None:
    fixed = mapped(
        Mapping(source_code="cold", target_code="other", relationship="equivalent"),
        unmapped=Unmapped(mode="fixed", value_set=BONES.url, relationship="related-to"),
    )
    assert codes(translate(fixed, system=OLD, code="arm")) == [("bone", "related-to"), ("joint", "related-to")]
    assert codes(translate(fixed, system=OLD, code="cold")) == [("other", "equivalent")]


def test_a_code_that_a_set_has_is_not_unmapped() -> None:
    map_ = mapped(*FROM_SET.groups[0].mappings, unmapped=Unmapped(mode="fixed", code="other"))
    assert codes(translate(map_, system=OLD, code="arm")) == [("bone", "related-to")]


@pytest.mark.parametrize(("place", "result"), [("ward", True), ("street", False)])
def test_a_dependency_may_be_on_any_code_of_a_set(place: str, result: bool) -> None:
    map_ = mapped(Mapping(source_code="cold", target_code="other", relationship="equivalent", depends_on=(WHERE,)))
    dependency = [
        {"name": "attribute", "valueUri": WHERE.attribute},
        {"name": "value", "valueCoding": {"system": PLACE, "code": place}},
    ]
    found = translate(map_, Given("dependency", "part", dependency), system=OLD, code="cold")
    assert value(found, "result") is result


def test_sets_that_are_not_here_are_named() -> None:
    message = value(translate(FROM_SET, system=OLD, code="arm", beside=()), "message")
    assert "There is no translation" in message
    assert FRACTURES.url in message
    message = value(translate(TO_SET, system=OLD, code="cold", beside=()), "message")
    assert BONES.url in message
    assert "cannot be listed" in message


def code_system(url: str, codes: str) -> dict[str, Any]:
    return {
        "resourceType": "CodeSystem", "url": url, "status": "active", "content": "complete",
        "concept": [{"code": code} for code in codes],
    }  # fmt: skip


def of(url: str, include: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": {"include": [include]}}


ALL, SOME = "http://example.org/all", "http://example.org/some"
RESOURCES = [
    code_system(OLD, "ab"),
    code_system(NEW, "xyz"),
    of(ALL, {"system": OLD}),
    of(SOME, {"system": NEW, "concept": [{"code": "x"}, {"code": "y"}]}),
    {"resourceType": "ConceptMap", "url": "http://example.org/m", "status": "active", "group": [
        {"source": OLD, "target": NEW, "element": [
            {"valueSet": ALL, "target": [{"code": "z", "relationship": "related-to"}]},
            {"code": "b", "target": [{"valueSet": SOME, "relationship": "related-to"}]},
        ]}]},
]  # fmt: skip
READERS = {"CodeSystem": codesystem.parse, "ValueSet": valueset.parse, "ConceptMap": conceptmap.parse}


@pytest.mark.parametrize("way", ["stored", "supplied"])
def test_maps_of_the_server_and_of_the_request(way: str, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'sets.db'}"
    supplied = () if way == "stored" else tuple(READERS[str(r["resourceType"])](r) for r in RESOURCES)
    if way == "stored":
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in RESOURCES]}
        (tmp_path / "all.json").write_bytes(orjson.dumps(bundle))
        store = open_store(database)
        assert load(store, [str(tmp_path / "all.json")]).failed == 0
        store.close()
    with Terminology(database) as terminology:

        def matched(system: str, code: str, **more: Any) -> list[str | None]:
            found = terminology.translate(system, code, resources=supplied, **more)
            return [match.concept.code for match in found.matches]

        assert matched(OLD, "a") == ["z"]
        assert matched(OLD, "b") == ["x", "y", "z"]
        assert matched(NEW, "y", reverse=True) == ["b"]
        assert matched(NEW, "z", reverse=True) == ["a", "b"]
