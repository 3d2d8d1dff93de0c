"""Which parts of a concept `$lookup` returns: those requested, and those implied by others.

Works on codes, texts and languages only, so it applies to concepts however they are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from terminology.model.concept import Designation, PropertyKind
from terminology.model.language import LanguageRange

EVERYTHING = "*"
LANGUAGE_PREFIX = "lang."


class Implied(NamedTuple):
    """A property that follows from others."""

    code: str
    kind: PropertyKind
    value: str | bool


class Wanted:
    """What the `property` parameters request; without any, everything except what must be requested explicitly."""

    def __init__(self, properties: Iterable[str], unasked: Iterable[str]) -> None:
        self.names = frozenset(properties)
        self._unasked = () if self.names else frozenset(unasked)
        self._everything = not self.names or EVERYTHING in self.names
        self._languages = [n.removeprefix(LANGUAGE_PREFIX) for n in self.names if n.startswith(LANGUAGE_PREFIX)]

    def holds(self, name: str) -> bool:
        """Whether a property, or a part named like one, is wanted."""
        return (self._everything and name not in self._unasked) or name in self.names

    def designations(self, all_: Iterable[Designation]) -> Iterator[Designation]:
        """Those that are wanted."""
        if self.holds("designation"):
            yield from all_
        elif self._languages:
            yield from (d for d in all_ if d.language and self._language(d.language))

    def _language(self, tag: str) -> bool:
        return any(
            tag.lower() == want.lower() or tag.lower().startswith(want.lower() + "-") for want in self._languages
        )


def implied(
    stated: Collection[str], wanted: Wanted, inactive: tuple[str, bool], parents: Sequence[str], children: Sequence[str]
) -> Iterator[Implied]:
    """What follows from status and hierarchy (R5, 4.8.14.2), unless the concept states it.

    `inactive` is the system's name of that property, and whether the concept is.
    """
    name, value = inactive
    if is_implied(name, stated, wanted):
        yield Implied(name, "boolean", value)
    for name, codes in (("parent", parents), ("child", children)):
        if codes and is_implied(name, stated, wanted):
            for code in codes:
                yield Implied(name, "code", code)


def is_implied(name: str, stated: Collection[str], wanted: Wanted) -> bool:
    """Whether such a property is returned, if there is one: the concept does not state it."""
    return name not in stated and wanted.holds(name)


def is_repeated(display: str, language: str, designations: Iterable[tuple[str, str | None]]) -> bool:
    """Whether a designation (text, language) repeats the display in its language or a variety of it."""
    own = LanguageRange(language)
    return any(text == display and own.matches(tag or "") for text, tag in designations)
