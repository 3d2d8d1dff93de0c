"""`/metadata`: the CapabilityStatement and the TerminologyCapabilities, made from the tables the server runs by."""

from __future__ import annotations

from terminology.fhir.json import Json
from terminology.http import client_caches, meta_operations, negotiation, patching, search_parameters
from terminology.http.exchange import Answer, Request
from terminology.http.software import NAME, RELEASED, TESTS, software_version
from terminology.http.terminology_capabilities import terminology_capabilities
from terminology.library import Terminology
from terminology.model.requests import FhirRelease
from terminology.operations import table
from terminology.operations.inputs import wrong_type
from terminology.operations.operation import Operation
from terminology.settings import Settings

FEATURE = "http://hl7.org/fhir/uv/application-feature/StructureDefinition/feature"
TEST_VERSION = "http://hl7.org/fhir/uv/tx-tests/FeatureDefinition/test-version"
CODE_SYSTEM_AS_PARAMETER = "http://hl7.org/fhir/uv/tx-ecosystem/FeatureDefinition/CodeSystemAsParameter"
TERMINOLOGY_SERVER = "http://hl7.org/fhir/CapabilityStatement/terminology-server"

METAS: list[Json] = [
    {"name": name, "definition": meta_operations.DEFINITION + name, "documentation": text}
    for name, text in meta_operations.DOCUMENTATION.items()
]
CACHE_CONTROL: Json = {
    "name": client_caches.NAME,
    "definition": client_caches.DEFINITION,
    "documentation": "Leaves resources for later requests (`mode=start`), or gives them up (`mode=end`).",
}
INTERACTIONS = (
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
)  # fmt: skip
BUNDLES = ("transaction", "batch")
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SMART: Json = {
    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
    "code": "SMART-on-FHIR",
}
API_KEYS = {"text": "API keys"}
"""FHIR has no code for them."""
MODES = ("full", "normative", "terminology")


def answer(terminology: Terminology, request: Request) -> Answer:
    """The statement that `mode` asks for. Raises TerminologyError invalid for another mode."""
    mode = request.parameter("mode") or "full"
    if mode == "terminology":
        return Answer(terminology_capabilities(terminology, request))
    if mode not in MODES:
        raise wrong_type("mode", " or ".join(MODES), mode)
    return Answer(capability_statement(request, terminology.settings))


def capability_statement(request: Request, settings: Settings) -> Json:
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
                "security": _security(settings),
                "resource": [_resource(type_, request.release) for type_ in table.RESOURCE_TYPES],
                "interaction": [{"code": code} for code in BUNDLES],
                "operation": [*_operations(None), METAS[0], CACHE_CONTROL],
            }
        ],
    }


def _feature(definition: str, value: Json) -> Json:
    return {
        "extension": [{"url": "definition", "valueCanonical": definition}, {"url": "value", **value}],
        "url": FEATURE,
    }


def _security(settings: Settings) -> Json:
    reading = "Anybody may read." if settings.open_reading else "Reading needs an API key or an access token."
    writing = "Anybody may write." if settings.insecure_writes else "Writing needs an API key or an access token."
    security: Json = {"cors": True, "service": [API_KEYS], "description": f"{reading} {writing}"}
    if not settings.oauth_issuer:
        return security
    if settings.oauth_token_url:
        token = {"url": "token", "valueUri": settings.oauth_token_url}
        security["extension"] = [{"url": OAUTH_URIS, "extension": [token]}]
    return {**security, "service": [{"coding": [SMART]}, API_KEYS]}


def _resource(type_: str, release: FhirRelease) -> Json:
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
        "searchParam": list(search_parameters.defined(type_, release)),
    }
    return {**resource, "operation": [*_operations(type_), *METAS]}


def _operations(resource: str | None) -> list[Json]:
    return [_operation(op, name) for op in table.on(resource) for name in (op.name, *op.aliases)]


def _operation(operation: Operation, name: str) -> Json:
    return {"name": name, "definition": operation.definition, "documentation": operation.documentation}
