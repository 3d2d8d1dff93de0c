"""What is said about codes that exist: inactive, deprecated, abstract, in another case, of poor standing."""

from __future__ import annotations

import pytest

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Extension, Property
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.model.status import STANDARDS_STATUS
from terminology.model.valueset import ConceptReference
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from tests.valuesets.validating import coding, ids, said, texts, verdict
from valuesets.validate_concept import VALUESET_DEPRECATED

S = "http://example.org/s"
NOT_IN = "None_of_the_provided_codes_are_in_the_value_set_one"


def status(value):
    return (Property("status", "code", value),)


CONCEPTS = [
    Concept("fine"),
    Concept("off", properties=(Property("inactive", "boolean", True),)),
    Concept("retired", properties=status("retired")),
    Concept("deprecated", properties=status("deprecated")),
    Concept("trial", properties=status("experimental")),
    Concept("withdrawn", extensions=(Extension(STANDARDS_STATUS, "Code", "withdrawn"),)),
    Concept("group", properties=(Property("notSelectable", "boolean", True),)),
    Concept("odd", properties=(*status("DISCOURAGED"), Property("inactive", "boolean", True))),
]
CATALOGUE = MemoryCatalogue(MemoryCodeSystem(CodeSystemMetadata(url=S, version="1"), CONCEPTS))
ALL = value_set("all", include(S), version="5")


@pytest.mark.parametrize(
    ("code", "inactive", "shown", "said_as"),
    [
        ("fine", None, None, None),
        ("trial", None, None, None),
        ("off", True, None, "has a status of inactive"),
        ("retired", True, "retired", "has a status of retired and inactive"),
        ("withdrawn", True, "withdrawn", "has a status of withdrawn and inactive"),
        ("odd", True, "DISCOURAGED", "has a status of DISCOURAGED"),
        ("deprecated", None, "deprecated", "is deprecated"),
    ],
)
def test_status_is_a_warning(code, inactive, shown, said_as):
    text = said_as and f"The concept '{code}' {said_as} and its use should be reviewed"
    for target in (ALL, None):
        result = verdict(CATALOGUE, target, coding(S, code))
        assert (result.result, result.inactive, result.status, result.message) == (True, inactive, shown, text)


def test_comments_are_about_the_whole_coding():
    for form, place in (("code", "code"), ("coding", "Coding"), ("codeableConcept", "CodeableConcept.coding[0]")):
        result = verdict(CATALOGUE, ALL, coding(S, "retired"), form=form)
        assert said(result) == [("warning", "code-comment", place, "INACTIVE_CONCEPT_FOUND")]


def test_inactive_codes_can_be_refused():
    active = value_set("active", include(S), version="5", inactive=False)
    for vs, wishes in ((ALL, {"active_only": True}), (active, {})):
        result = verdict(CATALOGUE, vs, coding(S, "retired"), **wishes)
        assert ids(result) == ["INACTIVE_CONCEPT_FOUND", NOT_IN, "STATUS_CODE_WARNING_CODE"]
        assert (result.result, result.inactive, result.status) == (False, True, "retired")
    alone = verdict(CATALOGUE, None, coding(S, "retired"), active_only=True)
    assert (alone.result, ids(alone)) == (False, ["INACTIVE_CONCEPT_FOUND", "STATUS_CODE_WARNING_CODE"])


def test_a_value_set_tells_that_one_it_imports_refuses_inactive_codes():
    active = value_set("active", include(S), version="5", inactive=False)
    catalogue = MemoryCatalogue(CATALOGUE.code_system(Canonical(S)), active)
    result = verdict(catalogue, value_set("v", include(imports=[active.url])), coding(S, "retired"))
    assert ids(result) == ["INACTIVE_CONCEPT_FOUND", NOT_IN, "STATUS_CODE_WARNING_CODE"]
    assert (result.result, result.inactive, result.status) == (False, True, "retired")
    elsewhere = value_set("v", include(imports=[active.url]), include(S, "retired"))
    assert verdict(catalogue, elsewhere, coding(S, "retired")).result is True
    narrowed = value_set("v", include(S, "fine", imports=[active.url]))
    assert ids(verdict(catalogue, narrowed, coding(S, "retired"))) == [NOT_IN]


def test_abstract_codes_can_be_refused():
    assert verdict(CATALOGUE, ALL, coding(S, "group")).result is True
    assert verdict(CATALOGUE, ALL, coding(S, "group"), abstract=True).result is True
    refused = verdict(CATALOGUE, ALL, coding(S, "group"), abstract=False)
    assert said(refused) == [
        ("error", "code-rule", "Coding.code", "ABSTRACT_CODE_NOT_ALLOWED"),
        ("error", "not-in-vs", "Coding.code", NOT_IN),
    ]


def test_the_status_of_a_code_outside_the_value_set_does_not_matter():
    for vs in (value_set("v", include(S, "fine")), value_set("v", include(S), exclude=[include(S, "retired")])):
        result = verdict(CATALOGUE, vs, coding(S, "retired"))
        assert (ids(result), result.inactive, result.status) == ([NOT_IN], None, None)


def test_who_asks_for_inactive_codes_is_not_warned():
    for asked in (("status", "=", "retired"), ("inactive", "exists", "false")):
        result = verdict(CATALOGUE, value_set("v", include(S, filters=[asked])), coding(S, "retired"))
        assert (result.result, result.issues, result.inactive) == (True, (), None)


@pytest.mark.parametrize(
    ("extension", "shown"),
    [
        (Extension(VALUESET_DEPRECATED, "Boolean", True), "deprecated"),
        (Extension(VALUESET_DEPRECATED, "Code", "true"), "deprecated"),
        (Extension(STANDARDS_STATUS, "Code", "withdrawn"), "withdrawn"),
        (Extension(STANDARDS_STATUS, "Code", "normative"), None),
    ],
)
def test_a_value_set_can_deprecate_a_code(extension, shown):
    vs = value_set("v", include(S, ConceptReference("fine", extensions=(extension,))), version="5")
    result = verdict(
        MemoryCatalogue(*CATALOGUE.systems, vs), value_set("w", include(imports=[vs.url])), coding(S, "fine")
    )
    assert result.result is True
    assert result.message is None
    text = (
        f"The presence of the concept 'fine' in the system '{S}' in the value set {vs.url}|5 is marked with a status "
        f"of {shown} and its use should be reviewed"
    )
    assert texts(result) == ({"CONCEPT_DEPRECATED_IN_VALUESET": text} if shown else {})


def test_the_case_of_a_code():
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "Ab", version="1", case_sensitive=False))
    for target in (value_set("v", include(S)), value_set("v", include(S, "AB")), None):
        result = verdict(catalogue, target, coding(S, "aB"))
        assert (result.result, result.coding.code, result.normalized_code) == (True, "aB", "Ab")
        assert said(result) == [("information", "code-rule", "Coding.code", "CODE_CASE_DIFFERENCE")]
        assert f"'{S}|1' is case insensitive" in result.issues[0].text
        assert verdict(catalogue, target, coding(S, "Ab")).normalized_code is None


def test_notes_of_the_system_come_along():
    class Noting(MemoryCodeSystem):
        def locate(self, code):
            note = Issue("information", "informational", "CODE_GRAMMAR_UNKNOWN", {"system": S}, "process-note")
            return Located(ordinal=None, concept=Concept(code), notes=(note,))

    result = verdict(MemoryCatalogue(Noting.of(S, version="1")), None, coding(S, "a+b"), form="code")
    assert said(result) == [("information", "process-note", "code", "CODE_GRAMMAR_UNKNOWN")]


# what a value set refers to


def standing(value_set_header, system_header, imported=None):
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", **system_header))
    vs = value_set("v", include(S), version="5", **value_set_header)
    if imported is not None:
        catalogue.value_sets.append(vs)
        vs = value_set("w", include(imports=[vs.url]), version="6", **imported)
    return texts(verdict(catalogue, vs, coding(S, "a"))), texts(verdict(catalogue, None, coding(S, "a")))


@pytest.mark.parametrize(
    ("header", "message", "alone"),
    [
        ({"status": "draft"}, "MSG_DRAFT", False),
        ({"standards_status": "draft"}, "MSG_DRAFT", False),
        ({"experimental": True}, "MSG_EXPERIMENTAL", False),
        ({"status": "retired"}, "MSG_RETIRED", True),
        ({"standards_status": "deprecated"}, "MSG_DEPRECATED", True),
        ({"standards_status": "withdrawn", "status": "retired"}, "MSG_WITHDRAWN", True),
    ],
)
def test_the_standing_of_a_code_system(header, message, alone):
    word = message[4:].lower()
    within, by_itself = standing({}, header)
    assert within == {message: f"Reference to {word} CodeSystem {S}|1"}
    assert by_itself == (within if alone else {})
    same, _ = standing(header, header)
    assert (f"Reference to {word} CodeSystem {S}|1" in same.values()) is alone


def test_the_standing_of_value_sets():
    withdrawn = {"standards_status": "withdrawn"}
    assert standing(withdrawn, {})[0] == {"MSG_WITHDRAWN": "Reference to withdrawn ValueSet http://example.org/v|5"}
    assert standing(withdrawn, {}, imported={})[0] == standing(withdrawn, {})[0]
    assert standing({"status": "draft"}, {}, imported={})[0] == {
        "MSG_DRAFT": "Reference to draft ValueSet http://example.org/v|5"
    }
    assert standing({"status": "draft"}, {}, imported={"status": "draft"})[0] == {}
