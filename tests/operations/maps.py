"""A catalogue in memory with concept maps, scanned in a loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, Mapped
from terminology.model.valueset import ValueSet
from tests.memory import MemoryCatalogue, MemoryCodeSystem


class MapCatalogue(MemoryCatalogue):
    def __init__(self, *maps: ConceptMap, beside: Sequence[MemoryCodeSystem | ValueSet] = ()) -> None:
        super().__init__(*beside)
        self.maps = maps

    def concept_map(self, ref: Canonical) -> ConceptMap | None:
        return next((m for m in self.maps if m.url == ref.url and ref.version in {None, m.version}), None)

    def mappings(
        self, *, source: Canonical | None, target_system: str | None, reverse: bool, concept_map: Canonical | None
    ) -> MemoryMappings:
        found = []
        for map_ in self.maps:
            for group in map_.groups:
                fits = (
                    concept_map in {None, map_.canonical}
                    and (source is None or _starts_at(group, source))
                    and (target_system is None or (group.target and group.target.url == target_system))
                )
                sides = map_.sides(group)
                found += [(sides, mapping) for mapping in group.mappings if fits]
        return MemoryMappings(found, reverse)


def _starts_at(group: Group, wanted: Canonical) -> bool:
    stated = group.source
    if stated is None or stated.url != wanted.url:
        return False
    return stated.version is None or wanted.version in {None, stated.version}


@dataclass
class MemoryMappings:
    """The mappings of some groups."""

    mapped: Sequence[Mapped]
    reverse: bool

    def of(self, code: str) -> Sequence[Mapped]:
        return [*self._of(code)]

    def of_value_sets(self) -> Sequence[Mapped]:
        return [*self._of(None)]

    def _of(self, code: str | None) -> Iterator[Mapped]:
        for sides, mapping in self.mapped:
            named = mapping.target_value_set if self.reverse else mapping.source_value_set
            stated = mapping.target_code if self.reverse else mapping.source_code
            if stated == code and (code is not None or named is not None):
                yield sides, mapping
