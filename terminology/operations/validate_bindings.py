"""`$validate-bindings`, an operation of our own: every coded element of a resource against what is bound to it.

The resource may be of any type; the profile is named, or those of `meta.profile`, or its type's own definition. Checks
codes and nothing else: neither cardinalities nor invariants nor references. A code that is not in a required value set
is an error, in an extensible one a warning, else information; what is wrong with a code itself is wrong anywhere.
Additional bindings hold by their purpose (`PURPOSES`), in a usage context only where the request names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from terminology.fhir import outcome
from terminology.fhir.coded import CodedElement, Found, Undecided, Unknown, coded_elements
from terminology.fhir.coded_values import CodedValue
from terminology.fhir.discriminators import stated_profiles
from terminology.fhir.elements import Malformed
from terminology.fhir.json import Json
from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical
from terminology.model.deadline import check, within
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, ValidateBindingsRequest, ValidateCodeRequest
from terminology.model.results import ValidateBindingsResult
from terminology.model.structure import AdditionalBinding, Strength, Structure, UsageContext
from terminology.operations import common
from terminology.operations.bound import SEVERITIES, required_structure, weigh
from terminology.operations.inputs import Inputs
from terminology.operations.operation import MANY, Operation, Parameter
from terminology.settings import Settings
from valuesets.plan import usable
from valuesets.validate import validate_code

PARAMETERS = (
    Parameter("resource", "Resource", "The resource to check: any type.", min=1, raw=True),
    Parameter(
        "profile", "canonical", "The profiles to check by; those it states, or its type, when left out.", max=MANY
    ),
    Parameter(
        "usage",
        "string",
        "A usage context that applies, for bindings that hold in some only: `kind$code`, `kind$system|code`.",
        max=MANY,
    ),
    common.DATE,
    common.DISPLAY_LANGUAGE,
    *(parameter for parameter in common.SUPPLIED if parameter.name != "profile"),
)
MOST_ISSUES = 1000
"""Issues reported of each severity; how many more there are is reported, too."""
ABOUT_OTHERS = "status-check"
"""The detail of issues about a value set or code system itself, which are reported once, not at every place."""
ANY_RESOURCE = frozenset({"Resource", "DomainResource", "CanonicalResource", "MetadataResource"})
"""Types of profiles that apply to resources of other types."""
PURPOSES: Mapping[str, Strength] = MappingProxyType(
    {
        "maximum": "required",
        "required": "required",
        "extensible": "extensible",
        "current": "extensible",
        "preferred": "preferred",
    }
)
"""Purposes of additional bindings that say what a code should be, and the strength they have. `current` is required of
new records only, which a resource does not say it is. The others (minimum, candidate, ui, starter, component) are for
those who build systems and forms: no code is wrong by them."""


def request(inputs: Inputs) -> ValidateBindingsRequest:
    """Read the resource and its profiles. Raises TerminologyError invalid for what is missing."""
    resource: Json = inputs.need("resource")
    named = inputs.canonicals("profile") or ((inputs.instance,) if inputs.instance else ())
    return ValidateBindingsRequest(
        resource=resource, profiles=named, usage=inputs.values("usage"), display_language=inputs.languages()
    )


def run(
    catalogue: Catalogue, asked: ValidateBindingsRequest, context: RequestContext, _settings: Settings
) -> ValidateBindingsResult:
    """Check. Raises TerminologyError not-found for a profile or type that is not here, invalid for broken codes."""
    checker = _Checker(catalogue, asked, context)
    with within(context.deadline, "VALIDATION_DEADLINE"):
        for ref in _profiles(catalogue, asked):
            profile = required_structure(catalogue, ref)
            if is_for(profile, asked.resource):
                checker.take(coded_elements(asked.resource, profile, catalogue.structure, checker.holds))
            else:
                checker.refuse(profile)
    return ValidateBindingsResult(issues=checker.told(), checked=checker.checked)


def is_for(profile: Structure, resource: Json) -> bool:
    """Whether a profile is for a resource's type; not checked for datatypes and logical models."""
    type_ = resource.get("resourceType", profile.type)
    return profile.type in {type_, *ANY_RESOURCE} or "/" in profile.type


def _profiles(catalogue: Catalogue, asked: ValidateBindingsRequest) -> tuple[Canonical, ...]:
    """The profiles named; else those the resource states, as far as loaded; else its type."""
    if asked.profiles:
        return asked.profiles
    here = tuple(ref for ref in stated_profiles(asked.resource) if catalogue.structure(ref) is not None)
    return here or (Canonical(type_url(str(asked.resource.get("resourceType")))),)


class _Checker:
    """Collects issues, each once, since profiles have much in common."""

    def __init__(self, catalogue: Catalogue, asked: ValidateBindingsRequest, context: RequestContext) -> None:
        self._catalogue = catalogue
        self._asked = asked
        self._context = context
        self._seen: set[tuple[str, str, str, str]] = set()
        self._repeats: dict[tuple[str, Canonical], list[list[Issue]]] = {}
        self._issues: list[Issue] = []
        self._told: Counter[str] = Counter()
        self._left_out = 0
        self.checked = 0

    def take(self, found: Iterable[Found]) -> None:
        try:
            for one in found:
                check()
                self._add(self._element(one) if isinstance(one, CodedElement) else _not_known(one))
            self._add(self._no_repeat())
        except Malformed as error:
            raise TerminologyError.of(
                "invalid",
                "PARAMETER_WRONG_TYPE",
                code="structure",
                name=f"resource.{error.path}",
                expected=error.expected,
                value=str(error.found),
            ) from None

    def refuse(self, profile: Structure) -> None:
        """Report a profile that is for other resources."""
        type_ = str(self._asked.resource.get("resourceType"))
        arguments = {"url": str(profile.canonical), "type": profile.type, "found": type_}
        self._add([Issue("error", "structure", "PROFILE_OF_ANOTHER_TYPE", arguments, expression=(type_,))])

    def told(self) -> tuple[Issue, ...]:
        """All issues, with the number of those left out."""
        if not self._left_out:
            return tuple(self._issues)
        more = Issue("information", "informational", "BINDINGS_NOT_ALL_TOLD", {"count": str(self._left_out)})
        return (*self._issues, more)

    def _add(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            place = "" if issue.detail == ABOUT_OTHERS else str(issue.expression)
            key = (issue.severity, issue.message_id, issue.text, place)
            if key in self._seen:
                continue
            self._seen.add(key)
            self._told[issue.severity] += 1
            if self._told[issue.severity] > MOST_ISSUES:
                self._left_out += 1
            else:
                self._issues.append(issue)

    def holds(self, value_set: Canonical, value: CodedValue) -> bool | None:
        """Whether codes are in a value set; None where that cannot be told."""
        found = CodedElement(path="", form=value.form, concept=value.concept, binding=None)
        try:
            result = validate_code(self._catalogue, self._validation(found, value_set), self._context)
        except TerminologyError:
            return None
        return None if result.unknown_systems and not result.result else result.result

    def _element(self, found: CodedElement) -> Iterator[Issue]:
        if found.binding is None or found.binding.value_set is None:
            yield from self._unbound(found)
        else:
            yield from self._bound(found, found.binding.value_set, found.binding.strength)
        for more in found.binding.additional if found.binding else ():
            if more.purpose in PURPOSES:
                yield from self._additional(found, more)

    def _additional(self, found: CodedElement, more: AdditionalBinding) -> Iterator[Issue]:
        strength = PURPOSES[more.purpose]
        applies = in_use(more.usage, self._asked.usage)
        if applies is None:
            contexts = ", ".join(usage.text for usage in more.usage)
            arguments = {"value_set": str(more.value_set), "purpose": more.purpose, "contexts": contexts}
            yield Issue("information", "informational", "BINDING_IN_SOME_USE", arguments, expression=(found.path,))
        elif applies and more.any_repeat and found.repeats is not None:
            issues = [*self._bound(found, more.value_set, strength)]
            self._repeats.setdefault((found.repeats, more.value_set), []).append(issues)
        elif applies:
            yield from self._bound(found, more.value_set, strength)

    def _no_repeat(self) -> Iterator[Issue]:
        """Issues where one repeat of an element would be enough, and none fits."""
        for repeats in self._repeats.values():
            if all(repeats):
                yield from (issue for issues in repeats for issue in issues)
        self._repeats.clear()

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
        """No binding: the code is checked against its own system, if that is loaded."""
        for number, coding in enumerate(found.concept.codings):
            system = coding.system and self._catalogue.code_system(Canonical(coding.system, coding.version))
            if not system or not usable(system) or coding.code is None:
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


def _not_known(found: Unknown | Undecided) -> Iterator[Issue]:
    """Why codes could not be checked."""
    if isinstance(found, Unknown):
        arguments = {"url": str(found.canonical)}
        yield Issue("information", "not-found", "STRUCTURE_NOT_CHECKED", arguments, expression=(found.path,))
    else:
        arguments = {"structure": str(found.structure), "slices": ", ".join(found.slices)}
        yield Issue("information", "informational", "SLICES_UNDECIDED", arguments, expression=(found.path,))


def in_use(usage: Sequence[UsageContext], stated: Sequence[str]) -> bool | None:
    """Whether a binding for some usage contexts applies in the stated ones; None where that is not known.

    Contexts of one kind are alternatives, and all kinds must fit. A kind that is not stated may be anything.
    """
    if not usage:
        return True
    kinds: dict[str, set[str]] = {}
    for text in stated:
        kind, _, value = text.partition("$")
        kinds.setdefault(kind, set()).add(value)
    verdicts = set()
    for kind in {context.kind for context in usage}:
        contexts = [context for context in usage if context.kind == kind]
        codes = {name for c in contexts for system, code in c.codes for name in (code, f"{system or ''}|{code}")}
        comparable = kind in kinds and all(context.codes for context in contexts)
        verdicts.add(bool(codes & kinds[kind]) if comparable else None)
    return False if False in verdicts else None if None in verdicts else True


def _placed(found: CodedElement, issues: Iterable[Issue]) -> Iterator[Issue]:
    """Issues with their place in the resource; for a lone code, that its system cannot be inferred is not repeated."""
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
