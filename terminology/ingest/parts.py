"""Which parts make which versions of a code system.

Pure bookkeeping of part entries: reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from terminology.store.entries import PartEntry


@dataclass(slots=True)
class PartChange:
    """New parts (spilled, not committed), committed ones to drop, and (url, version) to derive again unchanged.

    A new part replaces the one with the same url, version and source; a whole one also replaces another whole one.
    """

    new: list[PartEntry] = field(default_factory=list)
    dropped: list[PartEntry] = field(default_factory=list)
    again: set[tuple[str, str | None]] = field(default_factory=set)

    @property
    def urls(self) -> list[str]:
        """The changed code systems, in order."""
        changed = [part.url for part in (*self.new, *self.dropped)]
        return list(dict.fromkeys([*changed, *sorted(url for url, _ in self.again)]))

    def after(self, committed: Iterable[PartEntry], url: str) -> list[PartEntry]:
        """The parts of a system after the change."""
        new = [part for part in self.new if part.url == url]
        gone = {part.key for part in self.dropped}
        taken = {place for part in new for place in places(part)}
        return [part for part in committed if part.key not in gone and taken.isdisjoint(places(part))] + new

    def forgotten(self, committed: Iterable[PartEntry], url: str) -> list[PartEntry]:
        """The parts of a system that the change removes."""
        before = list(committed)
        kept = {part.key for part in self.after(before, url)}
        return [part for part in before if part.key not in kept]


Place = tuple[str, str | None, str]

ANY_SOURCE = ""


def places(part: PartEntry) -> tuple[Place, ...]:
    """What identifies a part over reloads: its source, and for a whole part also its version."""
    named = (part.url, part.version, part.source)
    return (named, (part.url, part.version, ANY_SOURCE)) if part.kind in WHOLE else (named,)


RANKS: Mapping[str, int] = MappingProxyType(
    {"resource": 0, "release": 0, "supplement": 0, "outline": 1, "detail": 2, "annotation": 3}
)
"""The order in which kinds of parts are merged."""

WHOLE = frozenset({"resource", "supplement"})
"""Kinds of which a version has only one part."""

JOINING = frozenset({"detail", "annotation"})
"""Kinds that join every version when they have no version."""

FACTS = frozenset({"outline", "annotation"})
"""Kinds in their loader's own form, for its Completer."""


def versions_of(parts: Sequence[PartEntry]) -> Mapping[str | None, tuple[PartEntry, ...]]:
    """The versions that the parts of one system make, each with its parts: releases first, in order of loading.

    Detail without a version joins every version; alone, it makes one without a version. Annotations make none.
    """
    details = {part.version for part in parts if part.kind == "detail"}
    releases = {part.version for part in parts if part.kind not in JOINING}
    wanted = releases | (details - {None}) or details
    ordered = sorted(parts, key=lambda part: (RANKS[part.kind], part.key))
    return {
        version: tuple(p for p in ordered if p.version == version or (p.kind in JOINING and p.version is None))
        for version in sorted(wanted, key=lambda v: v or "")
    }
