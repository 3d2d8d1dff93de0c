"""The parts of a verdict, and how they become one `ValidateCodeResult`.

`Place` addresses the parts of a coding in the form it came in, `Findings` collects issues about one coding, `Judgement`
is the outcome for it, and `sum_up` joins the judgements. Only this module decides what is returned, what `message` says
and when the result is true; it looks at no code system.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from terminology.model.coding import Coding
from terminology.model.outcome import Issue, Severity, TxIssueType
from terminology.model.protocols import CodeSystem
from terminology.model.requests import ValidateCodeRequest
from terminology.model.results import ValidateCodeResult
from terminology.model.valueset import ValueSet

UNIDENTIFIED = "(unidentified)"
SEVERITIES: tuple[Severity, ...] = ("fatal", "error", "warning", "information")
ERRORS = frozenset({"fatal", "error"})
"""Severities of issues that make a verdict false."""
IN_MESSAGE = frozenset(
    {
        "Coding_has_no_system__cannot_validate",
        "DEPRECATED_CONCEPT_FOUND",
        "Display_Name_Not_Fixed_use_Supplement",
        "Display_Name_WS_for__should_be_one_of__instead_of",
        "Display_Name_for__should_be_one_of__instead_of",
        "INACTIVE_CONCEPT_FOUND",
        "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR",
        "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK",
        "UNABLE_TO_CHECK_IF_THE_PROVIDED_CODES_ARE_IN_THE_VALUE_SET_CS",
    }
)
"""Issues that `message` repeats although they are not errors."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a coding stands in a request: `base` is '' for `code`, else the FHIRPath of the Coding."""

    base: str = ""

    def of(self, element: str) -> str:
        """The expression of one element (`code`, `Coding.code`)."""
        return f"{self.base}.{element}" if self.base else element

    @property
    def whole(self) -> str:
        """The expression of the coding."""
        return self.base or "code"


def places(request: ValidateCodeRequest) -> list[tuple[Coding, Place]]:
    """The codings of a request, each with its place."""
    codings = request.concept.codings
    if request.form == "codeableConcept":
        return [(coding, Place(f"CodeableConcept.coding[{i}]")) for i, coding in enumerate(codings)]
    return [(coding, Place("" if request.form == "code" else "Coding")) for coding in codings[:1]]


@dataclass(slots=True)
class Findings:
    """Issues about one coding, in order, without repetition. Systems are `url` or `url|version`."""

    place: Place
    issues: list[Issue] = field(default_factory=list)
    unknown_systems: list[str] = field(default_factory=list)

    def add(self, issue: Issue, element: str | None = None) -> None:
        """Add an issue about an element of the coding, or about what its own expression names."""
        if element is not None:
            issue = replace(issue, expression=(self.place.of(element),))
        if issue not in self.issues:
            self.issues.append(issue)

    def error(
        self, message: str, code: str, detail: TxIssueType, element: str | None = None, /, **arguments: str
    ) -> None:
        """Add an error about an element of the coding."""
        self.add(Issue("error", code, message, arguments, detail), element)

    def warn(
        self, message: str, code: str, detail: TxIssueType, element: str | None = None, /, **arguments: str
    ) -> None:
        """Add a warning about an element of the coding."""
        self.add(Issue("warning", code, message, arguments, detail), element)

    def note(
        self, message: str, code: str, detail: TxIssueType, element: str | None = None, /, **arguments: str
    ) -> None:
        """Add a piece of information about an element of the coding."""
        self.add(Issue("information", code, message, arguments, detail), element)

    def comment(self, message: str, /, **arguments: str) -> None:
        """Add a warning about the coding as a whole that its code should not be used."""
        issue = Issue("warning", "business-rule", message, arguments, "code-comment", (self.place.whole,))
        self.add(issue)

    def unknown(self, system: str) -> None:
        """Remember an unknown system."""
        if system not in self.unknown_systems:
            self.unknown_systems.append(system)

    def judgement(
        self, coding: Coding, valid: bool | None, code_system: CodeSystem | None = None, *, display: str | None = None,
        inactive: bool = False, status: str | None = None, normalized_code: str | None = None,
    ) -> Judgement:  # fmt: skip
        """Close the findings."""
        return Judgement(
            coding, self.place, valid, code_system, display, inactive, status, normalized_code,
            tuple(self.issues), tuple(self.unknown_systems),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome for one coding.

    `valid` None means that it cannot be decided, because a system is unknown. `code_system` is the version it was
    checked against, `display` what to show. `inactive` and `status` are the concept's, where they matter here.
    `normalized_code` is the system's spelling of the code, where it differs.
    """

    coding: Coding
    place: Place
    valid: bool | None
    code_system: CodeSystem | None = None
    display: str | None = None
    inactive: bool = False
    status: str | None = None
    normalized_code: str | None = None
    issues: tuple[Issue, ...] = ()
    unknown_systems: tuple[str, ...] = ()


def sum_up(
    request: ValidateCodeRequest, value_set: ValueSet | None, judgements: Sequence[Judgement], issues: Sequence[Issue]
) -> ValidateCodeResult:
    """Join the judgements; `issues` are about the value set as a whole."""
    valid = _overall(judgements)
    said = [*issues, *(issue for judgement in judgements for issue in judgement.issues)]
    if valid is False and request.form == "codeableConcept":
        said += _none_valid(value_set, judgements)
    said = list({_identity(issue): issue for issue in said}.values())
    said.sort(key=lambda issue: SEVERITIES.index(issue.severity))
    unknown = tuple(dict.fromkeys(system for judgement in judgements for system in judgement.unknown_systems))
    subject = _subject(request, judgements)
    return ValidateCodeResult(
        result=valid is True and not any(issue.severity in ERRORS for issue in said),
        message=_message(said),
        coding=_checked(subject) if subject else None,
        codeable_concept=request.concept if request.form == "codeableConcept" else None,
        normalized_code=subject.normalized_code if subject else None,
        display=subject.display if subject else None,
        inactive=True if subject and subject.inactive else None,
        status=subject.status if subject else None,
        issues=tuple(said),
        unknown_systems=unknown if valid is False else (),
        deciding_unknown_systems=() if valid is False else unknown,
    )


def _identity(issue: Issue) -> Hashable:
    """What makes two issues the same; clients may send very many codings."""
    arguments = tuple(sorted(issue.arguments.items()))
    return issue.severity, issue.code, issue.message_id, arguments, issue.detail, issue.expression, issue.diagnostics


def _message(issues: Sequence[Issue]) -> str | None:
    """The texts of errors and important issues, each once, in alphabetical order."""
    said = {issue.text for issue in issues if issue.severity in ERRORS or issue.message_id in IN_MESSAGE}
    return "; ".join(sorted(said)) or None


def _checked(subject: Judgement) -> Coding:
    """The coding in the version it was checked against."""
    coding, system = subject.coding, subject.code_system
    return Coding(coding.system, coding.code, system.metadata.version if system else None, subject.display)


def failed(request: ValidateCodeRequest, issues: Sequence[Issue]) -> ValidateCodeResult:
    """The result where the value set cannot be used: nothing can be said about the codings."""
    judgements = [Judgement(coding, place, valid=None) for coding, place in places(request)]
    return sum_up(request, None, judgements, issues)


def name_of(value_set: ValueSet) -> str:
    """How texts name a value set."""
    return str(value_set.canonical) if value_set.url else UNIDENTIFIED


def name_of_coding(coding: Coding) -> str:
    """How texts name a coding: `system|version#code ('display')`."""
    version = f"|{coding.version}" if coding.version else ""
    display = f" ('{coding.display}')" if coding.display else ""
    return f"{coding.system or ''}{version}#{coding.code or ''}{display}"


def _overall(judgements: Sequence[Judgement]) -> bool | None:
    """True if any coding is valid; else None if one cannot be judged, else False."""
    verdicts = {judgement.valid for judgement in judgements}
    return True if True in verdicts else None if None in verdicts else False


def _none_valid(value_set: ValueSet | None, judgements: Sequence[Judgement]) -> list[Issue]:
    """What is wrong with a CodeableConcept as a whole."""
    if value_set is not None:
        arguments = {"value_set": name_of(value_set)}
        return [Issue("error", "code-invalid", "TX_GENERAL_CC_ERROR_MESSAGE", arguments, "not-in-vs")]
    if not judgements:
        return [Issue("error", "required", "CODEABLECONCEPT_WITHOUT_CODING", detail="invalid-data")]
    return []


def _subject(request: ValidateCodeRequest, judgements: Sequence[Judgement]) -> Judgement | None:
    """The coding that the result names: of a CodeableConcept the first valid one, else the only one."""
    if request.form == "codeableConcept":
        return next((judgement for judgement in judgements if judgement.valid), None)
    return next(iter(judgements), None)
