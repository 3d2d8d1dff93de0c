"""Converts requests to questions for the upstream server, with what only this server has.

The definition of a value set that is here is sent along (`valueSet`), with those it refers to as `tx-resource`, since
the upstream server need not know them. An instance that is a mere header of a code system is sent as its canonical.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from terminology.fhir import elements, r4, valueset
from terminology.fhir.json import Json, dumps
from terminology.http import bodies, negotiation
from terminology.http.exchange import Request
from terminology.http.upstream import reading
from terminology.http.upstream.remote import Question
from terminology.http.upstream.value_set_parts import MOST_CODES
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ElementContext
from terminology.model.valueset import ValueSet
from terminology.operations import bound, expand, validate_code
from terminology.operations.batch_validate_code import NOT_SHARED, VALIDATION
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation

LEFT_HERE = "cache-id"
"""A parameter that is not passed on."""
TX_RESOURCE = "tx-resource"
NAMING = frozenset({"url", "valueSetVersion", "valueSet", "context", "contextDirection"})
"""Parameters that identify the value set."""
ON_VALUE_SETS = frozenset({expand.OPERATION.title, validate_code.ON_VALUE_SETS.title})
OF_PARTS = frozenset(
    {
        "filter", "date", "displayLanguage", "activeOnly", "system-version", "check-system-version",
        "force-system-version",
    }
)  # fmt: skip
"""Parameters of an expansion that apply to each part of its value set."""
MOST_SETS = 100
"""The most value sets sent along with a question."""


def question(
    request: Request, operation: Operation, own: Sequence[Json] = (), dropped: frozenset[str] = frozenset()
) -> tuple[Question, list[str]]:
    """The question for the upstream server, and all texts in it.

    `own` parameters replace those that are `dropped`; with some, the question is always a POST.
    """
    pairs = _parameters(request.query, operation)
    given = bodies.read(request) if request.method == "POST" else ()
    content_type, body = "", b""
    if own:
        given, pairs = parameters(request, operation, own, dropped), []
    texts = [value for _, value in pairs]
    if isinstance(given, dict):
        content_type, body = "application/fhir+json", dumps(_without_left_here(given))
        texts += reading.strings(given)
    elif given:
        form = _parameters(given, operation)
        content_type, body = negotiation.FORM, urlencode(form).encode()
        texts += [value for _, value in form]
    asked = Question(
        method="POST" if own else request.method,
        path=f"{operation.resource}/${operation.name}",
        query=urlencode(pairs),
        content_type=content_type,
        body=body,
        language=request.headers.get("accept-language", ""),
        type_="ValueSet" if operation is expand.OPERATION else "Parameters",
    )
    return asked, texts


def parameters(
    request: Request, operation: Operation, own: Sequence[Json], dropped: frozenset[str] = frozenset()
) -> Json:
    """All parameters of a request as a resource; `own` ones replace those that are `dropped`."""
    listed = [_parameter(name, value, operation) for name, value in _parameters(request.query, operation)]
    given = bodies.read(request) if request.method == "POST" else ()
    if isinstance(given, dict):
        listed += given.get("parameter", ()) if given["resourceType"] == "Parameters" else ()
    else:
        listed += [_parameter(name, value, operation) for name, value in _parameters(given, operation)]
    kept = [p for p in listed if p.get("name") not in dropped]
    came = [p.get("resource") for p in kept if p.get("name") == TX_RESOURCE]
    return {"resourceType": "Parameters", "parameter": [*kept, *_besides(own, came)]}


def part(request: Request, one: Json) -> Question:
    """The question for the codes of a part of a value set, with the request's versions, texts and languages."""
    definition = {"resourceType": "ValueSet", "status": "active", "compose": {"include": [one]}}
    own: list[Json] = [
        {"name": "valueSet", "resource": definition},
        {"name": "includeDesignations", "valueBoolean": True},
        {"name": "count", "valueInteger": MOST_CODES + 1},
    ]
    asked = parameters(request, expand.OPERATION, [])["parameter"]
    body = {"resourceType": "Parameters", "parameter": [*own, *(p for p in asked if p.get("name") in OF_PARTS)]}
    return Question(
        method="POST",
        path=f"{expand.OPERATION.resource}/${expand.OPERATION.name}",
        query="",
        content_type="application/fhir+json",
        body=dumps(body),
        language=request.headers.get("accept-language", ""),
        type_="ValueSet",
    )


def with_own(request: Request, operation: Operation, own: Sequence[Json], dropped: frozenset[str]) -> Request:
    """The same request with other parameters, for this server itself."""
    body = parameters(request, operation, own, dropped)
    headers = {**request.headers, "content-type": "application/fhir+json"}
    return replace(request, method="POST", query=(), body=dumps(body), headers=headers)


def _besides(own: Sequence[Json], came: Sequence[Json | None]) -> list[Json]:
    """Parameters without resources that the request supplies itself."""
    known = {(one.get("url"), one.get("version")) for one in came if one}
    return [
        p
        for p in own
        if p["name"] != TX_RESOURCE or (p["resource"].get("url"), p["resource"].get("version")) not in known
    ]


def singles(request: Request, batch: Json) -> list[Request]:
    """The validations of a `$batch-validate-code` as separate requests, with the shared parameters."""
    listed = batch.get("parameter", ())
    shared = [p for p in listed if p.get("name") not in NOT_SHARED or p.get("name") == TX_RESOURCE]
    found = []
    for validation in (p["resource"] for p in listed if p.get("name") == VALIDATION.name):
        own = validation.get("parameter", ())
        names = {p.get("name") for p in own} - {TX_RESOURCE}
        body = {"resourceType": "Parameters", "parameter": [*(p for p in shared if p.get("name") not in names), *own]}
        headers = {**request.headers, "content-type": "application/fhir+json"}
        found.append(replace(request, body=dumps(body), headers=headers))
    return found


def definitions(
    catalogue: Catalogue, asked: ValueSet | Canonical | ElementContext | None, request: Request
) -> tuple[list[Json], frozenset[str]]:
    """Parameters with the request's value set, if it is here, and those it refers to; and the names they replace."""
    try:
        meant = bound.value_set(catalogue, asked) if isinstance(asked, ElementContext) else asked
        root = catalogue.value_set(meant) if isinstance(meant, Canonical) else meant
    except TerminologyError:
        return [], frozenset()
    if root is None or not root.resource:
        named = [{"name": "url", "valueUri": str(meant)}] if isinstance(asked, ElementContext) else []
        return named, NAMING if named else frozenset()
    found = {root.canonical: root}
    waiting = [root]
    while waiting and len(found) < MOST_SETS:
        for value_set in _referred(catalogue, waiting.pop()):
            if value_set.canonical not in found:
                found[value_set.canonical] = value_set
                waiting.append(value_set)
    written = [_definition(value_set, request) for value_set in found.values()]
    names = ["valueSet", *(TX_RESOURCE for _ in written[1:])]
    return [{"name": name, "resource": resource} for name, resource in zip(names, written, strict=True)], NAMING


def system(operation: Operation, instance: Canonical, inputs: Inputs) -> tuple[list[Json], frozenset[str]]:
    """Parameters with the code system of an instance; none where the codes have systems of their own."""
    if operation is validate_code.ON_CODE_SYSTEMS:
        name = "url"
    elif any(inputs.has(name) for name in ("coding", "codingA", "codingB")):
        return [], frozenset()
    else:
        name = "system"
    own: list[Json] = [{"name": name, "valueUri": instance.url}]
    if instance.version:
        own.append({"name": "version", "valueString": instance.version})
    return own, frozenset({"url", "system", "version"})


def _referred(catalogue: Catalogue, value_set: ValueSet) -> list[ValueSet]:
    """The value sets that a definition refers to and that are here as resources."""
    compose = value_set.compose
    sets = (*compose.include, *compose.exclude) if compose else ()
    found = (catalogue.value_set(ref) for one in sets for ref in one.value_sets if not ref.url.startswith("#"))
    return [one for one in found if one is not None and one.resource]


def _definition(value_set: ValueSet, request: Request) -> Json:
    whole = r4.from_r5(valueset.render(value_set), request.release)
    return {name: value for name, value in whole.items() if name not in {"text", "expansion"}}


def _parameters(pairs: Iterable[tuple[str, str]], operation: Operation) -> list[tuple[str, str]]:
    """Parameters without those of HTTP (`_format`), which are between the client and this server."""
    return [
        (name, value)
        for name, value in pairs
        if name != LEFT_HERE and (not name.startswith("_") or operation.parameter(name) is not None)
    ]


def _parameter(name: str, text: str, operation: Operation) -> Json:
    """A parameter of a URL as one of a body."""
    declared = operation.parameter(name)
    type_ = declared.type if declared is not None and declared.primitive else "string"
    value: str | bool | int | None = text
    if type_ == "boolean":
        value = text == "true"
    elif type_ == "integer" and (value := elements.integer_of(text)) is None:
        type_, value = "string", text  # the upstream server says what is wrong with it
    return {"name": name, f"value{type_[0].upper()}{type_[1:]}": value}


def _without_left_here(body: Json) -> Json:
    if body.get("resourceType") != "Parameters":
        return body
    return {**body, "parameter": [p for p in body.get("parameter", ()) if p.get("name") != LEFT_HERE]}
