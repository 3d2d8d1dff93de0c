"""Questions that differ in their codes only: everything else about them is read once, and the answer is filled in.

A WSGI layer before the endpoints, for GET calls of operations that have a `preparation`. What it answers is byte for
byte what would be answered without it; whatever is not plain (a code that is not there, a format, a language, a caller
with credentials) it hands on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIApplication

from terminology.fhir import r4
from terminology.fhir.json import Json, dumps
from terminology.http import delivering, negotiation, operate
from terminology.http.access.callers import ANONYMOUS
from terminology.http.api import Api
from terminology.http.circumstances import Circumstances, circumstances
from terminology.http.errors import HttpError
from terminology.http.exchange import Request, Response
from terminology.http.wsgi import CORS, ENDPOINTS, request_id_of, request_of, text_of
from terminology.model.outcome import TerminologyError
from terminology.operations.operation import Operation, Prepared
from terminology.operations.table import find
from terminology.store.cache import BoundedCache

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Key = tuple[Circumstances, tuple[str, ...], tuple[bool, ...]]

KEPT_BYTES = 4 * 1024 * 1024
"""Of what was prepared, for each kind of question: operation, system or value set, other parameters, headers."""
OVERHEAD = 2048
"""What remembering a kind of question takes."""
LENGTH = 4
"""Parts of a path such as /r4/CodeSystem/$lookup."""
CONTENT_TYPE = ("Content-Type", negotiation.CONTENT_TYPES["json"])
CACHE_CONTROL = ("Cache-Control", delivering.ASK_AGAIN)


class Question(NamedTuple):
    """A query, taken apart: what varies, by place (None: not given), and the rest as it was written."""

    values: list[str | None]
    rest: tuple[str, ...]


class PreparedFirst:
    """An application whose plainest answers are filled in."""

    def __init__(self, app: WSGIApplication, api: Api) -> None:
        self._app = app
        self._api = api
        self._plans: BoundedCache[Key, Prepared | None] = BoundedCache(KEPT_BYTES)
        self._generation = -1

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        body = self._body(environ)
        if body is None:
            return self._app(environ, start_response)
        headers = [CONTENT_TYPE, CACHE_CONTROL, ("ETag", delivering.tag_of(body))]
        if "HTTP_ACCEPT_ENCODING" in environ:
            accepted = {"accept-encoding": environ["HTTP_ACCEPT_ENCODING"]}
            packed = delivering.packed(Response(200, tuple(headers), body), accepted)
            headers, body = [*packed.headers], packed.body
        headers += [*CORS, ("X-Request-Id", request_id_of(environ)), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]

    def _body(self, environ: Environ) -> bytes | None:
        """The answer, or None for a request that must go the usual way."""
        if environ["REQUEST_METHOD"] != "GET":
            return None
        operation = _operation_at(environ.get("PATH_INFO", ""))
        if operation is None or operation.preparation is None:
            return None
        found = circumstances(self._api.terminology, environ)
        question = _taken_apart(environ["QUERY_STRING"], operation.preparation.varying)
        if found is None or found.personal or question is None:
            return None
        if found.generation != self._generation:  # plans hold on to all that was read of theirs
            self._plans.clear()
            self._generation = found.generation
        key = found, question.rest, tuple([value is None for value in question.values])
        kept = self._plans.get(key)
        plan = self._planned(key, environ, operation) if kept is None else kept[0]
        try:
            return plan.answer(*question.values) if plan is not None else None
        except TerminologyError:  # the usual way says it
            return None
        except Exception:
            log.exception("a prepared answer failed; request %s is answered the usual way", request_id_of(environ))
            return None

    def _planned(self, key: Key, environ: Environ, operation: Operation) -> Prepared | None:
        """What answers questions of this kind; None, which is remembered too, where nothing does."""
        terminology = self._api.terminology
        _, endpoint, path = environ["PATH_INFO"].split("/", 2)
        request = request_of(self._api, environ, endpoint, path, "", ANONYMOUS)
        if not _is_plain(request):
            return self._plans.put(key, None, OVERHEAD)
        try:
            inputs, context = operate.read(terminology, request, operation)
            asked = operation.request(inputs)
        except TerminologyError:  # about this one question, perhaps: its code may be missing
            return None

        def render(resource: Json) -> bytes:
            if request.release != "R5" and operation.to_r4 is not None:
                resource = operation.to_r4(resource, inputs)
            return dumps(r4.from_r5(resource, request.release))

        prepare = operation.preparation.prepare if operation.preparation else None
        try:
            plan = prepare and prepare(terminology.catalogue(context), asked, context, terminology.settings, render)
        except TerminologyError:
            plan = None
        except Exception:
            log.exception("%s cannot be prepared", operation.title)
            plan = None
        return self._plans.put(key, plan, OVERHEAD + plan.weight if plan else OVERHEAD)


@lru_cache(maxsize=1024)
def _operation_at(path: str) -> Operation | None:
    """The operation on a type that a path names, where calls of it can be prepared."""
    parts = path.split("/")
    if len(parts) != LENGTH or parts[0] or parts[1] not in ENDPOINTS or not parts[3].startswith("$"):
        return None
    operation = find(parts[2], parts[3][1:])
    return operation if operation is not None and operation.preparation is not None else None


def _taken_apart(query: str, varying: tuple[str, ...]) -> Question | None:
    """None for a query whose values are given twice, or need more than decoding."""
    values: list[str | None] = [None] * len(varying)
    rest = []
    for pair in text_of(query).split("&"):
        name, _, value = pair.partition("=")
        if name not in varying:
            rest.append(pair)
            continue
        if "%" in value or "+" in value:
            value = unquote(value.replace("+", " "))
        place = varying.index(name)
        if values[place] is not None or not value or value != value.strip():
            return None
        values[place] = value
    return Question(values, tuple(rest))


def _is_plain(request: Request) -> bool:
    """Whether an answer is wanted as most want it: in JSON, at once, and whole."""
    if "prefer" in request.headers or any(name.startswith("_") for name, _ in request.query):
        return False
    try:
        return negotiation.wanted(request.headers.get("accept", ""), None, request.release, negotiation.READ) == "json"
    except HttpError:
        return False
