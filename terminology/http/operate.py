"""Calls operations over HTTP: one dispatcher for all, by the OPERATIONS table.

Reads the parameters from URL or body, makes the request's context and renders the answer as R5.
"""

from __future__ import annotations

from terminology.fhir import r4
from terminology.fhir.header import first_day
from terminology.fhir.json import Json
from terminology.http import bodies, client_caches
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.model.requests import CodeSystemResource, RequestContext, SuppliedResource
from terminology.operations import table
from terminology.operations.inputs import Given, Inputs, given_in_body, given_in_url
from terminology.operations.manifests import with_manifest
from terminology.operations.operation import Operation

STRICT = "handling=strict"


def find(resource: str | None, name: str) -> Operation:
    """The operation of a path. Raises TerminologyError not-found, which lists the existing ones."""
    operation = table.find(resource, name)
    if operation is None:
        known = ", ".join(f"${op.name}" for op in table.on(resource)) or "none"
        raise TerminologyError.of(
            "not-found",
            "OPERATION_UNKNOWN",
            code="not-supported",
            operation=name,
            on=resource or "the system",
            known=known,
        )
    return operation


def answer(
    terminology: Terminology, request: Request, operation: Operation, instance: Canonical | None = None
) -> Answer:
    """Run an operation. Raises TerminologyError as the operation does."""
    inputs, context = read(terminology, request, operation, instance)
    asked = operation.request(inputs)
    result = operation.run(terminology.catalogue(context), asked, context, terminology.settings)
    resource = operation.response(result)
    if request.release != "R5" and operation.to_r4 is not None:
        resource = operation.to_r4(resource, inputs)
    return Answer(resource)


def read(
    terminology: Terminology, request: Request, operation: Operation, instance: Canonical | None = None
) -> tuple[Inputs, RequestContext]:
    """The parameters and the context of a call. Raises TerminologyError invalid."""
    given = _given(request, operation)
    kept = client_caches.resources(terminology, request, given)
    strict = STRICT in request.headers.get("prefer", "")
    inputs = Inputs(operation, with_manifest(operation, given, kept), instance=instance, strict=strict)
    return inputs, _context(terminology, request, inputs, kept)


def _given(request: Request, operation: Operation) -> list[Given]:
    given = given_in_url(request.query)
    if request.method != "POST":
        return given
    body = bodies.read(request)
    if isinstance(body, tuple):
        return [*given, *given_in_url(body)]
    if request.release != "R5":
        body = r4.to_r5(body)
    return [*given, *_in_resource(body, operation)]


def _in_resource(body: Json, operation: Operation) -> list[Given]:
    """The parameters of a body; a single resource is the value of the one parameter that takes it (R5, 3.2.3.2)."""
    type_ = body.get("resourceType")
    if type_ == "Parameters":
        return given_in_body(body)
    taking = [p for p in operation.parameters if p.type == type_ or p.raw]
    if len(taking) == 1:
        return [Given(taking[0].name, "resource", body)]
    raise TerminologyError.of(
        "invalid", "BODY_NOT_RESOURCE", code="structure", expected="a Parameters resource", found=f"a {type_}"
    )


def _context(
    terminology: Terminology, request: Request, inputs: Inputs, kept: tuple[SuppliedResource, ...]
) -> RequestContext:
    return terminology.context(
        date=first_day(inputs.text("date")),
        release=request.release,
        entitlements=request.caller.entitlements,
        accept_language=accept_language(request),
        resources=_joined(inputs.resources(), kept),
        owner=request.caller.identity,
    )


def _joined(given: tuple[SuppliedResource, ...], kept: tuple[SuppliedResource, ...]) -> tuple[SuppliedResource, ...]:
    """The supplied resources, and those left earlier that they do not replace."""
    if not given or not kept:
        return given or kept
    replaced = {_identity(resource) for resource in given}
    return (*given, *(resource for resource in kept if _identity(resource) not in replaced))


def _identity(resource: SuppliedResource) -> tuple[type, Canonical]:
    if isinstance(resource, CodeSystemResource):
        return CodeSystemResource, resource.metadata.canonical
    return type(resource), resource.canonical


def accept_language(request: Request) -> Languages:
    """The Accept-Language header; an invalid one is ignored, as HTTP requires."""
    text = request.headers.get("accept-language")
    return _languages(text) if text else ANY_LANGUAGE


@remembering(256)
def _languages(text: str) -> Languages:
    try:
        return Languages.parse(text)
    except ValueError:
        return ANY_LANGUAGE
