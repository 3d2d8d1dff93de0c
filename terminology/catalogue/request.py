"""The catalogue as one request sees it: supplied resources before stored ones before built-in ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from terminology.catalogue import implicit
from terminology.catalogue.choosing import Candidate, Preferences, choose, in_order, of_entry, of_header, of_resources
from terminology.catalogue.licences import Licences
from terminology.catalogue.maps import ConceptMaps
from terminology.catalogue.names import SystemNames
from terminology.catalogue.opened import Opened
from terminology.catalogue.snapshot import DERIVED_BYTES, RESOLVED_OVERHEAD, Snapshot
from terminology.catalogue.supplied import SuppliedSystems
from terminology.codesystems import registry
from terminology.fhir.header import first_day
from terminology.model.closure import ClosureTables
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap
from terminology.model.namingsystem import NamedSystem
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import CatalogueEntry, CodeSystem, Mappings
from terminology.model.requests import CodeSystemResource, RequestContext
from terminology.model.structure import Structure
from terminology.model.valueset import ValueSet
from terminology.model.versions import matches
from terminology.store.entries import ResourceEntry, VersionEntry

SUPPLEMENT_TYPE = "http://hl7.org/fhir/StructureDefinition/codesystem-supplement-type"
LANGUAGE_PACK = "lang-pack"

BELOW_URN = re.compile(r"(urn:[^/?#]+)([/?#].*)")
"""A URN followed by a path or query, as in implicit value sets."""

T = TypeVar("T")

Item = CodeSystemResource | VersionEntry | CodeSystem
"""What a candidate is opened from; a built-in CodeSystem is open already."""


class RequestCatalogue:
    """A `model.protocols.Catalogue` for one request."""

    def __init__(
        self,
        context: RequestContext,
        snapshot: Snapshot,
        opened: Opened,
        supplied: SuppliedSystems,
        preferences: Preferences,
        licences: Licences,
    ) -> None:
        self._context = context
        self._licences = licences
        self._snapshot = snapshot
        self._opened = opened
        self._supplied = supplied
        self._preferences = preferences
        systems = [r for r in context.resources if isinstance(r, CodeSystemResource)]
        self._systems = [r for r in systems if r.metadata.content != "supplement"]
        self._supplements = [r for r in systems if r.metadata.content == "supplement"]
        self._value_sets = [r for r in context.resources if isinstance(r, ValueSet)]
        self._structures = [r for r in context.resources if isinstance(r, Structure)]
        self._named = SystemNames([r.metadata for r in self._systems], snapshot)
        self._maps = ConceptMaps(context, snapshot, opened, preferences, licences)

    def remember(self, key: Hashable, make: Callable[[], T], weigh: Callable[[T], int] | None = None) -> T:
        """See Catalogue. Requests with supplied resources bypass the cache."""
        context = self._context
        if context.resources:
            return make()
        whole = key, context.release, context.today, context.entitlements
        kept = self._snapshot.derived.get(whole)
        if kept is not None:
            known: T = kept[0]
            return known
        made = make()
        found: T = self._snapshot.derived.put(whole, made, DERIVED_BYTES if weigh is None else weigh(made))
        return found

    def as_of(self, date: str) -> RequestCatalogue:
        """See Catalogue. An invalid date changes nothing."""
        context = replace(self._context, today=first_day(date) or self._context.today)
        return RequestCatalogue(
            context, self._snapshot, self._opened, self._supplied, self._preferences, self._licences
        )

    # Code systems

    def code_system(self, ref: Canonical, supplements: Sequence[Canonical] = ()) -> CodeSystem | None:
        """See Catalogue. Language packs are applied without being requested."""
        named = self._required_supplements(tuple(dict.fromkeys(supplements))) if supplements else []
        base = self._base(ref)
        if base is None:
            return self._supplement(ref)
        chosen = [s for s in named if self._is_used(s.metadata, base)]
        layers = {layer.key: layer for layer in (*chosen, *self._language_packs(base))}
        return self._opened.supplemented(base, tuple(layers.values())) if layers else base

    def code_system_versions(self, url: str) -> Sequence[str]:
        """See Catalogue."""
        canonical = self.canonical_of(url)
        found = () if self.withholds(canonical) else self._candidates(canonical)
        return tuple(dict.fromkeys(c.version or "" for c in in_order(found)))

    def entries(self, url: str) -> list[CatalogueEntry]:
        """The stored and built-in versions of a system (or supplement), oldest first, with the default marked."""
        stored_supplements = [s for s in self._snapshot.supplement_versions(url) if not self.withholds(s.supplements)]
        if self.withholds(url):
            return []
        default = self._choose(self._candidates(url), Canonical(url))
        stored = [*self._candidates(url), *self._described((), stored_supplements)]
        return [
            CatalogueEntry(Canonical(url, c.version), c.content, _id_of(c.item), default is not None and c == default)
            for c in in_order(stored)
        ]

    def systems_holding(self, code: str) -> Sequence[Canonical]:
        """See Catalogue: one query, and a read for each system that has the code or makes codes of its own.

        Grammars are not asked: UCUM, say, accepts any number as a unit.
        """
        supplied = {r.metadata.url for r in self._systems}
        urls = supplied | self._snapshot.urls_with_code(code) | {*registry.special()}
        systems = (self._base(Canonical(url)) for url in sorted(urls) if url in supplied or not self.withholds(url))
        listed = (s for s in systems if s is not None and (s.enumerable or s.size))
        return tuple(s.metadata.canonical for s in listed if s.locate(code) is not None)

    def withholds(self, url: str | None) -> bool:
        """See Catalogue."""
        if not self._licences or not url:
            return False
        ref = Canonical.parse(url)
        return self._licences.lacking(self.canonical_of(ref.url), self._context.entitlements) is not None

    def _visible(self, ref: Canonical) -> CodeSystem | None:
        """A system for questions that are not about it: a withheld one counts as missing."""
        return None if self.withholds(ref.url) else self._base(ref)

    def _base(self, ref: Canonical) -> CodeSystem | None:
        found = self._by_url(ref)
        if found is None and (canonical := self.canonical_of(ref.url)) != ref.url:
            return self._by_url(Canonical(canonical, ref.version))
        return found

    def _by_url(self, ref: Canonical) -> CodeSystem | None:
        if any(r.metadata.url == ref.url for r in self._systems):
            return self._chosen(ref)
        if self.withholds(ref.url) and self._candidates(ref.url):
            self._licences.check(ref.url, self._context.entitlements)
        # This does not depend on supplied resources, so the result serves all requests of this generation.
        key = ref, self._context.release, self._context.today
        if (kept := self._snapshot.resolved.get(key)) is not None:
            return kept[0]
        return self._snapshot.resolved.put(
            key, self._chosen(ref), RESOLVED_OVERHEAD + len(ref.url) + len(ref.version or "")
        )

    def _chosen(self, ref: Canonical) -> CodeSystem | None:
        chosen = self._choose(self._candidates(ref.url), ref)
        if chosen and chosen.origin != "supplied":
            self._licences.check(ref.url, self._context.entitlements)
        return self._open(chosen.item) if chosen else None

    def _candidates(self, url: str) -> list[Candidate[Item]]:
        supplied = [r for r in self._systems if r.metadata.url == url]
        return [*self._builtin(url), *self._described(supplied, self._snapshot.versions(url))]

    def _described(
        self, supplied: Sequence[CodeSystemResource], stored: Sequence[VersionEntry]
    ) -> Iterator[Candidate[Item]]:
        """Candidates; the header of a single version need not be read."""
        yield from (of_header(resource, resource.metadata, "supplied") for resource in supplied)
        if len(stored) == 1 and not supplied:
            yield of_entry(stored[0], stored[0])
        else:
            yield from (of_header(entry, self._opened.header(entry), "stored") for entry in stored)

    def _builtin(self, url: str) -> Iterator[Candidate[Item]]:
        system = registry.builtin(url)
        if system is not None:
            yield of_header(system, system.metadata, "builtin")

    def _choose(self, candidates: Sequence[Candidate[T]], ref: Canonical) -> Candidate[T] | None:
        preferred = self._preferences.of(ref.url, self._context.release)
        return choose(candidates, ref.version, preferred=preferred, today=self._context.today)

    def _open(self, item: Item) -> CodeSystem:
        if isinstance(item, VersionEntry):
            return self._opened.system(item)
        return self._supplied.system(item) if isinstance(item, CodeSystemResource) else item

    # Supplements

    def _supplement(self, ref: Canonical) -> CodeSystem | None:
        supplied = [r for r in self._supplements if r.metadata.url == ref.url]
        candidates = list(self._described(supplied, self._snapshot.supplement_versions(ref.url)))
        chosen = self._choose(candidates, ref)
        if self._licences and chosen and isinstance(chosen.item, VersionEntry):
            base = chosen.item.supplements and self.canonical_of(Canonical.parse(chosen.item.supplements).url)
            self._licences.check_all((ref.url, base), self._context.entitlements)
        return self._open(chosen.item) if chosen else None

    def _required_supplements(self, refs: Sequence[Canonical]) -> list[CodeSystem]:
        found = {ref: self._supplement(ref) for ref in refs}
        missing = [str(ref) for ref, supplement in found.items() if supplement is None]
        if missing:
            message = "VALUESET_SUPPLEMENT_MISSING"
            issues = (Issue("error", "not-found", message, {"supplement": ref}, "not-found") for ref in missing)
            raise TerminologyError("not-found", *issues)
        return [supplement for supplement in found.values() if supplement is not None]

    def _language_packs(self, base: CodeSystem) -> Iterator[CodeSystem]:
        stored = self._snapshot.supplements_of(base.metadata.url)
        if not stored and not self._supplements:
            return
        headers = [r.metadata for r in self._supplements] + [self._opened.header(entry) for entry in stored]
        packs = (h.url for h in headers if _is_language_pack(h) and self._applies(h, base))
        for url in dict.fromkeys(packs):
            if (found := self._supplement(Canonical(url))) is not None:
                yield found

    def _is_used(self, supplement: CodeSystemMetadata, base: CodeSystem) -> bool:
        """Whether a required supplement is laid over a version: the one it is made for; any, where that is missing."""
        if self._applies(supplement, base):
            return True
        wanted = supplement.supplements
        return wanted is not None and self._names(wanted.url, base) and self._base(wanted) is None

    def _applies(self, supplement: CodeSystemMetadata, base: CodeSystem) -> bool:
        wanted = supplement.supplements
        if wanted is None or not self._names(wanted.url, base):
            return False
        return wanted.version is None or matches(wanted.version, base.metadata.version or "")

    def _names(self, url: str, base: CodeSystem) -> bool:
        return url == base.metadata.url or self.canonical_of(url) == base.metadata.url

    # Value sets

    def value_set(self, ref: Canonical) -> ValueSet | None:
        """See Catalogue. Contained value sets (`#id`) are resolved by the value set that contains them."""
        ref = Canonical(self._value_set_named(ref.url), ref.version)
        chosen = self._choose(self._value_set_candidates(ref.url), ref)
        if chosen is None:
            return self._implicit(ref)
        if chosen.origin != "supplied":
            self._licences.check(ref.url, self._context.entitlements)
        return chosen.item if isinstance(chosen.item, ValueSet) else self._opened.value_set(chosen.item)

    def value_set_versions(self, url: str) -> Sequence[str]:
        """See Catalogue."""
        url = self._value_set_named(url)
        found = dict.fromkeys(c.version or "" for c in in_order(self._value_set_candidates(url)))
        if not found and (implied := self._implicit(Canonical(url))) is not None:
            return (implied.version or "",)
        return tuple(found)

    def value_sets_mentioning(self, url: str) -> Iterator[ValueSet]:
        """See Catalogue."""
        found = self._snapshot.mentioning("ValueSet", url)
        yield from (self._opened.value_set(entry) for entry in found if not self.withholds(entry.url))

    def _value_set_candidates(self, url: str) -> list[Candidate[ValueSet | ResourceEntry]]:
        supplied = [value_set for value_set in self._value_sets if value_set.url == url]
        return of_resources(supplied, self._snapshot.resources("ValueSet", url))

    def _value_set_named(self, name: str) -> str:
        """The canonical of a value set named by a URN: its own, or one below that of a system (`?fhir_vs`)."""
        if not name.startswith("urn:") or self._value_set_candidates(name):
            return name
        if identified := self._snapshot.identified("ValueSet", name):
            return identified[0].url or name
        if (below := BELOW_URN.match(name)) is not None:
            system, rest = below.groups()
            return self.canonical_of(system) + rest
        return name

    def _implicit(self, ref: Canonical) -> ValueSet | None:
        supplied = (r.metadata.url for r in self._systems if (r.metadata.value_set or "").partition("|")[0] == ref.url)
        system_url = next(supplied, None) or self._snapshot.system_of_value_set(ref.url)
        if system_url is not None:
            system = self._base(Canonical(system_url, ref.version))
            return implicit.all_codes(ref.url, system.metadata) if system else None
        self._licences.check(ref.url, self._context.entitlements)
        return implicit.by_pattern(ref, self._visible)

    # Structures

    def structure(self, ref: Canonical) -> Structure | None:
        """See Catalogue."""
        supplied = [structure for structure in self._structures if structure.url == ref.url]
        chosen = self._choose(of_resources(supplied, self._snapshot.resources("StructureDefinition", ref.url)), ref)
        if chosen is None:
            return None
        return chosen.item if isinstance(chosen.item, Structure) else self._opened.structure(chosen.item)

    # What systems are called

    def canonical_of(self, name: str) -> str:
        """See Catalogue."""
        return self._named.canonical_of(name)

    def names_of(self, url: str) -> Sequence[str]:
        """See Catalogue."""
        return self._named.names_of(url)

    def named_systems(self, identifier: str) -> Sequence[NamedSystem]:
        """See Catalogue."""
        return self._snapshot.named_systems.get(identifier, ())

    # Concept maps

    @property
    def closures(self) -> ClosureTables:
        """See Catalogue."""
        return self._snapshot.closures.of(self._context.owner)

    def concept_map(self, ref: Canonical) -> ConceptMap | None:
        """See Catalogue."""
        found = self._maps.find(ref)
        if found is None:
            self._licences.check(ref.url, self._context.entitlements)
        return found or implicit.map_by_pattern(ref, self._base)

    def mappings(
        self, *, source: Canonical | None, target_system: str | None, reverse: bool, concept_map: Canonical | None
    ) -> Mappings:
        """See Catalogue."""
        if concept_map is not None and registry.implying_map(concept_map) and self._maps.find(concept_map) is None:
            from_ = source.url if source else None
            return implicit.mappings_by_pattern(concept_map, self._base, from_, target_system, reverse=reverse)
        sources = () if source is None else self.names_of(source.url)
        targets = () if target_system is None else self.names_of(target_system)
        version = None if source is None else source.version
        return self._maps.mappings(sources, targets, version, concept_map, reverse=reverse)

    def renaming_maps(self, url: str) -> Sequence[Canonical]:
        """See Catalogue. What a system is called is not found out where there are no maps at all."""
        if not self._maps.any:
            return ()
        return [ref for ref in self._maps.renaming(self.names_of(url)) if not self.withholds(ref.url)]


def _id_of(item: Item) -> str:
    if isinstance(item, VersionEntry):
        return item.resource_id
    return item.metadata.id or ""


def _is_language_pack(header: CodeSystemMetadata) -> bool:
    return any(e.url == SUPPLEMENT_TYPE and e.value == LANGUAGE_PACK for e in header.extensions)
