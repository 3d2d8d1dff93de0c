"""NamingSystem `$preferred-id` (R5, 5.9) and `$translate-id`: one identifier of a system for another."""

from __future__ import annotations

from terminology.fhir.header import first_day, last_day
from terminology.fhir.json import Json
from terminology.fhir.namingsystem import bare
from terminology.model.namingsystem import UniqueId
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, TranslateIdRequest
from terminology.model.results import TranslateIdResult
from terminology.operations import common
from terminology.operations.inputs import Inputs, wrong_type
from terminology.operations.operation import Operation, Parameter
from terminology.operations.rendering import Output
from terminology.settings import Settings

TYPES = ("oid", "uuid", "uri", "iri-stem", "v2csmnemonic", "other")
"""http://hl7.org/fhir/ValueSet/namingsystem-identifier-type"""
PREFERRED_FLAG = "targetIdentifer.preferred"
"""As the OperationDefinition of R5 spells it."""

SHARED = (
    Parameter("id", "string", "An identifier of a system: a URI, an OID or a UUID, with or without `urn:`.", min=1),
    Parameter("date", "dateTime", "Only identifiers that were valid on this day; today when left out."),
    *common.SUPPLIED,
)
ON_PREFERRED = (*SHARED, Parameter("type", "code", f"The type wanted: {', '.join(TYPES)}.", min=1))
ON_TRANSLATE = (
    *SHARED,
    Parameter("sourceType", "code", "The type of `id`.", min=1),
    Parameter("targetType", "code", "The type wanted.", min=1),
    Parameter("preferredOnly", "boolean", "Whether only a preferred identifier is wanted."),
)


def preferred_request(inputs: Inputs) -> TranslateIdRequest:
    """Read `$preferred-id`. Raises TerminologyError invalid for what is missing, or a type that is none."""
    return TranslateIdRequest(
        id=bare(inputs.need("id")), target_type=_type(inputs, "type"), date=inputs.text("date"), preferred_only=True
    )


def translate_request(inputs: Inputs) -> TranslateIdRequest:
    """Read `$translate-id`. Raises TerminologyError invalid for what is missing, or a type that is none."""
    return TranslateIdRequest(
        id=bare(inputs.need("id")),
        source_type=_type(inputs, "sourceType"),
        target_type=_type(inputs, "targetType"),
        preferred_only=inputs.flag("preferredOnly") or False,
        date=inputs.text("date"),
    )


def _type(inputs: Inputs, name: str) -> str:
    given: str = inputs.need(name)
    if given not in TYPES:
        raise wrong_type(name, " or ".join(TYPES), given)
    return given


def run(
    catalogue: Catalogue, asked: TranslateIdRequest, context: RequestContext, _settings: Settings
) -> TranslateIdResult:
    """All identifiers of the type, preferred ones first; finding none is not an error."""
    today = first_day(asked.date) or context.today
    systems = [
        system
        for system in catalogue.named_systems(asked.id)
        if any(i.value == asked.id and asked.source_type in {None, i.type} and _valid(i, today) for i in system.ids)
    ]
    found = [i for s in systems for i in s.ids if i.type == asked.target_type and _valid(i, today)]
    found = sorted(dict.fromkeys(found), key=lambda i: not i.preferred)
    return TranslateIdResult(tuple(i for i in found if i.preferred) if asked.preferred_only else tuple(found))


def run_preferred(
    catalogue: Catalogue, asked: TranslateIdRequest, context: RequestContext, settings: Settings
) -> TranslateIdResult:
    """The preferred identifier of the type, or the only one. Raises TerminologyError not-found for none or several."""
    several = run(catalogue, _any(asked), context, settings).ids
    values = {i.value for i in several}
    if not several or (not several[0].preferred and len(values) > 1):
        message = "IDENTIFIER_AMBIGUOUS" if several else "IDENTIFIER_UNKNOWN"
        raise TerminologyError.of("not-found", message, id=asked.id, type=asked.target_type)
    return TranslateIdResult(several[:1])


def _any(asked: TranslateIdRequest) -> TranslateIdRequest:
    return TranslateIdRequest(id=asked.id, target_type=asked.target_type, date=asked.date)


def _valid(identifier: UniqueId, today: str | None) -> bool:
    start, end = first_day(identifier.start), last_day(identifier.end)
    return today is None or ((start is None or start <= today) and (end is None or today <= end))


def preferred_response(result: TranslateIdResult) -> Json:
    """The identifier, an OID without `urn:oid:`."""
    return Output().add("result", "String", result.ids[0].value).resource()


def translate_response(result: TranslateIdResult) -> Json:
    """Each identifier, followed by what is known of it."""
    output = Output().add("result", "Boolean", bool(result.ids))
    for found in result.ids:
        output.add("targetIdentifier", "String", found.value)
        output.add(PREFERRED_FLAG, "Boolean", found.preferred)
        period = {name: date for name, date in (("start", found.start), ("end", found.end)) if date}
        output.add("targetIdentifier.period", "Period", period or None)
    return output.resource()


PREFERRED_ID = Operation(
    name="preferred-id",
    resource="NamingSystem",
    definition=common.SPECIFICATION + "NamingSystem-preferred-id",
    documentation="The preferred identifier of a type for a system that is known by another identifier.",
    parameters=ON_PREFERRED,
    request=preferred_request,
    run=run_preferred,
    response=preferred_response,
)
TRANSLATE_ID = Operation(
    name="translate-id",
    resource="NamingSystem",
    definition=common.SPECIFICATION + "NamingSystem-translate-id",
    documentation="The identifiers of a type for a system that is known by an identifier of another type (R5).",
    parameters=ON_TRANSLATE,
    request=translate_request,
    run=run,
    response=translate_response,
)
