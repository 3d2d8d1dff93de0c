"""Verdicts of `$validate-code` that differ only in texts: the first ones are made as usual, the others filled in.

Which verdict it is follows from what each of the codings is judged to be (its kind); what is filled in are codes,
displays, what displays should be, and the text of a CodeableConcept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

import orjson

from terminology.model.coding import CodeableConcept, Coding
from terminology.model.outcome import Issue
from terminology.model.protocols import PlainCode
from terminology.model.status import SAYS_NOTHING
from terminology.operations.templates import HOLES, QUOTED, Family, hole
from valuesets.plain import Codes, Named

HOLE = orjson.dumps(HOLES[0])
"""Where the text of a concept is in a verdict."""
MOST_FAMILIES = 24
"""Families of verdicts for each coding: in the set or not, with a right display, a wrong one or none, of a status."""

UNKNOWN = "unknown"
"""In place of whether a code is in the value set: its system does not have it."""
WRONG, OTHER = "wrong", "other"
"""Mark codings with wrong displays, and with right ones that are not the one to show."""
UNSAID = frozenset({None, SAYS_NOTHING})
"""Statuses of which nothing is said."""

Kind = tuple[Hashable, ...]
"""Whether a code is in the value set, its status, how its display is (whether there is none, or a mark), how many texts
there are, and which note."""
NOTE = 4
"""The place of the note in a kind."""
Texts = Sequence[tuple[str | None, str | None]]
"""Code and display of each coding."""
Verdict = Callable[[CodeableConcept], bytes]
"""Makes the verdict on a concept."""


class Wrong(NamedTuple):
    """A wrong display, what it may be, and the number of its coding."""

    given: str
    right: str
    place: int = 0


Judged = tuple[Kind, tuple[str, ...], Wrong | None]
"""What a coding, or several, are judged to be, their texts in the verdict, and the display that is wrong, if one is."""


class Verdicts:
    """Verdicts on concepts whose codings are plain, with any right display or a wrong one, or unknown.

    Threads share it.
    """

    def __init__(self, codings: Sequence[Coding], plain: Sequence[Codes], verdict: Verdict) -> None:
        """`codings` are those of one such concept; others differ in codes and displays. `plain` are the codes of each.

        `verdict` makes a verdict the usual way.
        """
        self._codings = codings
        self._plain = plain
        self._first = plain[0]
        self._several = len(codings) > 1
        self._verdict = verdict
        self._families: tuple[dict[Kind, Family], dict[Kind, Family]] = {}, {}
        """Those of concepts with a text, and those of concepts without."""
        self._holes = map(hole, count(len(HOLES)))

    def answer(self, code: str | None, display: str | None, text: str | None, *others: str | None) -> bytes | None:
        """The verdict; `others` are code and display of each further coding. None where it may say more than others."""
        if self._several:
            judged = self._judged_together(self._texts(code, display, *others))
        else:
            judged = _judged(self._first, code, display) if code else None
        if judged is None:
            return None
        kind, own, wrong = judged
        family = self._families[text is None].get(kind) or self._new_family(kind, text)
        if family is None:
            return None
        body = family.member(*own) if wrong is None else family.member(wrong.given, wrong.right, *own)
        if body is None:
            body = self._learned(family, own, wrong, self._texts(code, display, *others), text)
        return body if text is None else body.replace(HOLE, orjson.dumps(text))

    def _texts(self, *given: str | None) -> Texts:
        return [*zip(given[::2], given[1::2], strict=True)][: len(self._codings)]

    def _judged_together(self, texts: Texts) -> Judged | None:
        """All codings; None if one is not plain or has a note, two have one code, or more than a display is wrong."""
        known = [(code, display) for code, display in texts if code]
        if len({code for code, _ in known}) < len(texts):
            return None
        kinds, own, wrong, said = list[Kind](), list[str](), list[Wrong](), list[int]()
        for place, (plain, (code, display)) in enumerate(zip(self._plain, known, strict=True)):
            judged = _judged(plain, code, display)
            if judged is None or judged[0][NOTE] is not None:
                return None
            kinds.append(judged[0])
            own += judged[1]
            if judged[2] is not None:
                wrong.append(judged[2]._replace(place=place))
            if judged[0][0] == UNKNOWN or judged[0][1] not in UNSAID:
                said.append(place)
        if wrong and (len(wrong) + len(said) > 1 or any(wrong[0].right in text for text in own)):
            return None
        # Sentences that quote codes are sorted.
        in_order = sorted(said, key=lambda place: f"{known[place][0]}'")
        return (*kinds, *in_order), tuple(own), wrong[0] if wrong else None

    def _new_family(self, kind: Kind, text: str | None) -> Family | None:
        """The family of verdicts of a new kind; None for one more than are kept."""
        families = self._families[text is None]
        return families.setdefault(kind, Family()) if len(families) < MOST_FAMILIES * len(self._codings) else None

    def _learned(
        self, family: Family, own: Sequence[str], wrong: Wrong | None, texts: Texts, text: str | None
    ) -> bytes:
        """A verdict made the usual way, from which the family learns; `HOLE` is where it has the concept's text."""
        if wrong is None:
            return family.learn(own, self._usual(texts, text))
        # What is right contains the display, and what was given may contain anything: others stand in for both.
        given, right = next(self._holes), next(self._holes)
        given_so = [(code, given if place == wrong.place else display) for place, (code, display) in enumerate(texts)]
        body = self._usual(given_so, text).replace(_written(wrong.right), _written(right))
        body = family.learn((given, right, *own), body)
        return body.replace(_written(given), _written(wrong.given)).replace(_written(right), _written(wrong.right))

    def _usual(self, texts: Texts, text: str | None) -> bytes:
        codings = [
            replace(coding, code=code, display=display)
            for coding, (code, display) in zip(self._codings, texts, strict=True)
        ]
        return self._verdict(CodeableConcept(tuple(codings), None if text is None else HOLES[0]))


def _judged(plain: Codes, code: str, display: str | None) -> Judged | None:
    """One coding; None if there may be more to say about it than about others."""
    found = plain.judge(code, display)
    if found is not None:
        shown, member, status, note = found
        own = (code, shown) if shown and shown != code else (code,)  # `_own_of`, on the way of most questions
        if note is None:
            return (member, status, display is None, shown and len(own), None), own, None
        return _noted((member, status, display is None, shown and len(own)), own, note)
    if max(len(code), len(display or "")) > QUOTED:
        return None
    named = None if display is None else plain.named(code, display)
    if named is not None and display is not None:
        return _misnamed(code, display, named)
    if not plain.is_unknown(code):
        return None
    return (UNKNOWN, None, display is None, None, None), (code,) if display is None else (code, display), None


def _noted(kind: Kind, own: tuple[str, ...], note: Issue) -> Judged | None:
    """A coding with a note, of which all arguments but the code are texts of its own."""
    told = [text for name, text in note.arguments.items() if name != "code"]
    return None if max(map(len, told), default=0) > QUOTED else ((*kind, note.message_id), (*own, *told), None)


def _misnamed(code: str, display: str, named: Named) -> Judged | None:
    """A coding with another display than the one to show; None if there is a note, too."""
    found, right = named
    if found.note is not None:
        return None
    own = _own_of(code, found)
    if right is None:
        return (found.member, found.status, OTHER, found.display and len(own), None), (*own, display), None
    if len(right) > QUOTED or "\0" in display:
        return None
    return (found.member, found.status, WRONG, found.display and len(own), None), own, Wrong(display, right)


def _own_of(code: str, found: PlainCode) -> tuple[str, ...]:
    """The texts of a plain code in a verdict: beside the code its display, if it has one that is not the code."""
    shown = found.display
    return (code, shown) if shown and shown != code else (code,)


def _written(text: str) -> bytes:
    """A text as it is within others in JSON."""
    return orjson.dumps(text)[1:-1]
