"""Displays, language by language: which are right, which is shown, and what is said about the others."""

from __future__ import annotations

import pytest

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Extension
from terminology.model.language import Languages
from terminology.model.protocols import Located
from terminology.model.status import STANDARDS_STATUS
from terminology.model.valueset import ConceptReference
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from tests.valuesets.validating import coding, said, verdict
from valuesets.displays import check_display, collect

S = "http://example.org/s"
CODE = {"system": S, "code": "dog"}
PATIENT = Coding("http://example.org/uses", "patient-friendly")
SYNONYM = Coding("http://snomed.info/sct", "900000000000013009")
GONE = (Extension(STANDARDS_STATUS, "Code", "withdrawn"),)
DOG = Concept(
    "dog",
    "Dog",
    designations=(
        Designation("Hund", "de"),
        Designation("Hündchen", "de-AT"),
        Designation("Hound", "en"),
        Designation("Cur", "en", extensions=GONE),
        Designation("man's best friend", use=PATIENT),
    ),
)
WRONG, SPACES = (f"Display_Name{ws}_for__should_be_one_of__instead_of" for ws in ("", "_WS"))
FINE, NONE = (f"NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_{end}" for end in ("OK", "ERR"))
OUTDATED = "INACTIVE_DISPLAY_FOUND"


def check(given, languages="", concept=DOG, language="en", **options):
    options = {"lenient": False, "user_assigned": False} | options
    return check_display(given, collect(concept, language), Languages.parse(languages), CODE, **options)


@pytest.mark.parametrize(
    ("given", "languages", "message"),
    [
        ("Dog", "", None),
        ("dOG", "", None),
        ("Hund", "", None),
        ("Hund", "de", None),
        ("Hündchen", "de", None),
        ("Hündchen", "de-AT", None),
        ("Hund", "de-AT", None),
        ("Hund", "fr, de;q=0.5", None),
        ("Hound", "en-GB", None),
        ("man's best friend", "", None),
        ("Cat", "", WRONG),
        ("Hund", "en", WRONG),
        ("Dog", "de", WRONG),
        ("Dog ", "", SPACES),
        ("HUND\t", "de", SPACES),
        ("Dog", "fr", FINE),
        ("Hound", "fr", FINE),
        ("Hund", "fr", NONE),
        ("Cat", "fr", NONE),
        ("Cur", "", OUTDATED),
        ("cur", "en", OUTDATED),
    ],
)
def test_which_displays_are_right(given, languages, message):
    issue = check(given, languages)
    assert (issue.message_id if issue else None) == message


def test_messages_list_the_valid_displays():
    assert check("Cat").text == (
        f"Wrong Display Name 'Cat' for {S}#dog. Valid display is one of 4 choices: 'Dog' (en), 'Hund' (de), "
        "'Hündchen' (de-AT) or 'Hound' (en) (for the language(s) '--')"
    )
    assert check("Cat", "de-AT, de;q=0.9").text.endswith("(for the language(s) 'de-AT, de;q=0.9')")
    assert "Valid display is 'Dog' (for" in check("Cat", "de", Concept("dog", "Dog"), None).text
    assert check("Cat", "fr").text.endswith("language(s) 'fr'. Default display is 'Dog'")
    assert check("Cur").text == (
        "'Cur' is no longer considered a correct display for code 'dog' (status = deprecated). "
        "The correct display is one of Dog,Hound,Hund,Hündchen."
    )


def test_outdated_displays_name_the_correct_ones_in_quotes_where_they_have_several_words():
    concept = Concept(
        "1", "Big dog", designations=(Designation("Dog", use=SYNONYM), Designation("Cur", extensions=GONE))
    )
    assert check("Cur", concept=concept).text.endswith('one of "Big dog",Dog.')


def test_severities_of_wrong_displays():
    assert check("Cat").severity == "error"
    assert check("Cat", lenient=True).severity == "warning"
    assert check("Cat", "fr", lenient=True).severity == "warning"
    assert check("Dog", "fr").severity == "information"
    assert check("Cur").severity == "warning"


def test_texts_without_a_language_count_in_every_language():
    nobody = Concept("dog", "Dog")
    assert check("Dog", "de", nobody, None) is None
    assert check("Cat", "de", nobody, None).message_id == WRONG


def test_a_code_without_displays():
    issue = check("Dog", concept=Concept("dog"))
    assert (issue.severity, issue.message_id) == ("warning", "DISPLAY_NOT_CHECKED")


def test_designations_with_another_use_are_offered_only_where_there_is_nothing_else():
    only = Concept("dog", designations=(Designation("best friend", use=PATIENT),))
    assert "Valid display is 'best friend'" in check("Cat", concept=only).text


def test_user_assigned_codes_may_have_any_display():
    issue = check("Cat", user_assigned=True)
    assert (issue.severity, issue.message_id) == ("information", "Display_Name_Not_Fixed_use_Supplement")


@pytest.mark.parametrize(
    ("languages", "shown"),
    [
        ("", "Dog"), ("de", "Hund"), ("de-AT", "Hündchen"), ("fr", "Dog"), ("fr, de;q=0.1", "Hund"),
        ("fr, *;q=0", None), ("en", "Dog"),
    ],
)  # fmt: skip
def test_which_display_is_shown(languages, shown):
    assert collect(DOG, "en").preferred(Languages.parse(languages)) == shown


def test_the_words_of_the_value_set_come_first():
    reference = ConceptReference("dog", "Our dog", (Designation("Unser Hund", "de"),))
    displays = collect(DOG, "en", reference, value_set("v"))
    assert displays.preferred(Languages()) == "Our dog"
    assert displays.preferred(Languages.parse("de")) == "Unser Hund"
    for right in ("Our dog", "Dog", "Unser Hund", "Hund"):
        assert check_display(right, displays, Languages(), CODE, lenient=False, user_assigned=False) is None


# in verdicts

CATALOGUE = MemoryCatalogue(MemoryCodeSystem(CodeSystemMetadata(url=S, version="1", language="en"), [DOG]))
ALL = value_set("all", include(S))


def test_a_wrong_display_makes_the_verdict_wrong_unless_lenient():
    wrong = verdict(CATALOGUE, ALL, coding(S, "dog", "Cat"))
    assert (wrong.result, wrong.display) == (False, "Dog")
    assert said(wrong) == [("error", "invalid-display", "Coding.display", WRONG)]
    lenient = verdict(CATALOGUE, ALL, coding(S, "dog", "Cat"), lenient_display_validation=True)
    assert (lenient.result, lenient.message) == (True, wrong.message)


def test_notes_on_displays_are_in_the_message_but_outdated_ones_are_not():
    noted = verdict(CATALOGUE, ALL, coding(S, "dog", "Dog"), languages="fr")
    assert noted.result is True
    assert noted.message.startswith("There are no valid display names found for the code")
    assert verdict(CATALOGUE, ALL, coding(S, "dog", "Cur")).message is None


def test_languages_come_from_the_request_the_header_or_the_value_set():
    def is_right(display, vs=ALL, **wishes):
        return verdict(CATALOGUE, vs, coding(S, "dog", display), **wishes).result

    assert is_right("Hund", accept="de")
    assert not is_right("Hund", accept="en")
    assert is_right("Hund", accept="en", languages="de")
    german = value_set("german", include(S), language="de")
    assert not is_right("Dog", german)
    assert is_right("Dog", german, accept="en")


def test_user_assigned_codes_come_from_the_system():
    class Assigned(MemoryCodeSystem):
        def locate(self, _code):
            return Located(ordinal=0, concept=self.all[0], user_assigned=True)

    catalogue = MemoryCatalogue(Assigned.of(S, "xa", version="1"))
    result = verdict(catalogue, None, coding(S, "xa", "My land"), form="code")
    assert result.result is True
    assert "Use a supplement" in result.message
