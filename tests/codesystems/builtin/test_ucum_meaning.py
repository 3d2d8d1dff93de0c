"""UCUM codes: what they measure, and how they read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.codesystems.ucum import essence as tables
from terminology.codesystems.ucum.canonical import Canonicals
from terminology.codesystems.ucum.parser import parse
from terminology.codesystems.ucum.wording import spoken, structure

ESSENCE = tables.read(tables.installed())
CANONICALS = Canonicals(ESSENCE)
SIMPLE = ["m", "kg", "mmol", "s2", "10*3", "[iU]", "L", "mm[Hg]", "{cells}", "100"]


def canonical(code):
    return CANONICALS.of(parse(code, ESSENCE))


@pytest.mark.parametrize(
    ("code", "factor", "units"),
    [
        ("1", "1", "1"),
        ("m", "1", "m"),
        ("kg", "1000", "g"),
        ("N", "1000", "g.m.s-2"),
        ("Pa", "1000", "g.m-1.s-2"),
        ("mm[Hg]", "133322", "g.m-1.s-2"),
        ("L", "0.001", "m3"),
        ("[in_i]", "0.0254", "m"),
        ("h", "3600", "s"),
        ("mol", "6.02214076E+23", "1"),
        ("%", "0.01", "1"),
        ("10*-3", "0.001", "1"),
        ("g/mol", "1.660539067173384660968280581E-24", "g"),
        ("g%", "10000", "g.m-3"),
        ("{Ehrlich'U}/100.g", "0.01", "g"),  # from left to right
        ("/(12.h)", "0.00002314814814814814814814814814814815", "s-1"),
        ("km/h", "0.2777777777777777777777777777777778", "m.s-1"),
        ("m.m-1", "1", "1"),
        ("[iU]/mL", "1000000", "[iU].m-3"),
        ("[IU]", "1", "[iU]"),
    ],
)
def test_canonical_forms(code, factor, units):
    found = canonical(code)
    assert found.units == units
    assert float(found.factor) == pytest.approx(float(factor))
    assert not found.special


def test_special_units_have_dimensions_only():
    assert (canonical("Cel").units, canonical("Cel").special) == ("K", True)
    assert (canonical("[degF]/min").units, canonical("[degF]/min").special) == ("K.s-1", True)


def test_every_unit_has_a_canonical_form():
    bases = {"m", "s", "g", "rad", "K", "C", "cd"}
    arbitrary = {u.code for u in ESSENCE.units.values() if u.definition is None} - bases
    assert {"[iU]", "[arb'U]", "[CFU]"} <= arbitrary
    for code in ESSENCE.units:
        found = canonical(code)
        assert found.factor > 0
        assert {unit for unit, _ in found.dimensions} <= bases | arbitrary


def test_huge_exponents_give_infinity_or_zero():
    assert canonical("10*" + "9" * 900).factor.is_infinite()
    assert canonical("[pi]-" + "9" * 900).factor == 0


@given(st.lists(st.sampled_from(SIMPLE), min_size=1, max_size=5), st.sampled_from(SIMPLE))
def test_products_are_commutative_and_division_undoes_them(codes, other):
    product = ".".join(codes)
    assert canonical(product).dimensions == canonical(".".join(reversed(codes))).dimensions
    undone = canonical(f"{product}.{other}/{other}")
    assert undone.dimensions == canonical(product).dimensions
    assert float(undone.factor) == pytest.approx(float(canonical(product).factor))


@pytest.mark.parametrize(
    ("code", "formal", "words"),
    [
        ("mg/dL", "(milligram) / (deciliter)", "milligram per deciliter"),
        ("mg/dL{milligram per deciliter}", "(milligram) / (deciliter) * 1", None),
        ("kg.m/s2", "(kilogram) * (meter) / (second ^ 2)", "kilogram meter per square second"),
        ("m.s-1", "(meter) * (second ^ -1)", "meter per second"),
        ("/min", "1 / (minute)", "per minute"),
        ("1/min", "1 / (minute)", "per minute"),
        ("g/(8.h)", "(gram) / (8 * (hour))", "gram per (8 hour)"),
        ("m4", "(meter ^ 4)", "meter to the power of 4"),
        ("10*3/uL", "(the number ten for arbitrary powers ^ 3) / (microliter)", "10^3 per microliter"),
        ("({a})", "(1)", None),
    ],
)
def test_units_are_spelled_out_in_words(code, formal, words):
    term = parse(code, ESSENCE)
    assert (structure(term), spoken(term)) == (formal, words)
