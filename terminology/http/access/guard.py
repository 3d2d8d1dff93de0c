"""The gate that every request passes: reading is open, writing needs a permission."""

from __future__ import annotations

from http import HTTPStatus

from terminology.http.access.callers import Action
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.settings import Settings

REALM = 'Bearer realm="terminology"'


class Guard:
    """Knows the settings; asks nothing of what is open."""

    def __init__(self, settings: Settings) -> None:
        self._insecure_writes: bool = settings.insecure_writes

    def require(self, request: Request, action: Action, type_: str) -> None:
        """Whether a caller may write. Raises HttpError 401 when nobody is named, 403 when the scopes do not do."""
        if self._insecure_writes:
            return
        caller = request.caller
        if not caller.is_known:
            raise HttpError(
                HTTPStatus.UNAUTHORIZED, "WRITING_CLOSED", headers=(("WWW-Authenticate", REALM),), type=type_
            )
        if not caller.may(action, type_):
            scope = f"system/{type_}.{action}"
            challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
            raise HttpError(
                HTTPStatus.FORBIDDEN, "SCOPE_MISSING", headers=(("WWW-Authenticate", challenge),),
                caller=str(caller.name), scope=scope,
            )  # fmt: skip
