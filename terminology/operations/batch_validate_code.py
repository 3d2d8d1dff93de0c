"""ValueSet and CodeSystem `$batch-validate-code`: many validations in one call (HL7 terminology ecosystem).

Each `validation` is a Parameters resource; parameters beside them apply to all. A validation that fails, or for which
there is no time left, is answered with an OperationOutcome in its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from terminology.fhir import outcome
from terminology.fhir.json import Json
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, ValidateCodeRequest
from terminology.model.results import ValidateCodeResult
from terminology.operations import validate_code
from terminology.operations.inputs import Inputs, Values, given_in_body
from terminology.operations.manifests import with_manifest
from terminology.operations.operation import MANY, Operation, Parameter
from terminology.operations.rendering import Output
from terminology.settings import Settings

NAME = "batch-validate-code"
VALIDATION = Parameter("validation", "Parameters", "The parameters of one validation.", min=1, max=MANY)
NOT_SHARED = frozenset({VALIDATION.name, "code", "coding", "codeableConcept", "tx-resource"})
"""Parameters that do not apply to all validations of a call."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """The validations in order; an unreadable one is represented by its error."""

    validations: tuple[ValidateCodeRequest | TerminologyError, ...]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A verdict or an error for each validation, computed lazily.

    A call may bring very many: writing them takes part of its time, and all verdicts together would take much memory.
    """

    verdicts: Iterator[ValidateCodeResult | TerminologyError]


def _reader(single: Operation) -> Callable[[Inputs], BatchRequest]:
    def request(inputs: Inputs) -> BatchRequest:
        inputs.need(VALIDATION.name)
        shared = inputs.all_but(NOT_SHARED)
        return BatchRequest(tuple(_read(single, inputs, shared, body) for body in inputs.values(VALIDATION.name)))

    return request


def _read(single: Operation, outer: Inputs, shared: Values, body: Json) -> ValidateCodeRequest | TerminologyError:
    try:
        given = with_manifest(single, given_in_body(body), outer.resources())
        inner = Inputs(single, given, instance=outer.instance, shared=shared)
        asked: ValidateCodeRequest = single.request(inner)
    except TerminologyError as error:
        return error
    return asked


def run(catalogue: Catalogue, asked: BatchRequest, context: RequestContext, settings: Settings) -> BatchResult:
    """Validate each; an error of one does not stop the others."""
    return BatchResult(_verdict(catalogue, single, context, settings) for single in asked.validations)


def _verdict(
    catalogue: Catalogue, asked: ValidateCodeRequest | TerminologyError, context: RequestContext, settings: Settings
) -> ValidateCodeResult | TerminologyError:
    if isinstance(asked, TerminologyError):
        return asked
    if context.deadline is not None and time.monotonic() > context.deadline:
        return TerminologyError.of("too-costly", "BATCH_TOOK_TOO_LONG", seconds=f"{settings.request_seconds:g}")
    try:
        return validate_code.run(catalogue, asked, context, settings)
    except TerminologyError as error:
        return error


def response(result: BatchResult) -> Json:
    """A `validation` for each: Parameters, or an OperationOutcome."""
    output = Output()
    for verdict in result.verdicts:
        if isinstance(verdict, TerminologyError):
            output.add_resource(VALIDATION.name, outcome.render(verdict.issues))
        else:
            output.add_resource(VALIDATION.name, validate_code.response(verdict))
    return output.resource()


def _batch(single: Operation) -> Operation:
    return Operation(
        name=NAME,
        resource=single.resource,
        definition=f"http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/{single.resource}-batch-validate-code",
        documentation="Many validations in one call; parameters beside them hold for all.",
        parameters=(VALIDATION, *single.parameters),
        request=_reader(single),
        run=run,
        response=response,
    )


ON_VALUE_SETS = _batch(validate_code.ON_VALUE_SETS)
ON_CODE_SYSTEMS = _batch(validate_code.ON_CODE_SYSTEMS)
