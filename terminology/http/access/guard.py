"""The checks that every request passes: who the caller is, the rate limit, and permissions.

Reading is open and writing is closed, unless the settings say otherwise. Without credentials and limits nothing is
looked up, so open access costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from http import HTTPStatus

from terminology.http.access import keys
from terminology.http.access.audit import Audit
from terminology.http.access.callers import Action, Caller
from terminology.http.access.limits import Limits
from terminology.http.access.tokens import Tokens
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.library import Terminology

REALM = 'Bearer realm="terminology"'
BEARER = "bearer "


class Guard:
    """Recognises callers and refuses what they may not do."""

    def __init__(self, terminology: Terminology) -> None:
        """Raises TerminologyError invalid for settings that do not go together."""
        settings = terminology.settings
        self.audit = Audit(settings.audit_log)
        self._terminology = terminology
        self._tokens = Tokens.of(settings)
        self._limits = Limits(settings.rate_limit) if settings.rate_limit else None
        self._open_writing: bool = settings.insecure_writes
        self._open_reading: bool = settings.open_reading

    def admit(self, request: Request) -> Request:
        """The request with its caller. Raises HttpError 401 for invalid credentials, 429 for too many requests."""
        headers = request.headers
        if ("authorization" in headers or "x-api-key" in headers) and not request.caller.is_known:
            request = self._recognised(request)
        if self._limits is not None:
            self._count(request)
        return request

    def admit_address(self, address: str) -> int:
        """Count a request for a page: 0, or the seconds after which the next one is within the limit."""
        return math.ceil(self._limits.take(f"address {address}")) if self._limits is not None else 0

    def permit_reading(self, request: Request, type_: str | None) -> None:
        """Check that a caller may read a type (None: any). Raises HttpError 401, 403."""
        if self._open_reading:
            return
        caller = request.caller
        if not caller.is_known:
            raise self.refused(request, HTTPStatus.UNAUTHORIZED, "READING_CLOSED", REALM)
        if not (caller.may("r", type_) or caller.may("s", type_)):
            raise self._without_scope(request, f"system/{type_ or '*'}.rs")

    def permit_writing(self, request: Request, action: Action, type_: str) -> None:
        """Check that a caller may write. Raises HttpError 401 for anonymous callers, 403 for missing scopes."""
        if self._open_writing:
            return
        if not request.caller.is_known:
            raise self.refused(request, HTTPStatus.UNAUTHORIZED, "WRITING_CLOSED", REALM, type=type_)
        if not request.caller.may(action, type_):
            raise self._without_scope(request, f"system/{type_}.{action}")

    def refused(
        self, request: Request, status: HTTPStatus, message_id: str, challenge: str, **arguments: str
    ) -> HttpError:
        """The error to raise; it is written to the audit log."""
        self.audit.denied(request, status, message_id)
        return HttpError(status, message_id, headers=(("WWW-Authenticate", challenge),), **arguments)

    def _without_scope(self, request: Request, scope: str) -> HttpError:
        challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
        name = str(request.caller.name)
        return self.refused(request, HTTPStatus.FORBIDDEN, "SCOPE_MISSING", challenge, caller=name, scope=scope)

    def _recognised(self, request: Request) -> Request:
        """The request with the caller of its credentials; foreign tokens are ignored, unless an issuer is set."""
        sent = request.headers.get("authorization", "")
        token = sent[len(BEARER) :].strip() if sent.lower().startswith(BEARER) else ""
        key = request.headers.get("x-api-key") or (token if token.startswith(keys.PREFIX) else "")
        if key:
            caller = keys.recognise(self._terminology.store, key, self._terminology.clock().timestamp())
            if caller is None:
                raise self._invalid(request, "KEY_INVALID")
        elif token and self._tokens is not None:
            caller = self._of_token(request, self._tokens, token)
        else:
            return request
        return replace(request, caller=caller)

    def _of_token(self, request: Request, tokens: Tokens, token: str) -> Caller:
        try:
            return tokens.recognise(token)
        except ValueError as error:
            raise self._invalid(request, "TOKEN_INVALID", reason=str(error).rstrip(".")) from None

    def _invalid(self, request: Request, message_id: str, **arguments: str) -> HttpError:
        if self._limits is not None:
            self._count(request)
        challenge = f'{REALM}, error="invalid_token"'
        return self.refused(request, HTTPStatus.UNAUTHORIZED, message_id, challenge, **arguments)

    def _count(self, request: Request) -> None:
        assert self._limits is not None
        who = f"caller {request.caller.name}" if request.caller.is_known else f"address {request.address}"
        wait = self._limits.take(who)
        if wait:
            seconds = str(math.ceil(wait))
            self.audit.denied(request, HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS")
            headers = (("Retry-After", seconds),)
            raise HttpError(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", headers=headers, seconds=seconds)
