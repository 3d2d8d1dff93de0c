"""CodeSystem `$find-matches` (R5, 4.8.17): the concepts that have given properties.

With `exact`, only concepts that have all of them; otherwise also those that have most, best first, with what they lack.
Expressions are not composed: concepts only. Groups of properties are SNOMED CT's relationship groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ids import SYSTEM as SNOMED
from terminology.fhir.elements import Malformed, choice, coding, objects, required_string
from terminology.fhir.json import Json
from terminology.model.coding import Coding
from terminology.model.deadline import check, within
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, Located, NotEnumerable
from terminology.model.requests import FindMatchesRequest, RequestContext, WantedProperty
from terminology.model.results import ConceptMatch, FindMatchesResult
from terminology.model.valueset import Filter
from terminology.operations import common
from terminology.operations.inputs import Given, Inputs
from terminology.operations.operation import MANY, Operation, Parameter
from terminology.operations.rendering import Output
from terminology.operations.resolving import required_system
from terminology.settings import Settings

CODE = Parameter("code", "code", "Which property.", min=1)
VALUE = Parameter("value", "Element", "Its value: a code, Coding, string, integer, boolean, decimal or dateTime.")
PARAMETERS = (
    Parameter("system", "uri", "The code system."),
    Parameter("version", "string", "Its version."),
    Parameter(
        "property",
        "part",
        "What the concepts have.",
        max=MANY,
        parts=(CODE, VALUE, Parameter("subproperty", "part", "What a group holds.", max=MANY, parts=(CODE, VALUE))),
    ),
    Parameter("exact", "boolean", "Whether a machine asks, which wants all properties met.", min=1),
    Parameter("compositional", "boolean", "Whether expressions may be answered; concepts are, in any case."),
    *common.SUPPLIED,
)
MOST_EXACT = 1000
MOST_FOR_PEOPLE = 20


def request(inputs: Inputs) -> FindMatchesRequest:
    """Read the properties. Raises TerminologyError invalid for what is missing or is no value."""
    system = common.system_of(inputs)
    if system is None:
        inputs.need("system")
        raise AssertionError("need raises when it is not given")  # pragma: no cover
    inputs.need("property")
    exact: bool = inputs.need("exact")
    try:
        wanted = tuple(_property(parts) for parts in inputs.values("property"))
    except Malformed as error:
        raise TerminologyError.of(
            "invalid",
            "PARAMETER_WRONG_TYPE",
            code="value",
            name="property",
            expected=error.expected,
            value=str(error.found),
        ) from None
    return FindMatchesRequest(system=system, properties=wanted, exact=exact)


def _property(parts: Sequence[Given]) -> WantedProperty:
    code = next((str(p.value) for p in parts if p.name == "code"), "")
    within_it = [p for p in parts if p.name == "subproperty"]
    value = next((p for p in parts if p.name == "value"), None)
    if not code or (value is None) == (not within_it):
        raise Malformed("property", "a code with either a value or subproperties", code or None)
    return WantedProperty(
        code,
        None if value is None else _value(value.kind, value.value),
        tuple(_nested(p.value) for p in within_it),
    )


def _nested(parts: object) -> WantedProperty:
    code, found = "", None
    for part in objects({"part": parts}, "part"):
        stated = choice(part, "value")
        if stated is not None and part.get("name") == "code":
            code = required_string({"code": stated[1]}, "code")
        elif stated is not None and part.get("name") == "value":
            found = _value(*stated)
    if not code or found is None:
        raise Malformed("subproperty", "a code with a value", code or None)
    return WantedProperty(code, found)


def _value(kind: str, value: object) -> Coding | str | bool | int:
    if kind == "Coding" and isinstance(value, dict):
        found = coding(value)
        if found.code is not None:
            return found
    elif isinstance(value, str | bool | int):
        return value
    elif isinstance(value, float):
        return str(value)
    raise Malformed("value", "a code, Coding, string, integer, boolean, decimal or dateTime", value)


def run(
    catalogue: Catalogue, asked: FindMatchesRequest, context: RequestContext, _settings: Settings
) -> FindMatchesResult:
    """Search. Raises TerminologyError not-found for the system, and for a wrong property when all are required.

    A grammar cannot be searched: not-supported.
    """
    system = required_system(catalogue, asked.system)
    with within(context.deadline, "FIND_MATCHES_DEADLINE"):
        try:
            sets = [_holders(system, wanted, lenient=not asked.exact) for wanted in asked.properties]
        except NotEnumerable:
            raise TerminologyError.of("not-supported", "FIND_MATCHES_GRAMMAR", system=str(asked.system)) from None
        if asked.exact:
            every = BitMap.intersection(*sets)
            best = list(every[:MOST_EXACT])
            total = len(every)
        else:
            best, total = _best(sets, system.size)
        matches = tuple(_match(system, asked.properties, sets, located) for located in system.located(best))
    return FindMatchesResult(matches=matches, total=total, wanted=len(sets))


def _holders(system: CodeSystem, wanted: WantedProperty, *, lenient: bool) -> BitMap:
    """The concepts that have a property; with `lenient`, none for a property that the system does not know."""
    check()
    try:
        if wanted.parts:
            return system.select(_grouped(system, wanted))
        return system.select(Filter(wanted.code, "=", text(wanted)))
    except TerminologyError:
        if lenient:
            return BitMap()
        raise


def _grouped(system: CodeSystem, wanted: WantedProperty) -> Filter:
    if system.metadata.url != SNOMED:
        raise TerminologyError.of("not-supported", "FIND_MATCHES_NESTED", system=system.metadata.url)
    attributes = ", ".join(f"{part.code} = {text(part)}" for part in wanted.parts)
    return Filter("constraint", "=", f"* : {{ {attributes} }}")


def text(wanted: WantedProperty) -> str:
    """A value in the form that filters compare."""
    value = wanted.value
    if isinstance(value, Coding):
        return str(value.code)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _best(sets: Sequence[BitMap], size: int) -> tuple[list[int], int]:
    """The concepts that have most properties, and how many have any."""
    counts = np.zeros(size, dtype=np.uint16)
    for found in sets:
        counts[np.frombuffer(found.to_array(), dtype=np.uint32)] += 1
    order = np.argsort(-counts.astype(np.int32), kind="stable")[:MOST_FOR_PEOPLE]
    return [int(ordinal) for ordinal in order if counts[ordinal]], int(np.count_nonzero(counts))


def _match(
    system: CodeSystem, properties: Sequence[WantedProperty], sets: Sequence[BitMap], located: Located
) -> ConceptMatch:
    metadata, concept = system.metadata, located.concept
    assert located.ordinal is not None
    lacking = [p for p, found in zip(properties, sets, strict=True) if located.ordinal not in found]
    return ConceptMatch(Coding(metadata.url, concept.code, metadata.version, concept.display), tuple(lacking))


def response(result: FindMatchesResult) -> Json:
    """Each match with what it lacks."""
    output = Output()
    for match in result.matches:
        parts = Output().add("code", "Coding", _rendered(match.coding))
        for lacking in match.unmatched:
            parts.add_parts("unmatched", _lacking(lacking))
        if match.unmatched:
            met = result.wanted - len(match.unmatched)
            parts.add("comment", "String", f"Has {met} of {result.wanted} properties.")
        output.add_parts("match", parts)
    return output.resource()


def _lacking(wanted: WantedProperty) -> Output:
    output = Output().add("code", "Code", wanted.code)
    if wanted.parts:
        for part in wanted.parts:
            output.add_parts("property", _lacking(part))
        return output
    value = wanted.value
    if isinstance(value, Coding):
        return output.add("value", "Coding", _rendered(value))
    kind = "Boolean" if isinstance(value, bool) else "Integer" if isinstance(value, int) else "String"
    return output.add("value", kind, value)


def _rendered(value: Coding) -> Json:
    written = {"system": value.system, "version": value.version, "code": value.code, "display": value.display}
    return {name: text for name, text in written.items() if text is not None}


OPERATION = Operation(
    name="find-matches",
    resource="CodeSystem",
    definition=common.SPECIFICATION + "CodeSystem-find-matches",
    documentation="The concepts that have given properties, or most of them.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    on_instance=True,
)
