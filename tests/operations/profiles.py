"""Small StructureDefinitions, some of FHIR's own types cut to what tests need, with code systems and value sets."""

from __future__ import annotations

from typing import Any

BASE = "http://hl7.org/fhir/StructureDefinition/"
CS = "http://example.org/CodeSystem/"
VS = "http://example.org/ValueSet/"
PROFILE = "http://example.org/StructureDefinition/strict-observation"
RACE = "http://example.org/StructureDefinition/race"


def element(id_: str, *types: str, **more: Any) -> dict[str, Any]:
    """An ElementDefinition; `bound` is `strength value-set`, a type may be `code=profile`."""
    path = ".".join(step.partition(":")[0] for step in id_.split("."))
    made: dict[str, Any] = {"id": id_, "path": path}
    if types:
        made["type"] = [_type(text) for text in types]
    if bound := more.pop("bound", None):
        strength, _, name = bound.partition(" ")
        made["binding"] = {"strength": strength, **({"valueSet": VS + name} if name else {})} | more.pop("also", {})
    if ":" in id_.rpartition(".")[2]:
        made["sliceName"] = id_.rpartition(":")[2]
    return made | more


def usage(kind: str, code: str) -> dict[str, Any]:
    """A UsageContext."""
    coding = {"system": CS + kind, "code": code}
    return {"code": {"code": kind}, "valueCodeableConcept": {"coding": [coding]}}


def _type(text: str) -> dict[str, Any]:
    code, _, profile = text.partition("=")
    return {"code": code, **({"profile": [profile]} if profile else {})}


def structure(type_: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A StructureDefinition with a snapshot of the elements, or (`profile`) a differential."""
    profile = more.pop("profile", None)
    url = profile or BASE + type_
    listed = [{"id": type_, "path": type_}, *elements]
    return {
        "resourceType": "StructureDefinition",
        "id": url.rpartition("/")[2],
        "url": url,
        "version": "1",
        "name": url.rpartition("/")[2],
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": type_,
        **({"baseDefinition": BASE + type_, "derivation": "constraint"} if profile else {}),
        "differential" if profile else "snapshot": {"element": listed},
        **more,
    }


OBSERVATION = structure(
    "Observation",
    element("Observation.meta", "Meta"),
    element("Observation.extension", "Extension"),
    element("Observation.contained", "Resource"),
    element("Observation.status", "code", bound="required status"),
    element("Observation.category", "CodeableConcept", bound="preferred category"),
    element("Observation.code", "CodeableConcept", bound="example code"),
    element("Observation.value[x]", "Quantity", "CodeableConcept", "string"),
    element("Observation.reason", "CodeableConcept", bound="extensible code"),
    element("Observation.onset[x]", "Age", "string"),
    element("Observation.performer", "CodeableReference", bound="extensible code"),
    element("Observation.site", "Address"),
    element("Observation.range", "BackboneElement"),
    element("Observation.range.type", "Coding", bound="required category"),
    element("Observation.component", "BackboneElement"),
    element("Observation.component.code", "CodeableConcept"),
    element("Observation.component.value[x]", "Quantity", "CodeableConcept"),
    element("Observation.component.range", contentReference="#Observation.range"),
)
ADDRESS = structure(
    "Address", element("Address.use", "code", bound="required status"), element("Address.city", "string")
)
EXTENSION = structure("Extension", element("Extension.url", "uri"), element("Extension.value[x]", "CodeableConcept"))
CODEABLE = structure("CodeableConcept", element("CodeableConcept.coding", "Coding"))
QUANTITY = structure("Quantity", element("Quantity.comparator", "code", bound="required comparator"))
AGE = structure("Age", element("Age.code", "code"))
AGE["snapshot"]["element"][0]["binding"] = {"strength": "extensible", "valueSet": VS + "unit"}
STRICT = structure(
    "Observation",
    element("Observation.code", "CodeableConcept", bound="required code"),
    element(
        "Observation.reason",
        "CodeableConcept",
        bound="extensible code",
        also={"additional": [
            {"purpose": "maximum", "valueSet": VS + "category"},
            {"purpose": "required", "valueSet": VS + "status", "usage": [
                usage("gender", "female"), usage("gender", "other"), usage("venue", "ward")]},
        ]},
    ),
    element("Observation.site.city", "string", bound="required status"),
    element("Observation.value[x]:valueQuantity", "Quantity", bound="required unit"),
    element("Observation.component", slicing={"discriminator": [{"type": "pattern", "path": "code"}], "rules": "open"}),
    element("Observation.component:first"),
    element("Observation.component:first.code", "CodeableConcept", patternCodeableConcept={
        "coding": [{"system": CS + "codes", "code": "b"}]}),
    element("Observation.component:first.value[x]", "CodeableConcept", bound="required category"),
    profile=PROFILE,
)  # fmt: skip
RACE_EXTENSION = structure(
    "Extension", element("Extension.value[x]", "CodeableConcept", bound="required category"), profile=RACE
)
STRUCTURES = (OBSERVATION, ADDRESS, EXTENSION, CODEABLE, QUANTITY, AGE, STRICT, RACE_EXTENSION)


def code_system(name: str, *codes: str) -> dict[str, Any]:
    return {
        "resourceType": "CodeSystem", "id": name, "url": CS + name, "version": "1", "name": name, "status": "active",
        "caseSensitive": True, "content": "complete", "concept": [{"code": c, "display": c.upper()} for c in codes],
    }  # fmt: skip


def value_set(name: str, system: str, *codes: str) -> dict[str, Any]:
    include = {"system": system} | ({"concept": [{"code": c} for c in codes]} if codes else {})
    return {
        "resourceType": "ValueSet", "id": name, "url": VS + name, "version": "1", "name": name, "status": "active",
        "compose": {"include": [include]},
    }  # fmt: skip


TERMINOLOGY = (
    code_system("codes", "a", "b", "c"),
    code_system("statuses", "final", "draft"),
    value_set("status", CS + "statuses"),
    value_set("category", CS + "codes", "a"),
    value_set("code", CS + "codes", "a", "b"),
    value_set("comparator", CS + "statuses"),
    value_set("unit", "http://unitsofmeasure.org", "mg"),
    value_set("lost", CS + "not-here"),
)
EVERYTHING = (*STRUCTURES, *TERMINOLOGY)
