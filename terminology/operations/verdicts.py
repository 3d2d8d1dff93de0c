"""Verdicts of `$validate-code` that differ only in texts: the first ones are made as usual, the others filled in."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from itertools import count

import orjson

from terminology.model.coding import CodeableConcept, Coding
from terminology.model.protocols import PlainCode
from terminology.operations.templates import HOLES, QUOTED, Family, hole
from valuesets.plain import Codes

HOLE = orjson.dumps(HOLES[0])
"""Where the text of a concept is in a verdict."""
MOST_FAMILIES = 24
"""Families of verdicts: in the set or not, with a right display, a wrong one or none, of a few statuses."""

WRONG, OTHER = "wrong", "other"
"""Mark verdicts on wrong displays, and on right ones that are not the one to show."""

Kind = tuple[Hashable, ...]
Verdict = Callable[[CodeableConcept], bytes]
"""Makes the verdict on a concept."""


class Verdicts:
    """Verdicts on plain codes, with any right display or a wrong one, and on unknown codes. Threads share it."""

    def __init__(self, coding: Coding, plain: Codes, verdict: Verdict) -> None:
        """`coding` is one of those that are asked about; they differ in code and display."""
        self._coding = coding
        self._plain = plain
        self._verdict_on = verdict
        self._families: dict[Kind, Family] = {}
        self._holes = map(hole, count(len(HOLES)))

    def answer(self, code: str | None, display: str | None, text: str | None) -> bytes | None:
        """The verdict; None where it may say more than others."""
        if not code:
            return None
        stand_in = None if text is None else HOLES[0]
        judged = self._plain.judge(code, display)
        if judged is not None:
            shown = judged.display
            texts = (code, shown) if shown and shown != code else (code,)  # `texts_of`, on the way of most questions
            kind = judged.member, judged.status, display is None, text is None, shown and len(texts)
            body = self._filled(kind, texts, code, display, stand_in)
        elif max(len(code), len(display or "")) > QUOTED:
            return None
        else:
            body = self._on_others(code, display, stand_in)
        return body if body is None or text is None else body.replace(HOLE, orjson.dumps(text))

    def _verdict(self, code: str, display: str | None, text: str | None) -> bytes:
        """Made the usual way."""
        return self._verdict_on(CodeableConcept((replace(self._coding, code=code, display=display),), text))

    def _on_others(self, code: str, display: str | None, text: str | None) -> bytes | None:
        named = None if display is None else self._plain.named(code, display)
        if named is not None and display is not None:
            if named.right is not None:
                return self._on_misnamed(code, display, text, named.judged, named.right)
            judged, texts = named.judged, texts_of(code, named.judged)
            kind: Kind = (judged.member, judged.status, OTHER, text is None, judged.display and len(texts))
            return self._filled(kind, (*texts, display), code, display, text)
        if not self._plain.is_unknown(code):
            return None
        kind = None, None, display is None, text is None
        return self._filled(kind, (code,) if display is None else (code, display), code, display, text)

    def _filled(
        self, kind: Kind, texts: tuple[str, ...], code: str, display: str | None, text: str | None
    ) -> bytes | None:
        """The verdict of a kind with these texts of its own."""
        family = self._families.get(kind) or self._new_family(kind)
        if family is None:
            return None
        return family.member(*texts) or family.learn(texts, self._verdict(code, display, text))

    def _on_misnamed(self, code: str, given: str, text: str | None, found: PlainCode, right: str) -> bytes | None:
        """The verdict on a plain code with a wrong display; `right` says what it may be."""
        shown = texts_of(code, found)
        kind = found.member, found.status, WRONG, text is None, found.display and len(shown)
        family = self._families.get(kind) or self._new_family(kind)
        if family is None or len(right) > QUOTED or "\0" in given:
            return None
        if (body := family.member(given, right, *shown)) is not None:
            return body
        # What is right contains the display, and what was given may contain anything.
        stand_ins = next(self._holes), next(self._holes)
        body = self._verdict(code, stand_ins[0], text).replace(_written(right), _written(stand_ins[1]))
        body = family.learn((*stand_ins, *shown), body)
        for stand_in, own in zip(stand_ins, (given, right), strict=True):
            body = body.replace(_written(stand_in), _written(own))
        return body

    def _new_family(self, kind: Kind) -> Family | None:
        """The family of verdicts of a new kind; None for one more than are kept."""
        return self._families.setdefault(kind, Family()) if len(self._families) < MOST_FAMILIES else None


def texts_of(code: str, found: PlainCode) -> tuple[str, ...]:
    """The texts of a plain code in a verdict: beside the code its display, if it has one that is not the code."""
    shown = found.display
    return (code, shown) if shown and shown != code else (code,)


def _written(text: str) -> bytes:
    """A text as it is within others in JSON."""
    return orjson.dumps(text)[1:-1]
