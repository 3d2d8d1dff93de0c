"""Reads the parameters of `$translate`: R4 and R5 name them differently, and R5 asks backwards by `targetCode`."""

from __future__ import annotations

from dataclasses import replace

from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.requests import TranslateRequest
from terminology.operations import common
from terminology.operations.inputs import Given, Inputs
from terminology.operations.operation import MANY, Parameter

PARAMETERS = (
    Parameter("url", "uri", "The concept map to use; all that fit when left out."),
    Parameter("conceptMap", "ConceptMap", "The concept map itself."),
    Parameter("conceptMapVersion", "string", "Version of the concept map."),
    Parameter("sourceCode", "code", "The code to translate (R5)."),
    Parameter("sourceSystem", "uri", "The system of `sourceCode`, or a limit to it when translating backwards."),
    Parameter("sourceCoding", "Coding", "The coding to translate (R5)."),
    Parameter("sourceCodeableConcept", "CodeableConcept", "Codings to translate (R5)."),
    Parameter("code", "code", "The code to translate (R4)."),
    Parameter("system", "uri", "The system of the code."),
    Parameter("version", "string", "Version of the code's system."),
    Parameter("coding", "Coding", "The coding to translate (R4)."),
    Parameter("codeableConcept", "CodeableConcept", "Codings to translate (R4)."),
    Parameter("targetCode", "code", "A target: what translates to it is wanted (R5)."),
    Parameter("targetCoding", "Coding", "A target coding: what translates to it is wanted (R5)."),
    Parameter("targetCodeableConcept", "CodeableConcept", "Target codings: what translates to them is wanted (R5)."),
    Parameter("targetSystem", "uri", "Only targets in this system; the system of `targetCode`."),
    Parameter("targetsystem", "uri", "As `targetSystem` (R4)."),
    Parameter("sourceScope", "canonical", "Only maps from this value set (R5)."),
    Parameter("targetScope", "canonical", "Only maps to this value set (R5)."),
    Parameter("source", "uri", "As `sourceScope` (R4)."),
    Parameter("target", "uri", "As `targetScope` (R4)."),
    Parameter(
        "dependency",
        "part",
        "A value for something mappings depend on.",
        max=MANY,
        parts=(
            Parameter("attribute", "uri", "What it is (R5)."),
            Parameter("element", "uri", "What it is (R4)."),
            Parameter("value", "string", "Its value, of any primitive type, or a Coding."),
            Parameter("concept", "CodeableConcept", "Its value (R4)."),
        ),
    ),
    Parameter("reverse", "boolean", "The code is a target: what translates to it is wanted (R4)."),
    *common.SUPPLIED,
)
R5_SOURCES = ("sourceCode", "sourceCoding", "sourceCodeableConcept")
SOURCES = (*R5_SOURCES, "code", "coding", "codeableConcept")
TARGETS = ("targetCode", "targetCoding", "targetCodeableConcept")
R5_SUBJECTS = (*R5_SOURCES, *TARGETS)
"""Names that only R5 has for what is to be translated."""


def request(inputs: Inputs) -> TranslateRequest:
    """Read what is to be translated. Raises TerminologyError invalid when it is not one concept."""
    name = common.one_of(inputs, *SOURCES, *TARGETS)
    by_target = name in TARGETS
    target_system = inputs.text("targetSystem", "targetsystem")
    source_system = inputs.text("sourceSystem")
    if by_target:
        system, limit = target_system or inputs.text("system"), source_system
    else:
        system, limit = source_system or inputs.text("system"), target_system
    inputs.at_most_one("url", "conceptMap")
    map_ = _map(inputs)
    concept = _concept(inputs, name, system)
    if map_ is None and not any(c.system for c in concept.codings):
        raise TerminologyError.of("invalid", "PARAMETER_WITHOUT", code="required", name=name, needs="system")
    return TranslateRequest(
        concept=concept,
        concept_map=map_,
        source_scope=inputs.canonical("sourceScope", "source"),
        target_scope=inputs.canonical("targetScope", "target"),
        target_system=limit,
        depends_on=tuple(_dependency(part) for part in inputs.values("dependency")),
        reverse=by_target or inputs.flag("reverse") or False,
        name_source=by_target,
    )


def _map(inputs: Inputs) -> Canonical | None:
    supplied = inputs.value("conceptMap")
    if supplied is not None:
        canonical: Canonical = supplied.canonical
        return canonical
    return common.about(inputs, "url", "conceptMapVersion")


def _concept(inputs: Inputs, name: str, system: str | None) -> CodeableConcept:
    value = inputs.value(name)
    if isinstance(value, CodeableConcept):
        if value.codings:
            return value
        raise TerminologyError.of("invalid", "PARAMETER_WITHOUT", code="required", name=name, needs="coding")
    version = inputs.text("version")
    if isinstance(value, Coding):
        return common.single(replace(value, version=version) if version and value.version is None else value)
    return common.single(Coding(system, value, version))


def _dependency(parts: tuple[Given, ...]) -> tuple[str, Coding | str]:
    attribute = next((str(p.value) for p in parts if p.name in {"attribute", "element"}), "")
    value = next((_dependency_value(p) for p in parts if p.name in {"value", "concept"}), "")
    return attribute, value


def _dependency_value(part: Given) -> Coding | str:
    """A primitive as text; of a CodeableConcept (R4) the first coding."""
    value = part.value
    if part.kind == "CodeableConcept" and isinstance(value, dict) and isinstance(value.get("coding"), list):
        value = next(iter(value["coding"]), None)
    if isinstance(value, dict):
        system, code = value.get("system"), value.get("code")
        return Coding(None if system is None else str(system), None if code is None else str(code))
    return str(value).lower() if isinstance(value, bool) else str(value)
