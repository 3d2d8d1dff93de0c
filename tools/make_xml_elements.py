# noqa: INP001 - a script to run, no package
"""Make terminology/fhir/xml_elements.json: which elements the XML form of resources has, in which order.

Run `python tools/make_xml_elements.py` after a new release of fhir.resources, whose models are the source. For each
FHIR release and type there is one line of `name:type` words in the order XML asks for, `*` for a repeating element.
R4 is written as R4B: the types listed here do not differ.
"""

from __future__ import annotations

import importlib
import json
import types
import typing
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent.parent / "terminology" / "fhir" / "xml_elements.json"

RESOURCES = (
    "Bundle", "CapabilityStatement", "CodeSystem", "ConceptMap", "NamingSystem", "OperationDefinition",
    "OperationOutcome", "Parameters", "StructureDefinition", "TerminologyCapabilities", "ValueSet",
)  # fmt: skip
PACKAGES = {"R5": "fhir.resources", "R4": "fhir.resources.R4B"}


def table(package: str) -> dict[str, str]:
    """All types the resources reach, by name."""
    find = importlib.import_module(package).get_fhir_model_class
    found: dict[str, str] = {}
    waiting = list(RESOURCES)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        model = find(name)
        fields = {field.alias: field for field in model.model_fields.values()}
        words = []
        for element in model.elements_sequence():
            kind, many = element_type(fields[element].annotation)
            words.append(f"{element}:{kind}{'*' if many else ''}")
            if kind[0].isupper() and kind != "Resource":
                waiting.append(kind)
        found[name] = " ".join(words)
    return dict(sorted(found.items()))


def element_type(annotation: Any) -> tuple[str, bool]:
    """The FHIR type behind an annotation, and whether it repeats."""
    origin = typing.get_origin(annotation)
    if origin in {typing.Union, types.UnionType}:
        inner = [a for a in typing.get_args(annotation) if a is not type(None)]
        return element_type(inner[0])
    if origin is list:
        return element_type(typing.get_args(annotation)[0])[0], True
    if origin is typing.Annotated:
        kind = type(annotation.__metadata__[-1]).__name__.removesuffix("Version")
        return kind[0].lower() + kind[1:], False
    if annotation is bool:
        return "boolean", False
    return annotation.__name__.removesuffix("Type"), False


def text() -> str:
    """The whole file."""
    return json.dumps({release: table(package) for release, package in PACKAGES.items()}, indent=1) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(text(), encoding="utf-8")
