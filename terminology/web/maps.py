"""Pages of concept maps, and mappings of a code to other systems. `$translate` decides which mappings count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from flask import Blueprint, abort

from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap
from terminology.model.protocols import Catalogue, CodeSystem
from terminology.model.results import Match
from terminology.store.entries import MappingRow
from terminology.store.mapping_documents import decode_mapping
from terminology.store.protocol import Store
from terminology.web import content
from terminology.web.site import Views, link_coding, named, offset, paging, query, title_of

PAGE = 100
SHOWN = 15
"""Mappings to one system that the page of a code shows."""

RELATIONSHIPS: Mapping[str | None, str] = MappingProxyType(
    {
        "equivalent": "the same as",
        "source-is-narrower-than-target": "narrower than",
        "source-is-broader-than-target": "broader than",
        "not-related-to": "not related to",
        "related-to": "related to",
        None: "mapped to",
    }
)
"""What a mapping says between its source and its target, in words."""
NO_MAP = "without a counterpart"


def add_maps(pages: Blueprint, terminology: Terminology, fhir_base: str) -> None:
    """Add the pages of concept maps."""
    views = _Maps(terminology, fhir_base)
    pages.add_url_rule("/maps", "concept_maps", views.listed)
    pages.add_url_rule("/maps/<id>", "concept_map", views.shown)


class _Maps(Views):
    """The list of concept maps, and the page of one."""

    def listed(self) -> str:
        return self._list_of("ConceptMap", "Concept maps")

    def shown(self, id: str) -> str:  # noqa: A002 - the name in the url rule
        resource = self._store.resource("ConceptMap", id)
        catalogue = self._catalogue()
        concept_map = catalogue.concept_map(Canonical(resource.url or "", resource.version)) if resource else None
        if resource is None or concept_map is None:
            abort(404, description=f"There is no concept map “{id}” here.")
        sides = [side for group in concept_map.groups for side in (group.source, group.target) if side is not None]
        gated = (catalogue.canonical_of(side.url) for side in sides)
        self._terminology.licences.check_all(gated, self._terminology.entitlements)
        code, names = query(), _Names(self._store, catalogue)
        rows = list(islice(self._rows(resource.key, code), PAGE + 1))
        return self._render(
            "concept_map.html", concept_map=concept_map, q=code, title=title_of(resource),
            groups=[(names.system(g.source), names.system(g.target)) for g in concept_map.groups],
            mappings=[_row(names, concept_map, row) for row in rows[:PAGE]],
            json_href=self._resource("ConceptMap", id), **paging(PAGE, offset() + len(rows)),
        )  # fmt: skip

    def _rows(self, map_key: int, code: str) -> Iterator[MappingRow]:
        """The mappings of a map from `offset()` on; with a code, only those from and to it."""
        if not code:
            return self._store.map_mappings(map_key, offset())
        there, back = (self._store.mappings(code=code, reverse=way, map_key=map_key) for way in (False, True))
        return islice([*there, *(row for row in back if row not in there)], offset(), None)


def mappings(terminology: Terminology, catalogue: Catalogue, url: str, code: str) -> list[dict[str, Any]]:
    """The mappings of a code, grouped by the other system; `more` is the number of those that are not shown."""
    names = _Names(terminology.store, catalogue)
    found: dict[str, dict[tuple[str | None, str | None], dict[str, Any]]] = {}
    for reverse in (False, True):
        for match in terminology.translate(url, code, reverse=reverse).matches:
            target = match.concept
            of_system = found.setdefault(names.system(Canonical(target.system) if target.system else None), {})
            if (target.system, target.code) not in of_system:
                of_system[target.system, target.code] = _match(names, match)
    return [
        {"system": name, "shown": list(of.values())[:SHOWN], "more": max(0, len(of) - SHOWN)}
        for name, of in found.items()
    ]


def _match(names: _Names, match: Match) -> dict[str, Any]:
    return {
        **names.code(match.concept.system, match.concept.code, match.concept.display),
        "relationship": RELATIONSHIPS[match.mapping.relationship],
        "comment": match.mapping.comment,
        "map": names.concept_map(match.concept_map),
    }


def _row(names: _Names, concept_map: ConceptMap, row: MappingRow) -> dict[str, Any]:
    group, mapping = concept_map.groups[row.group], decode_mapping(row.document)
    from_, to = (side.url if side else None for side in (group.source, group.target))
    has_target = mapping.target_code is not None or mapping.target_value_set is not None
    return {
        "source": names.side(from_, mapping.source_code, mapping.source_display, mapping.source_value_set),
        "target": names.side(to, mapping.target_code, mapping.target_display, mapping.target_value_set),
        "relationship": RELATIONSHIPS[mapping.relationship] if has_target else NO_MAP,
        "comment": mapping.comment,
    }


class _Names:
    """Names and addresses of systems, codes and maps for one page; each system and map is looked up once."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._systems: dict[str, CodeSystem | None] = {}
        self._maps: dict[Canonical, dict[str, Any]] = {}

    def system(self, ref: Canonical | None) -> str:
        """The short title of a system, or its canonical if it is not here."""
        if ref is None:
            return "any system"
        found = self._system(ref.url)
        return content.short_title(found.metadata) if found else ref.url

    def code(self, url: str | None, code: str | None, display: str | None) -> dict[str, Any]:
        """A code with a display (the map's, else the system's) and its page; without page if the code is not here."""
        system = self._system(url) if url else None
        located = system.locate(code) if system and code else None
        if system is None or located is None:
            return {"href": None, "code": code, "display": display}
        versions = [v for v in self._store.versions(system.metadata.url) if v.version == system.metadata.version]
        return link_coding(versions, located.concept.code, display or located.concept.display)

    def side(self, url: str | None, code: str | None, display: str | None, value_set: str | None) -> dict[str, Any]:
        """What a mapping names on one side: a code, or in its place all codes of a value set."""
        if code is not None or value_set is None:
            return self.code(url, code, display)
        found = self._catalogue.value_set(ref := Canonical.parse(value_set))
        of = named(self._store, "ValueSet", found.canonical if found else ref)
        return {"href": of["href"], "code": None, "display": f"all codes of {of['title']}"}

    def concept_map(self, ref: Canonical) -> dict[str, Any]:
        """Title and page of a map, as `named`."""
        if ref not in self._maps:
            self._maps[ref] = named(self._store, "ConceptMap", ref)
        return self._maps[ref]

    def _system(self, url: str) -> CodeSystem | None:
        if url not in self._systems:
            withheld = self._catalogue.withholds(url)
            self._systems[url] = None if withheld else self._catalogue.code_system(Canonical(url))
        return self._systems[url]
