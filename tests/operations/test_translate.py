from __future__ import annotations

from typing import Any

import pytest

from terminology.fhir.conceptmap import parse
from terminology.model.coding import Canonical
from terminology.model.conceptmap import BARE, ConceptMap, Group, Mapping, MappingAttribute, Unmapped
from terminology.model.outcome import TerminologyError
from terminology.operations.inputs import Given, Inputs, given_in_url
from terminology.operations.translate import OPERATION
from tests.memory import MemoryCodeSystem
from tests.operations.calling import call, value, values
from tests.operations.maps import MapCatalogue
from tests.valuesets.building import include, value_set

OLD, NEW, OTHER = "http://example.org/old", "http://example.org/new", "http://example.org/other"
MAP = "http://example.org/map"


def mapping(source: str, target: str | None, relationship: str = "equivalent", **more: Any) -> Mapping:
    return Mapping(source_code=source, target_code=target, relationship=relationship, **more)


MAIN = ConceptMap(
    url=MAP,
    version="1",
    source_scope=Canonical("http://example.org/vs/old"),
    target_scope=Canonical("http://example.org/vs/new"),
    groups=(
        Group(
            source=Canonical(OLD),
            target=Canonical(NEW, "2024"),
            mappings=(
                mapping("1", "A", target_display="Letter A"),
                mapping("2", "A", "source-is-narrower-than-target"),
                mapping("3", "B", depends_on=(MappingAttribute("http://example.org/sex", "String", "female"),)),
                mapping("3", "C", depends_on=(MappingAttribute("http://example.org/sex", "String", "male"),)),
                mapping("4", None),
                mapping("5", "E", "not-related-to", products=(MappingAttribute("http://example.org/p", "Code", "q"),)),
            ),
            unmapped=Unmapped(mode="fixed", code="?", display="Unknown"),
        ),
    ),
)
FALLBACK = ConceptMap(
    url="http://example.org/fallback",
    groups=(Group(source=Canonical(OLD), target=Canonical(OTHER), unmapped=Unmapped(mode="use-source-code")),),
)
REFERRING = ConceptMap(
    url="http://example.org/referring",
    groups=(Group(source=Canonical(OLD), unmapped=Unmapped(mode="other-map", other_map=MAP)),),
)
CIRCLE = ConceptMap(
    url="http://example.org/circle",
    groups=(Group(source=Canonical(OLD), unmapped=Unmapped(mode="other-map", other_map="http://example.org/circle")),),
)
CATALOGUE = MapCatalogue(MAIN, FALLBACK, REFERRING, CIRCLE)


def translate(*given: Given, **query: str) -> dict[str, Any]:
    return call(OPERATION, CATALOGUE, *given, **query)


@pytest.mark.parametrize(
    "query",
    [
        {"system": OLD, "code": "1"},
        {"system": OLD, "code": "1", "targetsystem": NEW},
        {"sourceSystem": OLD, "sourceCode": "1", "targetSystem": NEW},
        {"url": MAP, "code": "1"},
        {"url": MAP, "conceptMapVersion": "1", "sourceCode": "1", "system": OLD},
        {"system": OLD, "code": "1", "sourceScope": "http://example.org/vs/old"},
        {"system": OLD, "code": "1", "target": "http://example.org/vs/new"},
    ],
)
def test_r4_and_r5_names(query: dict[str, str]) -> None:
    found = translate(**query)
    assert value(found, "result") is True
    assert value(found, "match") == {
        "relationship": "equivalent",
        "concept": {"system": NEW, "version": "2024", "code": "A", "display": "Letter A"},
        "originMap": f"{MAP}|1",
    }


def test_codings_and_codeable_concepts() -> None:
    coding = {"system": OLD, "code": "1"}
    for given in (
        Given("sourceCoding", "Coding", coding),
        Given("coding", "Coding", coding),
        Given("codeableConcept", "CodeableConcept", {"coding": [{"system": OTHER, "code": "9"}, coding]}),
    ):
        assert value(translate(given), "match")["concept"]["code"] == "A"


def test_scopes_of_other_maps_leave_them_out() -> None:
    assert value(translate(system=OLD, code="1", sourceScope="http://example.org/vs/elsewhere"), "result") is False


def test_backwards_as_r4_asks_returns_sources_with_the_relationship_turned() -> None:
    found = values(translate(system=NEW, code="A", reverse="true"), "match")
    assert [(m["concept"]["code"], m["relationship"]) for m in found] == [
        ("1", "equivalent"),
        ("2", "source-is-broader-than-target"),
    ]


def test_backwards_as_r5_asks_names_source_and_target() -> None:
    found = values(translate(targetSystem=NEW, targetCode="A", sourceSystem=OLD), "match")
    assert [(m["concept"]["code"], m["source"]["code"], m["relationship"]) for m in found] == [
        ("A", "1", "equivalent"),
        ("A", "2", "source-is-narrower-than-target"),
    ]


def test_dependencies_choose_between_mappings() -> None:
    assert [m["concept"]["code"] for m in values(translate(system=OLD, code="3"), "match")] == ["B", "C"]
    sex = [
        {"name": "attribute", "valueUri": "http://example.org/sex"},
        {"name": "value", "valueString": "male"},
    ]
    found = translate(Given("dependency", "part", sex), system=OLD, code="3")
    assert value(found, "match")["concept"]["code"] == "C"
    assert value(found, "match")["dependsOn"] == {"attribute": "http://example.org/sex", "value": "male"}


@pytest.mark.parametrize(
    "value_part",
    [
        {"name": "concept", "valueCodeableConcept": {"coding": [{"system": "http://example.org/s", "code": "x"}]}},
        {"name": "value", "valueCoding": {"system": "http://example.org/s", "code": "x"}},
    ],
)
def test_dependencies_on_codings(value_part: dict[str, Any]) -> None:
    def needing(code: str) -> Mapping:
        coding = {"system": "http://example.org/s", "code": code}
        return mapping("1", code.upper(), depends_on=(MappingAttribute("http://example.org/a", "Coding", coding),))

    map_ = ConceptMap(url=MAP, groups=(Group(source=Canonical(OLD), mappings=(needing("x"), needing("y"))),))
    dependency = [{"name": "element", "valueUri": "http://example.org/a"}, value_part]
    found = call(OPERATION, MapCatalogue(map_), Given("dependency", "part", dependency), system=OLD, code="1")
    assert [m["concept"]["code"] for m in values(found, "match")] == ["X"]


DECLARING = parse({
    "resourceType": "ConceptMap",
    "status": "active",
    "url": "http://example.org/declaring",
    "property": [
        {"code": "rank", "uri": "http://example.org/rank", "type": "integer"}, {"code": "note", "type": "string"},
    ],
    "additionalAttribute": [{"code": "sex", "uri": "http://example.org/sex", "type": "code"}],
    "group": [{"source": OLD, "target": NEW, "element": [{"code": "1", "target": [
        {"code": "F", "relationship": "equivalent", "dependsOn": [{"attribute": "sex", "valueCode": "female"}],
         "property": [{"code": "rank", "valueInteger": 1}, {"code": "note", "valueString": "first"}]},
        {"code": "M", "relationship": "equivalent", "dependsOn": [{"attribute": "sex", "valueCode": "male"}],
         "product": [{"attribute": "sex", "valueCode": "male"}]},
    ]}]}],
})  # fmt: skip


def test_attributes_are_named_by_the_uris_that_the_map_declares() -> None:
    """R5: the parts of a match that are called `uri`, and `attribute`, are uris; codes are the map's own."""
    found = call(OPERATION, MapCatalogue(DECLARING), system=OLD, code="1")
    female, male = (p["part"] for p in found["parameter"] if p["name"] == "match")
    assert [part["part"][0] for part in (*female, *male) if "part" in part] == [
        {"name": "uri", "valueUri": "http://example.org/rank"},
        {"name": "uri", "valueUri": "note"},
        {"name": "attribute", "valueUri": "http://example.org/sex"},
        {"name": "attribute", "valueUri": "http://example.org/sex"},
        {"name": "attribute", "valueUri": "http://example.org/sex"},
    ]


@pytest.mark.parametrize("name", ["http://example.org/sex", "sex"])
@pytest.mark.parametrize(
    "value_part",
    [
        {"name": "value", "valueCode": "male"},
        {"name": "concept", "valueCodeableConcept": {"coding": [{"code": "male"}]}},
    ],
)
def test_dependencies_are_named_by_uri_or_code(name: str, value_part: dict[str, Any]) -> None:
    dependency = [{"name": "attribute", "valueUri": name}, value_part]
    found = call(OPERATION, MapCatalogue(DECLARING), Given("dependency", "part", dependency), system=OLD, code="1")
    assert [m["concept"]["code"] for m in values(found, "match")] == ["M"]


def test_not_related_is_a_match_but_no_result() -> None:
    found = translate(system=OLD, code="5", url=MAP)
    assert value(found, "result") is False
    assert value(found, "match")["product"] == {"attribute": "http://example.org/p", "value": "q"}
    assert "not to be related" in value(found, "message")


@pytest.mark.parametrize(
    ("url", "code", "system", "relationship"),
    [
        (MAP, "?", NEW, "related-to"),
        ("http://example.org/fallback", "77", OTHER, "equivalent"),
        ("http://example.org/referring", "?", NEW, "related-to"),
    ],
)
def test_unmapped_codes(url: str, code: str, system: str, relationship: str) -> None:
    match = value(translate(url=url, system=OLD, code="77"), "match")
    assert (match["concept"]["code"], match["concept"]["system"]) == (code, system)
    assert match["relationship"] == relationship


def test_unmapped_needs_a_named_map() -> None:
    found = translate(system=OLD, code="77")
    assert value(found, "result") is False
    assert value(found, "message") == f"There is no translation of {OLD}#77."


def test_other_map_is_followed_for_codes_it_mentions() -> None:
    assert value(translate(url="http://example.org/referring", system=OLD, code="1"), "match")["concept"]["code"] == "A"


GROUPS = ConceptMap(
    url="http://example.org/groups",
    groups=(
        Group(
            source=Canonical(OLD),
            target=Canonical(NEW),
            mappings=(mapping("1", "A"), Mapping(source_code="2"), Mapping(source_code="3", extra={BARE: {}})),
            unmapped=Unmapped(mode="fixed", code="?"),
        ),
        Group(source=Canonical(OLD), target=Canonical(OTHER), unmapped=Unmapped(mode="use-source-code")),
    ),
)


@pytest.mark.parametrize(
    ("code", "to_new", "to_other"),
    [("1", ["A"], ["1"]), ("2", [], ["2"]), ("3", ["?"], ["3"]), ("9", ["?"], ["9"])],
)
def test_each_group_speaks_for_itself(code: str, to_new: list[str], to_other: list[str]) -> None:
    """A code that one group maps, or that has no target there (`noMap`), may be unmapped in another."""

    def found(**limit: str) -> list[str]:
        answer = call(OPERATION, MapCatalogue(GROUPS), url=str(GROUPS.url), system=OLD, code=code, **limit)
        return [match["concept"]["code"] for match in values(answer, "match")]

    assert found() == to_new + to_other
    assert (found(targetSystem=NEW), found(targetSystem=OTHER)) == (to_new, to_other)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (
            "http://example.org/gone",
            "refers to 'http://example.org/gone' for codes it does not map, which",
        ),
        (None, "refers to another map for codes it does not map, but does not name it"),
    ],
)
def test_another_map_that_is_not_here_is_told(other: str | None, says: str) -> None:
    unmapped = Unmapped(mode="other-map", other_map=other)
    groups = (Group(source=Canonical(OLD), mappings=(mapping("1", "A"),), unmapped=unmapped),)
    catalogue = MapCatalogue(ConceptMap(url=MAP, groups=groups))
    answer = call(OPERATION, catalogue, url=MAP, system=OLD, code="9")
    assert value(answer, "result") is False
    assert value(answer, "message").startswith(f"There is no translation of {OLD}#9 in {MAP}. The concept map '{MAP}' ")
    assert says in value(answer, "message")
    both = {"coding": [{"system": OLD, "code": "9"}, {"system": OLD, "code": "1"}]}
    answer = call(OPERATION, catalogue, Given("codeableConcept", "CodeableConcept", both), url=MAP)
    assert value(answer, "result") is True
    assert says in value(answer, "message")


IN_SCOPE = value_set("in-scope", include(OLD, "1", "2"))
UNKNOWN_PART = value_set("unknown-part", include("http://example.org/unknown"))


@pytest.mark.parametrize(
    ("code", "scope", "with_url", "without"),
    [
        ("1", IN_SCOPE.url, True, True),
        ("3", IN_SCOPE.url, False, False),
        ("3", "http://example.org/vs/old", True, True),  # the map is for it
        ("1", "http://example.org/vs/gone", True, False),
        ("1", UNKNOWN_PART.url, True, False),  # nobody can say what is in it
    ],
)
def test_codes_outside_a_scope_are_not_translated(code: str, scope: str, with_url: bool, without: bool) -> None:
    catalogue = MapCatalogue(MAIN, beside=(MemoryCodeSystem.of(OLD, "1", "2", "3"), IN_SCOPE, UNKNOWN_PART))
    asked = {"system": OLD, "code": code, "sourceScope": scope}
    assert value(call(OPERATION, catalogue, **asked, url=MAP), "result") is with_url
    assert value(call(OPERATION, catalogue, **asked), "result") is without


def test_targets_outside_a_scope_are_left_out() -> None:
    targets = value_set("targets", include(NEW, "B"))
    catalogue = MapCatalogue(MAIN, beside=(MemoryCodeSystem.of(NEW, "A", "B", "C", version="2024"), targets))
    asked = {"url": MAP, "system": OLD, "targetScope": targets.url}
    assert [m["concept"]["code"] for m in values(call(OPERATION, catalogue, **asked, code="3"), "match")] == ["B"]
    assert value(call(OPERATION, catalogue, **asked, code="1"), "result") is False


def test_circles_of_maps_are_refused() -> None:
    with pytest.raises(TerminologyError, match="in a circle"):
        translate(url="http://example.org/circle", system=OLD, code="1")


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ({"code": "1"}, "invalid", "'code' needs the parameter 'system'"),
        ({"system": OLD}, "invalid", "needs one of the parameters"),
        ({"system": OLD, "code": "1", "sourceCode": "1"}, "invalid", "Give only one of"),
        ({"system": OLD, "code": "1", "url": "http://example.org/none"}, "not-found", "is not known"),
    ],
)
def test_what_is_missing_is_named(query: dict[str, str], kind: str, text: str) -> None:
    with pytest.raises(TerminologyError) as raised:
        translate(**query)
    assert raised.value.kind == kind
    assert text in str(raised.value)


def test_r4_names_in_the_answer() -> None:
    match = value(_at_r4(system=OLD, code="2"), "match")
    assert match == {"equivalence": "wider", "concept": match["concept"], "source": f"{MAP}|1"}


def test_r5_names_at_r4_are_answered_with_r5_names_and_the_equivalence() -> None:
    match = value(_at_r4(sourceSystem=OLD, sourceCode="2"), "match")
    assert (match["relationship"], match["equivalence"]) == ("source-is-narrower-than-target", "wider")
    assert match["originMap"] == f"{MAP}|1"
    match = values(_at_r4(targetSystem=NEW, targetCode="A"), "match")[1]
    assert (match["source"]["code"], match["concept"]["code"], match["equivalence"]) == ("2", "A", "wider")


def _at_r4(**query: str) -> dict[str, Any]:
    return OPERATION.to_r4(translate(**query), Inputs(OPERATION, given_in_url(query.items())))


def test_properties_of_a_mapping_stay_at_r4() -> None:
    """The flags of a GEM say how far a mapping can be trusted."""
    flag = {"name": "property", "part": [{"name": "uri", "valueUri": "http://example.org/flag"},
                                         {"name": "value", "valueBoolean": True}]}  # fmt: skip
    match = [{"name": "relationship", "valueCode": "equivalent"}, flag, {"name": "dependsOn", "part": []}]
    answer = {"resourceType": "Parameters", "parameter": [{"name": "match", "part": match}]}
    parts = OPERATION.to_r4(answer, Inputs(OPERATION, []))["parameter"][0]["part"]
    assert parts == [{"name": "equivalence", "valueCode": "equivalent"}, flag]


@pytest.mark.parametrize(
    ("value_part", "at_r4"),
    [
        (
            {"valueCoding": {"system": NEW, "code": "x"}},
            {"name": "concept", "valueCoding": {"system": NEW, "code": "x"}},
        ),
        ({"valueCode": "x"}, {"name": "concept", "valueCoding": {"code": "x"}}),
        ({"valueInteger": 3}, {"name": "value", "valueInteger": 3}),
    ],
)
def test_products_at_r4_are_codes(value_part: dict[str, Any], at_r4: dict[str, Any]) -> None:
    """R4: `product.concept` is a Coding; what cannot be one keeps R5's name."""
    product = [{"name": "attribute", "valueUri": "http://example.org/p"}, {"name": "value", **value_part}]
    match = {"name": "match", "part": [{"name": "product", "part": product}]}
    answer = {"resourceType": "Parameters", "parameter": [match]}
    (part,) = OPERATION.to_r4(answer, Inputs(OPERATION, []))["parameter"][0]["part"]
    assert part["part"] == [{"name": "element", "valueUri": "http://example.org/p"}, at_r4]


def test_mappings_are_compared_only_with_those_of_the_same_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of codes may have one target: comparing each with all others took seconds."""
    compared = 0
    equal = Mapping.__eq__

    def counted(one: Mapping, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    monkeypatch.setattr(Mapping, "__eq__", counted)
    mappings = tuple(mapping(f"s{number % 100}", "t") for number in range(300))
    many = ConceptMap(url=MAP, groups=(Group(source=Canonical(OLD), target=Canonical(NEW), mappings=mappings),))
    found = call(OPERATION, MapCatalogue(many), url=MAP, targetCode="t", system=NEW)
    assert len(values(found, "match")) == 100
    assert compared <= 300
