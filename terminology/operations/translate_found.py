"""Which mappings translate a code: those that count, and what a map says about codes it does not mention.

The catalogue provides the mappings of a code. What a `Translator` finds out does not depend on the code, so that it may
be asked about one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from terminology.model import messages
from terminology.model.coding import Canonical, Coding
from terminology.model.conceptmap import (
    ConceptMap,
    Group,
    Mapped,
    Mapping,
    MappingAttribute,
    Relationship,
    Sides,
    Unmapped,
)
from terminology.model.deadline import check
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, Mappings
from terminology.model.remembering import Memo
from terminology.model.requests import RequestContext, TranslateRequest
from terminology.model.results import Match
from terminology.operations.translate_scopes import Scopes, coding_of
from terminology.operations.translate_sets import ValueSets
from valuesets.expand import Limits
from valuesets.plan import Plan

FLIPPED: dict[Relationship, Relationship] = {
    "source-is-narrower-than-target": "source-is-broader-than-target",
    "source-is-broader-than-target": "source-is-narrower-than-target",
}
MOST_MAPS = 10
"""Maps that may refer to each other for unmapped codes: more is taken for a circle."""
MAPPINGS = 64
"""Maps, and systems of codes, whose mappings a translator finds out at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """The mappings that count, and what is to be said beside them: about maps and value sets that are not here."""

    mapped: Sequence[Mapped]
    said: Sequence[str] = ()

    @property
    def related(self) -> bool:
        """Whether one of them leads to a code that is not stated to be unrelated."""
        return leads_to_codes(self.mapped)


def leads_to_codes(mapped: Iterable[Mapped]) -> bool:
    """Whether one of these mappings leads to a code that is not stated to be unrelated."""
    for _, mapping in mapped:  # noqa: SIM110 - the first mostly does, and a generator costs more than it
        if mapping.relationship != "not-related-to":
            return True
    return False


class Translator:
    """Translates codes by one map or by all of them. Threads may share it."""

    def __init__(self, catalogue: Catalogue, asked: TranslateRequest, context: RequestContext, limits: Limits) -> None:
        """`asked` names the map. Its codes do not matter.

        Raises TerminologyError not-found when the map is not there.
        """
        self.catalogue = catalogue
        self.asked = asked
        self.map = _required_map(catalogue, asked.concept_map)
        self._context = context
        self._limits = limits
        self._plans: dict[Canonical, Plan | None] = {}
        self._sides: Memo[tuple[Canonical, Canonical | None, Canonical | None], Sides] = Memo(_sides, MAPPINGS)
        self._mappings = Memo(self._find_mappings, MAPPINGS)

    def found(self, codings: Iterable[Coding]) -> Found:
        """What the codings of a concept are translated to. Raises TerminologyError too-costly when the time is up."""
        value_sets = self.value_sets()
        translation = _Translation(self, self.asked, self.scopes(value_sets), value_sets)
        mapped = [one for coding in codings for one in translation.mapped(coding, self.map)]
        return Found(
            distinct(self.asked, mapped), (*translation.missing, *(value_sets.unusable if self.map is not None else ()))
        )

    def value_sets(self) -> ValueSets:
        """The value sets that matter for one concept."""
        return ValueSets(self.catalogue, self._context, self._limits, plans=self._plans)

    def scopes(self, value_sets: ValueSets) -> Scopes:
        """The value sets that translations are limited to."""
        return Scopes(self.catalogue, self.asked, named=self.map is not None, value_sets=value_sets)

    def mappings(self, coding: Coding, map_: ConceptMap | None) -> Mappings:
        """The mappings of the codes of a coding's system, by one map or (None) all."""
        system = Canonical(coding.system, coding.version) if coding.system else None
        return self._mappings[system, map_.canonical if map_ else None]

    def _find_mappings(self, between: tuple[Canonical | None, Canonical | None]) -> Mappings:
        system, map_ = between
        limit, reverse = self.asked.target_system, self.asked.reverse
        return self.catalogue.mappings(
            source=(Canonical(limit) if limit else None) if reverse else system,
            target_system=(system.url if system else None) if reverse else limit,
            reverse=reverse,
            concept_map=map_,
        )

    def unmapped(self, coding: Coding, map_: ConceptMap | None) -> list[tuple[Sides, Unmapped]]:
        """What the groups of a map say of codes of this system that they do not mention."""
        if map_ is None or self.asked.reverse:
            return []
        return [
            (self._sides[map_.canonical, group.source, group.target], group.unmapped)
            for group in map_.groups
            if group.unmapped is not None and self._concerns(group, coding)
        ]

    def _concerns(self, group: Group, coding: Coding) -> bool:
        """Whether a group of a map is for the system of a code, and for that of its translations."""
        return all(
            wanted is None or stated is None or _is_system(self.catalogue, stated.url, wanted)
            for wanted, stated in ((coding.system, group.source), (self.asked.target_system, group.target))
        )


def distinct(asked: TranslateRequest, mapped: Sequence[Mapped]) -> Sequence[Mapped]:
    """Without those that would be told alike.

    Only mappings of the same codes are compared: thousands may lead to one code.
    """
    if len(mapped) < 2:
        return mapped
    found: list[Mapped] = []
    told: dict[tuple[str | None, str | None], list[tuple[object, ...]]] = {}
    for one in mapped:
        _, mapping = one
        alike = told.setdefault((mapping.source_code, mapping.target_code), [])
        if (seen := _told(asked, one)) not in alike:
            alike.append(seen)
            found.append(one)
    return found


def _told(asked: TranslateRequest, one: Mapped) -> tuple[object, ...]:
    """What is told of a mapping: backwards its source, forwards its target, or both."""
    sides, mapping = one
    source = sides.source if asked.reverse else None
    target = sides.target if asked.name_source or not asked.reverse else None
    return mapping, source, target, sides.concept_map


def match(asked: TranslateRequest, one: Mapped) -> Match:
    """A mapping as it is told."""
    sides, mapping = one
    mapping = sides.told(mapping)
    to = coding_of(sides.target, mapping.target_code, mapping.target_display)
    if not asked.reverse:
        return Match(mapping=mapping, concept=to, concept_map=sides.concept_map)
    from_ = coding_of(sides.source, mapping.source_code, mapping.source_display)
    if asked.name_source:
        return Match(mapping=mapping, concept=to, concept_map=sides.concept_map, source=from_)
    # What was asked about is now the source, so the relationship is read the other way round.
    turned = mapping.relationship and FLIPPED.get(mapping.relationship, mapping.relationship)
    return Match(mapping=replace(mapping, relationship=turned), concept=from_, concept_map=sides.concept_map)


@dataclass(frozen=True, slots=True)
class _Translation:
    """One translation. `missing` tells of maps that others refer to, and that are not here."""

    translator: Translator
    asked: TranslateRequest
    scopes: Scopes
    value_sets: ValueSets
    missing: dict[str, None] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """Where maps and mappings come from."""
        return self.translator.catalogue

    def mapped(self, coding: Coding, map_: ConceptMap | None, depth: int = 0) -> Iterator[Mapped]:
        """What maps say of one code: the mappings that count, then what a named map says of codes without any."""
        check()  # maps that refer to others for unmapped codes can branch with every group
        settled: list[tuple[Canonical | None, Canonical | None]] = []
        for sides, stated in self._about(coding, map_):
            if stated.target_code is None and stated.target_value_set is None:
                settled += [] if stated.is_silent else [(sides.source, sides.target)]
                continue
            for mapping in self._each(sides, stated):
                if self._counts(sides, mapping):
                    settled.append((sides.source, sides.target))
                    yield sides, mapping
        for sides, unmapped in self.translator.unmapped(coding, map_):
            if (sides.source, sides.target) not in settled:
                yield from self._unmapped(sides, unmapped, coding, depth)

    def _about(self, coding: Coding, map_: ConceptMap | None) -> Iterator[Mapped]:
        """The mappings of a code, then those of value sets that have it, as if they named it."""
        mappings = self.translator.mappings(coding, map_)
        yield from mappings.of(coding.code or "")
        for sides, mapping in mappings.of_value_sets():
            if self.asked.reverse:
                side, named = sides.target, mapping.target_value_set
                stated = replace(mapping, target_code=coding.code, target_display=coding.display)
            else:
                side, named = sides.source, mapping.source_value_set
                stated = replace(mapping, source_code=coding.code, source_display=coding.display)
            if self.value_sets.lets(
                sides.concept_map, named, coding if coding.system else coding_of(side, coding.code)
            ):
                yield sides, stated

    def _each(self, sides: Sides, stated: Mapping) -> Iterator[Mapping]:
        """A mapping, or one for each code of the value set that it leads to (backwards: from)."""
        if self.asked.reverse:
            if stated.source_code is not None or stated.source_value_set is None:
                yield stated
                return
            for one in self.value_sets.codings(sides.concept_map, stated.source_value_set, sides.source):
                yield replace(stated, source_code=one.code, source_display=one.display)
        elif stated.target_code is not None or stated.target_value_set is None:
            yield stated
        else:
            for one in self.value_sets.codings(sides.concept_map, stated.target_value_set, sides.target):
                yield replace(stated, target_code=one.code, target_display=one.display)

    def _counts(self, sides: Sides, mapping: Mapping) -> bool:
        return self._dependencies_hold(sides, mapping) and self.scopes.hold(
            sides.concept_map,
            coding_of(sides.source, mapping.source_code),
            coding_of(sides.target, mapping.target_code),
        )

    def _dependencies_hold(self, sides: Sides, mapping: Mapping) -> bool:
        """A dependency fails when the request gives another value; one the request is silent about is returned.

        Requests name it by its uri, or by the code that it has in the map.
        """
        if not mapping.depends_on or not self.asked.depends_on:
            return True
        given = dict(self.asked.depends_on)
        for needed in mapping.depends_on:
            value = given.get(sides.uri("dependsOn", needed.attribute), given.get(needed.attribute))
            if value is not None and not self._is_met(sides.concept_map, needed, value):
                return False
        return True

    def _is_met(self, origin: Canonical, needed: MappingAttribute, value: Coding | str) -> bool:
        if needed.value is None and needed.value_set is not None:
            return isinstance(value, Coding) and self.value_sets.lets(origin, needed.value_set, value)
        return _same(self.catalogue, value, needed.value)

    def _unmapped(self, sides: Sides, unmapped: Unmapped, coding: Coding, depth: int) -> Iterator[Mapped]:
        """What a group says about a code it has no mapping for."""
        if unmapped.mode == "other-map":
            yield from self._other_map(sides.concept_map, unmapped, coding, depth)
            return
        for mapping in self._fixed(sides, unmapped, coding):
            if self.scopes.hold(sides.concept_map, coding, coding_of(sides.target, mapping.target_code)):
                yield sides, mapping

    def _fixed(self, sides: Sides, unmapped: Unmapped, coding: Coding) -> Iterable[Mapping]:
        """What a code without a mapping becomes: itself, a code, or all codes of a value set."""
        mapping = unmapped_mapping(unmapped, coding)
        if unmapped.mode != "fixed" or unmapped.code is not None or unmapped.value_set is None:
            return [mapping]
        codings = self.value_sets.codings(sides.concept_map, unmapped.value_set, sides.target)
        return [replace(mapping, target_code=one.code, target_display=one.display) for one in codings]

    def _other_map(self, map_: Canonical, unmapped: Unmapped, coding: Coding, depth: int) -> Iterator[Mapped]:
        if depth >= MOST_MAPS:
            raise TerminologyError.of("invalid", "CONCEPTMAP_CIRCLE", url=str(unmapped.other_map))
        other = self.catalogue.concept_map(Canonical.parse(unmapped.other_map)) if unmapped.other_map else None
        if other is not None:
            yield from self.mapped(coding, other, depth + 1)
            return
        reason = "CONCEPTMAP_OTHER_MISSING" if unmapped.other_map else "CONCEPTMAP_OTHER_UNNAMED"
        arguments = {"url": str(map_), "other": unmapped.other_map or ""}
        self.missing[messages.text(reason, arguments)] = None


def _same(catalogue: Catalogue, given: Coding | str, needed: object) -> bool:
    """Whether a value is the one that is needed; R4 has codes without a system where R5 has texts."""
    if isinstance(given, Coding):
        if not isinstance(needed, dict):
            return given.system is None and given.code == needed
        if needed.get("code") != given.code:
            return False
        return _is_system(catalogue, given.system, needed.get("system"))
    return str(needed) == given


def _is_system(catalogue: Catalogue, one: str | None, other: str | None) -> bool:
    """Whether two names mean the same system; a map may use its OID, say."""
    return one == other or (
        bool(one and other) and catalogue.canonical_of(str(one)) == catalogue.canonical_of(str(other))
    )


def _sides(place: tuple[Canonical, Canonical | None, Canonical | None]) -> Sides:
    return Sides(*place)


def unmapped_mapping(unmapped: Unmapped, coding: Coding) -> Mapping:
    """What a code without a mapping becomes: itself, or the code that is stated."""
    to = Coding(code=unmapped.code, display=unmapped.display) if unmapped.mode == "fixed" else coding
    return Mapping(
        source_code=coding.code,
        target_code=to.code,
        target_display=to.display,
        relationship=unmapped.relationship or ("related-to" if unmapped.mode == "fixed" else "equivalent"),
    )


def _required_map(catalogue: Catalogue, ref: ConceptMap | Canonical | None) -> ConceptMap | None:
    if ref is None or isinstance(ref, ConceptMap):
        return ref
    found = catalogue.concept_map(ref)
    if found is None:
        raise TerminologyError.of("not-found", "CONCEPTMAP_NOT_FOUND", detail="not-found", url=str(ref))
    return found
