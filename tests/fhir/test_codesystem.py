"""CodeSystem ⇄ model."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.fhir import codesystem
from terminology.fhir.json import dumps, loads
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.outcome import TerminologyError

FULL: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "id": "operations",
    "meta": {"profile": ["http://example.org/StructureDefinition/p"]},
    "text": {"status": "empty", "div": "<div xmlns='http://www.w3.org/1999/xhtml'/>"},
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status", "valueCode": "draft"},
        {"id": "x", "url": "http://example.org/with-id", "valueString": "kept in the resource"},
    ],
    "url": "http://example.org/cs",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}],
    "version": "2024",
    "versionAlgorithmCoding": {"system": "http://hl7.org/fhir/version-algorithm", "code": "integer"},
    "name": "Operations",
    "title": "Operations",
    "_title": {"extension": [{"url": "http://example.org/t", "valueString": "Operationen"}]},
    "status": "active",
    "experimental": False,
    "date": "2024-01-01",
    "publisher": "Nobody",
    "description": "Invented",
    "copyright": "None",
    "effectivePeriod": {"start": "2024-01", "end": "2024"},
    "language": "en",
    "caseSensitive": True,
    "valueSet": "http://example.org/vs",
    "hierarchyMeaning": "is-a",
    "compositional": True,
    "versionNeeded": True,
    "content": "complete",
    "count": 4,
    "filter": [{"code": "concept", "operator": ["is-a", "="], "value": "a code"}],
    "property": [{"code": "weight", "uri": "http://example.org/p#weight", "description": "grams", "type": "decimal"}],
    "concept": [
        {
            "id": "c1",
            "extension": [{"url": "http://example.org/e", "valueInteger": 3}],
            "code": "A",
            "display": "Alpha",
            "_display": {"extension": [{"url": "http://example.org/t", "valueString": "Alfa"}]},
            "definition": "first",
            "designation": [
                {
                    "id": "d1",
                    "extension": [{"url": "http://example.org/n", "extension": [{"url": "in", "valueCode": "x"}]}],
                    "language": "de",
                    "use": {"system": "http://example.org/use", "code": "u", "id": "coding-id"},
                    "additionalUse": [{"code": "v"}],
                    "value": "Erstes",
                },
                {"_value": {"extension": [{"url": "http://example.org/absent", "valueCode": "unknown"}]}},
            ],
            "property": [
                {"code": "weight", "valueDecimal": 1.5},
                {"code": "weight", "valueDecimal": 3},
                {"code": "kind", "valueCoding": {"system": "http://example.org/k", "code": "k", "userSelected": True}},
                {"code": "n", "valueInteger": 7},
                {"code": "ok", "valueBoolean": True},
                {"code": "when", "valueDateTime": "2024-01-01"},
                {"code": "status", "valueCode": "active"},
                {"code": "note", "valueString": "text"},
                {"code": "odd", "valueUri": "http://example.org/not-a-property-type"},
            ],
            "concept": [
                {"code": "A1", "concept": [{"code": "A1a", "display": "Deep"}]},
                {"code": "A2", "display": "Second child"},
            ],
        },
        {"code": "B", "display:de": "no FHIR, but kept"},
    ],
}  # fmt: skip


def same(one: object, other: object) -> bool:
    return dumps(one, sort=True) == dumps(other, sort=True)


def test_nothing_is_lost() -> None:
    parsed = codesystem.parse(FULL)
    assert same(codesystem.render(parsed.metadata, parsed.concepts), FULL)


def test_the_header() -> None:
    metadata = codesystem.parse_metadata(FULL)
    assert metadata.url == "http://example.org/cs"
    assert metadata.identifiers == ("urn:oid:1.2.3",)
    assert metadata.standards_status == "draft"
    assert metadata.effective_start == "2024-01-01"
    assert metadata.effective_end == "2024-12-31"
    assert metadata.version_algorithm == Coding("http://hl7.org/fhir/version-algorithm", "integer")
    assert metadata.filters == (FilterDefinition("concept", ("is-a", "="), "a code"),)
    assert metadata.properties == (PropertyDefinition("weight", "decimal", "http://example.org/p#weight", "grams"),)
    assert "concept" not in loads(metadata.resource)
    assert loads(metadata.resource)["text"] == FULL["text"]


def test_concepts_are_flat_in_preorder_with_their_parents() -> None:
    found = list(codesystem.concepts(FULL))
    assert [(c.code, c.parents) for c in found] == [
        ("A", ()), ("A1", ("A",)), ("A1a", ("A1",)), ("A2", ("A",)), ("B", ()),
    ]  # fmt: skip


def test_property_values_are_typed() -> None:
    first = next(codesystem.concepts(FULL))
    assert [p.value for p in first.properties] == [
        Decimal("1.5"), Decimal(3), Coding("http://example.org/k", "k", user_selected=True), 7, True, "2024-01-01",
        "active", "text",
    ]  # fmt: skip
    assert first.extensions == (Extension("http://example.org/e", "Integer", 3),)


def test_the_digest_ignores_the_order_of_members() -> None:
    backwards = dict(reversed(FULL.items()))
    assert codesystem.parse(backwards).digest == codesystem.parse(FULL).digest
    assert codesystem.parse({**FULL, "date": "2025"}).digest != codesystem.parse(FULL).digest


def test_typed_fields_win_over_the_published_json() -> None:
    changed = replace(
        codesystem.parse_metadata(FULL), version="2025", properties=(PropertyDefinition("new", "string"),)
    )
    written = codesystem.render_metadata(changed)
    assert written["version"] == "2025"
    assert written["text"] == FULL["text"]
    assert [p["code"] for p in written["property"]] == ["weight", "new"]


def test_a_header_made_by_a_loader_is_written_whole() -> None:
    metadata = CodeSystemMetadata(
        url="http://example.org/made",
        version="1",
        name="Made",
        case_sensitive=False,
        supplements=Canonical("http://example.org/cs", "2"),
        content="supplement",
        filters=(FilterDefinition("f", ("=",), "text", "why"),),
        properties=(PropertyDefinition("p", "code", "http://example.org/p"),),
        extensions=(Extension("http://example.org/e", "Code", "x"),),
    )
    assert codesystem.render_metadata(metadata) == {
        "resourceType": "CodeSystem",
        "extension": [{"url": "http://example.org/e", "valueCode": "x"}],
        "url": "http://example.org/made",
        "version": "1",
        "name": "Made",
        "status": "active",
        "caseSensitive": False,
        "content": "supplement",
        "supplements": "http://example.org/cs|2",
        "filter": [{"code": "f", "description": "why", "operator": ["="], "value": "text"}],
        "property": [{"code": "p", "uri": "http://example.org/p", "type": "code"}],
    }


def test_identifiers_and_periods_of_a_loader_are_written_once() -> None:
    made = CodeSystemMetadata(
        url="http://example.org/cs", identifiers=("urn:oid:1.2.3",), effective_start="2025-10-01",
        effective_end="2026-09-30",
    )  # fmt: skip
    written = codesystem.render_metadata(made)
    assert written["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}]
    assert written["effectivePeriod"] == {"start": "2025-10-01", "end": "2026-09-30"}
    again = codesystem.parse_metadata(written)
    assert (again.identifiers, again.effective_start) == (made.identifiers, made.effective_start)
    assert codesystem.render_metadata(again) == written


@pytest.mark.parametrize("algorithm", ["date", Coding("http://hl7.org/fhir/version-algorithm", "date")])
def test_how_versions_order_is_written_and_read(algorithm: str | Coding) -> None:
    made = CodeSystemMetadata(url="http://example.org/cs", version_algorithm=algorithm)
    written = codesystem.render_metadata(made)
    assert sum(name.startswith("versionAlgorithm") for name in written) == 1
    again = codesystem.parse_metadata(written)
    assert again.version_algorithm == algorithm
    assert codesystem.render_metadata(again) == written


def test_hierarchies_that_nesting_cannot_show_become_properties() -> None:
    written = codesystem.render_concepts(
        [
            Concept("a"),
            Concept("b"),
            Concept("both", parents=("a", "b")),
            Concept("stated", parents=("a",), properties=(Property("parent", "code", "a"),)),
            Concept("orphan", parents=("elsewhere",)),
        ]
    )
    assert written == [
        {"code": "a", "concept": [{"code": "both", "property": [{"code": "parent", "valueCode": "b"}]}]},
        {"code": "b"},
        {"code": "stated", "property": [{"code": "parent", "valueCode": "a"}]},
        {"code": "orphan", "property": [{"code": "parent", "valueCode": "elsewhere"}]},
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"url": None}, "CodeSystem.url"),
        ({"url": ""}, "CodeSystem.url"),
        ({"version": 3}, "CodeSystem.version"),
        ({"caseSensitive": "yes"}, "CodeSystem.caseSensitive"),
        ({"count": "4"}, "CodeSystem.count"),
        ({"content": "everything"}, "CodeSystem.content"),
        ({"identifier": {"value": "x"}}, "CodeSystem.identifier"),
        ({"filter": ["x"]}, "CodeSystem.filter[0]"),
        ({"effectivePeriod": "2024"}, "CodeSystem.effectivePeriod"),
        ({"concept": {"code": "x"}}, "CodeSystem.concept"),
        ({"concept": [{"code": "x"}, {"display": "no code"}]}, "CodeSystem.concept[1].code"),
        ({"concept": [{"code": "x", "concept": [{"code": 3}]}]}, "CodeSystem.concept[0].concept[0].code"),
        ({"concept": [{"code": "x", "property": [{"valueCode": "y"}]}]}, "CodeSystem.concept[0].property[0].code"),
        (
            {"concept": [{"code": "x", "property": [{"code": "p", "valueInteger": "1"}]}]},
            "CodeSystem.concept[0].property[0].valueInteger",
        ),
        (
            {"concept": [{"code": "x", "designation": [{"value": ["y"]}]}]},
            "CodeSystem.concept[0].designation[0].value",
        ),
        ({"concept": [{"code": "x", "extension": "y"}]}, "CodeSystem.concept[0].extension"),
    ],
)
def test_broken_elements_are_named_by_their_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(TerminologyError) as error:
        codesystem.parse({**FULL, **change})
    assert error.value.kind == "invalid"
    assert error.value.issues[0].expression == (path,)
    assert str(error.value).startswith(path + " must be ")


def test_a_missing_content_is_taken_from_the_concepts() -> None:
    bare = {"resourceType": "CodeSystem", "url": "http://example.org/x"}
    assert codesystem.parse_metadata(bare).content == "not-present"
    assert codesystem.parse_metadata({**bare, "concept": [{"code": "a"}]}).content == "complete"
    assert codesystem.parse_metadata(bare).status == "unknown"
    assert "status" not in codesystem.render_metadata(codesystem.parse_metadata(bare))


@pytest.mark.parametrize(
    "url",
    [
        "http://hl7.org/fhir/StructureDefinition/artifact-effectivePeriod",
        "http://hl7.org/fhir/StructureDefinition/resource-effectivePeriod",
    ],
)
def test_effective_period_by_extension(url: str) -> None:
    resource = {
        "url": "x",
        "extension": [{"url": url, "valuePeriod": {"start": "2023-10-01T00:00:00Z", "end": "2024-02"}}],
    }
    metadata = codesystem.parse_metadata(resource)
    assert (metadata.effective_start, metadata.effective_end) == ("2023-10-01", "2024-02-29")


codes = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs"]), min_size=1, max_size=6)
words = st.text(min_size=1, max_size=12)


@st.composite
def forests(draw: st.DrawFn) -> list[Concept]:
    """Concepts in pre-order, each under an earlier one or at the top."""
    found: list[Concept] = []
    path: list[str] = []
    for code in draw(st.lists(codes, unique=True, max_size=12)):
        path = path[: draw(st.integers(0, len(path)))]
        found.append(
            Concept(
                code,
                draw(st.none() | words),
                designations=tuple(
                    Designation(w, draw(st.none() | st.just("de"))) for w in draw(st.lists(words, max_size=2))
                ),
                properties=tuple(Property("n", "integer", n) for n in draw(st.lists(st.integers(0, 9), max_size=2))),
                parents=(path[-1],) if path else (),
            )
        )
        path.append(code)
    return found


@given(forests())
def test_writing_and_reading_are_inverse(forest: list[Concept]) -> None:
    written = loads(dumps({"concept": codesystem.render_concepts(forest)}))
    assert list(codesystem.concepts(written)) == forest
