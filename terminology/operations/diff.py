"""CodeSystem `$diff`, an operation of our own: what a new version changes, and what value sets and maps it affects."""

from __future__ import annotations

from collections.abc import Iterator

from terminology.codesystems import differences
from terminology.fhir.json import Json
from terminology.model.changes import KINDS, Change, Differences, TouchedConceptMap, TouchedValueSet
from terminology.model.coding import Canonical
from terminology.model.deadline import in_time, within
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, NotEnumerable
from terminology.model.requests import DiffRequest, RequestContext
from terminology.operations import common
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation, Parameter
from terminology.operations.rendering import Output
from terminology.operations.resolving import required_system
from terminology.settings import Settings
from valuesets.touched import touched

PARAMETERS = (
    Parameter("system", "uri", "The code system.", min=1),
    Parameter("from", "string", "The older version."),
    Parameter("to", "string", "The newer version."),
    *common.SUPPLIED,
)
CODES_SHOWN = 100
"""Codes listed for each value set and concept map; their number is always exact."""
CHANGE_BYTES, CODE_BYTES = 400, 80
"""Approximate memory of a change with its texts, and of a listed code."""
LOST = frozenset({"removed", "inactivated"})


def request(inputs: Inputs) -> DiffRequest:
    """Read system and versions. Raises TerminologyError invalid when one is missing."""
    return DiffRequest(system=inputs.need("system"), old=inputs.need("from"), new=inputs.need("to"))


def run(catalogue: Catalogue, asked: DiffRequest, context: RequestContext, _settings: Settings) -> Differences:
    """Compare. Raises TerminologyError not-found for a missing version, not-supported for a grammar.

    Reads every concept of both versions. Versions never change, so the result is cached.
    """
    with within(context.deadline, "DIFF_DEADLINE"):
        return catalogue.remember(("diff", asked), lambda: _differences(catalogue, asked), _weight)


def _differences(catalogue: Catalogue, asked: DiffRequest) -> Differences:
    old = required_system(catalogue, Canonical(asked.system, asked.old))
    new = required_system(catalogue, Canonical(asked.system, asked.new))
    try:
        missing = differences.missing(old, new)
        found = differences.changes(old, new, missing)
    except NotEnumerable:
        raise TerminologyError.of("not-supported", "DIFF_NOT_ENUMERABLE", system=asked.system) from None
    return Differences(
        old=old.metadata,
        new=new.metadata,
        changes=tuple(found),
        value_sets=tuple(_value_sets(catalogue, old, new, found)),
        concept_maps=tuple(_concept_maps(catalogue, new.metadata.url, found)),
        missing=tuple(missing),
    )


def _weight(found: Differences) -> int:
    codes = sum(len(v.gained) + len(v.lost) + len(v.changed) for v in found.value_sets)
    return CHANGE_BYTES * len(found.changes) + CODE_BYTES * (codes + sum(len(m.codes) for m in found.concept_maps))


def _value_sets(
    catalogue: Catalogue, old: CodeSystem, new: CodeSystem, changes: list[Change]
) -> Iterator[TouchedValueSet]:
    system = new.metadata.url
    versions = old.metadata.version or "", new.metadata.version or ""
    mentioning = {v.canonical: v for name in catalogue.names_of(system) for v in catalogue.value_sets_mentioning(name)}
    for value_set in mentioning.values():
        if (found := touched(catalogue, value_set, system, versions, changes)) is not None:
            yield found


def _concept_maps(catalogue: Catalogue, system: str, changes: list[Change]) -> Iterator[TouchedConceptMap]:
    """Maps with mappings from or to codes that are gone."""
    codes: dict[Canonical, dict[str, None]] = {}
    from_ = catalogue.mappings(source=Canonical(system), target_system=None, reverse=False, concept_map=None)
    to = catalogue.mappings(source=None, target_system=system, reverse=True, concept_map=None)
    for change in in_time(changes):
        if change.kind in LOST:
            for sides, _ in (*from_.of(change.code), *to.of(change.code)):
                codes.setdefault(sides.concept_map, {})[change.code] = None
    for concept_map, names in codes.items():
        yield TouchedConceptMap(concept_map=concept_map, codes=tuple(names))


def not_compared(found: Differences) -> list[str]:
    """A sentence for each layer that only one of the versions has."""
    return [
        Issue(
            "information", "incomplete", "DIFF_NOT_COMPARED",
            {"what": one.layer.what, "files": one.layer.files, "version": one.version or ""},
        ).text
        for one in found.missing
    ]  # fmt: skip


def name(found: Differences) -> str:
    """What the code system is called."""
    return found.new.title or found.new.name or found.new.url


def response(result: Differences) -> Json:
    """Counts first, then what could not be compared, every change, and what is affected."""
    output = Output().add("system", "Uri", result.new.url)
    output.add("from", "String", result.old.version).add("to", "String", result.new.version)
    for text in not_compared(result):
        output.add("not-compared", "String", text)
    for kind in KINDS:
        output.add(kind, "Integer", len(result.of(kind)))
        if groups := len(result.of(kind, group=True)):
            output.add(f"{kind}-groups", "Integer", groups)
    for change in result.changes:
        part = Output().add("kind", "Code", change.kind).add("code", "Code", change.code)
        part.add("before", "String", change.before).add("after", "String", change.after)
        if change.group:
            part.add("group", "Boolean", value=True)
        output.add_parts("change", part)
    for one in result.value_sets:
        part = Output().add("url", "Canonical", str(one.value_set)).add("title", "String", one.title)
        for name, codes in (("gained", one.gained), ("lost", one.lost), ("changed", one.changed)):
            part.add(name, "Integer", len(codes))
            part.add(f"{name}-codes", "String", ",".join(codes[:CODES_SHOWN]) or None)
        output.add_parts("value-set", part)
    for mapped in result.concept_maps:
        part = Output().add("url", "Canonical", str(mapped.concept_map)).add("lost", "Integer", len(mapped.codes))
        output.add_parts("concept-map", part.add("lost-codes", "String", ",".join(mapped.codes[:CODES_SHOWN])))
    return output.resource()


OPERATION = Operation(
    name="diff",
    resource="CodeSystem",
    definition="https://fhir-terminology-server.example.org/OperationDefinition/CodeSystem-diff",
    documentation="What a new version of a code system changes, and which value sets and concept maps it touches.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
)
