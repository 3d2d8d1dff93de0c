"""Whatever is typed: parsers of constraints and expressions give a tree, or say where they stopped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.codesystems.snomed.ecl import parser as ecl
from terminology.codesystems.snomed.ecl.text import write
from terminology.codesystems.snomed.expressions import parser as expressions
from terminology.codesystems.snomed.expressions.render import terse
from terminology.codesystems.snomed.scanner import Unreadable
from tests.menagerie import MENAGERIE

SIGNS = r"| * < << <! >>! !!> ^ ( ) [ ] { } {{ }} : , . = != + \ === é /* */ .. |Paw|"
LETTERS = """
AND OR MINUS R D C M [1..2] [0..0] #5 "ear" " 1 true "20250101" term match: wild: type fsn dialect en-gb active
effectiveTime HISTORY -MIN LOINC#1-2
"""
WORDS = (MENAGERIE["Paw"], MENAGERIE["site"], "\n", *SIGNS.split(), *LETTERS.split())
TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.text(max_size=30))


@given(TEXTS)
def test_constraints(text: str) -> None:
    try:
        tree = ecl.parse(text)
    except Unreadable as error:
        _points_into(error, text)
    else:
        assert ecl.parse(write(tree)) == tree


@given(TEXTS)
def test_expressions(text: str) -> None:
    try:
        tree = expressions.parse(text)
    except Unreadable as error:
        _points_into(error, text)
    else:
        assert expressions.parse(terse(tree)) == tree


def _points_into(error: Unreadable, text: str) -> None:
    assert 0 <= error.position <= len(text)
    shown, caret = error.caret.split("\n")
    assert caret == " " * (error.column - 1) + "^"
    assert len(caret) <= len(shown) + 2
    assert error.line == text[: error.position].count("\n") + 1


@pytest.mark.parametrize("depth", [64, 10_000])
def test_what_is_nested_too_deeply_is_refused(depth: int) -> None:
    deep = "(" * depth + "*" + ")" * depth
    if depth <= 64:
        ecl.parse(deep)
        return
    with pytest.raises(Unreadable, match="more than 64 brackets"):
        ecl.parse(deep)
    with pytest.raises(Unreadable, match="more than"):
        ecl.parse("*: " + "(" * depth)
