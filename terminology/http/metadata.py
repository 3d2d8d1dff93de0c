"""`/metadata`: the CapabilityStatement and the TerminologyCapabilities, made from the tables the server runs by."""

from __future__ import annotations

from terminology.fhir.json import Json
from terminology.http import negotiation, patching, search_parameters, travelling
from terminology.http.exchange import Answer, Request
from terminology.http.software import NAME, RELEASED, TESTS, software_version
from terminology.http.terminology_capabilities import terminology_capabilities
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.operations import table
from terminology.operations.operation import Operation

FEATURE = "http://hl7.org/fhir/uv/application-feature/StructureDefinition/feature"
TEST_VERSION = "http://hl7.org/fhir/uv/tx-tests/FeatureDefinition/test-version"
CODE_SYSTEM_AS_PARAMETER = "http://hl7.org/fhir/uv/tx-ecosystem/FeatureDefinition/CodeSystemAsParameter"
TERMINOLOGY_SERVER = "http://hl7.org/fhir/CapabilityStatement/terminology-server"

CACHE_CONTROL: Json = {
    "name": travelling.NAME,
    "definition": travelling.DEFINITION,
    "documentation": "Leaves resources for later requests (`mode=start`), or gives them up (`mode=end`).",
}
INTERACTIONS = (
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
)  # fmt: skip
BUNDLES = ("transaction", "batch")
MODES = ("full", "normative", "terminology")


def answer(terminology: Terminology, request: Request) -> Answer:
    """The statement that `mode` asks for. Raises TerminologyError invalid for another mode."""
    mode = request.parameter("mode") or "full"
    if mode == "terminology":
        return Answer(terminology_capabilities(terminology, request))
    if mode not in MODES:
        raise TerminologyError.of(
            "invalid", "PARAMETER_WRONG_TYPE", code="value", name="mode", expected=" or ".join(MODES), value=f"'{mode}'"
        )
    return Answer(capability_statement(request))


def capability_statement(request: Request) -> Json:
    """What the endpoint can do (R5, CapabilityStatement)."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "terminology-server",
        "extension": [
            _feature(TEST_VERSION, {"valueCode": TESTS}),
            _feature(CODE_SYSTEM_AS_PARAMETER, {"valueBoolean": True}),
        ],
        "url": f"{request.base}/metadata",
        "version": software_version(),
        "name": "TerminologyServer",
        "title": NAME,
        "status": "active",
        "date": RELEASED,
        "description": "Code systems, value sets and concept maps with their operations; best at procedure codes.",
        "kind": "instance",
        "instantiates": [TERMINOLOGY_SERVER],
        "software": {"name": NAME, "version": software_version(), "releaseDate": RELEASED},
        "implementation": {"description": NAME, "url": request.base},
        "fhirVersion": negotiation.FHIR_VERSION[request.release],
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
        "patchFormat": [patching.MEDIA_TYPE],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": True,
                    "description": "Anybody may read; writing needs a permission.",
                },
                "resource": [_resource(type_) for type_ in table.RESOURCE_TYPES],
                "interaction": [{"code": code} for code in BUNDLES],
                "operation": [*_operations(None), CACHE_CONTROL],
            }
        ],
    }


def _feature(definition: str, value: Json) -> Json:
    return {
        "extension": [{"url": "definition", "valueCanonical": definition}, {"url": "value", **value}],
        "url": FEATURE,
    }


def _resource(type_: str) -> Json:
    resource: Json = {
        "type": type_,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "searchParam": [{"name": p.name, "type": p.type} for p in search_parameters.of_type(type_).values()],
    }
    operations = _operations(type_)
    return {**resource, "operation": operations} if operations else resource


def _operations(resource: str | None) -> list[Json]:
    return [_operation(op, name) for op in table.on(resource) for name in (op.name, *op.aliases)]


def _operation(operation: Operation, name: str) -> Json:
    return {"name": name, "definition": operation.definition, "documentation": operation.documentation}
