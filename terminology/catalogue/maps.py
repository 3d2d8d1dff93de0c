"""Concept maps for one request: supplied ones before stored ones, and whose mappings answer a question.

`mappings` reads these, and `$translate` decides which of them count (relationships, dependencies, unmapped codes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TypeVar, cast

from terminology.catalogue.choosing import Candidate, Preferences, choose, of_resources
from terminology.catalogue.licences import Licences
from terminology.catalogue.mappings import AllMappings, Between, StoredMappings, StoredMaps, SuppliedMappings
from terminology.catalogue.opened import Opened
from terminology.catalogue.snapshot import Snapshot
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group
from terminology.model.protocols import Mappings
from terminology.model.requests import RequestContext
from terminology.store.entries import ResourceEntry

RENAMING_BYTES = 1024
"""What the maps of one system count as: most systems have none."""

T = TypeVar("T")


class ConceptMaps:
    """The maps a request can see."""

    def __init__(
        self,
        context: RequestContext,
        snapshot: Snapshot,
        opened: Opened,
        preferences: Preferences,
        licences: Licences,
    ) -> None:
        self._context = context
        self._licences = licences
        self._snapshot = snapshot
        self._opened = opened
        self._preferences = preferences
        self._supplied = [r for r in context.resources if isinstance(r, ConceptMap)]

    def find(self, ref: Canonical) -> ConceptMap | None:
        """A map's header; a supplied map includes its mappings."""
        ref = self._by_canonical(ref)
        chosen = self._choose(ref)
        if isinstance(chosen, ResourceEntry):
            self._licences.check(ref.url, self._context.entitlements)
        return self._header(chosen) if chosen is not None else None

    def mappings(
        self, sources: Sequence[str], targets: Sequence[str], version: str | None, concept_map: Canonical | None,
        *, reverse: bool,
    ) -> Mappings:  # fmt: skip
        """See Catalogue; each system by all its names, since maps and callers may use any of them.

        Raises TerminologyError forbidden when a requested system is withheld; other withheld targets are left out.
        """
        self._licences.check_all((*sources, *targets), self._context.entitlements)
        supplied, stored = self._all() if concept_map is None else self._named(concept_map)
        between = Between(tuple(sources), tuple(targets), version, reverse)
        found: list[Mappings] = [SuppliedMappings(supplied, between)] if supplied else []
        if stored:
            found.append(StoredMappings(self._snapshot, stored, between, self._opened.concept_map, self._withholds))
        return found[0] if len(found) == 1 else AllMappings(found)

    @property
    def any(self) -> bool:
        """Whether a request can see any map."""
        return bool(self._supplied) or self._snapshot.has_concept_maps

    def renaming(self, names: Sequence[str]) -> Sequence[Canonical]:
        """The maps from a system, by any of its names, to itself: supplied ones first, each stored one once."""
        mine = [supplied.canonical for supplied in self._supplied if _renames(supplied, names)]
        supplied = {ref.url for ref in mine}
        return [*mine, *(ref for ref in self._stored_renaming(tuple(names)) if ref.url not in supplied)]

    def _stored_renaming(self, names: tuple[str, ...]) -> tuple[Canonical, ...]:
        """The same for all requests of a generation. Reads only the maps that mention a name."""
        key = "renaming", names
        if (kept := self._snapshot.derived.get(key)) is not None:
            return cast("tuple[Canonical, ...]", kept[0])
        entries = (entry for name in names for entry in self._snapshot.mentioning("ConceptMap", name))
        urls = (e.url for e in entries if e.url and _renames(self._opened.concept_map(e), names))
        found = tuple(Canonical(url) for url in dict.fromkeys(urls))
        return cast("tuple[Canonical, ...]", self._snapshot.derived.put(key, found, RENAMING_BYTES))

    def _withholds(self, concept_map: Canonical, group: Group) -> bool:
        if not self._licences:
            return False
        named = (side.url for side in (concept_map, group.source, group.target) if side is not None)
        sides = (self._snapshot.canonical_of(url) or url for url in named)
        return any(self._licences.lacking(url, self._context.entitlements) for url in sides)

    def _all(self) -> tuple[Sequence[ConceptMap], StoredMaps]:
        """Every supplied map, and one version of each stored one that is not supplied."""
        mine = {supplied.url for supplied in self._supplied}
        stored = self._defaults()
        return self._supplied, {k: e for k, e in stored.items() if e.url not in mine} if mine else stored

    def _defaults(self) -> StoredMaps:
        """The default version of each stored map; the same for all requests of a generation, endpoint and day."""
        key = self._context.release, self._context.today
        if (kept := self._snapshot.default_maps.get(key)) is not None:
            return kept[0]
        by_url: dict[str, list[ResourceEntry]] = defaultdict(list)
        for entry in self._snapshot.concept_maps.values():
            by_url[entry.url or entry.id].append(entry)
        chosen = [self._best(of_resources((), entries), Canonical(url)) for url, entries in by_url.items()]
        found = {entry.key: entry for entry in chosen if entry is not None}
        return self._snapshot.default_maps.put(key, found, 1)

    def _named(self, ref: Canonical) -> tuple[Sequence[ConceptMap], StoredMaps]:
        """The named map; of supplied maps with the same canonical, all."""
        chosen = self._choose(self._by_canonical(ref))
        if isinstance(chosen, ConceptMap):
            return [m for m in self._supplied if m.canonical == chosen.canonical], {}
        return (), {} if chosen is None else {chosen.key: chosen}

    def _by_canonical(self, ref: Canonical) -> Canonical:
        """A map that is called by its identifier (a URN) is the one with that canonical."""
        identified = self._snapshot.identified("ConceptMap", ref.url)
        return Canonical(identified[0].url or ref.url, ref.version) if identified else ref

    def _choose(self, ref: Canonical) -> ConceptMap | ResourceEntry | None:
        supplied = [concept_map for concept_map in self._supplied if concept_map.url == ref.url]
        return self._best(of_resources(supplied, self._snapshot.resources("ConceptMap", ref.url)), ref)

    def _best(self, candidates: Sequence[Candidate[T]], ref: Canonical) -> T | None:
        preferred = self._preferences.of(ref.url, self._context.release)
        chosen = choose(candidates, ref.version, preferred=preferred, today=self._context.today)
        return chosen.item if chosen else None

    def _header(self, found: ConceptMap | ResourceEntry) -> ConceptMap:
        return found if isinstance(found, ConceptMap) else self._opened.concept_map(found)


def _renames(map_: ConceptMap, names: Collection[str]) -> bool:
    """Whether a group of a map leads from a system to itself."""
    return any(
        group.source is not None and group.target is not None and {group.source.url, group.target.url} <= {*names}
        for group in map_.groups
    )
