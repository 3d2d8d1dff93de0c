"""Releases of any size in invented words, the same for the same seed: for tests and for benchmarks/.

Concepts come in hierarchy pre-order (`tree`) or parents first (`polyhierarchy`), as iterators, so that a release
of a million concepts needs no memory. Words follow Zipf's law, as those of real terms do. No code or word is real.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property

SYSTEM = "http://example.org/synthetic"
SYNONYM = Coding("http://example.org/designation-use", "synonym")
LANGUAGES = ("en", "de", "ja")
SITES = tuple(f"site-{n}" for n in range(40))
_ONSETS = ("b", "d", "f", "g", "gl", "h", "k", "kr", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
_ENDINGS = ("", "l", "m", "n", "r", "s", "t", "x")


def metadata(url: str = SYSTEM, version: str | None = "1", **fields: object) -> CodeSystemMetadata:
    """A header that defines the properties the generators use."""
    properties = (
        PropertyDefinition("site", "code", description="Where"),
        PropertyDefinition("weight", "integer"),
        PropertyDefinition("inactive", "boolean", uri="http://hl7.org/fhir/concept-properties#inactive"),
    )
    defaults = {"properties": properties, "language": "en"}
    return CodeSystemMetadata(url=url, version=version, **{**defaults, **fields})


def vocabulary(size: int, seed: int = 1) -> list[str]:
    """Distinct invented words, the shorter ones mostly first."""
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < size:
        syllables = 1 + len(found) * 3 // size + rng.randrange(2)
        word = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(syllables)) + rng.choice(_ENDINGS)
        found[word] = None
    return list(found)


class Terms:
    """Draws terms of 2–8 words; the n-th word of the vocabulary comes 1/n as often as the first."""

    def __init__(self, words: int = 5_000, seed: int = 1) -> None:
        self._words = vocabulary(words, seed)
        self._weights = list(itertools.accumulate(1 / (n + 3) for n in range(words)))
        self._rng = random.Random(seed)

    def term(self) -> str:
        count = min(8, 2 + int(self._rng.expovariate(0.4)))
        return " ".join(self._rng.choices(self._words, cum_weights=self._weights, k=count)).capitalize()


def code(number: int) -> str:
    """The code of the concept with this number; not in alphabetical order, as real codes are not."""
    return f"{(number * 7_919) % 9_999_991:07d}"


def _concept(number: int, parents: Sequence[int], terms: Terms, rng: random.Random, designations: int) -> Concept:
    properties = [Property("site", "code", rng.choice(SITES)), Property("weight", "integer", rng.randrange(1000))]
    if rng.random() < 0.02:
        properties.append(Property("inactive", "boolean", True))
    return Concept(
        code(number),
        terms.term(),
        designations=tuple(Designation(terms.term(), LANGUAGES[n % 2], SYNONYM) for n in range(designations)),
        properties=tuple(properties),
        parents=tuple(code(parent) for parent in parents),
    )


def tree(n: int, *, branching: int = 8, designations: int = 1, words: int = 5_000, seed: int = 1) -> Iterator[Concept]:
    """n concepts under one root, each with one parent, in pre-order."""
    rng, terms = random.Random(seed), Terms(words, seed)
    path: list[tuple[int, int]] = []  # (number, children still to come) from the root down
    for number in range(n):
        while path and path[-1][1] == 0:
            path.pop()
        parents = [path[-1][0]] if path else [0][:number]
        yield _concept(number, parents, terms, rng, designations)
        if path:
            path[-1] = (path[-1][0], path[-1][1] - 1)
        path.append((number, rng.randrange(branching * 2) if number else n))


def polyhierarchy(
    n: int, *, parents: int = 2, designations: int = 3, words: int = 40_000, seed: int = 1
) -> Iterator[Concept]:
    """n concepts, each but the first under up to `parents` earlier ones: shallow and wide, like SNOMED CT."""
    rng, terms = random.Random(seed), Terms(words, seed)
    for number in range(n):
        inner = 1 + number // 4  # three quarters are leaves, as in SNOMED CT
        above = {int(min(number, inner) * rng.random() ** 1.6) for _ in range(parents)} if number else set()
        yield _concept(number, sorted(above), terms, rng, designations)
