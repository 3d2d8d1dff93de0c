"""`$validate-bindings`, an operation of our own: every coded element of a resource against what is bound to it.

The resource may be of any type; the profile is named, or those of `meta.profile`, or its type's own definition. Checks
codes and nothing else: neither cardinalities nor invariants nor references. A code that is not in a required value set
is an error, in an extensible one a warning, else information; what is wrong with a code itself is wrong anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from terminology.fhir import outcome
from terminology.fhir.coded import CodedElement, Unknown, coded_elements
from terminology.fhir.elements import Malformed
from terminology.fhir.json import Json
from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical
from terminology.model.deadline import check, within
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, ValidateBindingsRequest, ValidateCodeRequest
from terminology.model.results import ValidateBindingsResult
from terminology.model.structure import Strength
from terminology.operations import common
from terminology.operations.bound import SEVERITIES, required_structure, weigh
from terminology.operations.inputs import Inputs
from terminology.operations.operation import MANY, Operation, Parameter
from terminology.settings import Settings
from valuesets.validate import validate_code

PARAMETERS = (
    Parameter("resource", "Resource", "The resource to check: any type.", min=1, raw=True),
    Parameter(
        "profile", "canonical", "The profiles to check by; those it states, or its type, when left out.", max=MANY
    ),
    common.DATE,
    common.DISPLAY_LANGUAGE,
    *(parameter for parameter in common.TRAVELLING if parameter.name != "profile"),
)
MOST_ISSUES = 1000
STRENGTHS: dict[str, Strength] = {"maximum": "required", "required": "required", "extensible": "extensible"}
"""Purposes of additional bindings that hold in any context, and the strength they have."""


def request(inputs: Inputs) -> ValidateBindingsRequest:
    """Read the resource and its profiles. Raises TerminologyError invalid for what is missing."""
    resource: Json = inputs.need("resource")
    named = inputs.canonicals("profile") or ((inputs.instance,) if inputs.instance else ())
    return ValidateBindingsRequest(resource=resource, profiles=named, display_language=inputs.languages())


def run(
    catalogue: Catalogue, asked: ValidateBindingsRequest, context: RequestContext, _settings: Settings
) -> ValidateBindingsResult:
    """Check. Raises TerminologyError not-found for a profile or type that is not here, invalid for broken codes."""
    checker = _Checker(catalogue, asked, context)
    with within(context.deadline, "VALIDATION_DEADLINE"):
        for ref in _profiles(catalogue, asked):
            checker.take(coded_elements(asked.resource, required_structure(catalogue, ref), catalogue.structure))
    return ValidateBindingsResult(issues=tuple(checker.issues), checked=checker.checked)


def _profiles(catalogue: Catalogue, asked: ValidateBindingsRequest) -> tuple[Canonical, ...]:
    """Those named; else those the resource states that are here; else its type."""
    if asked.profiles:
        return asked.profiles
    meta = asked.resource.get("meta")
    stated = meta.get("profile") if isinstance(meta, dict) else None
    refs = [Canonical.parse(p) for p in stated if isinstance(p, str)] if isinstance(stated, list) else []
    here = tuple(ref for ref in refs if catalogue.structure(ref) is not None)
    return here or (Canonical(type_url(str(asked.resource.get("resourceType")))),)


class _Checker:
    """Gathers issues, each once, since profiles have much in common."""

    def __init__(self, catalogue: Catalogue, asked: ValidateBindingsRequest, context: RequestContext) -> None:
        self._catalogue = catalogue
        self._asked = asked
        self._context = context
        self._seen: set[tuple[str, str, str, str]] = set()
        self.issues: list[Issue] = []
        self.checked = 0

    def take(self, found: Iterable[CodedElement | Unknown]) -> None:
        try:
            for one in found:
                check()
                self._add(self._unknown(one) if isinstance(one, Unknown) else self._element(one))
        except Malformed as error:
            raise TerminologyError.of(
                "invalid",
                "PARAMETER_WRONG_TYPE",
                code="structure",
                name=f"resource.{error.path}",
                expected=error.expected,
                value=str(error.found),
            ) from None

    def _add(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            key = (issue.severity, issue.message_id, issue.text, str(issue.expression))
            if key not in self._seen and len(self.issues) < MOST_ISSUES:
                self._seen.add(key)
                self.issues.append(issue)

    def _unknown(self, found: Unknown) -> Iterator[Issue]:
        arguments = {"url": str(found.canonical)}
        yield Issue("information", "not-found", "STRUCTURE_NOT_CHECKED", arguments, expression=(found.path,))

    def _element(self, found: CodedElement) -> Iterator[Issue]:
        if found.binding is None or found.binding.value_set is None:
            yield from self._unbound(found)
        else:
            yield from self._bound(found, found.binding.value_set, found.binding.strength)
        for more in found.binding.additional if found.binding else ():
            if more.purpose in STRENGTHS and not more.usage:
                yield from self._bound(found, more.value_set, STRENGTHS[more.purpose])

    def _bound(self, found: CodedElement, value_set: Canonical, strength: Strength) -> Iterator[Issue]:
        arguments = {"value_set": str(value_set), "strength": strength}
        self.checked += 1
        if not found.concept.codings:
            if strength in {"required", "extensible"}:
                severity = SEVERITIES[strength]
                yield Issue(severity, "code-invalid", "BINDING_WITHOUT_CODE", arguments, None, (found.path,))
            return
        try:
            result = validate_code(self._catalogue, self._validation(found, value_set), self._context)
        except TerminologyError as error:
            severity = "warning" if strength == "required" else "information"
            reason = arguments | {"reason": error.issues[0].text}
            yield Issue(severity, error.issues[0].code, "BINDING_NOT_CHECKED", reason, expression=(found.path,))
            return
        yield from _placed(found, weigh(result.issues, strength))

    def _unbound(self, found: CodedElement) -> Iterator[Issue]:
        """Nothing is bound: the code is held to its own system, where that is here."""
        for number, coding in enumerate(found.concept.codings):
            system = coding.system and self._catalogue.code_system(Canonical(coding.system, coding.version))
            if not system or coding.code is None:
                continue
            self.checked += 1
            single = ValidateCodeRequest(
                form="coding",
                concept=common.single(coding),
                code_system=Canonical(str(coding.system), coding.version),
                lenient_display_validation=True,
                display_language=self._asked.display_language,
            )
            one = replace(found, path=f"{found.path}.coding[{number}]") if found.form == "codeableConcept" else found
            yield from _placed(one, validate_code(self._catalogue, single, self._context).issues)

    def _validation(self, found: CodedElement, value_set: Canonical) -> ValidateCodeRequest:
        return ValidateCodeRequest(
            form=found.form,
            concept=found.concept,
            value_set=value_set,
            date=self._context.today,
            abstract=None,
            infer_system=found.form == "code",
            lenient_display_validation=True,
            display_language=self._asked.display_language,
        )


def _placed(found: CodedElement, issues: Iterable[Issue]) -> Iterator[Issue]:
    """Issues with the place in the resource. What kept a lone code from having a system is that it is not bound."""
    for issue in issues:
        if found.form != "code" or issue.detail != "cannot-infer":
            yield replace(issue, expression=tuple(_at(found.path, e) for e in issue.expression) or (found.path,))


def _at(path: str, expression: str) -> str:
    """Where in the resource a part of the concept is: `CodeableConcept.coding[0].code`, `Coding.code` or `code`."""
    return path if "." not in expression else f"{path}.{expression.partition('.')[2]}"


def response(result: ValidateBindingsResult) -> Json:
    """An OperationOutcome, which says so when nothing is wrong."""
    fine = Issue("information", "informational", "BINDINGS_FINE", {"count": str(result.checked)})
    return outcome.render(result.issues or (fine,))


ON_SYSTEM = Operation(
    name="validate-bindings",
    resource=None,
    definition="https://terminology.example.org/OperationDefinition/validate-bindings",
    documentation="Checks every coded element of a resource against the value sets that its profiles bind.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
)
ON_STRUCTURES = replace(ON_SYSTEM, resource="StructureDefinition", on_instance=True)
"""On an instance, the profile is that one."""
