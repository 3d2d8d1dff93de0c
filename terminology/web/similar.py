"""Similar codes with reasons: shared property values, shared words of the display, and a common parent.

Works on sets: each shared value or word is a bitmap of concepts, weighted by rarity (inverse document frequency).
Values that most of the system shares are ignored.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyroaring import BitMap

from terminology.model.concept import Concept, Property
from terminology.model.language import ANY_LANGUAGE
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import CodeSystem, Located, NotEnumerable
from terminology.model.valueset import Filter

LONGEST_VALUE = 64
"""Characters; longer values are prose, which is not indexed and hardly ever shared."""
LARGEST_SET = 5_000
"""A value shared by more concepts than this does not tell them apart."""
NOT_TELLING = frozenset({"source", "sourceHash", "step", "duration", "inactive", "status", "notSelectable"})
PARENT = "parent"
NAME = "name"
CODE = "Code"
"""Suffix of a property that gives the code of another property's value (`approach`, `approachCode`)."""
REASONS_SHOWN = 3
WORD = re.compile(r"[^\W_]+")
BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_-]+")
"""Where one word of a code ends: before a capital, after an abbreviation, at a hyphen or underscore."""


@dataclass(slots=True)
class _Candidate:
    """What a concept shares with the given one: by label (property, NAME or PARENT), how often and with what weight."""

    shared: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    weights: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def score(self) -> float:
        return sum(self.weights.values())

    def reasons(self) -> tuple[str, ...]:
        """The labels with the most weight, in words."""
        telling = sorted(self.weights, key=lambda label: -self.weights[label])[:REASONS_SHOWN]
        return tuple(_reason(label, self.shared[label]) for label in telling)


@dataclass(frozen=True, slots=True)
class Similar:
    """A similar concept, with the reasons in words: `same setting`, `3 shared indications`."""

    concept: Concept
    reasons: tuple[str, ...]


def similar(system: CodeSystem, located: Located, count: int = 6) -> list[Similar]:
    """The most similar active concepts of the same system, best first; empty for grammars."""
    if located.ordinal is None or not system.enumerable:
        return []
    candidates: dict[int, _Candidate] = defaultdict(_Candidate)
    for label, members in _evidence(system, located.concept):
        if not 1 < len(members) <= LARGEST_SET:
            continue
        weight = math.log(1 + system.size / len(members))
        for ordinal in members:
            candidate = candidates[ordinal]
            candidate.weights[label] += weight
            candidate.shared[label] += 1
    candidates.pop(located.ordinal, None)
    excluded = system.inactive() | system.abstract()
    best = sorted((-c.score, ordinal) for ordinal, c in candidates.items() if ordinal not in excluded)[:count]
    ordinals = [ordinal for _, ordinal in best]
    return [
        Similar(concept, candidates[ordinal].reasons())
        for ordinal, concept in zip(ordinals, system.concepts(ordinals), strict=True)
    ]


def _evidence(system: CodeSystem, concept: Concept) -> Iterator[tuple[str, BitMap]]:
    for parent in concept.parents:
        yield PARENT, _select(system, Filter("concept", "child-of", parent))
    names = {p.code for p in concept.properties}
    for value in concept.properties:
        text = None if value.code.removesuffix(CODE) in names - {value.code} else _comparable(value)
        if text is not None:
            yield value.code, _select(system, Filter(value.code, "=", text))
    for word in {w for w in WORD.findall((concept.display or "").casefold()) if len(w) > 3}:
        yield NAME, system.search(word, ANY_LANGUAGE, None).members()


def _comparable(value: Property) -> str | None:
    if value.code in NOT_TELLING or not isinstance(value.value, str) or value.kind == "dateTime":
        return None
    return value.value if len(value.value) <= LONGEST_VALUE else None


def _select(system: CodeSystem, f: Filter) -> BitMap:
    try:
        return system.select(f)
    except (NotEnumerable, TerminologyError):
        return BitMap()


def _reason(label: str, count: int) -> str:
    if label == PARENT:
        return "same group"
    if label == NAME:
        return "similar name"
    words = words_of(label)
    plural = words if words.endswith(("s", "personnel")) else f"{words}s"
    return f"same {words}" if count == 1 else f"{count} shared {plural}"


def words_of(code: str) -> str:
    """`patientExperience` → `patient experience`, `SCALE_TYP` → `scale typ`, `AnswerListOID` → `answer list oid`."""
    return BETWEEN_WORDS.sub(" ", code).lower()
