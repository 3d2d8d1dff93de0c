"""Texts, properties and extensions of entries; what the value set states, and cautions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.outcome import TerminologyError
from terminology.model.requests import ExpandRequest, RequestContext, VersionRules
from terminology.model.valueset import ConceptReference, ExpansionParameter
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import codes, entry, expansion, include, parameters, system, value_set
from valuesets.expand import expand

S = "http://example.org/s"
SD = "http://hl7.org/fhir/StructureDefinition/"
CP = "http://hl7.org/fhir/concept-properties#"
TREE = MemoryCodeSystem.of(S, "a", "b < a", "c < b", "d < a", "e", version="1")


# texts


GERMAN = Designation("Hund", "de")
SWISS = Designation("Hundli", "de-CH")
OLD = Designation(
    "Köter", "de", extensions=(Extension(SD + "structuredefinition-standards-status", "Code", "withdrawn"),)
)
NICK = Designation("doggo", use=Coding("http://example.org/use", "nickname"))
DOGS = system(Concept("dog", "Dog", designations=(OLD, SWISS, GERMAN, NICK)), Concept("cat", "Cat"), language="en")
ALL = value_set("v", include(S))


@pytest.mark.parametrize(
    ("languages", "dog", "cat"),
    [
        ("", "Dog", "Cat"),
        ("en", "Dog", "Cat"),
        ("de", "Hund", "Cat"),
        ("de-CH", "Hundli", "Cat"),
        ("de-AT", "Hund", "Cat"),
        ("fr", "Dog", "Cat"),
        ("fr, de;q=0.5", "Hund", "Cat"),
        ("*, de;q=0.5", "Dog", "Cat"),
        ("de, *;q=0", "Hund", None),
    ],
)
def test_displays_in_the_language_asked_for(languages, dog, cat):
    found = expansion(MemoryCatalogue(DOGS), ALL, languages=languages)
    assert [c.display for c in found.contains] == [dog, cat]


def test_the_language_comes_from_request_value_set_or_header_in_this_order():
    catalogue = MemoryCatalogue(DOGS)
    stated = (ExpansionParameter("displayLanguage", "Code", "de-CH"),)
    vs = value_set("v", include(S), language="en", expansion_parameters=stated)
    by_request = expansion(catalogue, vs, languages="de", accept="en")
    assert ("displayLanguage", "de") in parameters(by_request)
    assert by_request.contains[0].display == "Hund"
    assert expansion(catalogue, vs, accept="de").contains[0].display == "Hundli"
    assert expansion(catalogue, ALL, accept="de").contains[0].display == "Hund"
    german = value_set("v", include(S), language="de")
    assert expansion(catalogue, german).contains[0].display == "Hund"
    assert expansion(catalogue, german, accept="en").contains[0].display == "Dog"


def test_designations_are_all_texts_but_the_display():
    dog = entry(MemoryCatalogue(DOGS), ALL, "dog", include_designations=True)
    assert [d.value for d in dog.designations] == ["Köter", "Hundli", "Hund", "doggo"]
    german = entry(MemoryCatalogue(DOGS), ALL, "dog", include_designations=True, languages="de")
    assert [(d.value, d.language) for d in german.designations][:2] == [("Dog", "en"), ("Köter", "de")]
    assert german.designations[0].use.code == "preferredForLanguage"
    assert entry(MemoryCatalogue(DOGS), ALL, "dog").designations == ()


@pytest.mark.parametrize(
    ("token", "values"),
    [
        ("urn:ietf:bcp:47|de", ["Köter", "Hund"]),
        ("de-CH", ["Hundli"]),
        ("http://example.org/use|nickname", ["doggo"]),
        ("http://example.org/other|nickname", []),
        ("nickname", ["doggo"]),
        ("|nickname", []),
    ],
)
def test_designations_asked_for_by_language_or_use(token, values):
    dog = entry(MemoryCatalogue(DOGS), ALL, "dog", designations=(token,))
    assert [d.value for d in dog.designations] == values


def test_a_use_without_a_system():
    concept = Concept("a", "A", designations=(Designation("Ah", use=Coding(code="u")),))
    catalogue = MemoryCatalogue(MemoryCodeSystem(CodeSystemMetadata(url=S), [concept]))
    assert [d.value for d in entry(catalogue, ALL, "a", designations=("|u",)).designations] == ["Ah"]


def test_no_designations_where_the_request_says_none():
    none = expansion(MemoryCatalogue(DOGS), ALL, designations=("de",), include_designations=False)
    assert all(not entry.designations for entry in none.contains)
    stated = replace(ALL, expansion_parameters=(ExpansionParameter("includeDesignations", "Boolean", value=False),))
    assert not entry(MemoryCatalogue(DOGS), stated, "dog").designations
    assert entry(MemoryCatalogue(DOGS), stated, "dog", designations=("de-CH",)).designations


def test_the_value_sets_own_texts_come_first():
    own = ConceptReference("dog", "Our dog", (Designation("Unser Hund", "de"),))
    vs = value_set("v", include(S, own))
    assert entry(MemoryCatalogue(DOGS), vs, "dog").display == "Our dog"
    assert codes(MemoryCatalogue(DOGS), vs, filter="our") == ["dog"]
    assert codes(MemoryCatalogue(DOGS), vs, filter="unser hu") == ["dog"]
    assert codes(MemoryCatalogue(DOGS), vs, filter="dog") == ["dog"]
    assert codes(MemoryCatalogue(DOGS), vs, filter="cat") == []
    values = [d.value for d in entry(MemoryCatalogue(DOGS), vs, "dog", include_designations=True).designations]
    assert values == ["Dog", "Köter", "Hundli", "Hund", "doggo", "Unser Hund"]


def test_weights_are_echoed_alike():
    assert ("displayLanguage", "de, *; q=0") in parameters(expansion(MemoryCatalogue(DOGS), ALL, languages="de,*;q=0"))
    assert ("displayLanguage", "en,it,*") in parameters(expansion(MemoryCatalogue(DOGS), ALL, languages="en,it,*"))


def test_a_language_that_cannot_be_read():
    vs = value_set("v", include(S), expansion_parameters=(ExpansionParameter("displayLanguage", "Code", "de;q=x"),))
    with pytest.raises(TerminologyError, match="de;q=x"):
        expansion(MemoryCatalogue(DOGS), vs)


# properties and extensions


RICH = system(
    Concept(
        "a",
        "A",
        definition="The first",
        properties=(Property("colour", "code", "red"), Property("size", "integer", 3)),
        extensions=(
            Extension(SD + "codesystem-conceptOrder", "Integer", 6),
            Extension(SD + "itemWeight", "Decimal", Decimal("1.2")),
            Extension(SD + "rendering-style", "String", "bold"),
            Extension("http://example.org/unheard", "String", "of"),
        ),
    ),
    Concept("b", "B", parents=("a",), properties=(Property("status", "code", "retired"),)),
    Concept("c", "C", properties=(Property("inactive", "boolean", value=True),)),
    Concept("d", "D", properties=(Property("status", "code", "active"),)),
    properties=(PropertyDefinition("colour", "code", "http://example.org/colour"),),
)


def shown(found):
    return {p.code: p.value for p in found.properties}


def test_properties_asked_for():
    wanted = ("colour", "definition", "nothing", "child", "parent")
    found = expansion(MemoryCatalogue(RICH), ALL, properties=wanted, exclude_nested=True)
    assert shown(found.contains[0]) == {
        "colour": "red", "definition": "The first", "child": "b", "order": 6, "weight": Decimal("1.2"),
    }  # fmt: skip
    assert shown(found.contains[1]) == {"parent": "a", "status": "retired"}
    assert {p.code: p.uri for p in found.properties} == {
        "child": CP + "child", "colour": "http://example.org/colour", "definition": CP + "definition",
        "order": CP + "order", "parent": CP + "parent", "status": CP + "status", "weight": CP + "itemWeight",
    }  # fmt: skip
    everything = expansion(MemoryCatalogue(RICH), ALL, properties=("*",)).contains[0]
    assert shown(everything) == {"colour": "red", "size": 3, "order": 6, "weight": Decimal("1.2")}


def test_properties_may_be_asked_for_by_their_uris():
    by_code, by_uri = ("colour", "parent", "status"), ("http://example.org/colour", CP + "parent", CP + "status")
    named = expansion(MemoryCatalogue(RICH), ALL, properties=by_code, exclude_nested=True)
    assert expansion(MemoryCatalogue(RICH), ALL, properties=by_uri, exclude_nested=True) == named
    assert shown(named.contains[0])["colour"] == "red"
    composed = replace(ALL, compose=replace(ALL.compose, properties=by_uri))
    assert expansion(MemoryCatalogue(RICH), composed, exclude_nested=True) == named
    unknown = expansion(MemoryCatalogue(RICH), ALL, properties=("urn:unknown",), exclude_nested=True)
    assert shown(unknown.contains[1]) == {"status": "retired"}


def test_status_and_inactivity():
    found = {c.code: c for c in expansion(MemoryCatalogue(RICH), ALL, exclude_nested=True).contains}
    assert {code: c.inactive for code, c in found.items()} == {"a": False, "b": True, "c": True, "d": False}
    assert [shown(found[c]).get("status") for c in "abcd"] == [None, "retired", "inactive", None]
    asked = expansion(MemoryCatalogue(RICH), ALL, exclude_nested=True, properties=("status",))
    assert [p.value for p in asked.contains[1].properties] == ["retired"]


def test_extensions_of_the_value_set_come_before_those_of_the_system():
    own = ConceptReference(
        "a",
        extensions=(
            Extension(SD + "valueset-conceptOrder", "Integer", 1),
            Extension(SD + "valueset-label", "String", "i."),
            Extension(SD + "valueset-deprecated", "Boolean", value=True),
            Extension(SD + "rendering-style", "String", "italic"),
            Extension("http://example.org/unheard", "String", "of"),
        ),
    )
    a = entry(MemoryCatalogue(RICH), value_set("v", include(S, own)), "a")
    assert shown(a) == {"order": 1, "weight": Decimal("1.2"), "label": "i."}
    assert {e.url.removeprefix(SD): e.value for e in a.extensions} == {
        "rendering-style": "italic", "valueset-deprecated": True,
    }  # fmt: skip


def test_supplements_are_laid_over_and_named():
    header = CodeSystemMetadata(
        url="http://example.org/sup", version="2", content="supplement", supplements=Canonical(S)
    )
    supplement = MemoryCodeSystem(header, [Concept("dog", designations=(Designation("hond", "nl"),))])
    catalogue = MemoryCatalogue(DOGS, supplement)
    found = expansion(catalogue, ALL, languages="nl", use_supplements=(Canonical("http://example.org/sup"),))
    assert found.contains[0].display == "hond"
    assert ("used-supplement", "http://example.org/sup|2") in parameters(found)
    required = value_set("v", include(S), supplements=(Canonical("http://example.org/sup"),))
    assert expansion(catalogue, required, languages="nl").contains[0].display == "hond"
    importing = value_set("w", include(imports=[ALL.url]), supplements=(Canonical("http://example.org/sup"),))
    assert expansion(MemoryCatalogue(DOGS, supplement, ALL), importing, languages="nl").contains[0].display == "hond"
    with pytest.raises(TerminologyError, match="supplement, which has no codes of its own"):
        expansion(catalogue, value_set("v", include(header.url)))
    with pytest.raises(TerminologyError, match="no-such"):
        expansion(catalogue, value_set("v", include(S), supplements=(Canonical("http://example.org/no-such"),)))


# what the value set states, and cautions


def test_the_value_set_fills_in_what_the_request_leaves_open():
    stated = (
        ExpansionParameter("activeOnly", "Boolean", value=True),
        ExpansionParameter("property", "String", "colour"),
        ExpansionParameter("system-version", "Canonical", f"{S}|1"),
    )
    vs = value_set("v", include(S), expansion_parameters=stated)
    old, new = (system(Concept("a", properties=(Property("colour", "code", v),)), version=v) for v in ("1", "2"))
    found = expansion(MemoryCatalogue(old, new), vs)
    assert shown(found.contains[0]) == {"colour": "1"}
    assert {("activeOnly", True), ("system-version", f"{S}|1")} <= set(parameters(found))
    mine = VersionRules(system_version=(Canonical(S, "2"),))
    assert shown(expansion(MemoryCatalogue(old, new), vs, versions=mine).contains[0]) == {"colour": "2"}


@pytest.mark.parametrize(
    ("header", "own", "warning"),
    [
        ({"status": "draft"}, {}, "warning-draft"),
        ({"status": "draft"}, {"status": "draft"}, None),
        ({"experimental": True}, {}, "warning-experimental"),
        ({"experimental": True}, {"experimental": True}, None),
        ({"standards_status": "deprecated"}, {}, "warning-deprecated"),
        ({"standards_status": "withdrawn"}, {}, "warning-withdrawn"),
        ({"status": "retired"}, {}, "warning-retired"),
    ],
)
def test_drafts_and_withdrawn_systems_are_warned_about(header, own, warning):
    found = expansion(MemoryCatalogue(system(Concept("a"), **header)), value_set("v", include(S), **own))
    expected = [(warning, S)] if warning else []
    assert [p for p in parameters(found) if p[0].startswith("warning-")] == expected


def test_a_withdrawn_value_set_is_warned_about():
    vs = value_set("v", include(S), standards_status="withdrawn")
    found = expansion(MemoryCatalogue(TREE), vs)
    assert ("warning-withdrawn", vs.url) in parameters(found)


def test_whether_the_definition_is_wanted_is_passed_on():
    request = ExpandRequest(value_set=ALL, include_definition=True)
    assert expand(MemoryCatalogue(DOGS), request, RequestContext()).include_definition
    assert not expand(MemoryCatalogue(DOGS), ExpandRequest(value_set=ALL), RequestContext()).include_definition
