"""Failures to HTTP statuses: one table, and the errors only HTTP has.

The texts and issues come from the `TerminologyError` itself; this module decides statuses and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from terminology.model.outcome import ErrorKind, Issue, TerminologyError

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
    {HTTPStatus.NOT_FOUND: "not-found", HTTPStatus.GONE: "deleted"}
)


class HttpError(Exception):
    """A failure of the exchange itself, before any operation: method, media type, format."""

    def __init__(
        self, status: HTTPStatus, message_id: str, *, headers: tuple[tuple[str, str], ...] = (), **arguments: str
    ) -> None:
        code = ISSUE_CODES.get(status, "not-supported")
        self.issue = Issue("error", code, message_id, arguments)
        super().__init__(self.issue.text)
        self.status = status
        self.headers = headers


def status_of(error: TerminologyError) -> HTTPStatus:
    """The status a kind of error is answered with."""
    return STATUS[error.kind]
