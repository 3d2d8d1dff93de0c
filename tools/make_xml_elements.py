# noqa: INP001 - a script to run, no package
"""Make terminology/fhir/xml_elements.json: which elements the XML form of resources has, in which order.

Run `python tools/make_xml_elements.py` after a new release of fhir.resources, whose models are the source. For each
FHIR release and type there is one line of `name:type` words in the order XML asks for, `*` for a repeating element.
All types of resources are there, since `$validate-bindings` takes any. R4 is written as R4B: the types that are served
do not differ; of the others, those that only R4 has (MedicinalProduct…, SubstanceSpecification…) are missing.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent.parent / "terminology" / "fhir" / "xml_elements.json"

SERVED = (
    "Bundle", "CapabilityStatement", "CodeSystem", "ConceptMap", "NamingSystem", "OperationDefinition",
    "OperationOutcome", "Parameters", "StructureDefinition", "TerminologyCapabilities", "ValueSet",
)  # fmt: skip
"""Types that this server reads and writes; tests/fhir/test_xml.py compares their part of the table, which is quick."""
ABSTRACT = frozenset({"CanonicalResource", "DomainResource", "MetadataResource", "Resource"})
PACKAGES = {"R5": "fhir.resources", "R4": "fhir.resources.R4B"}


def resources(package: str) -> list[str]:
    """All types of resources."""
    base = importlib.import_module(f"{package}.resource").Resource
    paths = importlib.import_module(package).__path__
    modules = (importlib.import_module(f"{package}.{m.name}") for m in pkgutil.iter_modules(paths) if not m.ispkg)
    models = (one for module in modules for one in vars(module).values() if isinstance(one, type))
    return sorted({m.__name__ for m in models if issubclass(m, base)} - ABSTRACT)


def table(package: str, names: Iterable[str]) -> dict[str, str]:
    """All types that resources reach, by name."""
    find = importlib.import_module(package).get_fhir_model_class
    found: dict[str, str] = {}
    waiting = list(names)
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
    tables = {release: table(package, resources(package)) for release, package in PACKAGES.items()}
    return json.dumps(tables, indent=1) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(text(), encoding="utf-8")
