"""Makes concept maps from tables of mappings: the header, and definitions of the properties that mappings have.

Mappings and relationships are made by each loader.
"""

from __future__ import annotations

from dataclasses import dataclass

from loaders.documents.canonicals import BASE
from terminology.fhir import json
from terminology.model.conceptmap import ConceptMap, Group

CONCEPT_MAPS = f"{BASE}/ConceptMap/"


@dataclass(frozen=True, slots=True)
class MapProperty:
    """`ConceptMap.property`: a property that mappings may have."""

    code: str
    kind: str
    description: str


def concept_map(
    key: str,
    *,
    name: str,
    title: str,
    groups: tuple[Group, ...],
    version: str | None = None,
    publisher: str = "Centers for Medicare & Medicaid Services",
    description: str | None = None,
    properties: tuple[MapProperty, ...] = (),
) -> ConceptMap:
    """A concept map of a publisher who provides a table but no canonical: its url is `…/ConceptMap/{key}`."""
    url = CONCEPT_MAPS + key
    defined = [
        {"code": p.code, "uri": f"{url}#{p.code}", "description": p.description, "type": p.kind} for p in properties
    ]
    return ConceptMap(
        url=url,
        version=version,
        name=name,
        title=title,
        publisher=publisher,
        description=description,
        groups=groups,
        resource=json.dumps({"property": defined}) if defined else b"",
    )
