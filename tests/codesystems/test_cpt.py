"""CPT: expressions and their rules, filters, value sets, limits. Codes are real where rules name them; texts never."""

from __future__ import annotations

import pytest

from terminology.codesystems.cpt import codes
from terminology.codesystems.cpt.codes import Range
from terminology.codesystems.cpt.expression import INFANT_CODES, Expression
from terminology.codesystems.cpt.system import URL, CptCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.outcome import TerminologyError
from terminology.model.valueset import ConceptSet, Filter, ValueSet
from terminology.store.opening import open_store
from tests.codesystems.building import publish

INACTIVE = Property("inactive", "boolean", value=True)
BASES = ("00100", "01999", "20100", "69990", "86701", "87593", "90863", "92920", "99213", "99214", "0001F", "0042T")
MODIFIERS = ("25", "50", "51", "52", "53", "57", "59", "63", "73", "76", "77", "92", "93", "95", "1P", "P3", "LT", "XE")


def concept(code: str, *properties: Property) -> Concept:
    return Concept(code, f"Text of {code}", properties=properties)


def system(*concepts: Concept, content: str = "complete", telemedicine: bool = True) -> CptCodeSystem:
    listed = concepts or (
        *(concept(c, *([Property("telemedicine", "boolean", c == "99213")] if telemedicine else [])) for c in BASES),
        concept("99299", INACTIVE),
        *(concept(m) for m in MODIFIERS),
    )
    metadata = CodeSystemMetadata(
        url=URL, version="2026", content=content, case_sensitive=True, language="en", compositional=True
    )
    store = open_store()
    return CptCodeSystem(metadata, store.version(publish(store, metadata, listed)), "cpt")


@pytest.fixture(scope="module")
def cpt() -> CptCodeSystem:
    return system()


@pytest.fixture(scope="module")
def fragment() -> CptCodeSystem:
    return system(concept("90863"), content="fragment")


def codes_of(cpt: CptCodeSystem, property_: str, op: str, value: str) -> list[str]:
    return [cpt.codes()[o] for o in cpt.select(Filter(property_, op, value))]


def holding(cpt: CptCodeSystem, property_: str, op: str, value: str) -> list[str]:
    every = [cpt.locate(code) for code in cpt.codes()]
    return [one.concept.code for one in every if cpt.holds(one, Filter(property_, op, value))]


# Expressions

VALID = (
    "99213:25", "99213:59:LT", "99213:LT:59", "99213:59:XE", "00100:P3", "01999:P3", "0001F:1P", "20100:63", "69990:63",
    "92920:63", "86701:92", "99213:95", "99213:76", "20100:50:51", "0042T:52", "99213:25:52:76",
)  # fmt: skip


@pytest.mark.parametrize("code", VALID)
def test_expressions_that_keep_the_rules(cpt, code):
    located = cpt.locate(code)
    assert located is not None, cpt.explain(code)
    assert cpt.explain(code) is None
    assert located.ordinal is None
    assert {p.code: p.value for p in located.concept.properties} == {"modified": True, "modifier": False}


BROKEN = {
    "99213:1P": "modifier 1P is for category II codes (which end in F), and 99213 is not one",
    "99213:P3": "modifier P3 (physical status) is for anesthesia codes 00100 to 01999, and 99213 is not one",
    "20100:P3": "modifier P3 (physical status) is for anesthesia codes 00100 to 01999, and 20100 is not one",
    "0001F:P3": "modifier P3 (physical status) is for anesthesia codes 00100 to 01999, and 0001F is not one",
    "99213:LT": "modifier LT is a HCPCS modifier, which may be used only together with 59",
    "0001F:50": "modifier 50 may not be used with category II codes such as 0001F",
    "0001F:51": "modifier 51 may not be used with category II codes such as 0001F",
    "99213:63": "modifier 63 is for codes 20100 to 69990 and some cardiovascular codes, and 99213 is not among them",
    "99213:92": "modifier 92 is for 86701 to 86703 and 87389 only, not for 99213",
    "99214:95": "modifier 95 is for telemedicine services, and 99214 is not one",
    "99213:25:57": "only one of the modifiers 25 and 57 may be used",
    "99213:59:25:57": "only one of the modifiers 25 and 57 and 59 may be used",
    "99213:73:52": "only one of the modifiers 52 and 73 may be used",
    "99213:53:52": "only one of the modifiers 52 and 53 may be used",
    "99213:76:77": "only one of the modifiers 76 and 77 may be used",
    "99213:95:93": "only one of the modifiers 93 and 95 may be used",
    "99213:99214": "99214 is a code and cannot be used as a modifier",
    "25:59": "an expression must begin with a code, and 25 is a modifier",
    "99999:25": "the code 99999 is not in this release",
    "99213:26": "the modifier 26 is not in this release",
    "99213:1P:92": (
        "modifier 1P is for category II codes (which end in F), and 99213 is not one; "
        "modifier 92 is for 86701 to 86703 and 87389 only, not for 99213"
    ),
}


@pytest.mark.parametrize(("code", "reasons"), BROKEN.items())
def test_expressions_that_break_a_rule_say_which(cpt, code, reasons):
    assert cpt.locate(code) is None
    assert cpt.explain(code).text == f"'{code}' is not a valid CPT expression: {reasons}"


@pytest.mark.parametrize(
    "code", ["99213:", ":25", "99213:2", "99213::25", "99213-25", "99213:25 ", "9921:25", "99213:25,59"]
)
def test_malformed_expressions_are_explained(cpt, fragment, code):
    for one in (cpt, fragment):
        assert one.locate(code) is None
        assert one.explain(code).message_id in {"CPT_EXPRESSION_MALFORMED", "CPT_CODE_MALFORMED"}


@pytest.mark.parametrize("code", ["9021", "902134", "0001f", "ABCDE", "", "9", "99213 "])
def test_malformed_codes_are_wrong_in_a_fragment_too(cpt, fragment, code):
    for one in (cpt, fragment):
        assert one.locate(code) is None
        assert one.explain(code).message_id == "CPT_CODE_MALFORMED"


def test_the_order_of_modifiers_means_nothing(cpt):
    assert cpt.locate("99213:LT:59").concept.code == cpt.locate("99213:59:LT").concept.code == "99213:59:LT"
    assert cpt.subsumes("99213:LT:59", "99213:59:LT") == "equivalent"
    assert cpt.subsumes("99213", "99213:25") == "not-subsumed"
    assert cpt.subsumes("99213", "99213") == "equivalent"
    with pytest.raises(TerminologyError, match="99213:63"):
        cpt.subsumes("99213:63", "99213")


def test_an_expression_shows_its_parts_and_takes_their_texts(cpt):
    located = cpt.locate("99213:59:LT")
    assert located.concept.display == "Text of 99213 (59 Text of 59; LT Text of LT)"
    assert "Text of 99213" in {d.value for d in located.concept.designations}
    assert located.notes == ()


def test_an_expression_of_a_deleted_code_is_inactive(cpt):
    assert cpt.locate("99299:25").inactive
    assert not cpt.locate("99213:25").inactive


def test_a_repeated_modifier_is_noted(cpt):
    located = cpt.locate("99213:25:25")
    assert located.concept.code == "99213:25"
    assert [note.message_id for note in located.notes] == ["CPT_MODIFIER_REPEATED"]


def test_without_a_list_of_telemedicine_services_nobody_knows():
    located = system(telemedicine=False).locate("99213:95")
    assert [note.message_id for note in located.notes] == ["CPT_TELEMEDICINE_UNKNOWN"]


def test_without_modifiers_only_the_rules_are_checked():
    bare = system(concept("99213"), concept("99214"))
    assert [note.message_id for note in bare.locate("99213:25").notes] == ["CPT_MODIFIERS_NOT_LOADED"]
    assert bare.locate("99213:63") is None


def test_a_fragment_refuses_only_expressions_that_break_a_rule(fragment):
    assert fragment.locate("90863").concept.display == "Text of 90863"
    for unknown in ("99213", "90863:25", "99213:25", "25"):
        assert fragment.locate(unknown) is None
        assert fragment.explain(unknown) is None, "it may be right: this is a fragment"
    assert "physical status" in fragment.explain("90863:P3").text


def test_modifier_63_has_a_list_besides_its_range():
    allowed = {f"{n:05}" for r in INFANT_CODES for n in range(r.first, r.last + 1)}
    assert len(allowed) == 39
    assert {"92920", "93314", "93598", "93616"} <= allowed
    assert "93599" not in allowed


def test_expressions_are_read():
    assert Expression.parse("99213:25:59") == Expression("99213", ("25", "59"))
    assert str(Expression.parse("99213:59:25").normal) == "99213:25:59"
    assert Expression.parse("99213") is None


# Properties and filters


def test_the_form_of_a_code_says_its_kind():
    kinds = {
        c: codes.kind_of(c) for c in ("99213", "0001F", "0042T", "0001U", "0001A", "0001M", "25", "1P", "P3", "LT")
    }
    assert list(kinds.values()) == [
        "cat-1", "cat-2", "cat-3", "pla", "administrative", "administrative", "general", "cat-2", "physical-status",
        "hcpcs",
    ]  # fmt: skip
    assert set(kinds.values()) == set(codes.KINDS)


FILTERS = (
    ("modifier", "=", "true"), ("modifier", "=", "false"), ("modified", "=", "false"), ("modified", "=", "true"),
    ("kind", "=", "cat-1"), ("kind", "in", "cat-2,physical-status"), ("telemedicine", "=", "true"),
    ("telemedicine", "=", "false"), ("orthopox", "=", "true"), ("orthopox", "=", "false"), ("code", "in", "LT,nix"),
    ("code", "in", "99210-99214, 0001F"), ("code", "not-in", "00000-99999"), ("code", "in", "0001F-0009F"),
    ("code", "in", "50-59"), ("kind", "exists", "true"), ("code", "regex", "99.*"), ("kind", "regex", "cat-.*"),
)  # fmt: skip


@pytest.mark.parametrize("f", FILTERS, ids=" ".join)
def test_selecting_and_testing_agree(cpt, fragment, f):
    for one in (cpt, fragment):
        assert codes_of(one, *f) == holding(one, *f)


def test_filters_mean_what_hl7_terminology_says(cpt):
    assert codes_of(cpt, "modifier", "=", "true") == list(MODIFIERS)
    assert codes_of(cpt, "modified", "=", "true") == []
    assert len(codes_of(cpt, "modified", "=", "false")) == cpt.size
    assert codes_of(cpt, "kind", "in", "cat-2,physical-status") == ["0001F", "1P", "P3"]
    assert codes_of(cpt, "telemedicine", "=", "true") == ["99213"]
    assert codes_of(cpt, "orthopox", "=", "true") == ["87593"]
    assert codes_of(cpt, "code", "in", "99210-99214, 0001F,LT") == ["99213", "99214", "0001F", "LT"]
    assert codes_of(cpt, "code", "in", "50-53") == ["50", "51", "52", "53"]


def test_an_expression_passes_the_filters_that_hold_for_it(cpt):
    expression = cpt.locate("99213:25")
    passed = {" ".join(f) for f in FILTERS if cpt.holds(expression, Filter(*f))}
    assert passed == {"modified = true", "modifier = false", "code not-in 00000-99999"} | {"code regex 99.*"}


@pytest.mark.parametrize("value", ["99214-99213", "99213-0001F", "9921-99214", "99213-", "LT-XE", "99213-99214-99215"])
def test_a_range_must_be_one(cpt, value):
    with pytest.raises(TerminologyError, match="is not a range of CPT codes"):
        cpt.select(Filter("code", "in", value))


def test_ranges_keep_to_codes_of_their_form():
    assert Range.parse("00100-01999").covers("00500")
    assert not Range.parse("00100-01999").covers("0050F")
    assert not Range.parse("0001F-0999F").covers("00500")
    assert not Range.parse("00001-00099").covers("25")


def test_filters_that_allow_modifiers_leave_the_set_open(cpt, fragment):
    assert cpt.open_to(())
    assert cpt.open_to((Filter("modified", "=", "true"),))
    assert not cpt.open_to((Filter("modified", "=", "false"), Filter("modifier", "=", "false")))
    assert not cpt.open_to((Filter("code", "in", "99213-99214"),))
    assert not cpt.open_to((Filter("kind", "=", "cat-1"),))
    assert not fragment.open_to(())
    assert (cpt.enumerable, fragment.enumerable) == (False, True)


def test_lookup_tells_derived_properties_once():
    stating = system(concept("99213", Property("kind", "code", "cat-1")), concept("99214"))
    for code in ("99213", "99214"):
        assert [p.value for p in stating.locate(code).concept.values("kind")] == ["cat-1"]
    assert codes_of(stating, "kind", "=", "cat-1") == ["99213", "99214"]


# Value sets


@pytest.mark.parametrize("base", ["http://hl7.org/fhir/ValueSet/", "http://terminology.hl7.org/ValueSet/"])
def test_the_value_sets_of_hl7_terminology(cpt, base):
    def includes(id_: str) -> tuple[ConceptSet, ...]:
        found = cpt.implicit_value_set(f"{base}cpt-{id_}")
        assert isinstance(found, ValueSet)
        assert found.url == f"{base}cpt-{id_}"
        return found.compose.include

    unmodified = (Filter("modified", "=", "false"), Filter("modifier", "=", "false"))
    assert [i.filters for i in includes("all")] == [()]
    assert [i.filters for i in includes("base")] == [unmodified]
    assert [i.filters for i in includes("modifiers")] == [(Filter("modifier", "=", "true"),)]
    assert [i.filters for i in includes("usable")] == [unmodified, (Filter("modified", "=", "true"),)]
    assert cpt.implicit_value_set(f"{base}cpt-other") is None
    assert cpt.implicit_value_set("http://example.org/ValueSet/cpt-all") is None


@pytest.mark.parametrize(
    ("code", "message"), [("J1100", "CPT_CODE_HCPCS"), ("D0120", "CPT_CODE_CDT"), ("9921", "CPT_CODE_MALFORMED")]
)
def test_codes_of_other_systems_are_recognised(cpt, code, message):
    assert cpt.explain(code).message_id == message
