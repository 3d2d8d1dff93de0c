"""How a code page shows codes that a concept refers to."""

from __future__ import annotations

import pytest

from loaders.documents.canonicals import CONSUMER_NAME
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.web.content import VALUES_SHOWN, readable
from terminology.web.sections import MOST_NAMES, USES, at_a_glance, names, sections
from terminology.web.similar import words_of
from tests.memory import MemoryCodeSystem

SYSTEM = MemoryCodeSystem.of("http://example.org/tests", "ink", "paper")


def facts(*properties: Property) -> dict[str, str]:
    _, found = sections(readable(SYSTEM, Concept("x", "X", properties=properties)))
    return {fact.name: fact.value for fact in found}


def test_codes_have_their_names_beside_them() -> None:
    system = MemoryCodeSystem(SYSTEM.metadata, [Concept("LP1", "Ink")])
    shown = readable(system, Concept("x", properties=(Property("specimen", "code", "LP1"),))).properties
    assert shown == (Property("specimen", "Coding", Coding(code="LP1", display="Ink (LP1)")),)


def test_codes_of_others_and_texts_stay_as_they_are() -> None:
    assert facts(Property("specimen", "code", "wood"), Property("unit", "string", "ink")) == {
        "Specimen": "wood",
        "Unit": "ink",
    }


def test_of_very_many_values_the_first_are_shown() -> None:
    values = [Property("list", "code", f"L{number}") for number in range(VALUES_SHOWN + 7)]
    shown = facts(*values)["List"].split("; ")
    assert len(shown) == VALUES_SHOWN + 1
    assert shown[-1] == "and 7 more"


def test_what_belongs_together_is_one_section() -> None:
    properties = [
        Property(code, "string", code)
        for code in ("commonRisk", "riskNote", "alternativeNote", "contraindication", "rareRisk", "purpose")
    ]
    found, rest = sections(Concept("x", "X", properties=tuple(properties)))
    assert [s.heading for s in found] == ["Purpose", "Contraindications", "Risks and complications", "Alternatives"]
    assert [(p.heading, p.values, p.notes) for p in found[2].parts] == [
        (None, (), ("riskNote",)), ("Common", ("commonRisk",), ()), ("Rare", ("rareRisk",), ()),
    ]  # fmt: skip
    assert not rest


@pytest.mark.parametrize(
    ("shortest", "longest", "told"),
    [
        (30, 45, "30 to 45 minutes"), (60, 180, "1 to 3 hours"), (60, 60, "1 hour"), (None, 120, "up to 2 hours"),
        (1, None, "at least 1 minute"), (45, 60, "45 to 60 minutes"), (0, 10, "0 to 10 minutes"),
    ],
)  # fmt: skip
def test_the_length_of_a_procedure_at_a_glance(shortest: int | None, longest: int | None, told: str) -> None:
    stated = {"durationMinimum": shortest, "durationMaximum": longest}
    properties = tuple(Property(code, "integer", minutes) for code, minutes in stated.items() if minutes is not None)
    concept = Concept("x", "X", properties=(*properties, Property("setting", "string", "Clinic")))
    assert [(fact.name, fact.value) for fact in at_a_glance(concept)] == [("Duration", told), ("Setting", "Clinic")]
    assert "Duration minimum" not in facts(*properties)


def test_names_of_something_in_a_concept_are_told_from_its_own() -> None:
    device = Coding(USES, "device-term", display="Term for the device")
    designations = (
        Designation("X"), Designation("Cross"), Designation("WipeWell", use=device), Designation("Wiper", use=device),
        Designation("Kiss", use=CONSUMER_NAME), Designation("Ex", use=Coding("http://example.org/use", "1")),
    )  # fmt: skip
    called, labelled = names(Concept("x", "X", designations=designations))
    assert called == ["Cross", "Kiss", "Ex"]
    assert [(fact.name, fact.value) for fact in labelled] == [("Term for the device", "WipeWell; Wiper")]


def test_of_very_many_names_the_first_are_shown() -> None:
    device = Coding(USES, "device-term", display="Term for the device")
    many = tuple(Designation(f"Name {n}", use=device) for n in range(MOST_NAMES + 3))
    (fact,) = names(Concept("x", "X", designations=many))[1]
    assert fact.value.endswith(f"Name {MOST_NAMES - 1}; and 3 more")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("patientExperience", "patient experience"),
        ("SCALE_TYP", "scale typ"),
        ("AnswerListOID", "answer list oid"),
        ("RELATEDNAMES2", "relatednames2"),
        ("document-kind", "document kind"),
        ("HL7_ATTACHMENT_STRUCTURE", "hl7 attachment structure"),
        ("größeUndGewicht", "größe und gewicht"),
        ("", ""),
    ],
)
def test_headings_are_the_words_of_a_property(code: str, words: str) -> None:
    assert words_of(code) == words


def test_what_hardly_any_code_is_is_shown_where_it_is_true() -> None:
    said = Property("modifier", "boolean", value=False), Property("orthopox", "boolean", value=True)
    assert facts(*said) == {"Orthopox": "yes"}
