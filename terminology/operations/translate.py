"""ConceptMap `$translate` (R5, 4.10.15), with the parameter names of R4 and R5, forwards and backwards.

Mappings come from the catalogue one code at a time; this module decides which of them count, and what a map says
about codes it does not mention.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from terminology.model import messages
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.conceptmap import ConceptMap, Group, Mapping, Relationship, Unmapped
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
from terminology.settings import Settings

FLIPPED: dict[Relationship, Relationship] = {
    "source-is-narrower-than-target": "source-is-broader-than-target",
    "source-is-broader-than-target": "source-is-narrower-than-target",
}
MOST_MAPS = 10
"""Maps that may refer to each other for unmapped codes: more is taken for a circle."""


def run(catalogue: Catalogue, asked: TranslateRequest, context: RequestContext, _settings: Settings) -> TranslateResult:
    """Translate every coding of the concept.

    Raises TerminologyError not-found when the map that was asked for is not there, too-costly when the time is up.
    """
    with within(context.deadline, "TRANSLATION_DEADLINE"):
        return _translated(catalogue, asked, _required_map(catalogue, asked.concept_map))


def prepare(
    catalogue: Catalogue, asked: TranslateRequest, _context: RequestContext, _settings: Settings, render: Render
) -> Prepared | None:
    """The map is found once, and what was asked is read once. None where a map may lead to many others."""
    (coding,) = asked.concept.codings
    map_ = _required_map(catalogue, asked.concept_map)
    if map_ is not None and any(group.unmapped and group.unmapped.mode == "other-map" for group in map_.groups):
        return None

    def answer(*codes: str | None) -> bytes | None:
        one = replace(coding, code=next(code for code in codes if code is not None))
        return render(response(_translated(catalogue, replace(asked, concept=common.single(one)), map_)))

    return Prepared(answer)


def _translated(catalogue: Catalogue, asked: TranslateRequest, map_: ConceptMap | None) -> TranslateResult:
    matches: list[Match] = []
    for coding in asked.concept.codings:
        found = list(_matches(catalogue, asked, coding, map_))
        if not found and map_ is not None and not asked.reverse:
            found = list(_unmapped(catalogue, asked, coding, map_, 0))
        matches.extend(m for m in found if m not in matches)
    result = any(m.mapping.relationship != "not-related-to" for m in matches)
    reason = "TRANSLATION_NOT_RELATED" if matches else "TRANSLATION_NOT_FOUND"
    implied = map_ is not None and map_.implied_by is not None
    return TranslateResult(
        result=result,
        message=None if result else _message(reason, asked.concept, map_),
        matches=tuple(matches),
        used_map=map_.canonical if map_ and implied else None,
        used_system=map_.implied_by if map_ else None,
    )


def _required_map(catalogue: Catalogue, ref: ConceptMap | Canonical | None) -> ConceptMap | None:
    if ref is None or isinstance(ref, ConceptMap):
        return ref
    found = catalogue.concept_map(ref)
    if found is None:
        raise TerminologyError.of("not-found", "CONCEPTMAP_NOT_FOUND", detail="not-found", url=str(ref))
    return found


def _matches(catalogue: Catalogue, asked: TranslateRequest, coding: Coding, map_: ConceptMap | None) -> Iterator[Match]:
    check()  # maps that refer to others for unmapped codes can branch with every group
    system = Canonical(coding.system, coding.version) if coding.system else None
    limit = asked.target_system
    rows = catalogue.mappings(
        source=(Canonical(limit) if limit else None) if asked.reverse else system,
        target_system=coding.system if asked.reverse else limit,
        code=coding.code or "",
        reverse=asked.reverse,
        concept_map=map_.canonical if map_ else None,
    )
    for origin, source, target, mapping in rows:
        if mapping.target_code is None or not _dependencies_hold(catalogue, asked, mapping):
            continue
        if map_ is None and not _in_scope(catalogue, asked, origin):
            continue
        yield _match(asked, origin, source, target, mapping)


def _match(
    asked: TranslateRequest, origin: Canonical, source: Canonical | None, target: Canonical | None, mapping: Mapping
) -> Match:
    from_ = _coding(source, mapping.source_code, mapping.source_display)
    to = _coding(target, mapping.target_code, mapping.target_display)
    if not asked.reverse:
        return Match(mapping=mapping, concept=to, concept_map=origin)
    if asked.name_source:
        return Match(mapping=mapping, concept=to, concept_map=origin, source=from_)
    # What was asked about is now the source, so the relationship is read the other way round.
    turned = mapping.relationship and FLIPPED.get(mapping.relationship, mapping.relationship)
    return Match(mapping=replace(mapping, relationship=turned), concept=from_, concept_map=origin)


def _coding(system: Canonical | None, code: str | None, display: str | None) -> Coding:
    if system is None:
        return Coding(code=code, display=display)
    return Coding(system.url, code, system.version, display)


def _dependencies_hold(catalogue: Catalogue, asked: TranslateRequest, mapping: Mapping) -> bool:
    """A dependency fails when the request gives another value; one the request is silent about is returned."""
    given = dict(asked.depends_on)
    for needed in mapping.depends_on:
        value = given.get(needed.attribute)
        if value is not None and not _same(catalogue, value, needed.value):
            return False
    return True


def _same(catalogue: Catalogue, given: Coding | str, needed: object) -> bool:
    if isinstance(given, Coding):
        if not isinstance(needed, dict) or needed.get("code") != given.code:
            return False
        return _is_system(catalogue, given.system, needed.get("system"))
    return str(needed) == given


def _is_system(catalogue: Catalogue, one: str | None, other: str | None) -> bool:
    """Whether two names mean the same system: a map may call it by its OID, say."""
    return one == other or (
        bool(one and other) and catalogue.canonical_of(str(one)) == catalogue.canonical_of(str(other))
    )


def _in_scope(catalogue: Catalogue, asked: TranslateRequest, origin: Canonical) -> bool:
    """Whether a map that was not asked for by name is for the value sets that were."""
    if asked.source_scope is None and asked.target_scope is None:
        return True
    header = catalogue.concept_map(origin)
    return header is not None and all(
        wanted is None or stated is None or _is_value_set(catalogue, wanted, stated)
        for wanted, stated in ((asked.source_scope, header.source_scope), (asked.target_scope, header.target_scope))
    )


def _is_value_set(catalogue: Catalogue, one: Canonical, other: Canonical) -> bool:
    """Whether two names mean the same value set."""
    if one.url == other.url:
        return True
    if not any(ref.url.startswith("urn:") for ref in (one, other)):
        return False
    meant, same = (catalogue.value_set(Canonical(ref.url)) for ref in (one, other))
    return meant is not None and same is not None and meant.url == same.url


def _unmapped(
    catalogue: Catalogue, asked: TranslateRequest, coding: Coding, map_: ConceptMap, depth: int
) -> Iterator[Match]:
    """What the map's groups say about a code they do not mention (`group.unmapped`)."""
    for group in map_.groups:
        if group.unmapped is None or not _concerns(catalogue, group, asked, coding):
            continue
        if group.unmapped.mode == "other-map":
            yield from _other_map(catalogue, asked, coding, group.unmapped, depth)
        else:
            yield _unmapped_match(map_, group, group.unmapped, coding)


def _concerns(catalogue: Catalogue, group: Group, asked: TranslateRequest, coding: Coding) -> bool:
    return all(
        wanted is None or stated is None or _is_system(catalogue, stated.url, wanted)
        for wanted, stated in ((coding.system, group.source), (asked.target_system, group.target))
    )


def _unmapped_match(map_: ConceptMap, group: Group, unmapped: Unmapped, coding: Coding) -> Match:
    fixed = unmapped.mode == "fixed"
    code, display = (unmapped.code, unmapped.display) if fixed else (coding.code, coding.display)
    mapping = Mapping(
        source_code=coding.code,
        target_code=code,
        target_display=display,
        relationship=unmapped.relationship or ("related-to" if fixed else "equivalent"),
    )
    return Match(mapping=mapping, concept=_coding(group.target, code, display), concept_map=map_.canonical)


def _other_map(
    catalogue: Catalogue, asked: TranslateRequest, coding: Coding, unmapped: Unmapped, depth: int
) -> Iterator[Match]:
    if depth >= MOST_MAPS:
        raise TerminologyError.of("invalid", "CONCEPTMAP_CIRCLE", url=str(unmapped.other_map))
    other = _required_map(catalogue, Canonical.parse(unmapped.other_map or ""))
    if other is None:
        return
    found = list(_matches(catalogue, asked, coding, other))
    yield from found or _unmapped(catalogue, asked, coding, other, depth + 1)


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
    preparation=Preparation(varying=("code", "sourceCode", "targetCode"), prepare=prepare),
)
