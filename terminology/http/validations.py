"""`$batch-validate-code` over HTTP: validations are answered from plans (`entries`), and the rest by the operation.

A validation becomes a question of its own, with the parameters that the call has for all of them. Where that would not
mean the same (a supplied resource, a parameter that is given twice), the operation answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orjson import Fragment

from terminology.fhir.json import Json, dumps
from terminology.http import bodies, bundles, client_caches, operate
from terminology.http.exchange import Answer, Request
from terminology.model.coding import Canonical
from terminology.model.deadline import not_after
from terminology.operations import manifests, validate_code
from terminology.operations.batch_validate_code import NAME, NOT_SHARED, VALIDATION
from terminology.operations.operation import Operation, Refused

if TYPE_CHECKING:  # who asks this
    from terminology.http.api import Api

__all__ = ["NAME", "answer"]

SINGLE = validate_code.ON_VALUE_SETS.name
SUPPLIED, VALUE_SET = "tx-resource", "valueSet"
OF_THE_CALL = frozenset({"date", "profile", SUPPLIED, client_caches.PARAMETER, manifests.NAME})
"""Parameters that do not mean the same in a validation as in a call of its own."""
NOT_PLAIN = NOT_SHARED - {SUPPLIED} | {client_caches.PARAMETER, manifests.NAME}
"""Parameters that cannot be put into each validation."""
BROUGHT = frozenset({SUPPLIED, VALUE_SET})
"""Resources that can."""


def answer(api: Api, request: Request, operation: Operation, instance: Canonical | None) -> Answer:
    """The answer to a call. Raises TerminologyError as the operation does."""
    body = bodies.read(request) if request.method == "POST" and not request.query and instance is None else ()
    parameters = _plain_parameters(body) if isinstance(body, dict) else []
    filled = _filled(api, request, parameters)
    if not any(filled):
        return operate.answer(api.terminology, request, operation, instance)
    rest = [item for item, done in zip(parameters, filled, strict=True) if done is None]
    others: Iterator[Json] = iter(())
    if any(map(_is_validation, rest)):
        remaining = {"resourceType": "Parameters", "parameter": rest}
        asked = _asking(request, remaining)
        others = iter(operate.answer(api.terminology, asked, operation).resource["parameter"])
    written = [
        next(others) if done is None else {"name": VALIDATION.name, "resource": Fragment(done)}
        for item, done in zip(parameters, filled, strict=True)
        if _is_validation(item)
    ]
    return Answer({"resourceType": "Parameters", "parameter": written})


def _asking(request: Request, resource: Json) -> Request:
    """The request with another body, in JSON."""
    headers = {name: value for name, value in request.headers.items() if name in bundles.KEPT_HEADERS}
    return replace(request, headers=headers, body=dumps(resource), resource=resource)


def _plain_parameters(body: Json) -> list[Json]:
    """The parameters of a call whose shared parameters may stand in each validation; [] for any other call."""
    parameters = body.get("parameter")
    if body.get("resourceType") != "Parameters" or not isinstance(parameters, list):
        return []
    plain = all(isinstance(item, dict) and (_is_validation(item) or _is_shared(item)) for item in parameters)
    return parameters if plain else []


def _is_validation(item: Json) -> bool:
    return item.get("name") == VALIDATION.name and "resource" in item


def _is_shared(item: Json) -> bool:
    name = item.get("name")
    if not isinstance(name, str) or name in NOT_PLAIN:
        return False
    return name in BROUGHT or all(isinstance(value, str | bool | int) for value in item.values())


def _filled(api: Api, request: Request, parameters: Sequence[Json]) -> list[bytes | None]:
    """For each parameter what its validation is told; None for those without a plan, and for other parameters."""
    filling = api.filling(request)
    if filling is None:
        return [None] * len(parameters)
    shared = [item for item in parameters if not _is_validation(item)]
    names = OF_THE_CALL.union(item["name"] for item in shared)
    single = replace(_asking(request, {}), segments=(request.segments[0], f"${SINGLE}"))
    deadline = time.monotonic() + api.terminology.settings.request_seconds

    def asking(own: Sequence[Any]) -> Request:
        return _asking(single, {"resourceType": "Parameters", "parameter": [*own, *shared]})

    fill = filling.alike(single, shared, asking)

    def filled(validation: Any) -> bytes | None:
        if not _is_alone(validation, names) or time.monotonic() > deadline:
            return None
        found = fill(validation["parameter"])
        return found.body if isinstance(found, Refused) else found

    with not_after(deadline):
        return [filled(item["resource"]) if _is_validation(item) else None for item in parameters]


def _is_alone(validation: Any, names: frozenset[str]) -> bool:
    """Whether a validation is a list of parameters without resources, but value sets, and without these names."""
    parameters = validation.get("parameter") if isinstance(validation, dict) else None
    return (
        isinstance(parameters, list)
        and all(
            isinstance(item, dict)
            and isinstance(name := item.get("name"), str)
            and ("resource" not in item or name == VALUE_SET)
            for item in parameters
        )
        and names.isdisjoint(item["name"] for item in parameters)
    )
