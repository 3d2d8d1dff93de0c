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
from terminology.http.access.callers import ANONYMOUS, Action, Caller
from terminology.http.access.limits import Limits
from terminology.http.access.standing import CALLER, CheckedCallers, Recognised, Standing, credentials_in
from terminology.http.access.tokens import Tokens
from terminology.http.environ import Environ
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.http.forwarded import client_of
from terminology.library import Terminology
from terminology.operations.table import RESOURCE_TYPES

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
        self._checked = CheckedCallers(self._now)
        self.anonymous = self.standing(ANONYMOUS)
        """That of callers without credentials."""

    @property
    def limits(self) -> bool:
        """Whether callers may send so many requests only."""
        return self._limits is not None

    def standing(self, caller: Caller) -> Standing:
        """What of a caller decides about answers."""
        reads = None if self._open_reading else frozenset(type_ for type_ in RESOURCE_TYPES if _may_read(caller, type_))
        return Standing(caller.entitlements & self._terminology.licences.entitlements, reads)

    def standing_at_once(self, environ: Environ, generation: int) -> Standing | None:
        """The standing of whoever is known to have sent a request; None if credentials have to be checked (`admit`)."""
        if (caller := environ.get(CALLER)) is not None:
            return self.standing(caller)
        checked = self._checked.get(credentials_in(environ), generation)
        return checked and checked.standing

    def is_within_limit(self, environ: Environ, generation: int) -> bool:
        """Count a request that is answered before it comes to `admit`; False leaves it to that."""
        if self._limits is None:
            return True
        checked = self._checked.get(credentials_in(environ), generation)
        caller = environ.get(CALLER) or (ANONYMOUS if checked is None else checked.caller)
        return not self._limits.take(_counted_as(caller, client_of(environ, self._terminology.settings.proxies)))

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
        if not _may_read(caller, type_):
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
        """The request with the caller of its credentials. Raises HttpError 401."""
        credentials = request.headers.get("authorization"), request.headers.get("x-api-key")
        generation = self._terminology.store.generation()  # first: what is revoked meanwhile is noticed
        checked = self._checked.get(credentials, generation)
        if checked is None:
            recognised = self._check(request, *credentials)
            checked = self._checked.add(credentials, recognised, self.standing(recognised.caller), generation)
        return replace(request, caller=checked.caller) if checked.caller.is_known else request

    def _check(self, request: Request, authorization: str | None, key: str | None) -> Recognised:
        """The caller with these credentials; foreign tokens are ignored, unless an issuer is set."""
        sent = authorization or ""
        token = sent[len(BEARER) :].strip() if sent.lower().startswith(BEARER) else ""
        key = key or (token if token.startswith(keys.PREFIX) else "")
        if key:
            recognised = keys.recognise(self._terminology.store, key, self._now())
            if recognised is None:
                raise self._invalid(request, "KEY_INVALID")
            return recognised
        if token and self._tokens is not None:
            return self._of_token(request, self._tokens, token)
        return Recognised(ANONYMOUS, math.inf)

    def _now(self) -> float:
        return self._terminology.clock().timestamp()

    def _of_token(self, request: Request, tokens: Tokens, token: str) -> Recognised:
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
        wait = self._limits.take(_counted_as(request.caller, request.address))
        if wait:
            seconds = str(math.ceil(wait))
            self.audit.denied(request, HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS")
            headers = (("Retry-After", seconds),)
            raise HttpError(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", headers=headers, seconds=seconds)


def _may_read(caller: Caller, type_: str | None) -> bool:
    return caller.may("r", type_) or caller.may("s", type_)


def _counted_as(caller: Caller, address: str) -> str:
    """Whose requests are counted together."""
    return f"caller {caller.name}" if caller.is_known else f"address {address}"
