"""Verdicts of `$validate-code` that differ only in texts: the first ones are made as usual, the others filled in."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import count

import orjson

from terminology.model.protocols import PlainCode
from terminology.operations.templates import HOLES, QUOTED, Family, hole
from valuesets.plain import PlainCodes

HOLE = orjson.dumps(HOLES[0])
"""Where the text of a concept is in a verdict."""
MOST_FAMILIES = 24
"""Families of verdicts: in the set or not, with a right display, a wrong one or none, of a few statuses."""

WRONG = "wrong"
"""Marks verdicts on wrong displays."""

Verdict = Callable[[str, str | None, str | None], bytes]
"""Makes the verdict on a code, with its display and the text of its concept, where these come along."""


class Verdicts:
    """Verdicts on plain codes, with a right display or a wrong one, and on unknown codes. Threads share it."""

    def __init__(self, plain: PlainCodes, verdict: Verdict) -> None:
        self._plain = plain
        self._verdict = verdict
        self._families: dict[tuple[Hashable, ...], Family] = {}
        self._holes = map(hole, count(len(HOLES)))

    def answer(self, code: str | None, display: str | None, text: str | None) -> bytes | None:
        """The verdict; None where it may say more than others."""
        if not code:
            return None
        body = self._answer(code, display, None if text is None else HOLES[0])
        return body if body is None or text is None else body.replace(HOLE, orjson.dumps(text))

    def _answer(self, code: str, display: str | None, text: str | None) -> bytes | None:
        judged = self._plain.judge(code, display)
        if judged is None:
            return None if max(len(code), len(display or "")) > QUOTED else self._on_others(code, display, text)
        family = self._family(judged.member, judged.status, display is None, text is None)
        if family is None:
            return None
        texts = code, judged.display
        return family.member(*texts) or family.learn(texts, self._verdict(code, display, text))

    def _on_others(self, code: str, display: str | None, text: str | None) -> bytes | None:
        misnamed = None if display is None else self._plain.misnamed(code, display)
        if misnamed is not None and display is not None:
            return self._on_misnamed(code, display, text, *misnamed)
        if not self._plain.is_unknown(code):
            return None
        family = self._family(None, None, display is None, text is None)
        if family is None:
            return None
        texts = (code,) if display is None else (code, display)
        return family.member(*texts) or family.learn(texts, self._verdict(code, display, text))

    def _on_misnamed(self, code: str, given: str, text: str | None, found: PlainCode, right: str) -> bytes | None:
        """The verdict on a plain code with a wrong display; `right` says what it may be."""
        family = self._family(found.member, found.status, WRONG, text is None)
        if family is None or len(right) > QUOTED or "\0" in given:
            return None
        if (body := family.member(given, right, code, found.display)) is not None:
            return body
        # What is right contains the display, and what was given may contain anything.
        stand_ins = next(self._holes), next(self._holes)
        body = self._verdict(code, stand_ins[0], text).replace(_written(right), _written(stand_ins[1]))
        body = family.learn((*stand_ins, code, found.display), body)
        for stand_in, own in zip(stand_ins, (given, right), strict=True):
            body = body.replace(_written(stand_in), _written(own))
        return body

    def _family(self, *kind: Hashable) -> Family | None:
        """The family of verdicts of a kind; None for one more than are kept."""
        if (family := self._families.get(kind)) is None and len(self._families) < MOST_FAMILIES:
            family = self._families.setdefault(kind, Family())
        return family


def _written(text: str) -> bytes:
    """A text as it is within others in JSON."""
    return orjson.dumps(text)[1:-1]
