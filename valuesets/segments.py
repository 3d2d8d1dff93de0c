"""Segments: codes of one version of a code system, as a bitmap of ordinals, which make up an expansion.

Knows no rules and combines nothing (`valuesets.select` does).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType

from pyroaring import BitMap

from terminology.model.protocols import CodeSystem, Located
from terminology.model.valueset import ConceptReference
from terminology.model.versions import compare

NO_REFERENCES: Mapping[int, ConceptReference] = MappingProxyType({})
FEW = 32
"""A set is small when it has fewer than one in this many of its system's codes."""
UNPACKED = 1024
"""To unpack a set of this many codes takes less time than to find a place in it."""


@dataclass(frozen=True, slots=True)
class Loose:
    """A code without an ordinal: made by a grammar, or known only from the value set."""

    code: str
    located: Located | None = None
    reference: ConceptReference | None = None

    @property
    def display(self) -> str | None:
        """The value set's own display, else the system's."""
        own = self.reference.display if self.reference else None
        return own or (self.located.concept.display if self.located else None)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Codes of one version of a system, in the order of the definition (`order`) or by ordinal.

    `loose` codes come last. `references` are, by ordinal, those of the definition's own entries that say more than a
    code. `nests` says whether the hierarchy may be shown: the segment is a whole system or a cone.
    """

    system: str
    version: str | None
    code_system: CodeSystem | None
    members: BitMap
    order: tuple[int, ...] | None = None
    references: Mapping[int, ConceptReference] = field(default_factory=lambda: NO_REFERENCES)
    loose: tuple[Loose, ...] = ()
    nests: bool = False

    def __len__(self) -> int:
        return len(self.members) + len(self.loose)

    @property
    def system_url(self) -> str:
        """The system's own url, whatever name the definition uses (an OID perhaps)."""
        return self.code_system.metadata.url if self.code_system else self.system

    def ordinals(self, start: int, stop: int) -> Sequence[int]:
        """The ordinals at positions start … stop-1."""
        stop = min(stop, len(self.members))
        if start >= stop:
            return ()
        if self.order is None:
            if len(self.members) <= UNPACKED:
                return self.members.to_array()[start:stop].tolist()
            return list(islice(self.members.iter_equal_or_larger(self.members[start]), stop - start))
        kept = self.order if len(self.order) == len(self.members) else [i for i in self.order if i in self.members]
        return kept[start:stop]

    def restricted(self, members: BitMap, loose: Iterable[Loose]) -> Segment:
        """The same segment with fewer codes."""
        return replace(self, members=members, loose=tuple(loose))

    def codes(self) -> Iterator[str]:
        """All codes, for comparing with another version; reads the concepts of a few codes, or the list of all."""
        if self.code_system is not None:
            if len(self.members) * FEW < self.code_system.size:
                yield from (concept.code for concept in self.code_system.concepts(self.members))
            else:
                known = self.code_system.codes()
                yield from (known[ordinal] for ordinal in self.members)
        for one in self.loose:
            yield one.code


@dataclass(slots=True)
class Pool:
    """The codes of many segments, joined per version of a system, to test membership in any of them."""

    _joined: dict[object, Segment] = field(default_factory=dict)

    def add(self, *segments: Segment) -> None:
        """Join more of them."""
        for segment in segments:
            key = segment.code_system.key if segment.code_system else (segment.system, segment.version)
            known = self._joined.get(key)
            if known is None:
                self._joined[key] = replace(segment, order=None, references=NO_REFERENCES)
            else:
                self._joined[key] = known.restricted(known.members | segment.members, (*known.loose, *segment.loose))

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._joined.values())


def active(segment: Segment) -> Segment:
    """A segment without inactive codes."""
    members = segment.members - segment.code_system.inactive() if segment.code_system else segment.members
    return segment.restricted(members, (o for o in segment.loose if not (o.located and o.located.inactive)))


def selectable(segment: Segment) -> Segment:
    """A segment without abstract codes."""
    members = segment.members - segment.code_system.abstract() if segment.code_system else segment.members
    return segment.restricted(members, (o for o in segment.loose if not (o.located and o.located.abstract)))


def same_version(one: Segment, other: Segment) -> bool:
    """Whether two segments are of the same version of the same system."""
    return one.system == other.system and (one.version or "") == (other.version or "")


def is_newer(one: Segment, other: Segment) -> bool:
    """Whether the first segment is of a later version than the second."""
    return compare(one.version or "", other.version or "") > 0
