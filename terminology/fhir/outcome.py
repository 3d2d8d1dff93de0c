"""Issues → OperationOutcome (R5; the same in R4).

Each issue has its message id (extension operationoutcome-message-id), so that clients need not match texts. Locations
are given as `expression` only: `location` is deprecated since R4, and clients compare answers without it.
"""

from __future__ import annotations

from collections.abc import Iterable

from terminology.fhir.json import Json
from terminology.model import messages
from terminology.model.outcome import Issue

MESSAGE_ID = "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id"
TX_ISSUE_TYPE = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"


def render(issues: Iterable[Issue]) -> Json:
    """Write an OperationOutcome in the order of the issues."""
    return {"resourceType": "OperationOutcome", "issue": [render_issue(issue) for issue in issues]}


def render_issue(issue: Issue) -> Json:
    """Write one issue."""
    details: Json = {"text": issue.text}
    if issue.detail is not None:
        details = {"coding": [{"system": TX_ISSUE_TYPE, "code": issue.detail}], **details}
    written: Json = {}
    if issue.message_id not in messages.WITHOUT_ID:
        written["extension"] = [{"url": MESSAGE_ID, "valueString": issue.message_id}]
    written |= {
        "severity": issue.severity,
        "code": issue.code,
        "details": details,
    }
    if issue.diagnostics is not None:
        written["diagnostics"] = issue.diagnostics
    if issue.expression:
        written["expression"] = list(issue.expression)
    return written
