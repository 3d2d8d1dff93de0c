"""Validates a coding against its code system: finds the system and the code, and explains what is wrong.

Serves CodeSystem `$validate-code`, and tells for a code outside a value set whether it exists at all.
"""

from __future__ import annotations

from dataclasses import replace

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, Coding
from terminology.model.name_lists import alternatives
from terminology.model.protocols import Catalogue, CodeSystem
from valuesets.former import in_other_release, what_became
from valuesets.plan import usable
from valuesets.validate_concept import Asked, Found, is_allowed, judge_found
from valuesets.verdict import Findings, Judgement
from valuesets.versions import VersionChoice, check_version, choose_version


def judge_in_system(asked: Asked, coding: Coding, findings: Findings) -> Judgement:
    """Whether a coding is valid in its code system."""
    named = asked.catalogue.canonical_of(coding.system or "")
    choice = choose_version(asked.request.versions, named, coding.version)
    system = find_system(asked, choice.reference, findings)
    if system is None:
        return findings.judgement(coding, None)
    check_used_version(asked, coding, choice, system, findings)
    located = system.locate(coding.code or "")
    if located is None:
        return findings.judgement(coding, explain_unknown(asked.catalogue, coding, system, findings), system)
    valid = is_allowed(asked.request, coding, located, findings)
    return judge_found(asked, coding, Found(system, located), findings, valid=valid)


def find_system(asked: Asked, reference: Canonical, findings: Findings) -> CodeSystem | None:
    """The code system, or None after reporting why it cannot be used."""
    system = asked.catalogue.code_system(reference, asked.request.use_supplements)
    if system is None:
        say_unknown_system(asked, reference, findings)
        return None
    metadata = system.metadata
    if metadata.content == "supplement":
        name = str(metadata.canonical)
        findings.error("CODESYSTEM_CS_NO_SUPPLEMENT", "invalid", "invalid-data", "system", system=name)
        findings.unknown(metadata.url)
        return None
    if not usable(system):
        arguments = {"system": str(metadata.canonical), "content": metadata.content}
        findings.error("CODESYSTEM_WITHOUT_CONTENT", "not-found", "not-found", "system", **arguments)
        findings.unknown(str(reference))
        return None
    return system


def say_unknown_system(asked: Asked, reference: Canonical, findings: Findings) -> None:
    """Report that a system, or this version of it, is unknown, and what the url may be instead."""
    url, version = reference.url, reference.version
    known = [v for v in asked.catalogue.code_system_versions(url) if v]
    if not known and asked.catalogue.value_set(Canonical(url)) is not None:
        findings.error("Terminology_TX_System_ValueSet2", "invalid", "invalid-data", "system", system=url)
        return
    if ":" not in url:
        findings.error("Terminology_TX_System_Relative", "invalid", "invalid-data", "system")
    if version is None:  # a url needs no quotes, anything else in its place does
        arguments = {"system": f"'{url}'" if ":" not in url else url}
        findings.error("UNKNOWN_CODESYSTEM", "not-found", "not-found", "system", **arguments)
    else:
        arguments = {"system": url, "version": version, "known": alternatives(known)}
        message = "UNKNOWN_CODESYSTEM_VERSION" if known else "UNKNOWN_CODESYSTEM_VERSION_NONE"
        findings.error(message, "not-found", "not-found", "system", **arguments)
    findings.unknown(str(reference) if known else url)


def check_used_version(
    asked: Asked, coding: Coding, choice: VersionChoice, system: CodeSystem, findings: Findings
) -> None:
    """Report a version that breaks a check, or that nobody chose though the system requires a choice."""
    metadata = system.metadata
    issue = check_version(asked.request.versions, metadata.url, metadata.version)
    if issue is not None:
        findings.add(issue, "version")
    if choice.reason == "default" and not coding.version:
        if metadata.version_needed and not _is_dated(asked.request.date, metadata):
            known = alternatives([v for v in asked.catalogue.code_system_versions(metadata.url) if v])
            arguments = {"system": metadata.url, "known": known}
            findings.error("CODESYSTEM_VERSION_NEEDED", "required", "version-error", "version", **arguments)
        _check_date(asked.request.date, metadata, findings)


def _is_dated(date: str | None, metadata: CodeSystemMetadata) -> bool:
    """Whether the day that was asked about chooses the version: it is in effect then, and not always."""
    has_period = metadata.effective_start is not None or metadata.effective_end is not None
    return date is not None and has_period and _is_in_effect(_first_day(date), metadata)


def _first_day(date: str) -> str:
    """The first day of a date that may be partial."""
    return f"{date}-01-01"[: len("2025-10-01")]


def _is_in_effect(day: str, metadata: CodeSystemMetadata) -> bool:
    start, end = metadata.effective_start, metadata.effective_end
    return (start is None or start <= day) and (end is None or day <= end)


def _check_date(date: str | None, metadata: CodeSystemMetadata, findings: Findings) -> None:
    """Report that the version used was not in effect on the requested day, since no better one is loaded."""
    if date is None or _is_in_effect(day := _first_day(date), metadata):
        return
    start, end = metadata.effective_start, metadata.effective_end
    period = f"{start or '…'} to {end or '…'}"
    arguments = {"system": metadata.url, "date": day, "version": metadata.version or "", "period": period}
    findings.note("VERSION_NOT_IN_EFFECT", "business-rule", "code-comment", "version", **arguments)


def explain_unknown(catalogue: Catalogue, coding: Coding, system: CodeSystem, findings: Findings) -> bool:
    """Report that a code is not in its system, and why; returns whether it may be valid all the same.

    A fragment does not know all of its codes, but a code that breaks the system's own rules is wrong even there.
    """
    code, metadata = coding.code or "", system.metadata
    complete = metadata.content != "fragment"
    reason = (what_became(catalogue, system, code) if complete else None) or system.explain(code)
    arguments = {"code": code, "system": metadata.url, "version": metadata.version or ""}
    if not complete and reason is None:
        findings.warn("UNKNOWN_CODE_IN_FRAGMENT", "code-invalid", "invalid-code", "code", **arguments)
        return True
    arguments["edition"] = f" ({metadata.edition})" if metadata.edition else ""
    message = "Unknown_Code_in_Version" if metadata.version else "Unknown_Code_in"
    findings.error(message, "code-invalid", "invalid-code", "code", **arguments)
    if reason is not None:
        findings.add(replace(reason, severity="information", code="code-invalid", detail="invalid-code"), "code")
    elif metadata.compositional and system.enumerable:
        findings.note("CODE_GRAMMAR_UNKNOWN", "code-invalid", "invalid-code", "code", system=metadata.url)
    if (elsewhere := in_other_release(catalogue, system, code)) is not None:
        findings.add(replace(elsewhere, severity="information"), "code")
    return False
