"""ConceptMap `$translate` (R5, 4.10.15), with the parameter names of R4 and R5, forwards and backwards.

The catalogue provides the mappings of a code; this module decides which of them count, and what a map says about codes
it does not mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from terminology.model import messages
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.conceptmap import ConceptMap, Group, Mapping, MappingAttribute, Relationship, Unmapped
from terminology.model.deadline import check, within
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, TranslateRequest
from terminology.model.results import Match, TranslateResult
from terminology.operations import common
from terminology.operations.operation import Operation, Preparation, Prepared
from terminology.operations.templates import Render
from terminology.operations.translate_request import PARAMETERS, request
from terminology.operations.translate_response import response, to_r4
from terminology.operations.translate_scopes import Scopes, coding_of
from terminology.operations.translate_sets import ValueSets
from terminology.operations.translate_written import Answers
from terminology.settings import Settings
from valuesets.expand import Limits

Found = tuple[Canonical, Canonical | None, Canonical | None, Mapping]
"""The map, the system of its source, that of its target, the mapping."""

FLIPPED: dict[Relationship, Relationship] = {
    "source-is-narrower-than-target": "source-is-broader-than-target",
    "source-is-broader-than-target": "source-is-narrower-than-target",
}
CODES = ("code", "sourceCode", "targetCode")
CODED = {
    "coding": "code", "codeableConcept": "code",
    "sourceCoding": "sourceCode", "sourceCodeableConcept": "sourceCode",
    "targetCoding": "targetCode", "targetCodeableConcept": "targetCode",
}  # fmt: skip
"""Where a code may be that is translated, and which of these it is there."""
MOST_MAPS = 10
"""Maps that may refer to each other for unmapped codes: more is taken for a circle."""


def run(catalogue: Catalogue, asked: TranslateRequest, context: RequestContext, settings: Settings) -> TranslateResult:
    """Translate every coding of the concept.

    Raises TerminologyError not-found when the map that was asked for is not there, too-costly when the time is up.
    """
    with within(context.deadline, "TRANSLATION_DEADLINE"):
        value_sets = ValueSets(catalogue, context, Limits(settings.max_expansion))
        return _translated(value_sets, asked, _required_map(catalogue, asked.concept_map))


def prepare(
    catalogue: Catalogue, asked: TranslateRequest, context: RequestContext, settings: Settings, render: Render
) -> Prepared | None:
    """The map is found once, and what was asked is read once. None where a map may lead to many others."""
    (coding,) = asked.concept.codings
    map_ = _required_map(catalogue, asked.concept_map)
    if map_ is not None and any(group.unmapped and group.unmapped.mode == "other-map" for group in map_.groups):
        return None
    limits, answers = Limits(settings.max_expansion), Answers(render)

    def answer(*codes: str | None) -> bytes | None:
        code = next((code for code in codes if code is not None), None)
        if code is None:
            return None
        one = replace(coding, code=code)
        value_sets = ValueSets(catalogue, replace(context, deadline=None), limits)
        return answers.write(_translated(value_sets, replace(asked, concept=common.single(one)), map_))

    return Prepared(answer)


def _translated(value_sets: ValueSets, asked: TranslateRequest, map_: ConceptMap | None) -> TranslateResult:
    catalogue = value_sets.catalogue
    scopes = Scopes(catalogue, asked, named=map_ is not None, value_sets=value_sets)
    translation = _Translation(catalogue, asked, scopes, value_sets)
    matches: list[Match] = []
    for coding in asked.concept.codings:
        matches.extend(m for m in translation.matches(coding, map_) if m not in matches)
    result = any(m.mapping.relationship != "not-related-to" for m in matches)
    said = [*translation.missing, *(value_sets.unusable if map_ is not None else ())]
    if not result:
        reason = "TRANSLATION_NOT_RELATED" if matches else "TRANSLATION_NOT_FOUND"
        said.insert(0, _message(reason, asked.concept, map_))
    implied = map_ is not None and map_.implied_by is not None
    return TranslateResult(
        result=result,
        message=" ".join(said) or None,
        matches=tuple(matches),
        used_map=map_.canonical if map_ and implied else None,
        used_system=map_.implied_by if map_ else None,
    )


@dataclass(frozen=True, slots=True)
class _Translation:
    """One translation. `missing` tells of maps that others refer to, and that are not here."""

    catalogue: Catalogue
    asked: TranslateRequest
    scopes: Scopes
    value_sets: ValueSets
    missing: dict[str, None] = field(default_factory=dict)

    def matches(self, coding: Coding, map_: ConceptMap | None, depth: int = 0) -> Iterator[Match]:
        """What maps say of one code: the mappings that count, then what a named map says of codes without any."""
        check()  # maps that refer to others for unmapped codes can branch with every group
        settled: list[tuple[Canonical | None, Canonical | None]] = []
        for origin, source, target, stated in self._about(coding, map_):
            if stated.target_code is None and stated.target_value_set is None:
                settled += [] if stated.is_silent else [(source, target)]
                continue
            for mapping in self._each(origin, source, target, stated):
                if self._counts(origin, source, target, mapping):
                    settled.append((source, target))
                    yield _match(self.asked, origin, source, target, mapping)
        if map_ is not None and not self.asked.reverse:
            for group in map_.groups:
                if group.unmapped and (group.source, group.target) not in settled and self._concerns(group, coding):
                    yield from self._unmapped(map_, group, group.unmapped, coding, depth)

    def _about(self, coding: Coding, map_: ConceptMap | None) -> Iterator[Found]:
        """The mappings of a code, then those of value sets that have it, as if they named it."""
        yield from self._rows(coding, coding.code or "", map_)
        if map_ is not None and map_.implied_by is not None:  # such a map names no value sets
            return
        for origin, source, target, mapping in self._rows(coding, None, map_):
            if self.asked.reverse:
                side, named = target, mapping.target_value_set
                stated = replace(mapping, target_code=coding.code, target_display=coding.display)
            else:
                side, named = source, mapping.source_value_set
                stated = replace(mapping, source_code=coding.code, source_display=coding.display)
            if self.value_sets.lets(origin, named, coding if coding.system else coding_of(side, coding.code)):
                yield origin, source, target, stated

    def _each(
        self, origin: Canonical, source: Canonical | None, target: Canonical | None, stated: Mapping
    ) -> Iterator[Mapping]:
        """A mapping, or one for each code of the value set that it leads to (backwards: from)."""
        if self.asked.reverse:
            if stated.source_code is not None or stated.source_value_set is None:
                yield stated
                return
            for one in self.value_sets.codings(origin, stated.source_value_set, source):
                yield replace(stated, source_code=one.code, source_display=one.display)
        elif stated.target_code is not None or stated.target_value_set is None:
            yield stated
        else:
            for one in self.value_sets.codings(origin, stated.target_value_set, target):
                yield replace(stated, target_code=one.code, target_display=one.display)

    def _rows(self, coding: Coding, code: str | None, map_: ConceptMap | None) -> Iterator[Found]:
        system = Canonical(coding.system, coding.version) if coding.system else None
        limit, reverse = self.asked.target_system, self.asked.reverse
        return self.catalogue.mappings(
            source=(Canonical(limit) if limit else None) if reverse else system,
            target_system=coding.system if reverse else limit,
            code=code,
            reverse=reverse,
            concept_map=map_.canonical if map_ else None,
        )

    def _counts(self, origin: Canonical, source: Canonical | None, target: Canonical | None, mapping: Mapping) -> bool:
        return self._dependencies_hold(origin, mapping) and self.scopes.hold(
            origin, coding_of(source, mapping.source_code), coding_of(target, mapping.target_code)
        )

    def _dependencies_hold(self, origin: Canonical, mapping: Mapping) -> bool:
        """A dependency fails when the request gives another value; one the request is silent about is returned."""
        given = dict(self.asked.depends_on)
        return all(
            (value := given.get(needed.attribute)) is None or self._is_met(origin, needed, value)
            for needed in mapping.depends_on
        )

    def _is_met(self, origin: Canonical, needed: MappingAttribute, value: Coding | str) -> bool:
        if needed.value is None and needed.value_set is not None:
            return isinstance(value, Coding) and self.value_sets.lets(origin, needed.value_set, value)
        return _same(self.catalogue, value, needed.value)

    def _concerns(self, group: Group, coding: Coding) -> bool:
        return all(
            wanted is None or stated is None or _is_system(self.catalogue, stated.url, wanted)
            for wanted, stated in ((coding.system, group.source), (self.asked.target_system, group.target))
        )

    def _unmapped(
        self, map_: ConceptMap, group: Group, unmapped: Unmapped, coding: Coding, depth: int
    ) -> Iterator[Match]:
        """What a group says about a code it has no mapping for."""
        if unmapped.mode == "other-map":
            yield from self._other_map(map_, unmapped, coding, depth)
            return
        for fixed in self._fixed(map_, group, unmapped, coding):
            found = _unmapped_match(map_, group, unmapped, coding, fixed)
            if self.scopes.hold(map_.canonical, coding, found.concept):
                yield found

    def _fixed(self, map_: ConceptMap, group: Group, unmapped: Unmapped, coding: Coding) -> Iterable[Coding]:
        """What a code without a mapping becomes: itself, a code, or all codes of a value set."""
        if unmapped.mode != "fixed":
            return [coding]
        if unmapped.code is None and unmapped.value_set is not None:
            return self.value_sets.codings(map_.canonical, unmapped.value_set, group.target)
        return [Coding(code=unmapped.code, display=unmapped.display)]

    def _other_map(self, map_: ConceptMap, unmapped: Unmapped, coding: Coding, depth: int) -> Iterator[Match]:
        if depth >= MOST_MAPS:
            raise TerminologyError.of("invalid", "CONCEPTMAP_CIRCLE", url=str(unmapped.other_map))
        other = self.catalogue.concept_map(Canonical.parse(unmapped.other_map)) if unmapped.other_map else None
        if other is not None:
            yield from self.matches(coding, other, depth + 1)
            return
        reason = "CONCEPTMAP_OTHER_MISSING" if unmapped.other_map else "CONCEPTMAP_OTHER_UNNAMED"
        arguments = {"url": str(map_.canonical), "other": unmapped.other_map or ""}
        self.missing[messages.text(reason, arguments)] = None


def _required_map(catalogue: Catalogue, ref: ConceptMap | Canonical | None) -> ConceptMap | None:
    if ref is None or isinstance(ref, ConceptMap):
        return ref
    found = catalogue.concept_map(ref)
    if found is None:
        raise TerminologyError.of("not-found", "CONCEPTMAP_NOT_FOUND", detail="not-found", url=str(ref))
    return found


def _match(
    asked: TranslateRequest, origin: Canonical, source: Canonical | None, target: Canonical | None, mapping: Mapping
) -> Match:
    from_ = coding_of(source, mapping.source_code, mapping.source_display)
    to = coding_of(target, mapping.target_code, mapping.target_display)
    if not asked.reverse:
        return Match(mapping=mapping, concept=to, concept_map=origin)
    if asked.name_source:
        return Match(mapping=mapping, concept=to, concept_map=origin, source=from_)
    # What was asked about is now the source, so the relationship is read the other way round.
    turned = mapping.relationship and FLIPPED.get(mapping.relationship, mapping.relationship)
    return Match(mapping=replace(mapping, relationship=turned), concept=from_, concept_map=origin)


def _same(catalogue: Catalogue, given: Coding | str, needed: object) -> bool:
    if isinstance(given, Coding):
        if not isinstance(needed, dict) or needed.get("code") != given.code:
            return False
        return _is_system(catalogue, given.system, needed.get("system"))
    return str(needed) == given


def _is_system(catalogue: Catalogue, one: str | None, other: str | None) -> bool:
    """Whether two names mean the same system; a map may use its OID, say."""
    return one == other or (
        bool(one and other) and catalogue.canonical_of(str(one)) == catalogue.canonical_of(str(other))
    )


def _unmapped_match(map_: ConceptMap, group: Group, unmapped: Unmapped, coding: Coding, to: Coding) -> Match:
    mapping = Mapping(
        source_code=coding.code,
        target_code=to.code,
        target_display=to.display,
        relationship=unmapped.relationship or ("related-to" if unmapped.mode == "fixed" else "equivalent"),
    )
    return Match(mapping=mapping, concept=coding_of(group.target, to.code, to.display), concept_map=map_.canonical)


def _message(id_: str, concept: CodeableConcept, map_: ConceptMap | None) -> str:
    codes = ", ".join(f"{c.system or ''}#{c.code}" for c in concept.codings)
    return messages.text(id_, {"codes": codes, "map": f" in {map_.canonical}" if map_ else ""})


OPERATION = Operation(
    name="translate",
    resource="ConceptMap",
    definition=common.SPECIFICATION + "ConceptMap-translate",
    documentation="What a code of one system is in another, by one concept map or all of them.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    to_r4=to_r4,
    on_instance=True,
    preparation=Preparation(
        varying=CODES, codings={name: {"code": code} for name, code in CODED.items()}, prepare=prepare
    ),
)
