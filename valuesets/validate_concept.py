"""Judges a code that was found: its status, its spelling, its display.

Rules of the HL7 terminology ecosystem ("Inactive Codes") and of CodeSystem.caseSensitive. Does not look for codes or
decide membership.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.language import Languages
from terminology.model.protocols import Catalogue, CodeSystem, Located
from terminology.model.requests import ValidateCodeRequest
from terminology.model.status import INACTIVE_STATUSES, STANDARDS_STATUS, property_code
from terminology.model.valueset import ConceptReference, ConceptSet, ValueSet
from valuesets.displays import Displays, check_display, collect
from valuesets.verdict import Findings, Judgement, name_of

VALUESET_DEPRECATED = "http://hl7.org/fhir/StructureDefinition/valueset-deprecated"
DEPRECATING = frozenset({VALUESET_DEPRECATED, STANDARDS_STATUS})
"""Extensions of codes that a value set lists of which verdicts speak."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is the same for every coding of a request."""

    catalogue: Catalogue
    request: ValidateCodeRequest
    languages: Languages


@dataclass(frozen=True, slots=True)
class Found:
    """A code that exists: where it was found, and what the value set that lists it (`listed_in`) says about it."""

    code_system: CodeSystem | None
    located: Located
    reference: ConceptReference | None = None
    listed_in: ValueSet | None = None

    @property
    def displays(self) -> Displays:
        """All texts for the code."""
        language = self.code_system.metadata.language if self.code_system else None
        return collect(self.located.concept, language, self.reference, self.listed_in)


def judge_found(
    asked: Asked, coding: Coding, found: Found, findings: Findings, *, valid: bool | None, concerns: bool = True
) -> Judgement:
    """The judgement on a code that exists, with all findings.

    `concerns` is False for a code outside the value set, whose status does not matter.
    """
    located, displays = found.located, found.displays
    status = comment_status(coding, located, findings) if concerns else None
    if found.reference is not None and found.listed_in is not None and concerns:
        comment_reference(coding, found.reference, name_of(found.listed_in), findings)
    normalized = note_spelling(coding, located, found.code_system, findings)
    for issue in located.notes:
        findings.add(issue, "code")
    if concerns and located.successors is not None:
        findings.add(located.successors, "code")
    judge_display(asked, coding, located, displays, findings)
    return findings.judgement(
        coding,
        valid,
        found.code_system,
        display=displays.preferred(asked.languages),
        inactive=concerns and located.inactive,
        status=status,
        normalized_code=normalized,
    )


def is_allowed(
    request: ValidateCodeRequest, coding: Coding, located: Located, findings: Findings, *, active_only: bool = False
) -> bool:
    """Whether a concept may be used here; if not, says why: abstract or inactive codes can be refused."""
    code = coding.code or ""
    if request.abstract is False and located.abstract:
        arguments = {"system": coding.system or "", "code": code}
        findings.error("ABSTRACT_CODE_NOT_ALLOWED", "business-rule", "code-rule", "code", **arguments)
        return False
    if located.inactive and (active_only or request.active_only):
        arguments = {"code": code, "status": "not active"}
        findings.error("STATUS_CODE_WARNING_CODE", "business-rule", "code-rule", "code", **arguments)
        return False
    return True


def comment_status(coding: Coding, located: Located, findings: Findings) -> str | None:
    """Warn about an inactive or deprecated concept; returns the status that explains it, if it has one."""
    status, code = located.status, coding.code or ""
    if located.inactive:
        explained = status is not None and status != "inactive"
        named = f"{status} and inactive" if explained and status in INACTIVE_STATUSES else status or "inactive"
        findings.comment("INACTIVE_CONCEPT_FOUND", code=code, status=named)
        return status if explained else None
    if status is not None and status.lower() == "deprecated":
        findings.comment("DEPRECATED_CONCEPT_FOUND", code=code, status=status)
        return status
    return None


def comment_reference(coding: Coding, reference: ConceptReference, value_set: str, findings: Findings) -> None:
    """Warn when the value set itself deprecates a code it lists."""
    for extension in reference.extensions:
        by_flag = extension.url == VALUESET_DEPRECATED and extension.value in {True, "true"}
        if by_flag or (extension.url == STANDARDS_STATUS and extension.value in {"deprecated", "withdrawn"}):
            status = "deprecated" if by_flag else str(extension.value)
            findings.warn(
                "CONCEPT_DEPRECATED_IN_VALUESET", "business-rule", "code-comment", "code",
                code=coding.code or "", system=coding.system or "", value_set=value_set, status=status,
            )  # fmt: skip
            return


def asks_for_status(definition: ConceptSet, metadata: CodeSystemMetadata) -> bool:
    """Whether an include selects by status, so that no warning about inactive codes is needed.

    An expression constraint means active concepts, unless it asks for others (ECL 2.2, 4: "Expression substrate").
    """
    names = {property_code(metadata, "status").lower(), property_code(metadata, "inactive").lower(), "constraint"}
    return any(f.property.lower() in names for f in definition.filters)


def note_spelling(coding: Coding, located: Located, system: CodeSystem | None, findings: Findings) -> str | None:
    """Note a code written in another case than its system's; returns the system's spelling."""
    given, correct = coding.code or "", located.concept.code
    if system is None or system.metadata.case_sensitive is not False:
        return None
    if given == correct or given.casefold() != correct.casefold():
        return None
    arguments = {"code": given, "correct": correct, "system": str(system.metadata.canonical)}
    findings.note("CODE_CASE_DIFFERENCE", "business-rule", "code-rule", "code", **arguments)
    return correct


def judge_display(asked: Asked, coding: Coding, located: Located, displays: Displays, findings: Findings) -> None:
    """Check the display that came with a code, if one did."""
    if not coding.display or asked.request.membership_only:
        return
    issue = check_display(
        coding.display,
        displays,
        asked.languages,
        {"system": coding.system or "", "code": coding.code or ""},
        lenient=asked.request.lenient_display_validation,
        user_assigned=located.user_assigned,
    )
    if issue is not None:
        findings.add(issue, "display")
