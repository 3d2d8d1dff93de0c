from __future__ import annotations

from typing import Any

import pytest

from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import TerminologyError
from terminology.operations.inputs import Given
from terminology.operations.lookup import OPERATION
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.operations.calling import call, value, values

SYSTEM = "http://example.org/operations"


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    concepts = [
        Concept("surgery", "Surgery", properties=(Property("notSelectable", "boolean", True),)),
        Concept(
            "excision",
            "Excision",
            "Cutting something out",
            designations=(
                Designation("Removal", "en", Coding("http://example.org/use", "synonym")),
                Designation("Ausschneidung", "de", Coding("http://example.org/use", "synonym")),
                Designation("Exzision", "de"),
                Designation("Exzision (AT)", "de-AT"),
            ),
            properties=(
                Property("approach", "code", "open"),
                Property("minutes", "integer", 40),
                Property("see", "Coding", Coding("http://example.org/other", "x", display="X")),
            ),
            parents=("surgery",),
        ),
        Concept("open", "Open approach", properties=(Property("status", "code", "retired"),)),
        Concept("approach", "Approach"),
    ]
    approach = PropertyDefinition("approach", "code", "http://example.org/properties#approach")
    metadata = CodeSystemMetadata(url=SYSTEM, version="2", name="Operations", language="en", properties=(approach,))
    older = CodeSystemMetadata(url=SYSTEM, version="1", name="Operations")
    return MemoryCatalogue(MemoryCodeSystem(metadata, concepts), MemoryCodeSystem(older, concepts[:1]))


def lookup(catalogue: MemoryCatalogue, *given: Given, **query: str) -> dict[str, Any]:
    return call(OPERATION, catalogue, *given, **query)


def test_everything_is_returned_when_nothing_is_asked_for(catalogue: MemoryCatalogue) -> None:
    found = lookup(catalogue, system=SYSTEM, code="excision")
    assert value(found, "name") == "Operations"
    assert value(found, "version") == "2"
    assert value(found, "system") == SYSTEM
    assert value(found, "display") == "Excision"
    assert value(found, "definition") == "Cutting something out"
    assert value(found, "abstract") is False
    properties = {p["code"]: p for p in values(found, "property")}
    assert properties["approach"] == {
        "code": "approach",
        "code-display": "Approach",
        "value": "open",
        "description": "Open approach",
    }
    assert properties["minutes"]["value"] == 40
    assert properties["see"]["value"] == {"system": "http://example.org/other", "code": "x", "display": "X"}
    assert properties["parent"] == {"code": "parent", "value": "surgery", "description": "Surgery"}
    assert properties["inactive"]["value"] is False
    assert len(values(found, "designation")) == 5
    assert {"language": "en", "value": "Excision"}.items() <= values(found, "designation")[0].items()


def test_children_and_abstract(catalogue: MemoryCatalogue) -> None:
    found = lookup(catalogue, system=SYSTEM, code="surgery")
    assert value(found, "abstract") is True
    assert {"code": "child", "value": "excision", "description": "Excision"} in values(found, "property")


def test_inactive_follows_from_status(catalogue: MemoryCatalogue) -> None:
    found = lookup(catalogue, system=SYSTEM, code="open")
    assert {"code": "inactive", "value": True} in values(found, "property")


@pytest.mark.parametrize(
    ("asked", "codes", "designations", "definition"),
    [
        ("approach", {"approach"}, 0, None),
        ("parent", {"parent"}, 0, None),
        ("inactive", {"inactive"}, 0, None),
        ("definition", set(), 0, "Cutting something out"),
        ("designation", set(), 5, None),
        ("lang.de", set(), 3, None),
        ("lang.de-AT", set(), 1, None),
        ("*", {"approach", "minutes", "see", "parent", "inactive"}, 5, "Cutting something out"),
        ("unknown", set(), 0, None),
        ("http://example.org/properties#approach", {"approach"}, 0, None),
        ("http://hl7.org/fhir/concept-properties#parent", {"parent"}, 0, None),
    ],
)
def test_property_limits_what_is_returned(
    catalogue: MemoryCatalogue, asked: str, codes: set[str], designations: int, definition: str | None
) -> None:
    found = lookup(catalogue, system=SYSTEM, code="excision", property=asked)
    assert {p["code"] for p in values(found, "property")} == codes
    assert len(values(found, "designation")) == designations
    assert value(found, "definition") == definition
    assert value(found, "display") == "Excision"


@pytest.mark.parametrize(
    ("language", "display"),
    [
        ("de", "Exzision"),
        ("de-AT", "Exzision (AT)"),
        ("en-GB,en;q=0.5", "Excision"),
        ("fr", "Excision"),
        ("fr,de;q=0.5", "Exzision"),
    ],
)
def test_display_language(catalogue: MemoryCatalogue, language: str, display: str) -> None:
    assert value(lookup(catalogue, system=SYSTEM, code="excision", displayLanguage=language), "display") == display


def test_the_parameter_overrides_the_header(catalogue: MemoryCatalogue) -> None:
    asked = {"system": SYSTEM, "code": "excision"}
    assert value(call(OPERATION, catalogue, accept_language="de", **asked), "display") == "Exzision"
    both = call(OPERATION, catalogue, accept_language="de", displayLanguage="en", **asked)
    assert value(both, "display") == "Excision"


def test_the_code_may_come_as_coding_and_the_system_from_the_instance(catalogue: MemoryCatalogue) -> None:
    coding = Given("coding", "Coding", {"system": SYSTEM, "version": "1", "code": "surgery"})
    assert value(lookup(catalogue, coding), "version") == "1"
    on_instance = call(OPERATION, catalogue, instance=Canonical(SYSTEM, "1"), code="surgery")
    assert value(on_instance, "version") == "1"


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ({"system": SYSTEM, "code": "nothing"}, "not-found", f"Unable to find code 'nothing' in {SYSTEM} version 2"),
        ({"system": SYSTEM, "version": "7", "code": "open"}, "not-found", "Loaded versions: 1, 2"),
        ({"system": "http://example.org/none", "code": "open"}, "not-found", "'http://example.org/none' is not loaded"),
        ({"code": "open"}, "invalid", "'code' needs the parameter 'system'"),
        ({"system": SYSTEM}, "invalid", "needs one of the parameters code or coding"),
        ({"system": SYSTEM, "code": "open", "useSupplement": "http://example.org/s"}, "not-found", "supplement"),
        ({"system": SYSTEM, "code": "open", "displayLanguage": "d!"}, "invalid", "'displayLanguage' must be"),
    ],
)
def test_what_is_missing_is_named(catalogue: MemoryCatalogue, query: dict[str, str], kind: str, text: str) -> None:
    with pytest.raises(TerminologyError) as raised:
        lookup(catalogue, **query)
    assert raised.value.kind == kind
    assert text in str(raised.value)


def test_a_version_of_a_system_without_versions_is_what_is_missing() -> None:
    catalogue = MemoryCatalogue(MemoryCodeSystem(CodeSystemMetadata(url=SYSTEM), [Concept("open")]))
    with pytest.raises(TerminologyError) as raised:
        lookup(catalogue, system=SYSTEM, version="7", code="open")
    assert "not loaded in version '7'. Loaded versions: one without a version" in str(raised.value)


def test_a_supplement_of_another_system_is_refused(catalogue: MemoryCatalogue) -> None:
    other = CodeSystemMetadata(
        url="http://example.org/s", content="supplement", supplements=Canonical("http://example.org/other")
    )
    catalogue.systems.append(MemoryCodeSystem(other, [Concept("open")]))
    with pytest.raises(TerminologyError, match=f"http://example.org/s is not one of {SYSTEM}"):
        lookup(catalogue, system=SYSTEM, code="open", useSupplement="http://example.org/s")


def test_a_supplement_adds_and_is_named(catalogue: MemoryCatalogue) -> None:
    supplement = CodeSystemMetadata(
        url="http://example.org/s", version="3", content="supplement", supplements=Canonical(SYSTEM)
    )
    catalogue.systems.append(
        MemoryCodeSystem(supplement, [Concept("open", designations=(Designation("ouvert", "fr"),))])
    )
    found = lookup(catalogue, system=SYSTEM, code="open", useSupplement="http://example.org/s")
    assert "ouvert" in [d["value"] for d in values(found, "designation")]
    assert values(found, "used-supplement") == ["http://example.org/s|3"]
