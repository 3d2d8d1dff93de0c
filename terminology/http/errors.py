"""Maps errors to HTTP statuses: one table, and the errors that only HTTP has.

Texts and issues come from the `TerminologyError` itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Self

from terminology.model.outcome import ErrorKind, Issue, TerminologyError

Headers = tuple[tuple[str, str], ...]

STATUS: Mapping[ErrorKind, HTTPStatus] = MappingProxyType(
    {
        "invalid": HTTPStatus.BAD_REQUEST,
        "not-found": HTTPStatus.NOT_FOUND,
        "not-supported": HTTPStatus.UNPROCESSABLE_ENTITY,
        "too-costly": HTTPStatus.UNPROCESSABLE_ENTITY,
        "conflict": HTTPStatus.CONFLICT,
        "forbidden": HTTPStatus.FORBIDDEN,
        "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
        "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    }
)


ISSUE_CODES: Mapping[HTTPStatus, str] = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: "invalid",
        HTTPStatus.UNAUTHORIZED: "login",
        HTTPStatus.FORBIDDEN: "forbidden",
        HTTPStatus.NOT_FOUND: "not-found",
        HTTPStatus.CONFLICT: "duplicate",
        HTTPStatus.GONE: "deleted",
        HTTPStatus.PRECONDITION_FAILED: "conflict",
        HTTPStatus.UNPROCESSABLE_ENTITY: "processing",
        HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    }
)


class HttpError(Exception):
    """An error of the exchange itself, outside of operations: method, media type, format, condition, permission."""

    def __init__(self, status: HTTPStatus, message_id: str, *, headers: Headers = (), **arguments: str) -> None:
        code = ISSUE_CODES.get(status, "not-supported")
        self.issues: tuple[Issue, ...] = (Issue("error", code, message_id, arguments),)
        super().__init__(self.issues[0].text)
        self.status = status
        self.headers = headers

    @classmethod
    def of(cls, status: HTTPStatus, issues: tuple[Issue, ...]) -> Self:
        """An error with given issues."""
        error = cls(status, issues[0].message_id, headers=(), **issues[0].arguments)
        error.issues = issues
        return error


def status_of(error: TerminologyError) -> HTTPStatus:
    """The status for the kind of an error."""
    return STATUS[error.kind]
