"""Verdicts of `$validate-code` on a CodeableConcept with several codings, which differ in the texts of these alone.

As `verdicts` has it for one coding: which verdict it is follows from what each of the codes is judged to be.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import orjson

from terminology.model.coding import CodeableConcept, Coding
from terminology.model.status import SAYS_NOTHING
from terminology.operations.templates import HOLES, QUOTED, Family
from terminology.operations.verdicts import HOLE, OTHER, Kind, texts_of
from valuesets.plain import Codes

MOST_FAMILIES = 48
"""Families of verdicts: what each of the codings may be, with each other."""

UNKNOWN = "unknown"
"""In place of whether a code is in the value set: its system does not have it."""

UNSAID = frozenset({None, SAYS_NOTHING})
"""Statuses of which nothing is said."""

Texts = tuple[str, str | None]
"""The code of a coding, and its display if it has one."""


class VerdictsOnSeveral:
    """Verdicts on concepts of which each coding is plain, or its code unknown. Threads share it."""

    def __init__(
        self, codings: Sequence[Coding], plain: Sequence[Codes], verdict: Callable[[CodeableConcept], bytes]
    ) -> None:
        """`codings` are those of one such concept, `plain` the plain codes of each."""
        self._codings = codings
        self._plain = plain
        self._verdict = verdict
        self._families: dict[Hashable, Family] = {}

    def answer(self, code: str | None, display: str | None, text: str | None, *others: str | None) -> bytes | None:
        """The verdict; `others` are code and display of each further coding. None where it may say more than others."""
        given = [(code, display), *zip(others[::2], others[1::2], strict=True)][: len(self._codings)]
        texts = [(code, display) for code, display in given if code]
        if len({code for code, _ in texts}) < len(self._codings):
            return None
        judged = [self._judged(plain, *one) for plain, one in zip(self._plain, texts, strict=True)]
        kinds, own = list[Kind](), list[str]()
        for one in judged:
            if one is None:
                return None
            kinds.append(one[0])
            own += one[1]
        family = self._family((*kinds, _in_order(texts, kinds), text is None))
        if family is None:
            return None
        body = family.member(*own) or family.learn(own, self._usual(texts, None if text is None else HOLES[0]))
        return body if text is None else body.replace(HOLE, orjson.dumps(text))

    def _judged(self, plain: Codes, code: str, display: str | None) -> tuple[Kind, Sequence[str]] | None:
        """What a coding is judged to be, and its texts in the verdict."""
        found = plain.judge(code, display)
        if found is not None:
            shown = found.display
            texts = (code, shown) if shown and shown != code else (code,)  # `texts_of`, on the way of most questions
            return (found.member, found.status, display is None, shown and len(texts)), texts
        if max(len(code), len(display or "")) > QUOTED:
            return None
        named = None if display is None else plain.named(code, display)
        if named is not None and display is not None:
            judged, own = named.judged, texts_of(code, named.judged)
            kind = judged.member, judged.status, OTHER, judged.display and len(own)
            return None if named.right is not None else (kind, (*own, display))
        if not plain.is_unknown(code):
            return None
        return (UNKNOWN, None, display is None), (code,) if display is None else (code, display)

    def _family(self, kind: Hashable) -> Family | None:
        known = self._families.get(kind)
        if known is not None or len(self._families) >= MOST_FAMILIES:
            return known
        return self._families.setdefault(kind, Family())

    def _usual(self, texts: Sequence[Texts], text: str | None) -> bytes:
        codings = [
            replace(coding, code=code, display=display)
            for coding, (code, display) in zip(self._codings, texts, strict=True)
        ]
        return self._verdict(CodeableConcept(tuple(codings), text))


def _in_order(texts: Sequence[Texts], kinds: Sequence[Kind]) -> Sequence[int]:
    """Which of the codes that are unknown, or have a status, is named first: sentences that quote them are sorted."""
    quoted = [place for place, kind in enumerate(kinds) if kind[0] == UNKNOWN or kind[1] not in UNSAID]
    return tuple(sorted(quoted, key=lambda place: f"{texts[place][0]}'"))
