"""Answers are filled in only where two of them show that nothing but their own texts differs."""

from __future__ import annotations

import pytest

from terminology.operations.templates import HOLES, Family, cut


def learned(*examples: tuple[tuple[str, str], bytes]) -> Family:
    family = Family()
    for texts, body in examples:
        assert family.learn(texts, body) == body
    return family


def test_two_answers_show_what_all_are_like() -> None:
    family = learned((("A1", "Cut"), b'{"c":"A1","d":"Cut","m":"A1 is fine"}'),
                     (("B2", "Sew"), b'{"c":"B2","d":"Sew","m":"B2 is fine"}'))  # fmt: skip
    assert family.member("C3", 'Say "x"') == rb'{"c":"C3","d":"Say \"x\"","m":"C3 is fine"}'


def test_per_cent_signs_stay_as_they_are() -> None:
    family = learned((("5", "Cut"), b'"5 %b%% Cut 5"'), (("6", "Sew"), b'"6 %b%% Sew 6"'))
    assert family.member("7", "%s") == b'"7 %b%% %s 7"'


@pytest.mark.parametrize(
    "examples",
    [
        [(("A1", "Cut"), b'"A1 Cut"')],
        [(("A1", "Cut"), b'"A1 Cut"'), (("A1", "Cut"), b'"A1 Cut"')],
        [(("A1", "Cut"), b'"A1 Cut"'), (("B2", "Cut"), b'"B2 Cut"')],
        [(("1", "Cut"), b'"1 Cut, version 1"'), (("2", "Sew"), b'"2 Sew, version 1"')],
        [(("A1", "Cut"), b'"A1 Cut"'), (("B2", "Sew"), b'"B2 Sew, and more"')],
        [(("Cut", "Cut"), b'"Cut Cut"'), (("Sew", "Sew"), b'"Sew Sew"')],
        [(("1", "1"), b'"1 1"'), (("2", "2"), b'"2 2"')],
    ],
    ids=["one", "the same", "a text in common", "a text elsewhere", "others", "not to be told apart", "short ones"],
)
def test_what_shows_too_little_teaches_nothing(examples: list[tuple[tuple[str, str], bytes]]) -> None:
    assert learned(*examples).member("C3", "Tie") is None


def test_a_later_pair_can_teach() -> None:
    family = learned((("1", "Cut"), b'"1 Cut 1"'), (("2", "Sew"), b'"2 Sew 1"'), (("3", "Tie"), b'"3 Tie 1"'))
    assert family.member("4", "Dye") == b'"4 Dye 1"'


def test_whole_strings_may_be_within_each_other() -> None:
    family = learned((("M", "Married"), b'{"c":"M","d":"Married","v":"Marital|M1"}'),
                     (("S", "Single"), b'{"c":"S","d":"Single","v":"Marital|M1"}'))  # fmt: skip
    assert family.member("W", 'Wi"dowed"') == rb'{"c":"W","d":"Wi\"dowed\"","v":"Marital|M1"}'


def test_whole_strings_are_not_enough_where_messages_quote_them() -> None:
    family = learned(
        (("M", "Married"), b'{"c":"M","d":"Married","m":"M?"}'), (("S", "Sad"), b'{"c":"S","d":"Sad","m":"S?"}')
    )
    assert family.member("W", "Widowed") is None


def test_holes_must_be_there_once() -> None:
    first, second, _ = HOLES
    assert cut(b'["\\u0000hole 0\\u0000",1]', (first,)) == (b"[", b",1]")
    with pytest.raises(ValueError, match="is not in"):
        cut(b"[1]", (first,))
    with pytest.raises(ValueError, match="twice"):
        cut(b'["\\u0000hole 0\\u0000","\\u0000hole 0\\u0000"]', (first,))
    with pytest.raises(ValueError, match="twice"):
        cut(b'["\\u0000hole 0\\u0000","\\u0000hole 1\\u0000"]', (first,))
    assert second not in first
