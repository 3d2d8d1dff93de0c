"""Filters that start from a concept which their system does not have, and filters that no code reaches."""

from __future__ import annotations

import pytest

from terminology.fhir import codesystem, valueset
from terminology.library import Terminology
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import codes, include, value_set
from tests.valuesets.validating import coding, said, texts, verdict

S, T = "http://example.org/s", "http://example.org/t"
TREE = MemoryCodeSystem.of(S, "a", "b < a", version="1")
OTHER = MemoryCodeSystem.of(T, "x")
CATALOGUE = MemoryCatalogue(TREE, OTHER)
OPERATORS = ("is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf")


@pytest.mark.parametrize("op", OPERATORS)
def test_an_expansion_from_an_unknown_concept_is_refused(op):
    with pytest.raises(TerminologyError) as refused:
        codes(CATALOGUE, value_set("v", include(T, "x"), include(S, filters=[("concept", op, "nobody")])))
    issue = refused.value.issues[0]
    assert (issue.code, issue.detail, issue.message_id) == ("invalid", "vs-invalid", "FILTER_CONCEPT_UNKNOWN")
    assert issue.expression == ("ValueSet.compose.include[0].filter[0]",)
    assert issue.text.endswith(f"does not exist in {S}|1: 'nobody'.")


def test_an_expansion_that_excludes_or_imports_an_unknown_concept_is_refused():
    broken = include(S, filters=[("concept", "is-a", "nobody")])
    inner = value_set("inner", broken)
    for one in (value_set("v", include(S), exclude=(broken,)), value_set("w", include(imports=[inner.url]))):
        with pytest.raises(TerminologyError, match="'nobody'"):
            codes(MemoryCatalogue(TREE, inner), one)


def test_unknown_codes_of_an_enumeration_are_left_out():
    assert codes(CATALOGUE, value_set("v", include(S, filters=[("concept", "in", "a,nobody")]))) == ["a"]


def test_a_fragment_may_lack_the_concept():
    fragment = MemoryCodeSystem(CodeSystemMetadata(url=S, version="1", content="fragment"), [Concept("a")])
    asked = value_set("v", include(S, filters=[("concept", "is-a", "nobody")]))
    assert codes(MemoryCatalogue(fragment), asked) == []


def test_a_validation_says_why_a_code_may_be_missing():
    asked = value_set("v", include(T, "x"), include(S, filters=[("concept", "is-a", "nobody")]))
    result = verdict(CATALOGUE, asked, coding(S, "b"))
    assert not result.result
    assert ("warning", "vs-invalid", "", "FILTER_CONCEPT_UNKNOWN") in said(result)
    assert "'nobody'" in texts(result)["FILTER_CONCEPT_UNKNOWN"]
    assert "nobody" not in (result.message or "")


def test_a_validation_of_other_codes_does_not_mention_an_unknown_concept():
    broken = include(S, filters=[("concept", "is-a", "nobody")])
    for asked, code in (
        (value_set("v", include(S, "a"), broken), coding(S, "a")),
        (value_set("v", include(T, "x"), broken), coding(T, "x")),
        (value_set("v", include(T, "x"), broken), coding(T, "y")),
    ):
        assert "FILTER_CONCEPT_UNKNOWN" not in texts(verdict(CATALOGUE, asked, code))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"property": "concept", "op": "is-b", "value": "a"}, "FILTER_OPERATOR_UNKNOWN"),
        ({"property": "color", "op": "=", "value": "red"}, "FILTER_PROPERTY_UNKNOWN"),
        ({"property": "concept", "op": "regex", "value": "("}, "FILTER_REGEX_INVALID"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused_whatever_is_asked(broken, message):
    """Also where the first include has the code, and the filter is asked about none."""
    plain = {"system": S, "concept": [{"code": "a"}]}
    asked = valueset.parse(
        {"resourceType": "ValueSet", "status": "active", "url": "http://example.org/v",
         "compose": {"include": [plain, {"system": S, "filter": [broken]}]}}
    )  # fmt: skip
    tree = codesystem.parse(
        {"resourceType": "CodeSystem", "url": S, "status": "active", "content": "complete", "concept": [{"code": "a"}]}
    )
    with Terminology("sqlite:///:memory:") as terminology, pytest.raises(TerminologyError) as refused:
        terminology.validate_code(S, "a", value_set=asked, resources=(tree,))
    assert [issue.message_id for issue in refused.value.issues] == [message]
    assert refused.value.issues[0].expression == ("ValueSet.compose.include[1].filter[0]",)
