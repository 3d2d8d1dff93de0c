"""Verdicts: who is asked, what is returned, and how issues are placed and summed up."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.valueset import ExpansionParameter
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from tests.valuesets.validating import coding, ids, said, texts, verdict

S = "http://example.org/s"
T = "http://example.org/t"
U = "http://example.org/unknown"
NOT_IN = "None_of_the_provided_codes_are_in_the_value_set_one"
CATALOGUE = MemoryCatalogue(
    MemoryCodeSystem.of(S, "a", "b", version="1", language="en"), MemoryCodeSystem.of(T, "a", "t", version="9")
)
ALL = value_set("all", include(S), version="5")


def test_a_member_is_valid_with_its_display_and_version():
    result = verdict(CATALOGUE, ALL, coding(S, "a", "A"))
    assert result.result is True
    assert result.message is None
    assert result.issues == ()
    assert (result.coding.system, result.coding.code, result.coding.version) == (S, "a", "1")
    assert result.display == "A"
    assert result.codeable_concept is None
    assert result.inactive is None


def test_a_value_set_by_reference_and_without_url():
    catalogue = MemoryCatalogue(*CATALOGUE.systems, ALL)
    assert verdict(catalogue, Canonical(ALL.url), coding(S, "a")).result
    nameless = value_set("all", include(S, "b"))
    object.__setattr__(nameless, "url", "")
    assert "'(unidentified)'" in verdict(CATALOGUE, nameless, coding(S, "a")).message


def test_a_value_set_that_is_not_there_stops_the_operation():
    with pytest.raises(TerminologyError) as error:
        verdict(CATALOGUE, Canonical("http://example.org/none", "2"), coding(S, "a"))
    assert error.value.kind == "not-found"
    assert "'http://example.org/none|2'" in str(error.value)


def test_a_wrong_code_is_not_in_the_value_set_and_not_in_its_system():
    result = verdict(CATALOGUE, ALL, coding(S, "x", "Wrong"))
    assert result.result is False
    assert said(result) == [
        ("error", "invalid-code", "Coding.code", "Unknown_Code_in_Version"),
        ("error", "not-in-vs", "Coding.code", NOT_IN),
    ]
    assert result.message == (
        "The provided code 'http://example.org/s#x ('Wrong')' was not found in the value set "
        "'http://example.org/all|5'; Unknown code 'x' in the CodeSystem 'http://example.org/s' version '1'"
    )
    assert result.display is None
    assert (result.coding.code, result.coding.version) == ("x", "1")


def test_a_code_outside_the_value_set_is_still_shown():
    result = verdict(CATALOGUE, value_set("v", include(S, "b")), coding(S, "a"))
    assert (result.result, result.display, ids(result)) == (False, "A", [NOT_IN])


def test_issues_are_placed_by_the_form():
    for form, place in (
        ("code", "code"),
        ("coding", "Coding.code"),
        ("codeableConcept", "CodeableConcept.coding[0].code"),
    ):
        result = verdict(CATALOGUE, ALL, coding(S, "x"), form=form)
        unknown = next(i for i in result.issues if i.message_id == "Unknown_Code_in_Version")
        assert unknown.expression == (place,)


def test_a_codeable_concept_is_valid_by_one_coding_but_every_error_counts():
    both = verdict(CATALOGUE, ALL, coding(T, "t"), coding(S, "b"), form="codeableConcept")
    assert both.result is True
    assert (both.coding.system, both.coding.code) == (S, "b")
    assert said(both) == [("information", "this-code-not-in-vs", "CodeableConcept.coding[0].code", NOT_IN)]
    assert both.message is None
    assert [c.code for c in both.codeable_concept.codings] == ["t", "b"]

    wrong = verdict(CATALOGUE, ALL, coding(S, "x"), coding(S, "b"), form="codeableConcept")
    assert wrong.result is False
    assert wrong.coding.code == "b"
    assert wrong.message == "Unknown code 'x' in the CodeSystem 'http://example.org/s' version '1'"


def test_a_codeable_concept_without_a_valid_coding_names_none():
    result = verdict(CATALOGUE, ALL, coding(T, "t"), form="codeableConcept")
    assert (result.result, result.coding, result.display) == (False, None, None)
    assert ("error", "not-in-vs", "", "TX_GENERAL_CC_ERROR_MESSAGE") in said(result)
    assert result.message == "No valid coding was found for the value set 'http://example.org/all|5'"


def test_a_codeable_concept_without_codings():
    assert ids(verdict(CATALOGUE, ALL, form="codeableConcept")) == ["TX_GENERAL_CC_ERROR_MESSAGE"]
    assert ids(verdict(CATALOGUE, None, form="codeableConcept")) == ["CODEABLECONCEPT_WITHOUT_CODING"]


def test_a_missing_import_leaves_everything_open():
    broken = value_set("v", include(S), include(imports=["http://example.org/gone|3"]))
    result = verdict(CATALOGUE, broken, coding(S, "a"))
    assert result.result is False
    assert said(result) == [("error", "not-found", "", "Unable_to_resolve_value_Set_")]
    assert result.message == "A definition for the value Set 'http://example.org/gone|3' could not be found"
    assert result.coding.code == "a"


# systems


def test_an_unknown_system_does_not_matter_to_a_value_set_without_it():
    result = verdict(CATALOGUE, ALL, coding(U, "a"))
    assert said(result) == [
        ("error", "not-found", "Coding.system", "UNKNOWN_CODESYSTEM"),
        ("error", "not-in-vs", "Coding.code", NOT_IN),
    ]
    assert (result.unknown_systems, result.deciding_unknown_systems) == ((U,), ())


def test_an_unknown_system_leaves_open_whether_its_codes_belong():
    result = verdict(CATALOGUE, value_set("v", include(U)), coding(U, "a"))
    assert result.result is False
    assert said(result) == [
        ("error", "not-found", "Coding.system", "UNKNOWN_CODESYSTEM"),
        ("warning", "vs-invalid", "", "UNABLE_TO_CHECK_IF_THE_PROVIDED_CODES_ARE_IN_THE_VALUE_SET_CS"),
    ]
    assert (result.unknown_systems, result.deciding_unknown_systems) == ((), (U,))
    assert result.message.count("; ") == 1


def test_another_include_can_still_have_the_code():
    vs = value_set("v", include(U), include(S))
    assert verdict(CATALOGUE, vs, coding(S, "a")).result is True


def test_a_local_system_and_a_value_set_as_system_are_told_apart():
    local = verdict(CATALOGUE, ALL, coding("Here", "a"))
    assert "Terminology_TX_System_Relative" in ids(local)
    assert "CodeSystem 'Here' could" in local.message
    catalogue = MemoryCatalogue(*CATALOGUE.systems, ALL)
    confused = verdict(catalogue, ALL, coding(ALL.url, "a"))
    assert ids(confused) == [NOT_IN, "Terminology_TX_System_ValueSet2"]
    assert confused.unknown_systems == ()


def test_a_coding_without_system_has_no_meaning():
    for value_set_or_none in (ALL, None):
        result = verdict(CATALOGUE, value_set_or_none, coding(None, "a"))
        assert result.result is False
        assert said(result)[-1] == ("warning", "invalid-data", "Coding", "Coding_has_no_system__cannot_validate")
        assert result.message.startswith("Coding has no system")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"content": "supplement", "supplements": Canonical(S)}, "CODESYSTEM_CS_NO_SUPPLEMENT"),
        ({"content": "not-present"}, "CODESYSTEM_WITHOUT_CONTENT"),
        ({"content": "example"}, "CODESYSTEM_WITHOUT_CONTENT"),
    ],
)
def test_unusable_systems_are_reported(header, message):
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(U, "a", version="2", **header))
    alone = verdict(catalogue, None, coding(U, "a"))
    assert (alone.result, ids(alone), len(alone.deciding_unknown_systems)) == (False, [message], 1)
    within = verdict(catalogue, value_set("v", include(U)), coding(U, "a"))
    assert (within.result, ids(within)) == (False, [message])


def test_the_system_is_inferred_if_one_include_has_the_code():
    def inferred(code, *includes):
        return verdict(
            CATALOGUE, value_set("v", *includes, version="5"), coding(None, code), form="code", infer_system=True
        )

    found = inferred("t", include(S), include(T))
    assert (found.result, found.coding.system) == (True, T)
    assert inferred("a", include(S), include(T, "t")).coding.system == S
    many = inferred("a", include(S), include(T))
    assert said(many) == [
        ("error", "cannot-infer", "code", "Unable_to_resolve_system__value_set_has_multiple_matches"),
        ("error", "not-in-vs", "code", NOT_IN),
    ]
    assert f"[{S}, {T}]" in many.message
    assert "'#a'" in many.message
    assert "UNABLE_TO_INFER_CODESYSTEM" in ids(inferred("x", include(S), include(T)))


def test_inferring_the_system_without_a_value_set():
    assert verdict(CATALOGUE, None, coding(None, "t"), infer_system=True).coding.system == T
    unclear = verdict(CATALOGUE, None, coding(None, "a"), infer_system=True)
    assert ids(unclear) == ["UNABLE_TO_INFER_CODESYSTEM_ANYWHERE"]
    assert f"{S}, {T}" in unclear.message


def test_a_system_may_be_named_by_an_alias_on_either_side():
    oid = "urn:oid:1.2.3"

    class Aliasing(MemoryCatalogue):
        def canonical_of(self, name):
            return S if name == oid else name

    catalogue = Aliasing(*CATALOGUE.systems)
    for included, given in ((S, oid), (oid, S), (oid, oid)):
        result = verdict(catalogue, value_set("v", include(included)), coding(given, "a"))
        assert (result.result, result.coding.system, result.coding.version) == (True, given, "1")
        wrong = verdict(catalogue, value_set("v", include(included, "b")), coding(given, "a"))
        assert (ids(wrong), f"'{given}#a'" in wrong.message) == ([NOT_IN], True)


# code systems alone


def test_codes_in_their_system():
    assert verdict(CATALOGUE, None, coding(S, "a"), form="code").result
    wrong = verdict(CATALOGUE, None, coding(S, "x"), form="code")
    assert said(wrong) == [("error", "invalid-code", "code", "Unknown_Code_in_Version")]
    unknown = verdict(CATALOGUE, None, coding(U, "x"), form="code")
    assert said(unknown) == [("error", "not-found", "system", "UNKNOWN_CODESYSTEM")]
    assert unknown.deciding_unknown_systems == (U,)


def test_the_system_of_the_call_completes_and_limits_codings():
    assert verdict(CATALOGUE, None, coding(None, "a"), code_system=Canonical(S)).result
    assert verdict(CATALOGUE, None, coding(S, "a"), code_system=Canonical(S, "1")).coding.version == "1"
    newer = verdict(CATALOGUE, None, coding(S, "a"), code_system=Canonical(S, "2"))
    assert ids(newer) == ["UNKNOWN_CODESYSTEM_VERSION"]
    other = verdict(CATALOGUE, None, coding(T, "a"), code_system=Canonical(S))
    assert ids(other) == ["CODING_OF_OTHER_SYSTEM"]


@pytest.mark.parametrize(
    ("codings", "result", "severities"),
    [
        ([coding(S, "a"), coding(T, "t")], True, ["information"]),
        ([coding(T, "t"), coding(None, "a")], True, ["information"]),
        ([coding(S, "x"), coding(T, "t")], False, ["error", "information"]),  # the error is that x is unknown
        ([coding(T, "t"), coding(U, "u")], False, ["error", "error"]),
    ],
)
def test_a_concept_may_have_codings_of_other_systems(codings, result, severities):
    """One valid code of the system that the call is about is enough (R5, CodeSystem-validate-code)."""
    found = verdict(CATALOGUE, None, *codings, form="codeableConcept", code_system=Canonical(S))
    assert found.result is result
    assert sorted(issue.severity for issue in found.issues) == severities


def test_what_a_system_can_say_about_a_wrong_code():
    reason = Issue("error", "invalid", "CODE_GRAMMAR_UNKNOWN", {"system": "x"})

    class Explaining(MemoryCodeSystem):
        def explain(self, code):
            return reason if code.startswith("!") else None

    for content in ("complete", "fragment"):
        system = Explaining.of(S, "a", version="1", content=content)
        result = verdict(MemoryCatalogue(system), ALL, coding(S, "!"))
        assert result.result is False
        assert ("information", "invalid-code", "Coding.code", "CODE_GRAMMAR_UNKNOWN") in said(result)
        assert "Unknown_Code_in_Version" in ids(result)


def test_a_composed_code_without_its_grammar():
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", compositional=True))
    assert "CODE_GRAMMAR_UNKNOWN" in ids(verdict(catalogue, None, coding(S, "a:b=c")))


def test_editions_and_systems_without_version_are_named():
    edition = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", edition="Great Edition"))
    assert verdict(edition, None, coding(S, "x")).message.endswith("version '1' (Great Edition)")
    plain = MemoryCatalogue(MemoryCodeSystem.of(S, "a"))
    assert texts(verdict(plain, None, coding(S, "x"))) == {
        "Unknown_Code_in": f"Unknown code 'x' in the CodeSystem '{S}'"
    }


# fragments


def test_a_fragment_does_not_know_all_of_its_codes():
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1", content="fragment"))
    for target in (value_set("v", include(S)), None):
        result = verdict(catalogue, target, coding(S, "x"))
        assert result.result is True
        assert said(result) == [("warning", "invalid-code", "Coding.code", "UNKNOWN_CODE_IN_FRAGMENT")]
        assert result.message is None
    some = verdict(catalogue, value_set("v", include(S, filters=[("concept", "is-a", "a")])), coding(S, "x"))
    assert (some.result, ids(some)) == (False, [NOT_IN, "UNKNOWN_CODE_IN_FRAGMENT"])
    listed = verdict(catalogue, value_set("v", include(S, "x")), coding(S, "x"))
    assert (listed.result, ids(listed)) == (True, ["UNKNOWN_CODE_IN_FRAGMENT"])
    without = verdict(catalogue, value_set("v", include(S), exclude=[include(S, "x")]), coding(S, "x"))
    assert (without.result, ids(without)) == (False, [NOT_IN, "UNKNOWN_CODE_IN_FRAGMENT"])


def test_an_exclude_names_codes_of_a_fragment_by_its_case_rule():
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a", content="fragment", case_sensitive=False))
    without = verdict(catalogue, value_set("v", include(S), exclude=[include(S, "X")]), coding(S, "x"))
    assert (without.result, ids(without)) == (False, [NOT_IN, "UNKNOWN_CODE_IN_FRAGMENT"])


WHOLE, WITHOUT_X, LISTS_X, LISTS_A = (f"http://example.org/{name}" for name in ("whole", "without-x", "x", "a"))


@pytest.mark.parametrize(
    ("included", "excluded", "may_be"),
    [
        (include(imports=[WHOLE]), None, True),
        (include(imports=[WITHOUT_X]), None, False),
        (include(S, imports=[WITHOUT_X]), None, False),
        (include(S, imports=[LISTS_X]), None, True),
        (include(S, imports=[LISTS_A]), None, False),
        (include(S), include(imports=[LISTS_X]), False),
        (include(S), include(imports=[LISTS_A]), True),
        (include(S), include(S), False),
        (include(S), include(imports=[WITHOUT_X]), True),
    ],
)
def test_what_a_fragment_may_have_follows_the_algebra_of_value_sets(included, excluded, may_be):
    catalogue = MemoryCatalogue(
        MemoryCodeSystem.of(S, "a", content="fragment"),
        value_set("whole", include(S)),
        value_set("without-x", include(S), exclude=[include(S, "x")]),
        value_set("x", include(S, "x")),
        value_set("a", include(S, "a")),
    )
    result = verdict(catalogue, value_set("v", included, exclude=[excluded] if excluded else ()), coding(S, "x"))
    assert result.result is may_be
    assert ids(result) == (["UNKNOWN_CODE_IN_FRAGMENT"] if may_be else [NOT_IN, "UNKNOWN_CODE_IN_FRAGMENT"])


# membership only, parameters of the value set


def test_membership_only_reports_nothing_else():
    result = verdict(
        CATALOGUE, ALL, coding(T, "t", "wrong"), coding(S, "x"), form="codeableConcept", membership_only=True
    )
    assert ids(result) == [NOT_IN, NOT_IN, "TX_GENERAL_CC_ERROR_MESSAGE"]
    assert verdict(CATALOGUE, ALL, coding(S, "a", "wrong"), membership_only=True).result is True


def test_parameters_that_the_value_set_states_count_unless_the_request_says_otherwise():
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a", version="1"), MemoryCodeSystem.of(S, "a", "b", version="2"))
    stated = ExpansionParameter("system-version", "Uri", f"{S}|1")
    vs = value_set("v", include(S), expansion_parameters=(stated,))
    assert verdict(catalogue, vs, coding(S, "a")).coding.version == "1"
    assert verdict(catalogue, vs, coding(S, "a"), rules={"system_version": [f"{S}|2"]}).coding.version == "2"
