"""Reads from an answer whether something is unknown, and adds notes to answers.

Answers are R5 and may come from another server, so nothing about their structure is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terminology.fhir.json import Json, objects_in
from terminology.fhir.outcome import TX_ISSUE_TYPE, render_issue
from terminology.model.outcome import Issue

NOT_FOUND = "not-found"


def lacks(resource: Json) -> bool:
    """Whether something the question refers to is unknown: a system, value set, map, or a version of one.

    An unknown code is another matter. So is a `result` that is true nevertheless.
    """
    outcome = _outcome(resource)
    return outcome is not None and any(_says_not_found(issue) for issue in objects_in(outcome.get("issue")))


def untranslated(resource: Json) -> bool:
    """Whether a `$translate` found no match."""
    parameters = objects_in(resource.get("parameter"))
    return _result(resource) is False and all(p.get("name") != "match" for p in parameters)


def first_text(resource: Json) -> str:
    """The first text of an OperationOutcome."""
    for issue in objects_in(resource.get("issue")):
        details = issue.get("details")
        text = details.get("text") if isinstance(details, dict) else None
        return str(text or issue.get("diagnostics") or issue.get("code"))
    return ""


def with_note(resource: Json, issue: Issue) -> Json:
    """One of our answers with a further issue; added to its message where it has no issues."""
    if resource.get("resourceType") == "OperationOutcome":
        return {**resource, "issue": [*resource["issue"], render_issue(issue)]}
    parameters: list[Json] = [*resource.get("parameter", ())]
    for index, parameter in enumerate(parameters):
        if parameter["name"] == "issues":
            parameters[index] = {**parameter, "resource": with_note(parameter["resource"], issue)}
            break
        if parameter["name"] == "message" and not any(p["name"] == "issues" for p in parameters):
            parameters[index] = {**parameter, "valueString": f"{parameter['valueString']} {issue.text}"}
            break
    return {**resource, "parameter": parameters}


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _outcome(resource: Json) -> Json | None:
    if resource.get("resourceType") == "OperationOutcome":
        return resource
    if _result(resource) is not False:
        return None
    for parameter in objects_in(resource.get("parameter")):
        found = parameter.get("resource")
        if parameter.get("name") == "issues" and isinstance(found, dict):
            return found
    return None


def _result(resource: Json) -> Any:
    return next(
        (p.get("valueBoolean") for p in objects_in(resource.get("parameter")) if p.get("name") == "result"), None
    )


def _says_not_found(issue: Json) -> bool:
    details = issue.get("details")
    codings = objects_in(details.get("coding")) if isinstance(details, dict) else []
    return any(coding.get("system") == TX_ISSUE_TYPE and coding.get("code") == NOT_FOUND for coding in codings)
