"""Calling an operation as the dispatcher does, without HTTP."""

from __future__ import annotations

from typing import Any

from terminology.model.coding import Canonical
from terminology.model.language import Languages
from terminology.model.requests import RequestContext
from terminology.operations.inputs import Given, Inputs, given_in_url
from terminology.operations.operation import Operation
from terminology.settings import Settings

SETTINGS = Settings.load({})


def call(
    operation: Operation,
    catalogue: Any,
    *given: Given,
    instance: Canonical | None = None,
    accept_language: str = "",
    **query: str,
) -> dict[str, Any]:
    """The Parameters an operation answers with; `query` are URL parameters (`_` stands for `-`)."""
    inputs = Inputs(operation, [*given, *given_in_url(query.items())], instance=instance)
    asked = operation.request(inputs)
    context = RequestContext(accept_language=Languages.parse(accept_language))
    return operation.response(operation.run(catalogue, asked, context, SETTINGS))


def values(parameters: dict[str, Any], name: str) -> list[Any]:
    """Values of all parameters of a name; those with parts as name → value."""
    return [_value(p) for p in parameters["parameter"] if p["name"] == name]


def value(parameters: dict[str, Any], name: str) -> Any:
    """The one value of a parameter, or None."""
    found = values(parameters, name)
    assert len(found) < 2, found
    return found[0] if found else None


def _value(parameter: dict[str, Any]) -> Any:
    if "part" in parameter:
        return {part["name"]: _value(part) for part in parameter["part"]}
    return next(v for k, v in parameter.items() if k.startswith("value") or k == "resource")
