"""Which parts make which versions of a code system.

Pure bookkeeping over part entries: nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from terminology.store.protocol import PartEntry


@dataclass(slots=True)
class PartChange:
    """New parts (spilled, not committed) and committed ones to forget.

    A new part takes the place of the one with the same url, version and source.
    """

    new: list[PartEntry] = field(default_factory=list)
    dropped: list[PartEntry] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        """The code systems concerned, in the order in which they came."""
        return list(dict.fromkeys(part.url for part in (*self.new, *self.dropped)))

    def after(self, committed: Iterable[PartEntry], url: str) -> list[PartEntry]:
        """The parts of a system when the change is made."""
        new = [part for part in self.new if part.url == url]
        gone = {part.key for part in self.dropped}
        replaced = {place(part) for part in new}
        return [part for part in committed if part.key not in gone and place(part) not in replaced] + new


def place(part: PartEntry) -> tuple[str, str | None, str]:
    """What identifies a part over reloads."""
    return part.url, part.version, part.source


RANKS: Mapping[str, int] = MappingProxyType({"release": 0, "supplement": 0, "outline": 1, "detail": 2, "annotation": 3})
"""The order in which the kinds of parts have their say."""

JOINING = frozenset({"detail", "annotation"})
"""Kinds that join every version when they state none."""

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
