"""A catalogue in memory with concept maps, scanned in a loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Mapping
from terminology.model.valueset import ValueSet
from tests.memory import MemoryCatalogue, MemoryCodeSystem


class MapCatalogue(MemoryCatalogue):
    def __init__(self, *maps: ConceptMap, beside: Sequence[MemoryCodeSystem | ValueSet] = ()) -> None:
        super().__init__(*beside)
        self.maps = maps

    def concept_map(self, ref: Canonical) -> ConceptMap | None:
        return next((m for m in self.maps if m.url == ref.url and ref.version in {None, m.version}), None)

    def mappings(
        self,
        *,
        source: Canonical | None,
        target_system: str | None,
        code: str | None,
        reverse: bool,
        concept_map: Canonical | None,
    ) -> Iterator[tuple[Canonical, Canonical | None, Canonical | None, Mapping]]:
        for map_ in self.maps:
            for group in map_.groups:
                fits = (
                    concept_map in {None, map_.canonical}
                    and (source is None or (group.source and group.source.url == source.url))
                    and (target_system is None or (group.target and group.target.url == target_system))
                )
                for mapping in group.mappings if fits else ():
                    named = mapping.target_value_set if reverse else mapping.source_value_set
                    stated = mapping.target_code if reverse else mapping.source_code
                    if stated == code and (code is not None or named is not None):
                        yield map_.canonical, group.source, group.target, mapping
