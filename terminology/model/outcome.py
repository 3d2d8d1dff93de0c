"""Issues (which are results) and errors (which stop an operation).

An `Issue` is a message id with arguments; `terminology.model.messages` makes its text. A wrong code is an Issue in a
result. A `TerminologyError` stops an operation; its kind is one of a closed set, which the HTTP layer maps to a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from terminology.model import messages

Severity = Literal["fatal", "error", "warning", "information"]

ErrorKind = Literal[
    "invalid", "not-found", "not-supported", "too-costly", "conflict", "forbidden", "unavailable", "too-large",
]  # fmt: skip

TxIssueType = Literal[
    "not-found", "not-in-vs", "this-code-not-in-vs", "invalid-code", "invalid-display", "display-comment",
    "code-comment", "code-rule", "status-check", "vs-invalid", "invalid-data", "cannot-infer",
    "version-error", "process-note",
]  # fmt: skip
"""Codes of http://hl7.org/fhir/tools/CodeSystem/tx-issue-type."""

NO_ARGUMENTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: `code` is FHIR's issue-type, `detail` the tx-issue-type, `expression` FHIRPaths."""

    severity: Severity
    code: str
    message_id: str
    arguments: Mapping[str, str] = field(default_factory=lambda: NO_ARGUMENTS)
    detail: TxIssueType | None = None
    expression: tuple[str, ...] = ()
    diagnostics: str | None = None

    @property
    def text(self) -> str:
        """The message in English."""
        return messages.text(self.message_id, self.arguments)


ISSUE_CODE_OF_KIND: Mapping[ErrorKind, str] = MappingProxyType(
    {
        "invalid": "invalid",
        "not-found": "not-found",
        "not-supported": "not-supported",
        "too-costly": "too-costly",
        "conflict": "conflict",
        "forbidden": "forbidden",
        "unavailable": "transient",
        "too-large": "too-long",
    }
)


class TerminologyError(Exception):
    """An operation cannot be answered. Carries at least one Issue of severity error."""

    def __init__(self, kind: ErrorKind, *issues: Issue) -> None:
        if not issues:
            raise ValueError("a TerminologyError carries at least one issue")
        super().__init__("; ".join(issue.text for issue in issues))
        self.kind: ErrorKind = kind
        self.issues = issues

    @classmethod
    def of(
        cls,
        kind: ErrorKind,
        message_id: str,
        *,
        code: str | None = None,
        detail: TxIssueType | None = None,
        expression: tuple[str, ...] = (),
        **arguments: str,
    ) -> TerminologyError:
        """Make an error with one issue; the issue code follows from the kind unless given.

        Where the message itself has a placeholder `{code}`, `code` is its argument instead.
        """
        if code is not None and "{code}" in messages.ENGLISH[message_id]:
            arguments["code"], code = code, None
        issue_code = code or ISSUE_CODE_OF_KIND[kind]
        return cls(kind, Issue("error", issue_code, message_id, arguments, detail, expression))
