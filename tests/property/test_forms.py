"""A coding is judged alike however it comes: as a code, a Coding, or among the codings of a CodeableConcept."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.language import Languages
from terminology.model.requests import RequestContext, ValidateCodeRequest, VersionRules
from tests.property.test_expression import CODES, OTHER, SYSTEM, UNKNOWN, worlds
from valuesets.validate import validate_code

NOWHERE = "http://example.org/nowhere"
OF_MEMBERSHIP = {"None_of_the_provided_codes_are_in_the_value_set_one", "TX_GENERAL_CC_ERROR_MESSAGE"}
"""What is said of a code outside the value set depends on whether others may be in it."""
PLACE = re.compile(r"^(Coding|CodeableConcept\.coding\[\d+\])(\.|$)")

codings = st.builds(
    Coding,
    st.sampled_from([SYSTEM, SYSTEM, OTHER, NOWHERE, None]),
    st.sampled_from([*CODES[:4], UNKNOWN]),
    st.sampled_from([None, None, "1.0", "2.0", "9.0"]),
    st.sampled_from([None, "Display c1", "display C1", "wrong"]),
)
wishes = st.fixed_dictionaries(
    {
        "abstract": st.sampled_from([None, True, False]),
        "active_only": st.sampled_from([None, True]),
        "infer_system": st.booleans(),
        "lenient_display_validation": st.booleans(),
        "membership_only": st.booleans(),
        "display_language": st.sampled_from([Languages.parse(""), Languages.parse("de")]),
        "versions": st.sampled_from(
            [
                VersionRules(),
                VersionRules(check_system_version=(Canonical(SYSTEM, "1.0"),)),
                VersionRules(force_system_version=(Canonical(SYSTEM, "2.0"),)),
            ]
        ),
    }
)


def verdict(catalogue, value_set, form, codings_, asked):
    request = ValidateCodeRequest(form=form, concept=CodeableConcept(tuple(codings_)), value_set=value_set, **asked)
    return validate_code(catalogue, request, RequestContext())


def said(result):
    """What is said but for membership, by the part of the coding that it is about."""
    return {
        (issue.severity, issue.code, issue.text, *(PLACE.sub("", e) or "code" for e in issue.expression))
        for issue in result.issues
        if issue.message_id not in OF_MEMBERSHIP
    }


@given(worlds(), codings, wishes, st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_forms_of_one_coding_agree(world, coding, asked, in_system):
    catalogue, value_set = world
    target = None if in_system else value_set
    coded, as_coding, concept = (
        verdict(catalogue, target, form, [coding], asked) for form in ("code", "coding", "codeableConcept")
    )
    assert coded.result == as_coding.result == concept.result
    assert said(coded) == said(as_coding) == said(concept)
    assert replace(coded, issues=()) == replace(as_coding, issues=())
    assert (concept.deciding_unknown_systems, concept.unknown_systems) == (
        as_coding.deciding_unknown_systems, as_coding.unknown_systems,
    )  # fmt: skip
    if concept.result:
        assert (concept.coding, concept.display, concept.message) == (
            as_coding.coding, as_coding.display, as_coding.message,
        )  # fmt: skip


@given(worlds(), st.lists(codings, min_size=2, max_size=3), wishes, st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_concept_is_what_its_codings_are(world, several, asked, in_system):
    """One valid coding is enough, but what is wrong with another one is wrong with the concept."""
    catalogue, value_set = world
    target = None if in_system else value_set
    together = verdict(catalogue, target, "codeableConcept", several, asked)
    alone = [verdict(catalogue, target, "codeableConcept", [coding], asked) for coding in several]
    assert said(together) == set().union(*map(said, alone))
    named = [one.coding for one in alone if one.coding is not None]
    assert together.coding == (named[0] if named else None)
    wrong = any(severity == "error" for severity, *_ in said(together))
    assert together.result == (bool(named) and not wrong)
