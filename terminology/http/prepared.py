"""Questions that differ in their codes only: everything else about them is read once, and the answer is filled in.

A WSGI layer before the endpoints, for GET calls of operations that have a `preparation`. What it answers is byte for
byte what would be answered without it; whatever is not plain (a code that is not there, a format, a language, a caller
with credentials) it hands on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIApplication

from terminology.fhir import r4
from terminology.fhir.json import Json, dumps
from terminology.http import delivering, negotiation, operate
from terminology.http.access.callers import ANONYMOUS
from terminology.http.api import Api
from terminology.http.circumstances import Circumstances, Epoch, Epochs, Kind, Plan
from terminology.http.errors import HttpError
from terminology.http.exchange import Request, Response
from terminology.http.wsgi import CORS, ENDPOINTS, request_id_of, request_of, text_of
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.operations.operation import Operation
from terminology.operations.table import find

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

OVERHEAD = 2048
"""What remembering a kind of question takes."""
LENGTH = 4
"""Parts of a path such as /r4/CodeSystem/$lookup."""
CONTENT_TYPE = ("Content-Type", negotiation.CONTENT_TYPES["json"])
CACHE_CONTROL = ("Cache-Control", delivering.ASK_AGAIN)
NOT_PREPARED = "terminology.not_prepared"
"""Where it is known of a request that nothing is filled in."""


class Question(NamedTuple):
    """What kind of question it is, and the values of what varies, in the order in which they were given."""

    kind: Kind
    values: Sequence[str]


class PreparedFirst:
    """An application whose plainest answers are filled in."""

    def __init__(self, app: WSGIApplication, api: Api, epochs: Epochs) -> None:
        self._app = app
        self._api = api
        self._epochs = epochs

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        found = self._found(environ)
        if found is None:
            return self._app(environ, start_response)
        headers, body = found
        start_response("200 OK", headers)
        return [body]

    def _found(self, environ: Environ) -> tuple[Headers, bytes] | None:
        operation = _operation_at(environ.get("PATH_INFO", ""))
        if operation is None or NOT_PREPARED in environ or environ["REQUEST_METHOD"] != "GET":
            return None
        circumstances = self._epochs.circumstances(environ)
        if circumstances is None or circumstances.personal:
            return None
        question = _question(circumstances, environ)
        if question is None:
            return None
        kept = circumstances.epoch.plans.get(question.kind)
        plan = self._planned(question, environ, operation, circumstances.epoch) if kept is None else kept[0]
        return plan and _filled(plan, question.values, environ)

    def _planned(self, question: Question, environ: Environ, operation: Operation, epoch: Epoch) -> Plan | None:
        """What answers questions of this kind; None, which is remembered too, where nothing does."""
        terminology = self._api.terminology
        _, endpoint, path = environ["PATH_INFO"].split("/", 2)
        request = request_of(self._api, environ, endpoint, path, "", ANONYMOUS)
        names = question.kind[-len(question.values) :] if question.values else ()
        weight = OVERHEAD + len(environ["QUERY_STRING"])
        if len(set(names)) < len(names) or not _is_plain(request):
            return epoch.plans.put(question.kind, None, weight)
        try:
            inputs, context = operate.read(terminology, request, operation)
            asked = operation.request(inputs)
        except TerminologyError:  # about this one question, perhaps: its code may be missing
            return None

        def render(resource: Json) -> bytes:
            if request.release != "R5" and operation.to_r4 is not None:
                resource = operation.to_r4(resource, inputs)
            return dumps(r4.from_r5(resource, request.release))

        preparation = operation.preparation
        assert preparation is not None
        try:
            prepared = preparation.prepare(terminology.catalogue(context), asked, context, terminology.settings, render)
        except TerminologyError:
            prepared = None
        except Exception:
            log.exception("%s cannot be prepared", operation.title)
            prepared = None
        if prepared is None:
            return epoch.plans.put(question.kind, None, weight)
        places = tuple([names.index(name) if name in names else None for name in preparation.varying])
        return epoch.plans.put(question.kind, (prepared, places), weight + prepared.weight)


def at_once(circumstances: Circumstances, environ: Environ) -> tuple[Headers, bytes] | None:
    """The answer to a GET request whose kind of question was prepared before; None for any other."""
    path = environ["PATH_INFO"]
    if circumstances.personal or _operation_at(path) is None:
        return None
    question = _question(circumstances, environ)
    kept = question and circumstances.epoch.plans.get(question.kind)
    if question is None or kept is None or kept[0] is None:
        return None
    return _filled(kept[0], question.values, environ)


def _filled(plan: Plan, values: Sequence[str], environ: Environ) -> tuple[Headers, bytes] | None:
    prepared, places = plan
    try:
        body = prepared.answer(*[None if place is None else values[place] for place in places])
    except TerminologyError:  # the usual way says it
        body = None
    except Exception:
        log.exception("a prepared answer failed; request %s is answered the usual way", request_id_of(environ))
        body = None
    if body is None:
        environ[NOT_PREPARED] = True
        return None
    headers = [CONTENT_TYPE, CACHE_CONTROL, ("ETag", delivering.tag_of(body))]
    if "HTTP_ACCEPT_ENCODING" in environ:
        accepted = {"accept-encoding": environ["HTTP_ACCEPT_ENCODING"]}
        packed = delivering.packed(Response(200, tuple(headers), body), accepted)
        headers, body = [*packed.headers], packed.body
    headers += [*CORS, ("X-Request-Id", request_id_of(environ)), ("Content-Length", str(len(body)))]
    return headers, body


@remembering(1024)
def _operation_at(path: str) -> Operation | None:
    """The operation on a type that a path names, where calls of it can be prepared."""
    parts = path.split("/")
    if len(parts) != LENGTH or parts[0] or parts[1] not in ENDPOINTS or not parts[3].startswith("$"):
        return None
    operation = find(parts[2], parts[3][1:])
    return operation if operation is not None and operation.preparation is not None else None


@lru_cache(maxsize=1024)
def _splitter(path: str) -> Callable[[str], list[str]]:
    """Takes the query of a call apart: text, name, value, text, name, value, … text."""
    operation = _operation_at(path)
    assert operation is not None
    assert operation.preparation is not None
    return re.compile(rf"(?<![^&])({'|'.join(operation.preparation.varying)})=([^&]*)").split


def _question(circumstances: Circumstances, environ: Environ) -> Question | None:
    """None for a query whose values need more than decoding."""
    path = environ["PATH_INFO"]
    parts = _splitter(path)(text_of(environ["QUERY_STRING"]))
    values = parts[2::3]
    for place, value in enumerate(values):
        if not value.isalnum():
            plain = values[place] = unquote(value.replace("+", " ")) if "%" in value or "+" in value else value
            if not plain or plain != plain.strip():
                return None
    return Question((circumstances, path, *parts[::3], *parts[1::3]), values)


def _is_plain(request: Request) -> bool:
    """Whether an answer is wanted as most want it: in JSON, at once, and whole."""
    if "prefer" in request.headers or any(name.startswith("_") for name, _ in request.query):
        return False
    try:
        return negotiation.wanted(request.headers.get("accept", ""), None, request.release, negotiation.READ) == "json"
    except HttpError:
        return False
