"""Implicit concept maps: historical associations and map reference sets as ConceptMaps (`?fhir_cm=<reference set>`).

See "SNOMED CT Implicit Concept Maps" (Using SNOMED CT with HL7 Standards). A mapping is one active member, read on
demand. The catalogue decides which version a URL means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.implicit import CONCEPT_MAPS, read_url
from terminology.codesystems.snomed.refsets import REFERENCED, Members, ReferenceSets
from terminology.model import conceptmap
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, MappingAttribute, Relationship
from terminology.store.cache import BoundedCache

TARGET_CONCEPT = "targetComponentId"
MAP_TARGET = "mapTarget"
MAP_SOURCE = "mapSource"
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

ORDER = ("mapPriority", "mapGroup")
"""Fields that say which mapping of a code comes first, the stronger one last."""

Name = Callable[[str], str | None]
"""The display of a concept."""


@dataclass(frozen=True, slots=True, eq=False)
class _Members:
    """A reference set that maps, and its fields with the codes that it maps from and to."""

    refset: str
    members: Members
    source: str
    target: str

    def is_foreign(self, field: str) -> bool:
        """Whether a field holds codes of another system."""
        return field in {MAP_SOURCE, MAP_TARGET}


def source_of(ref: Canonical) -> Canonical | None:
    """The version of SNOMED CT that the canonical of a concept map is about; None for one that is not implicit.

    Pure. `|version`, where the url names none, is that of SNOMED CT.
    """
    read = read_url(ref.url)
    if read is None or read.kind != CONCEPT_MAPS or not read.value:
        return None
    return Canonical(ids.SYSTEM, read.base or ref.version)


HEADERS = 256 * 1024
"""Bytes of headers that are kept: mappings are asked for one code at a time."""


OVERHEAD = 1000
"""What a header costs beside its url."""


class ImplicitMaps:
    """The maps of one version, which is `system`. Safe to share by threads."""

    def __init__(self, refsets: ReferenceSets, system: Canonical, name: Name) -> None:
        self._refsets = refsets
        self._system = system
        self._name = name
        self._headers: BoundedCache[str, ConceptMap | None] = BoundedCache(HEADERS)

    def header(self, url: str) -> ConceptMap | None:
        """The map that a url means, without its mappings; None where this version does not have it."""
        kept = self._headers.get(url)
        return self._headers.put(url, self._header(url), OVERHEAD + len(url)) if kept is None else kept[0]

    def _header(self, url: str) -> ConceptMap | None:
        found = self._found(url)
        if found is None:
            return None
        return ConceptMap(
            url=url,
            version=self._system.version,
            title=self._name(found.refset) or f"SNOMED CT map {found.refset}",
            groups=(Group(source=self._system_of(found, found.source), target=self._system_of(found, found.target)),),
            implied_by=self._system,
        )

    def mappings(self, url: str, code: str, *, reverse: bool) -> Iterator[conceptmap.Mapping]:
        """The mappings of a code (`reverse`: to a code) by the active members of the reference set."""
        found = self._found(url)
        if found is None:
            return
        members = found.members
        for row in _rows(members, found.target if reverse else found.source, code):
            source, target = members.text(found.source, row), members.text(found.target, row)
            yield conceptmap.Mapping(
                source_code=source,
                source_display=None if found.is_foreign(found.source) else self._name(source),
                target_code=target or None,
                target_display=None if found.is_foreign(found.target) else self._name(target),
                relationship=_relationship(members, found.refset, row),
                comment=(members.text(ADVICE, row) or None) if ADVICE in members.columns else None,
                properties=tuple(_attributes(members, row)),
            )

    def _found(self, url: str) -> _Members | None:
        read = read_url(url)
        refset = read.value if read is not None and read.kind == CONCEPT_MAPS else None
        members = self._refsets.members(refset) if refset else None
        if refset is None or members is None:
            return None
        if MAP_SOURCE in members.columns:
            return _Members(refset, members, MAP_SOURCE, REFERENCED)
        target = next((field for field in (TARGET_CONCEPT, MAP_TARGET) if field in members.columns), None)
        return _Members(refset, members, REFERENCED, target) if target else None

    def _system_of(self, found: _Members, field: str) -> Canonical | None:
        if not found.is_foreign(field):
            return self._system
        return Canonical(TARGETS[found.refset]) if found.refset in TARGETS else None


def _rows(members: Members, field: str, code: str) -> Sequence[int]:
    """Active members with a code in a field, in the order of the map."""
    rows = members.rows_with(field, code)
    rows = rows[members.active[rows] == 1]
    order = [members.numbers(name)[rows] for name in ORDER if name in members.columns]
    found: list[int] = (rows[np.lexsort(order)] if order else rows).tolist()
    return found


def _relationship(members: Members, refset: str, row: int) -> Relationship:
    if CORRELATION in members.columns:
        return CORRELATED.get(members.text(CORRELATION, row), "related-to")
    return ASSOCIATED.get(refset, "related-to")


def _attributes(members: Members, row: int) -> Iterator[MappingAttribute]:
    for name, kind in ATTRIBUTES.items():
        if name in members.columns and (text := members.text(name, row)):
            yield MappingAttribute(name, kind, int(text) if kind == "Integer" else text)
