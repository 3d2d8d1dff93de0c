"""UCUM codes: what is one, and where what is none goes wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.codesystems.ucum import essence as tables
from terminology.codesystems.ucum.expression import Annotation, Factor, Group, Symbol
from terminology.codesystems.ucum.parser import DEEPEST, LONGEST, UcumError, parse

ESSENCE = tables.read(tables.installed())
UNITS = ESSENCE.units


def components(code):
    return [(step.operator, step.component) for step in parse(code, ESSENCE).steps]


def symbol(code, prefix=None, exponent=1):
    found = next((p for p in ESSENCE.prefixes if p.code == prefix), None)
    return Symbol(UNITS[code], found, exponent)


def test_the_tables_are_those_of_the_publisher(shared):
    ours, theirs = tables.installed().read_bytes(), (shared / "data/ucum/ucum-essence.xml").read_bytes()
    assert ours.strip() == theirs.strip()
    assert (ESSENCE.version, tables.version(tables.installed())) == ("2.2", "2.2")


def test_every_unit_and_every_prefixed_unit_is_a_code():
    codes = [*UNITS, *(p.code + u.code for p in ESSENCE.prefixes for u in UNITS.values() if u.metric)]
    assert len(UNITS) == 312
    assert len(codes) > 2500
    for code in codes:
        (step,) = parse(code, ESSENCE).steps
        assert isinstance(step.component, Symbol)


def test_common_units_of_hl7_are_codes(shared):
    expansion = json.loads((shared / "conformance/tests/ucum/expand-ucum-all-4-response.json").read_text())
    codes = [entry["code"] for entry in expansion["expansion"]["contains"]]
    assert len(codes) == 1357
    for code in codes:
        parse(code, ESSENCE)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("kg", [(".", symbol("g", "k"))]),
        ("cd", [(".", symbol("cd"))]),  # candela, not a hundredth of a day
        ("dar", [(".", symbol("ar", "d"))]),  # deciare: there is no unit r for the prefix da
        ("dam2", [(".", symbol("m", "da", 2))]),
        ("mm[Hg]", [(".", symbol("m[Hg]", "m"))]),
        ("%[slope]", [(".", symbol("%[slope]"))]),
        ("[in_i'H2O]", [(".", symbol("[in_i'H2O]"))]),
        ("10*-3", [(".", symbol("10*", exponent=-3))]),
        ("10^6", [(".", symbol("10^", exponent=6))]),
        ("100", [(".", Factor(100))]),
        ("/m3", [("/", symbol("m", exponent=3))]),
        ("m+2.s-2", [(".", symbol("m", exponent=2)), (".", symbol("s", exponent=-2))]),
        ("mg{creat}", [(".", symbol("g", "m")), (".", Annotation("creat"))]),
        ("/100{WBCs}", [("/", Factor(100)), (".", Annotation("WBCs"))]),
        ("{a b}", [(".", Annotation("a b"))]),
        ("a{b}{c}", [(".", symbol("a")), (".", Annotation("b")), (".", Annotation("c"))]),
        ("g/(8.h){shift}", [(".", symbol("g")), ("/", Group(parse("8.h", ESSENCE))), (".", Annotation("shift"))]),
    ],
)
def test_trees(code, found):
    assert components(code) == found


@pytest.mark.parametrize(
    ("code", "position", "reason"),
    [
        ("", 1, "There is no unit"),
        ("kgXX", 1, "The unit 'kgXX' is unknown"),
        ("mg/dLL", 4, "The unit 'dLL' is unknown"),
        ("KG", 1, "The unit 'KG' is unknown"),
        ("µg", 1, "The unit 'µg' is unknown"),
        ("g/k[in_i]", 3, "The unit '[in_i]' takes no prefix, but has 'k'"),
        ("mg/", 4, "Expected a unit, but the unit ends"),
        ("mg//dL", 4, "Expected a unit, but found '/'"),
        ("mg dL", 3, "Expected '.' or '/', but found ' '"),
        ("2m", 2, "Expected '.' or '/', but found 'm'"),
        ("{a}m", 4, "Expected '.' or '/', but found 'm'"),
        ("m2m", 3, "Expected '.' or '/', but found 'm'"),
        ("m)", 2, "Expected '.' or '/', but found ')'"),
        ("(m.s", 1, "The parenthesis is not closed"),
        ("(m{", 3, "The annotation is not closed"),
        ("()", 2, "Expected a unit, but found ')'"),
        ("m.{a{b}", 5, "An annotation may not have the character '{'"),
        ("{é}", 2, "An annotation may not have the character 'é'"),
        ("m.[in_i", 3, "The square bracket is not closed"),
        ("m+", 3, "Expected a digit, but the unit ends"),
        ("-m", 1, "Expected a unit, but found '-'"),
        ("m/0", 3, "A number must not be zero"),
        ("(" * (DEEPEST + 1) + "m", DEEPEST + 1, f"Parentheses are nested more than {DEEPEST} deep"),
        ("m" * (LONGEST + 1), LONGEST + 1, f"The unit is longer than {LONGEST} characters"),
    ],
)
def test_errors_have_a_place(code, position, reason):
    with pytest.raises(UcumError) as caught:
        parse(code, ESSENCE)
    assert (caught.value.position, str(caught.value)) == (position, reason)


@given(st.text("mgk[]{}().*/^+-10 '%u²", max_size=30))
def test_any_text_is_a_unit_or_an_error_at_a_position_within_it(text):
    try:
        parse(text, ESSENCE)
        position = 1
    except UcumError as error:
        position = error.position
    assert 1 <= position <= len(text) + 1
