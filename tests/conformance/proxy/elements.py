"""The elements of FHIR types in R5 and R4, read off the models of fhir.resources (R4B, which is R4 for these types)."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import NoneType
from typing import Any

import fhir.resources
import fhir.resources.R4B

RESOURCES = (
    "Bundle", "CapabilityStatement", "CodeSystem", "ConceptMap", "OperationOutcome", "Parameters",
    "TerminologyCapabilities", "ValueSet",
)  # fmt: skip
"""The resource types that travel in terminology requests and answers."""
OPEN = frozenset({"format", "patchFormat"})
"""Elements that may hold any MIME type, though the models list a few."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element as it is named in JSON (`valueString`).

    `base` is the name without the type of a choice (`value`); `type` is as it follows `value` in an extension
    (`String`, `Boolean`, `Period`), or the name of a backbone element's model (`ValueSetExpansionContains`). `codes`
    are all the codes of a closed binding.
    """

    name: str
    base: str
    type: str
    many: bool
    codes: frozenset[str] | None


class Release:
    """The types of one FHIR release."""

    def __init__(self, package: Any) -> None:
        self._package = package

    @cache  # noqa: B019 - there are two releases, and they live as long as the process
    def elements(self, type_: str) -> Mapping[str, Element]:
        """The elements of a type by their JSON name; empty for primitive types."""
        model = self._model(type_)
        if model is None:
            return {}
        found = (
            _element(field.alias or name, field) for name, field in model.model_fields.items() if _is_element(name)
        )
        return {element.name: element for element in found}

    @cache  # noqa: B019 - as above
    def order(self, type_: str) -> tuple[str, ...]:
        """The names of a type's elements as they follow each other in XML."""
        return tuple(self._model(type_).elements_sequence())

    def is_backbone(self, type_: str) -> bool:
        """Whether a type is part of a resource's definition, so that an extension cannot have it as its value."""
        model = self._model(type_)
        return model is not None and "BackboneElement" in {base.__name__ for base in model.__mro__[1:]}

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Backbone type → path of its element definition, by which its elements are known.

        Elements that are defined by reference (`ValueSet.compose.exclude` is as `include`) have no definitions of
        their own, nor has a type a second path: models are named after the path.
        """
        paths: dict[str, str] = {}
        for resource in RESOURCES:
            self._add_paths(resource, resource, paths)
        return paths

    def _add_paths(self, type_: str, path: str, paths: dict[str, str]) -> None:
        for element in self.elements(type_).values():
            inner = f"{path}.{element.name}"
            if element.type == "".join(part[0].upper() + part[1:] for part in inner.split(".")):
                paths[element.type] = inner
                self._add_paths(element.type, inner, paths)

    def path(self, type_: str) -> str:
        """Where the elements of a type are defined: `ValueSet.compose.include`, or the type's own name."""
        return self.paths.get(type_, type_)

    @cache  # noqa: B019 - as above
    def _model(self, type_: str) -> Any:
        try:
            return self._package.get_fhir_model_class(type_)
        except (KeyError, ValueError):  # a primitive type, or one of another release
            return None


R5 = Release(fhir.resources)
R4 = Release(fhir.resources.R4B)
RELEASES = {"R4": R4, "R5": R5}


def _is_element(name: str) -> bool:
    return not name.endswith("__ext") and name not in {"fhir_comments", "resource_type"}


def _element(name: str, field: Any) -> Element:
    extra = field.json_schema_extra or {}
    type_, many = _type(field.annotation)
    codes = () if name in OPEN else extra.get("enum_values")
    base = extra.get("one_of_many", name)
    return Element(name, base, name.removeprefix(base) or type_, many, frozenset(codes) if codes else None)


def _type(annotation: Any) -> tuple[str, bool]:
    """FHIR type and whether it repeats: `Optional[List[IdentifierType]]`, `Optional[Annotated[str, Code()]]`, …"""
    arguments = [a for a in typing.get_args(annotation) if a is not NoneType]
    match typing.get_origin(annotation):
        case typing.Annotated:
            return type(arguments[1]).__name__.removesuffix("Type"), False
        case origin if origin is list:
            return _type(arguments[0])[0], True
        case None:
            return {"bool": "Boolean"}.get(annotation.__name__, annotation.__name__.removesuffix("Type")), False
        case _:
            return _type(arguments[0])
