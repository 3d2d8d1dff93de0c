"""System-level `$versions` (R5, 3.2.3): which FHIR releases this server speaks, and which the endpoint does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminology.fhir.json import Json
from terminology.model.protocols import Catalogue
from terminology.model.requests import FhirRelease, RequestContext
from terminology.operations import common
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation
from terminology.operations.rendering import Output
from terminology.settings import Settings

SHORT: Mapping[FhirRelease, str] = MappingProxyType({"R4": "4.0", "R4B": "4.3", "R5": "5.0"})


def request(_inputs: Inputs) -> None:
    """The operation has no parameters to read."""


def run(_catalogue: Catalogue, _asked: None, context: RequestContext, _settings: Settings) -> FhirRelease:
    """The release of the endpoint that was asked."""
    return context.release


def response(default: FhirRelease) -> Json:
    """All releases, and the default."""
    return Output().add_all("version", "Code", SHORT.values()).add("default", "Code", SHORT[default]).resource()


OPERATION = Operation(
    name="versions",
    resource=None,
    definition="http://hl7.org/fhir/OperationDefinition/CapabilityStatement-versions",
    documentation="The FHIR releases this server speaks; the default is that of the endpoint.",
    parameters=(*common.SUPPLIED[-2:],),
    request=request,
    run=run,
    response=response,
)
