"""Validates resources before they are stored: the models of fhir.resources, closed code lists, and invariants.

fhir.resources has no R4 4.0.1, so R4 is checked as R4B, which has the same terminology resources. The models are slow
to import and cost milliseconds for each batch of concepts: they are imported on first use, and never used for reading.
Extensible bindings and references are not checked.
"""

from __future__ import annotations

import importlib
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from terminology.fhir.elements import describe
from terminology.fhir.json import Json
from terminology.model.deadline import check as check_time
from terminology.model.outcome import Issue
from terminology.model.requests import FhirRelease

_PACKAGES = {"R5": "fhir.resources", "R4": "fhir.resources.R4B", "R4B": "fhir.resources.R4B"}

MOST_ISSUES = 50
"""A resource with one mistake in every concept would fill a response."""

LISTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "CodeSystem": {"concept": "CodeSystemConcept"},
        "CodeSystemConcept": {"concept": "CodeSystemConcept"},
        "ValueSet": {"compose": "ValueSetCompose"},
        "ValueSetCompose": {"include": "ValueSetComposeInclude", "exclude": "ValueSetComposeInclude"},
        "ValueSetComposeInclude": {"concept": "ValueSetComposeIncludeConcept"},
        "ConceptMap": {"group": "ConceptMapGroup"},
        "ConceptMapGroup": {"element": "ConceptMapGroupElement"},
    }
)
"""The elements that may be long lists: model → element → model of its entries."""


def check(resource: Json, release: FhirRelease) -> list[Issue]:
    """What is wrong with a resource by the rules of a release; an empty list means that it is valid.

    At most MOST_ISSUES issues, each with the FHIRPath of the element in `expression`. Raises TerminologyError
    too-costly when the time limit of `deadline.within` is over.
    """
    type_ = resource.get("resourceType")
    model = _model(str(type_), release)
    if model is None:
        return [_issue("RESOURCE_TYPE_NOT_KNOWN", "Resource", "structure", type=describe(type_))]
    broken = list(islice(_nulls(resource, str(type_)), MOST_ISSUES))
    wrong: list[Issue] = []
    for piece in _pieces(resource, str(type_)):
        check_time()
        _check_piece(piece, release, broken, wrong)
        if len(broken) >= MOST_ISSUES:
            break
    found = broken or [*wrong, *_broken_invariants(resource, str(type_))]
    return found[:MOST_ISSUES]


def _nulls(value: Any, path: str) -> Iterator[Issue]:
    """Issues for null members. The models accept them, but FHIR allows null in arrays of primitives only."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is None:
                yield _issue("ELEMENT_INVALID", f"{path}.{name}", "value", reason="It is null")
            elif isinstance(inner, dict | list):
                yield from _nulls(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if isinstance(inner, dict | list):
                yield from _nulls(inner, f"{path}[{number}]")


class _Piece(NamedTuple):
    """A resource or an element of it, with its FHIRPath and the name of its model."""

    path: str
    model: str
    value: Json


def _check_piece(piece: _Piece, release: FhirRelease, broken: list[Issue], wrong: list[Issue]) -> None:
    """Validate a piece. What its model refuses is added to `broken`, wrong codes of a valid piece to `wrong`."""
    from pydantic import ValidationError  # noqa: PLC0415 - slow to import, as fhir.resources is

    try:
        instance = _model(piece.model, release).model_validate(_for_models(piece.value))
    except ValidationError as error:
        broken += [_from_model(piece.path, e) for e in error.errors()[:MOST_ISSUES]]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The models' own code fails on some shapes that no resource has (a `resourceType` of ''), and says not where.
        reason = f"it has a shape that no resource has ({type(error).__name__})"
        broken.append(_issue("RESOURCE_INVALID", piece.path, "structure", type=piece.path, reason=reason))
    else:
        wrong += _wrong_codes(instance, piece.path)


def _pieces(resource: Json, type_: str) -> Iterator[_Piece]:
    """A resource in pieces, since its lists can be very long: first with one entry in each list, then the others."""
    waiting = deque([_Piece(type_, type_, resource)])
    while waiting:
        path, model, value = waiting.popleft()
        yield _Piece(path, model, _cut(value, model, path, waiting))


def _cut(value: Json, model: str, path: str, rest: deque[_Piece]) -> Json:
    """A copy with the first entry of each long list, whose others are added to `rest`."""
    copy = dict(value)
    for name, inner_model in LISTS.get(model, {}).items():
        inner, place = value.get(name), f"{path}.{name}"
        if isinstance(inner, dict):
            copy[name] = _cut(inner, inner_model, place, rest)
        elif isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
            copy[name] = [_cut(inner[0], inner_model, f"{place}[0]", rest)]
            rest.extend(_Piece(f"{place}[{n}]", inner_model, item) for n, item in enumerate(inner[1:], 1))
    return copy


def _model(type_: str, release: FhirRelease) -> Any:
    """The model of a type, or None if there is none. Only known types are cached, since clients may invent others."""
    try:
        return _known_model(type_, release)
    except (ValueError, LookupError, ImportError):
        return None


@cache
def _known_model(type_: str, release: FhirRelease) -> Any:
    return importlib.import_module(_PACKAGES[release]).get_fhir_model_class(type_)


def _for_models(value: Any) -> Any:
    """A copy without the `_value…` members of extensions, which the models do not know."""
    if isinstance(value, dict):
        is_extension = "url" in value and "resourceType" not in value
        return {n: _for_models(v) for n, v in value.items() if not (is_extension and n.startswith("_value"))}
    if isinstance(value, list):
        return [_for_models(item) for item in value]
    return value


def _issue(message_id: str, path: str, kind: str, **arguments: str) -> Issue:
    return Issue("error", kind, message_id, {"path": path, **arguments}, expression=(path,))


def _from_model(type_: str, error: Any) -> Issue:
    path = _path(type_, error["loc"])
    match error["type"]:
        case "extra_forbidden":
            return _issue("ELEMENT_NOT_IN_RELEASE", path, "structure")
        case "missing" | "model_field_validation.missing":
            return _issue("ELEMENT_REQUIRED", path, "required")
        case _:
            return _issue("ELEMENT_INVALID", path, "value", reason=str(error["msg"]).rstrip("."))


def _path(type_: str, location: tuple[str | int, ...]) -> str:
    path = type_
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path


def _wrong_codes(value: Any, path: str) -> Iterator[Issue]:
    """Issues for codes outside their closed lists (required bindings), which the models state but do not enforce."""
    for name, field in _fields(cast("Hashable", type(value))):
        inner = getattr(value, name)
        if inner is None:
            continue
        many = isinstance(inner, list)
        for index, item in enumerate(inner if many else [inner]):
            place = f"{path}.{field[0]}" + (f"[{index}]" if many else "")
            if hasattr(item, "model_fields_set"):
                yield from _wrong_codes(item, place)
            elif field[1] and isinstance(item, str) and item not in field[1]:
                yield _issue("ELEMENT_CODE_WRONG", place, "code-invalid", code=item, known=", ".join(field[1]))


@cache
def _fields(model: Hashable) -> tuple[tuple[str, tuple[str, tuple[str, ...]]], ...]:
    """The elements of a model: (Python attribute, (FHIR name, closed list of codes, or ()))."""
    found = []
    for name, field in cast("Any", model).model_fields.items():
        schema = field.json_schema_extra or {}
        if schema.get("element_property"):
            codes = tuple(schema.get("enum_values", ()))
            # CapabilityStatement.format is any media type; the models took its examples for a list.
            found.append((name, (field.alias or name, () if "mime" in codes else codes)))
    return tuple(found)


def _broken_invariants(resource: Json, type_: str) -> Iterator[Issue]:
    rule = INVARIANTS.get(type_)
    if rule is not None:
        yield from rule(resource)


def _code_system(resource: Json) -> Iterator[Issue]:
    """csd-1: codes are unique; csd-4/5: supplements and content belong together."""
    counts = Counter(_codes(resource))
    for code, count in counts.items():
        if count > 1:
            yield _issue("CODE_REPEATED", "CodeSystem.concept", "duplicate", code=code, count=str(count))
    if (resource.get("content") == "supplement") != ("supplements" in resource):
        yield _issue("SUPPLEMENT_HALF_STATED", "CodeSystem.supplements", "invariant")


def _codes(element: Json) -> Iterator[str]:
    for concept in element.get("concept", ()):
        yield concept["code"]
        yield from _codes(concept)


def _value_set(resource: Json) -> Iterator[Issue]:
    """vsd-1, vsd-2 and vsd-3 for every include and exclude."""
    compose = resource.get("compose", {})
    for name in ("include", "exclude"):
        for index, item in enumerate(compose.get(name, ())):
            path = f"ValueSet.compose.{name}[{index}]"
            if "system" not in item and not item.get("valueSet"):
                yield _issue("INCLUDE_OF_NOTHING", path, "invariant")
            if "system" not in item and ("concept" in item or "filter" in item):
                yield _issue("INCLUDE_WITHOUT_SYSTEM", path, "invariant")
            if "concept" in item and "filter" in item:
                yield _issue("INCLUDE_CONCEPT_AND_FILTER", path, "invariant")


INVARIANTS: dict[str, Callable[[Json], Iterator[Issue]]] = {"CodeSystem": _code_system, "ValueSet": _value_set}
"""FHIR's invariants that the models do not know, for the types that clients write most."""
