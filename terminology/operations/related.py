"""ValueSet `$related` (R6; `$compare` in older tools): which codes two value sets have in common."""

from __future__ import annotations

from terminology.fhir.json import Json
from terminology.model.coding import Canonical
from terminology.model.protocols import Catalogue
from terminology.model.requests import RelatedRequest, RequestContext
from terminology.model.results import RelatedResult
from terminology.model.valueset import ValueSet
from terminology.operations import common
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation, Parameter
from terminology.operations.rendering import Output
from terminology.settings import Settings
from valuesets.related import relate

PARAMETERS = (
    Parameter("thisUrl", "uri", "The value set that is asked about, with or without `|version`."),
    Parameter("thisVersion", "string", "Its version."),
    Parameter("thisValueSet", "ValueSet", "The value set that is asked about itself."),
    Parameter("otherUrl", "uri", "The value set it is compared with, with or without `|version`."),
    Parameter("otherVersion", "string", "Its version."),
    Parameter("otherValueSet", "ValueSet", "The value set it is compared with itself."),
    common.SUPPLEMENTS,
    *common.VERSIONS,
    common.MANIFEST,
    *common.SUPPLIED,
)


def request(inputs: Inputs) -> RelatedRequest:
    """Read the two value sets. Raises TerminologyError invalid unless each is given in one way."""
    return RelatedRequest(
        this=_value_set(inputs, "this"),
        other=_value_set(inputs, "other"),
        use_supplements=inputs.canonicals("useSupplement"),
        versions=common.version_rules(inputs),
    )


def _value_set(inputs: Inputs, side: str) -> ValueSet | Canonical:
    names = f"{side}Url", f"{side}ValueSet"
    of_call = common.about if side == "this" else common.versioned
    if side == "other" or inputs.instance is None or any(map(inputs.has, names)):
        common.one_of(inputs, *names)
    supplied: ValueSet | None = inputs.value(f"{side}ValueSet")
    found = supplied or of_call(inputs, f"{side}Url", f"{side}Version")
    assert found is not None
    return found


def run(catalogue: Catalogue, asked: RelatedRequest, context: RequestContext, _settings: Settings) -> RelatedResult:
    """Compare. Raises TerminologyError not-found for a value set that is not here."""
    return relate(catalogue, asked, context)


def response(result: RelatedResult) -> Json:
    """The relationship with what it is based on."""
    output = Output().add("result", "Code", result.relation).add("message", "String", result.message)
    output.add("performed-expansion", "Boolean", result.performed_expansion)
    codes = {"common": result.common_codes, "missing": result.missing_codes, "extra": result.extra_codes}
    for name, found in codes.items():
        if found:
            output.add(f"{name}-codes", "String", ",".join(found))
    return output.resource()


OPERATION = Operation(
    name="related",
    resource="ValueSet",
    definition=common.SPECIFICATION + "ValueSet-related",
    documentation="Tells how two value sets relate: same, subset, superset, overlapping, disjoint, empty or unknown.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    aliases=("compare",),
    on_instance=True,
)
