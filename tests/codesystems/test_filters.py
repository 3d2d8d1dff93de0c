"""What filters mean, on one small system, and how those that mean nothing are refused."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal

import pytest

from terminology.codesystems.filters.registry import OPERATORS
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import TerminologyError
from terminology.model.status import CONCEPT_PROPERTIES
from terminology.model.valueset import Filter
from tests.codesystems.building import stored

HEADER = CodeSystemMetadata(
    url="http://example.org/cs",
    properties=(
        PropertyDefinition("color", "Coding", "http://example.org/color"),
        PropertyDefinition("weight", "decimal"),
        PropertyDefinition("not-selectable", "boolean", CONCEPT_PROPERTIES + "notSelectable"),
        PropertyDefinition("state", "code", CONCEPT_PROPERTIES + "status"),
        PropertyDefinition("note", "string"),
    ),
)
PROSE = "a text that is far too long for anybody to look for all of it, word by word, in a value index"
CONCEPTS = [
    Concept("root", "Root", "Where it starts"),
    Concept("a", "Alpha", parents=("root",), properties=(Property("not-selectable", "boolean", True),)),
    Concept("b", "Beta", parents=("root",), properties=(Property("not-selectable", "boolean", False),)),
    Concept("a1", "Alpha One", parents=("a",), designations=(Designation("Alpha eins", "de"),),
            properties=(Property("color", "Coding", Coding("http://c", "red")), Property("state", "code", "retired"))),
    Concept("a2", "Alpha Two", parents=("a", "b"),
            properties=(Property("weight", "decimal", Decimal("1.50")), Property("note", "string", PROSE))),
    Concept("a2x", "Alpha Two X", parents=("a2",),
            properties=(Property("note", "string", "short"), Property("extra", "code", "e"))),
]  # fmt: skip


@pytest.fixture(scope="module")
def system():
    return stored(HEADER, CONCEPTS)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("concept is-a a", "a a1 a2 a2x"),
        ("code is-a a2x", "a2x"),
        ("concept is-a nobody", ""),
        ("concept descendent-of a", "a1 a2 a2x"),
        ("concept is-not-a a", "root b"),
        ("concept generalizes a2x", "root a b a2 a2x"),
        ("concept generalizes a2", "root a b a2"),
        ("concept generalizes root", "root"),
        ("concept generalizes nobody", ""),
        ("concept child-of a", "a1 a2"),
        ("concept descendent-leaf root", "a1 a2x"),
        ("concept descendent-leaf a2x", ""),
        ("concept in a, b ,nobody", "a b"),
        ("code not-in a,b", "root a1 a2 a2x"),
        ("code regex a.", "a1 a2"),
        ("concept regex a", "a"),
        ("concept exists true", "root a b a1 a2 a2x"),
        ("parent = a", "a1 a2"),
        ("parent in a,b", "a1 a2"),
        ("parent exists false", "root"),
        ("parent regex a.*", "a1 a2 a2x"),
        ("child = a2", "a b"),
        ("child exists false", "a1 a2x"),
        ("child regex a2.", "a2"),
        ("display = Beta", "b"),
        ("display regex Alpha.*", "a a1 a2 a2x"),
        ("definition exists true", "root"),
        ("designation regex .*eins", "a1"),
        ("color = red", "a1"),
        ("http://example.org/color = red", "a1"),
        ("color exists false", "root a b a2 a2x"),
        ("weight = 1.5", "a2"),
        ("weight = +1.500", "a2"),
        ("weight in 2,1.50", "a2"),
        ("notSelectable = true", "a"),
        ("not-selectable = true", "a"),
        ("notSelectable = false", "b"),
        ("notSelectable = TRUE", ""),
        ("notSelectable in true", "a"),
        ("notSelectable not-in true", "root b a1 a2 a2x"),
        ("notSelectable exists false", "root a1 a2 a2x"),
        ("status = retired", "a1"),
        ("state = retired", "a1"),
        ("status exists false", "root a b a2 a2x"),
        ("inactive = true", "a1"),
        ("inactive = false", "root a b a2 a2x"),
        ("inactive exists true", "root a b a1 a2 a2x"),
        ("note = " + PROSE, "a2"),
        ("note = short", "a2x"),
        ("note regex .*index|s.*", "a2 a2x"),
        ("note exists true", "a2 a2x"),
        ("extra = e", "a2x"),
        ("comment exists true", ""),
    ],
)
def test_select_and_holds_give_the_expected_codes(system, text, codes):
    name, op, value = text.split(" ", 2)
    f = Filter(name, op, value)
    assert [system.codes()[ordinal] for ordinal in system.select(f)] == codes.split()
    assert [one.concept.code for one in system.located(range(system.size)) if system.holds(one, f)] == codes.split()
    system.must_understand(f)


@pytest.mark.parametrize(
    ("f", "message_id", "says"),
    [
        (Filter("concept", "is-b", "a"), "FILTER_OPERATOR_UNKNOWN", "Use one of =, is-a, descendent-of"),
        (Filter("concept", "IS-A", "a"), "FILTER_OPERATOR_UNKNOWN", "IS-A"),
        (Filter("colour", "=", "red"), "FILTER_PROPERTY_UNKNOWN", "filtered by child, code, color, concept"),
        *((Filter("color", op, "red"), "FILTER_PROPERTY_NOT_CONCEPT", "'color'")
          for op in ("is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf")),
        (Filter("concept", "is-a", ""), "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE",
         "The system http://example.org/cs filter with property = concept, op = is-a has no value"),
        (Filter("color", "exists", "yes"), "FILTER_VALUE_NOT_BOOLEAN", "'yes'"),
        (Filter("code", "regex", "(a"), "FILTER_REGEX_INVALID", "missing ): (a"),
        (Filter("code", "regex", "(?=a)b"), "FILTER_REGEX_INVALID", "look-around and back references"),
        (Filter("code", "regex", r"(a)\1"), "FILTER_REGEX_INVALID", "look-around and back references"),
        (Filter("code", "regex", "(((a{99}){99}){99})"), "FILTER_REGEX_INVALID", "(((a{99}){99}){99})"),
    ],
)  # fmt: skip
def test_refused_by_both_readings_and_without_a_concept(system, f, message_id, says):
    f = replace(f, expression=("ValueSet.compose.include[0].filter[1]",))
    for ask in (
        lambda: system.select(f), lambda: system.holds(system.locate("a"), f), lambda: system.must_understand(f),
    ):  # fmt: skip
        with pytest.raises(TerminologyError) as caught:
            ask()
        issue = caught.value.issues[0]
        assert (caught.value.kind, issue.code, issue.detail, issue.message_id) == (
            "invalid", "invalid", "vs-invalid", message_id,
        )  # fmt: skip
        assert issue.expression == f.expression
        assert says in issue.text


def test_every_operator_of_the_specification_is_there():
    assert set(OPERATORS) == {
        "=", "is-a", "descendent-of", "is-not-a", "regex", "in", "not-in", "generalizes", "child-of",
        "descendent-leaf", "exists",
    }  # fmt: skip


@pytest.mark.parametrize("pattern", ["((a+)+)+", "(a|a)*", "(.*)*b", "([a-z]+)*$"])
def test_no_pattern_takes_long(pattern):
    code = "a" * 5000 + "!"
    system = stored(CodeSystemMetadata(url="http://example.org/evil"), [Concept(code)])
    start = time.monotonic()
    assert not system.select(Filter("code", "regex", pattern))
    assert not system.holds(system.locate(code), Filter("code", "regex", pattern))
    assert time.monotonic() - start < 1


def test_a_property_with_the_name_of_an_element_takes_precedence():
    header = CodeSystemMetadata(url="http://example.org/cs", properties=(PropertyDefinition("display", "code"),))
    system = stored(header, [Concept("a", "Alpha", properties=(Property("display", "code", "screen"),))])
    assert system.select(Filter("display", "=", "screen"))
    assert not system.select(Filter("display", "=", "Alpha"))


def test_a_status_of_its_own_is_not_the_standard_one():
    header = CodeSystemMetadata(
        url="http://example.org/cs",
        properties=(
            PropertyDefinition("status", "code", "http://example.org/marital"),
            PropertyDefinition("state", "code", CONCEPT_PROPERTIES + "status"),
        ),
    )
    values = (Property("status", "code", "single"), Property("state", "code", "draft"))
    system = stored(header, [Concept("a", properties=values)])
    assert system.select(Filter("status", "=", "single"))
    assert not system.select(Filter("status", "=", "draft"))
    assert system.select(Filter("state", "=", "draft"))
