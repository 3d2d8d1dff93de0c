"""Languages as clients request them: weighted lists after RFC 9110 §12.5.4, matched by RFC 4647 lookup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WILDCARD = "*"
MOST_RANGES = 100
"""The most entries of a list: each is compared with every text of every code."""


@dataclass(frozen=True, slots=True)
class LanguageRange:
    """One entry of a list: `tag` is a BCP-47 tag or `*`; a weight of 0 refuses it."""

    tag: str
    weight: float = 1.0

    def matches(self, tag: str) -> bool:
        """Whether a designation in `tag` satisfies this range: equal, or more specific on a `-` boundary."""
        if self.tag == WILDCARD:
            return True
        wanted, offered = self.tag.lower(), tag.lower()
        return offered == wanted or offered.startswith(wanted + "-")


@dataclass(frozen=True, slots=True)
class Languages:
    """The requested languages, best first; `source` is the text as given, for echoing."""

    ranges: tuple[LanguageRange, ...] = ()
    source: str = ""

    @classmethod
    def parse(cls, text: str) -> Languages:
        """Read `de-AT, de;q=0.9, *;q=0`. Raises ValueError with the invalid entry, or the limit."""
        ranges = []
        for entry in text.split(","):
            if not entry.strip():
                continue
            tag, *parameters = (part.strip() for part in entry.split(";"))
            weight = 1.0
            for parameter in parameters:
                name, _, value = parameter.partition("=")
                if name.strip().lower() == "q":
                    weight = _weight(value)
            if not tag or not all(part.isalnum() or part == WILDCARD for part in tag.split("-")):
                raise ValueError(f"'{entry.strip()}' is not a language")
            ranges.append(LanguageRange(tag, weight))
        if len(ranges) > MOST_RANGES:
            raise ValueError(f"there are more than {MOST_RANGES} languages")
        ordered = sorted(ranges, key=lambda r: -r.weight)
        return cls(tuple(ordered), text)

    @property
    def wanted(self) -> tuple[LanguageRange, ...]:
        """The requested ranges, without refused ones and the wildcard."""
        return tuple(r for r in self.ranges if r.weight > 0 and r.tag != WILDCARD)

    @property
    def refuses_others(self) -> bool:
        """Whether the client turned the fallback to other languages off (`*;q=0`)."""
        return any(r.tag == WILDCARD and r.weight == 0 for r in self.ranges)

    def best(self, tags: Iterable[str]) -> str | None:
        """The offered tag that fits best, or None when none fits."""
        offered = list(tags)
        for wanted in self.wanted:
            for tag in offered:
                if wanted.matches(tag):
                    return tag
        return None

    def __bool__(self) -> bool:
        return bool(self.ranges)


def _weight(text: str) -> float:
    weight = float(text)
    if 0 <= weight <= 1:  # not so for NaN
        return weight
    raise ValueError(f"the weight '{text}' is not between 0 and 1")


ANY_LANGUAGE = Languages()
