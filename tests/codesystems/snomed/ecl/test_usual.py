"""Usual operands are read at once; trees and errors are those of reading them bit by bit."""

from __future__ import annotations

import random

import pytest

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.parser import Parser
from terminology.codesystems.snomed.scanner import Unreadable

PIECES = (
    "123456", "138875005", "404684003", "900000000000455006", "0123456", "12345", "1234567890123456789", "1", "12x",
    "123456²", "123456_", "<", "<<", "<!", "<<!", ">", ">>", ">!", ">>!", "!!>", "!!<", " ", "  ", "\n", "\t", "\u00a0",
    "|", "|a term|", "| |", "||", "/* c */", "/*", "*/", "{{ C active = 1 }}", "{{", "}}", "{{ + HISTORY }}", "{", "}",
    ":", ",", ".", "=", "!=", "<>", "NOT =", "<=", "(", ")", "[", "]", "[0..1]", "[1..*]", "R ", "AND", "OR", "MINUS",
    "and", "*", "^", "^ 447562003", "memberOf", "descendantOf", "#5", '"term"', "true", "match", 'wild:"x"', "A#1",
)  # fmt: skip
FRAMES = (
    "{}", "<< {}", "{} : {} = {}", "<< {}: {}", "<< 404684003 : 363698007 = {}", "{} AND {}", "({}) OR {}", "{} . {}",
    "<< {} : {{ {} = << {} , {} != {} }}", "^ {} MINUS {}", "<< {} |x| {}", "{} {} {} {}",
)  # fmt: skip


def read(text: str) -> nodes.Constraint | tuple[str, int]:
    """The tree, or what is wrong and where."""
    try:
        return Parser(text).whole()
    except Unreadable as error:
        return error.reason, error.position


def texts(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    common, others = PIECES[:3], PIECES

    def piece() -> str:
        return rng.choice(common) if rng.random() < 0.6 else "".join(rng.choices(others, k=rng.randint(1, 3)))

    found = []
    for _ in range(count):
        frame = rng.choice(FRAMES)
        found.append(frame.format(*[piece() for _ in range(frame.count("{}"))]))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_at_once_is_what_is_read_bit_by_bit(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = texts(seed, 2_500)
    at_once = [read(text) for text in asked]
    assert sum(not isinstance(one, tuple) for one in at_once) > len(asked) // 10
    monkeypatch.setattr(Parser, "_usual", lambda _: None)
    for text, found in zip(asked, at_once, strict=True):
        assert repr(found) == repr(read(text)), text  # positions do not count when trees are compared
