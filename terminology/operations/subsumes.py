"""CodeSystem `$subsumes` (R5, 4.8.16): how two codes of one system relate."""

from __future__ import annotations

from typing import get_args

from terminology.fhir.json import Json
from terminology.model.coding import Canonical, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, SubsumesRequest
from terminology.model.results import Subsumption
from terminology.operations import common
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation, Parameter, Preparation, Prepared
from terminology.operations.rendering import Output
from terminology.operations.resolving import existing, required_system, system_of_call
from terminology.operations.templates import Render
from terminology.settings import Settings

PARAMETERS = (
    Parameter("codeA", "code", "The code that is asked about."),
    Parameter("codeB", "code", "The code it is compared with."),
    Parameter("system", "uri", "The code system of both codes."),
    Parameter("version", "string", "Version of the code system."),
    Parameter("codingA", "Coding", "codeA with its system."),
    Parameter("codingB", "Coding", "codeB with its system."),
    common.DATE,
    *common.SUPPLIED,
)


def request(inputs: Inputs) -> SubsumesRequest:
    """Read the two codes. Raises TerminologyError invalid when they are incomplete."""
    call, version = common.system_of(inputs), inputs.text("version")
    a, b = (_coding(inputs, letter, call) for letter in "AB")
    return SubsumesRequest(
        system=Canonical(str(a.system), version or a.version),
        other=Canonical(str(b.system), version or b.version),
        call=call,
        code_a=str(a.code),
        code_b=str(b.code),
    )


def _coding(inputs: Inputs, letter: str, system: Canonical | None) -> Coding:
    name = common.one_of(inputs, f"code{letter}", f"coding{letter}")
    value = inputs.value(name)
    coding = value if isinstance(value, Coding) else Coding(code=value)
    if coding.system is None and system is not None:
        coding = Coding(system.url, coding.code, coding.version or system.version)
    if coding.system is None or coding.code is None:
        missing = "code" if coding.code is None else "system"
        raise TerminologyError.of("invalid", "PARAMETER_WITHOUT", code="required", name=name, needs=missing)
    return coding


def run(catalogue: Catalogue, asked: SubsumesRequest, _context: RequestContext, _settings: Settings) -> Subsumption:
    """Ask the code system. Raises TerminologyError not-found for an unknown system or code, invalid for two systems.

    Two versions of a system are also invalid, unless the call says in which version it wants to know.
    """
    system = required_system(catalogue, _system(catalogue, asked))
    try:
        return system.subsumes(asked.code_a, asked.code_b)
    except TerminologyError as error:
        # Checked only now, since reading both concepts first would double the number of queries.
        if error.kind == "not-found":
            existing(catalogue, system, asked.code_a)
            existing(catalogue, system, asked.code_b)
        raise


def _system(catalogue: Catalogue, asked: SubsumesRequest) -> Canonical:
    """The system of both codes, in the version that either names."""
    a = system_of_call(catalogue, asked.system, asked.call, "codingA.system")
    if asked.other is None:
        return a
    if asked.other.url != a.url and asked.other.url not in catalogue.names_of(a.url):
        raise TerminologyError.of(
            "invalid", "SUBSUMES_SYSTEMS_DIFFER", expression=("codingB.system",), a=a.url, b=asked.other.url
        )
    b = system_of_call(catalogue, asked.other, asked.call, "codingB.system")
    if a.version and b.version and a.version != b.version:
        one, other = required_system(catalogue, a), required_system(catalogue, b)
        if one.key != other.key:
            raise TerminologyError.of(
                "invalid", "SUBSUMES_VERSIONS_DIFFER", expression=("codingB.version",), a=a.version, b=b.version
            )
    return Canonical(a.url, a.version or b.version)


def prepare(
    catalogue: Catalogue, asked: SubsumesRequest, _context: RequestContext, _settings: Settings, render: Render
) -> Prepared | None:
    """Find the system once and write each outcome once; errors about codes are left to the usual way."""
    system = required_system(catalogue, _system(catalogue, asked))
    written = {outcome: render(response(outcome)) for outcome in get_args(Subsumption)}
    return Prepared(lambda a, b: written[system.subsumes(a, b)] if a and b else None)


def response(result: Subsumption) -> Json:
    """The one out parameter."""
    return Output().add("outcome", "Code", result).resource()


OPERATION = Operation(
    name="subsumes",
    resource="CodeSystem",
    definition=common.SPECIFICATION + "CodeSystem-subsumes",
    documentation="Tests how two codes of a code system relate: equivalent, subsumes, subsumed-by or not-subsumed.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    on_instance=True,
    preparation=Preparation(
        varying=("codeA", "codeB"),
        codings={f"coding{one}": {"code": f"code{one}", "display": f"coding{one}.display"} for one in "AB"},
        prepare=prepare,
    ),
)
