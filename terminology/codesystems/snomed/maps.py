"""Implicit concept maps: historical associations and map reference sets as ConceptMaps (`?fhir_cm=<reference set>`).

See "SNOMED CT Implicit Concept Maps" (Using SNOMED CT with HL7 Standards). A mapping is one active member, read on
demand. The catalogue decides which version a URL means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.implicit import CONCEPT_MAPS, read_url
from terminology.codesystems.snomed.refsets import REFERENCED, Members, ReferenceSets
from terminology.model import conceptmap
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, MappingAttribute, Relationship
from terminology.model.remembering import remembering
from terminology.store.cache import BoundedCache

TARGET_CONCEPT = "targetComponentId"
MAP_TARGET = "mapTarget"
MAP_SOURCE = "mapSource"
FOREIGN = frozenset({MAP_SOURCE, MAP_TARGET})
"""Fields that hold codes of another system."""
ADVICE = "mapAdvice"
CORRELATION = "correlationId"

ASSOCIATED: Mapping[str, Relationship] = MappingProxyType(
    {
        ids.SAME_AS: "equivalent",
        ids.REPLACED_BY: "equivalent",
        ids.WAS_A: "source-is-narrower-than-target",
        ids.PARTIALLY_EQUIVALENT_TO: "source-is-broader-than-target",
    }
)
"""What a historical association says; all others: related to."""

CORRELATED: Mapping[str, Relationship] = MappingProxyType(
    {
        "447557004": "equivalent",
        "447558009": "source-is-broader-than-target",
        "447559001": "source-is-narrower-than-target",
        "447556008": "not-related-to",
    }
)
"""Correlation of a map's member; not specified, or partial overlap: related to."""

TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "447562003": "http://hl7.org/fhir/sid/icd-10",
        "446608001": "http://terminology.hl7.org/CodeSystem/icd-o-3",
        "447563008": "http://hl7.org/fhir/sid/icd-9-cm",
        "6011000124106": "http://hl7.org/fhir/sid/icd-10-cm",
        "450993002": "http://hl7.org/fhir/sid/icpc-2",
        "900000000000497000": "http://read.info/ctv3",
        "32570491000036106": "http://hl7.org/fhir/sid/icd-10-am",
    }
)
"""Map reference set → the system of the codes that are not SNOMED CT's, where it is known."""

ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "mapGroup": "Integer",
        "mapPriority": "Integer",
        "mapBlock": "Integer",
        "mapRule": "String",
        "mapCategoryId": "Code",
    }
)
"""Fields that a mapping tells as properties, with the kinds of their values."""

ATTRIBUTES_KEPT = 1024
"""Attributes that are one object in all mappings."""

ORDER = ("mapPriority", "mapGroup")
"""Fields that say which mapping of a code comes first, the stronger one last."""

Displays = Callable[[Iterable[str]], Mapping[str, str | None]]
"""The displays of concepts, by their ids."""

MAPS = 256
"""Maps of a version whose fields and headers are kept; clients make up their urls."""
MAPPING_BYTES, MAPPING_OVERHEAD = 3 * 1024 * 1024, 500
"""Bytes of mappings that are kept for each version, and what one, and a code, takes beside its texts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """A reference set that maps: its fields with the codes that it maps from and to, and the header of its map."""

    refset: str
    members: Members
    source: str
    target: str
    header: ConceptMap

    def rows(self, code: str, *, reverse: bool) -> Sequence[int]:
        """Active members that map a code, or to a code, in the order of the map."""
        members = self.members
        rows = members.rows_with(self.target if reverse else self.source, code)
        rows = rows[members.active[rows] == 1]
        if len(rows) > 1 and (order := [members.numbers(name)[rows] for name in ORDER if name in members.columns]):
            rows = rows[np.lexsort(order)]
        found: list[int] = rows.tolist()
        return found

    def mapping(self, row: int) -> conceptmap.Mapping:
        """What a member says, without the displays of concepts."""
        members = self.members
        return conceptmap.Mapping(
            source_code=members.text(self.source, row),
            target_code=members.text(self.target, row) or None,
            relationship=_relationship(members, self.refset, row),
            comment=(members.text(ADVICE, row) or None) if ADVICE in members.columns else None,
            properties=tuple(_attributes(members, row)),
        )


def source_of(ref: Canonical) -> Canonical | None:
    """The version of SNOMED CT that the canonical of a concept map is about; None for one that is not implicit.

    Pure. `|version`, where the url names none, is that of SNOMED CT.
    """
    read = read_url(ref.url)
    if read is None or read.kind != CONCEPT_MAPS or not read.value:
        return None
    return Canonical(ids.SYSTEM, read.base or ref.version)


class ImplicitMaps:
    """The maps of one version, which is `system`. Safe to share by threads."""

    def __init__(self, refsets: ReferenceSets, system: Canonical, displays: Displays) -> None:
        self._refsets = refsets
        self._system = system
        self._displays = displays
        self._maps: BoundedCache[str, _Map | None] = BoundedCache(MAPS)
        self._mappings: BoundedCache[tuple[str, str, bool], Sequence[conceptmap.Mapping]] = BoundedCache(MAPPING_BYTES)

    def header(self, url: str) -> ConceptMap | None:
        """The map that a url means, without its mappings; None where this version does not have it."""
        found = self._map(url)
        return None if found is None else found.header

    def mappings(self, url: str, code: str, *, reverse: bool) -> Sequence[conceptmap.Mapping]:
        """The mappings of a code (`reverse`: to a code) by the active members of the reference set.

        Forwards they are without the displays of their sources, which are that of the code.
        """
        if (kept := self._mappings.get((url, code, reverse))) is not None:
            return kept[0]
        map_ = self._map(url)
        read = [map_.mapping(row) for row in map_.rows(code, reverse=reverse)] if map_ else []
        found = tuple(self._named(map_, read, sources=reverse)) if map_ else ()
        weight = MAPPING_OVERHEAD + len(url) + len(code) + sum(map(_weight, found))
        return self._mappings.put((url, code, reverse), found, weight)

    def _map(self, url: str) -> _Map | None:
        kept = self._maps.get(url)
        return self._maps.put(url, self._read(url), 1) if kept is None else kept[0]

    def _read(self, url: str) -> _Map | None:
        read = read_url(url)
        refset = read.value if read is not None and read.kind == CONCEPT_MAPS else None
        members = self._refsets.members(refset) if refset else None
        if refset is None or members is None:
            return None
        source, target = _fields(members)
        if target is None:
            return None
        group = Group(source=self._system_of(refset, source), target=self._system_of(refset, target))
        header = ConceptMap(
            url=url,
            version=self._system.version,
            title=self._displays([refset]).get(refset) or f"SNOMED CT map {refset}",
            groups=(group,),
            implied_by=self._system,
        )
        return _Map(refset, members, source, target, header)

    def _named(self, map_: _Map, mappings: Sequence[conceptmap.Mapping], *, sources: bool) -> list[conceptmap.Mapping]:
        """The mappings with the displays of their concepts, which are read together; sources have one if wanted."""
        sources, targets = sources and map_.source not in FOREIGN, map_.target not in FOREIGN
        if not sources and not targets:
            return [*mappings]
        codes = [m.source_code for m in mappings if sources] + [m.target_code for m in mappings if targets]
        names = self._displays(filter(None, codes))
        return [
            replace(
                mapping,
                source_display=names.get(mapping.source_code or "") if sources else None,
                target_display=names.get(mapping.target_code or "") if targets else None,
            )
            for mapping in mappings
        ]

    def _system_of(self, refset: str, field: str) -> Canonical | None:
        if field not in FOREIGN:
            return self._system
        return Canonical(TARGETS[refset]) if refset in TARGETS else None


def _fields(members: Members) -> tuple[str, str | None]:
    """The fields that a reference set maps from and to; it maps nothing where there is none to map to."""
    if MAP_SOURCE in members.columns:
        return MAP_SOURCE, REFERENCED
    return REFERENCED, next((field for field in (TARGET_CONCEPT, MAP_TARGET) if field in members.columns), None)


def _weight(mapping: conceptmap.Mapping) -> int:
    texts = mapping.source_display, mapping.target_display, mapping.comment, *(a.value for a in mapping.properties)
    return MAPPING_OVERHEAD + sum(len(text) for text in texts if isinstance(text, str))


def _relationship(members: Members, refset: str, row: int) -> Relationship:
    if CORRELATION in members.columns:
        return CORRELATED.get(members.text(CORRELATION, row), "related-to")
    return ASSOCIATED.get(refset, "related-to")


def _attributes(members: Members, row: int) -> Iterator[MappingAttribute]:
    for name, kind in ATTRIBUTES.items():
        if name in members.columns and (text := members.text(name, row)):
            yield _attribute(text, name, kind)


@remembering(ATTRIBUTES_KEPT)
def _attribute(text: str, name: str, kind: str) -> MappingAttribute:
    """An attribute; most mappings share theirs with many others."""
    return MappingAttribute(name, kind, int(text) if kind == "Integer" else text)
