"""Mappings between systems that were found once, asked for code by code: those of supplied maps, and stored ones.

`ConceptMaps` decides which maps these are, `$translate` which of the mappings answer a question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from terminology.catalogue.snapshot import MappingsAsked, Snapshot
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, Mapped, Sides
from terminology.model.conceptmap import Mapping as ConceptMapping
from terminology.model.protocols import Mappings
from terminology.model.remembering import Memo
from terminology.store.entries import MappingRow, ResourceEntry
from terminology.store.mapping_documents import decode_mapping

StoredMaps = Mapping[int, ResourceEntry]
"""By key."""

NO_GROUP = Group()
GROUPS = 1024
"""Groups whose sides are known at a time."""


@dataclass(frozen=True, slots=True)
class Between:
    """The systems that mappings are between, each by all its names, and the side that is asked for; () is any system.

    `version` is that of the source system, if one was named.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    version: str | None
    reverse: bool

    def starts_at(self, source: Canonical | None) -> bool:
        """Whether a group is for the source system, in its version where both name one."""
        if not self.sources or source is None:
            return True
        return source.url in self.sources and (self.version is None or source.version in {None, self.version})


class StoredMappings:
    """The mappings of stored maps. Threads may share it."""

    def __init__(
        self, snapshot: Snapshot, maps: StoredMaps, between: Between, header: Callable[[ResourceEntry], ConceptMap],
        withholds: Callable[[Canonical, Group], bool],
    ) -> None:  # fmt: skip
        self._snapshot = snapshot
        self._maps = maps
        self._between = between
        self._header = header
        self._withholds = withholds
        key = next(iter(maps)) if len(maps) == 1 else None
        self._asked = MappingsAsked(between.reverse, between.sources, between.targets, key)
        self._sides = Memo(self._sides_of, GROUPS)

    def of(self, code: str) -> list[Mapped]:
        """See Mappings."""
        known = self._sides
        found = ((known[key, group], mapping) for key, group, mapping in self._snapshot.mappings(code, self._asked))
        return [(sides, mapping) for sides, mapping in found if sides is not None]

    def of_value_sets(self) -> list[Mapped]:
        """See Mappings."""
        rows = [row for row in self._snapshot.set_mappings(reverse=self._between.reverse) if self._is_between(row)]
        found = ((self._sides[row.map_key, row.group], row) for row in rows)
        return [(sides, decode_mapping(row.document)) for sides, row in found if sides is not None]

    def _is_between(self, row: MappingRow) -> bool:
        sources, targets = self._between.sources, self._between.targets
        return (not sources or row.source_system in sources) and (not targets or row.target_system in targets)

    def _sides_of(self, place: tuple[int, int]) -> Sides | None:
        """The sides of a group of a map; None if its mappings do not count here."""
        key, number = place
        if (entry := self._maps.get(key)) is None:
            return None
        header = self._header(entry)
        group = header.groups[number] if number < len(header.groups) else NO_GROUP
        if not self._between.starts_at(group.source) or self._withholds(header.canonical, group):
            return None
        return header.sides(group)


class SuppliedMappings:
    """The mappings of maps that came with a request. Threads may share it."""

    def __init__(self, maps: Sequence[ConceptMap], between: Between) -> None:
        self._maps = maps
        self._between = between

    def of(self, code: str) -> Sequence[Mapped]:
        """See Mappings."""
        return self._by_code.get(code, ())

    def of_value_sets(self) -> list[Mapped]:
        """See Mappings."""
        return [(sides, mapping) for sides, mapping in self._by_code.get(None, ()) if self._value_set(mapping)]

    @cached_property
    def _by_code(self) -> Mapping[str | None, list[Mapped]]:
        found: dict[str | None, list[Mapped]] = {}
        for map_ in self._maps:
            for group in map_.groups:
                if self._is_between(group):
                    sides = map_.sides(group)
                    for mapping in group.mappings:
                        found.setdefault(self._code(mapping), []).append((sides, mapping))
        return found

    def _code(self, mapping: ConceptMapping) -> str | None:
        return mapping.target_code if self._between.reverse else mapping.source_code

    def _value_set(self, mapping: ConceptMapping) -> str | None:
        return mapping.target_value_set if self._between.reverse else mapping.source_value_set

    def _is_between(self, group: Group) -> bool:
        between = self._between
        if between.sources and (group.source is None or not between.starts_at(group.source)):
            return False
        return not between.targets or (group.target is not None and group.target.url in between.targets)


class AllMappings:
    """The mappings of several providers, one after the other."""

    def __init__(self, several: Sequence[Mappings]) -> None:
        self._several = several

    def of(self, code: str) -> list[Mapped]:
        """See Mappings."""
        return [one for mappings in self._several for one in mappings.of(code)]

    def of_value_sets(self) -> list[Mapped]:
        """See Mappings."""
        return [one for mappings in self._several for one in mappings.of_value_sets()]
