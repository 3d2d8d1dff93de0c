"""Questions that differ in their codes only: everything else about them is read once, and the answer is filled in.

A WSGI layer before the endpoints, for calls of operations that have a `preparation`, in a URL or a small body. What it
answers is byte for byte what would be answered without it; whatever is not plain (a code that is not there, a format,
a caller with credentials) it hands on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from terminology.fhir import r4
from terminology.fhir.json import Json, dumps
from terminology.http import bodies, delivering, negotiation, operate, travelling
from terminology.http.access.callers import ANONYMOUS
from terminology.http.api import Api
from terminology.http.circumstances import Circumstances, Epochs, Plan
from terminology.http.errors import HttpError
from terminology.http.exchange import Request, Response
from terminology.http.kinds import Question, in_body, in_query, operation_at
from terminology.http.wsgi import CORS, request_id_of, request_of
from terminology.model.outcome import TerminologyError
from terminology.model.requests import RequestContext
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

OVERHEAD = 2048
"""What remembering a kind of question takes."""
BROUGHT = 64 * 1024
"""Bytes of a resource that a question brings, or left before: code systems get a database of their own."""
METHODS = frozenset({"GET", "POST"})
CONTENT_TYPE = ("Content-Type", negotiation.CONTENT_TYPES["json"])
ASK_AGAIN = ("Cache-Control", delivering.ASK_AGAIN)
NOT_KEPT = ("Cache-Control", delivering.NOT_KEPT)
NOT_PREPARED = "terminology.not_prepared"
"""Where it is known of a request that nothing is filled in."""


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
        operation = operation_at(environ.get("PATH_INFO", ""))
        if operation is None or NOT_PREPARED in environ or environ["REQUEST_METHOD"] not in METHODS:
            return None
        circumstances = self._epochs.circumstances(environ)
        if circumstances is None or circumstances.personal:
            return None
        question = _question(self._epochs, circumstances, environ)
        if question is None:
            return None
        kept = circumstances.epoch.plans.get(question.kind)
        plan = self._planned(question, circumstances, environ, operation) if kept is None else kept[0]
        return plan and _filled(plan, question.values, environ)

    def _planned(
        self, question: Question, circumstances: Circumstances, environ: Environ, operation: Operation
    ) -> Plan | None:
        """What answers questions of this kind; None, which is remembered too, where nothing does."""
        _, endpoint, path = environ["PATH_INFO"].split("/", 2)
        body: bytes = environ.get(bodies.SMALL, b"")
        request = request_of(self._api, environ, endpoint, path, "", ANONYMOUS)
        request = replace(request, body=body, resource=environ.get(bodies.RESOURCE))
        weight = OVERHEAD + len(environ["QUERY_STRING"]) + len(body)
        if len(set(question.names)) < len(question.names) or not _is_plain(request):
            return circumstances.epoch.plans.put(question.kind, None, weight)
        try:
            inputs, context = operate.read(self._api.terminology, request, operation)
            asked = operation.request(inputs)
        except TerminologyError:  # about this one question, perhaps: its code may be missing
            return None
        if context.resources and _question(self._epochs, circumstances, environ) != question:
            return None  # more was left here meanwhile
        weight += BROUGHT * len(context.resources)
        plan = None if _hides(question, inputs) else self._prepared(question, request, inputs, context, asked)
        return circumstances.epoch.plans.put(question.kind, plan, weight + (plan[0].weight if plan else 0))

    def _prepared(
        self, question: Question, request: Request, inputs: Inputs, context: RequestContext, asked: Any
    ) -> Plan | None:
        operation, terminology = inputs.operation, self._api.terminology
        preparation = operation.preparation
        assert preparation is not None

        def render(resource: Json) -> bytes:
            if request.release != "R5" and operation.to_r4 is not None:
                resource = operation.to_r4(resource, inputs)
            return dumps(r4.from_r5(resource, request.release))

        try:
            prepared = preparation.prepare(terminology.catalogue(context), asked, context, terminology.settings, render)
        except TerminologyError:
            return None
        except Exception:
            log.exception("%s cannot be prepared", operation.title)
            return None
        names = question.names
        places = tuple([names.index(name) if name in names else None for name in preparation.varying])
        return None if prepared is None else (prepared, places)


def at_once(epochs: Epochs, circumstances: Circumstances, environ: Environ) -> tuple[Headers, bytes] | None:
    """The answer to a request whose kind of question was prepared before; None for any other."""
    if circumstances.personal or operation_at(environ["PATH_INFO"]) is None:
        return None
    question = _question(epochs, circumstances, environ)
    kept = question and circumstances.epoch.plans.get(question.kind)
    if question is not None and kept is None:  # it may be planned yet
        return None
    if question is None or kept is None or kept[0] is None:
        environ[NOT_PREPARED] = True
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
    headers = [CONTENT_TYPE, NOT_KEPT]
    if environ["REQUEST_METHOD"] == "GET":
        headers = [CONTENT_TYPE, ASK_AGAIN, ("ETag", delivering.tag_of(body))]
    if "HTTP_ACCEPT_ENCODING" in environ:
        accepted = {"accept-encoding": environ["HTTP_ACCEPT_ENCODING"]}
        packed = delivering.packed(Response(200, tuple(headers), body), accepted)
        headers, body = [*packed.headers], packed.body
    headers += [*CORS, ("X-Request-Id", request_id_of(environ)), ("Content-Length", str(len(body)))]
    return headers, body


def _question(epochs: Epochs, circumstances: Circumstances, environ: Environ) -> Question | None:
    """What kind of question it is; None where none like it can be prepared."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if environ["REQUEST_METHOD"] == "GET":
        question = in_query(circumstances, path, query)
    else:
        resource = None if query else bodies.resource(environ)
        question = None if resource is None else in_body(circumstances, path, resource)
    if question is None or travelling.PARAMETER not in question.names:
        return question
    left = epochs.left(question.values[question.names.index(travelling.PARAMETER)])
    return None if left is None else question._replace(kind=(*question.kind, left))


def _hides(question: Question, inputs: Inputs) -> bool:
    """Whether something that varies is not seen as such: it may stand in a profile, or be written with escapes."""
    preparation = inputs.operation.preparation
    assert preparation is not None
    apart = {*preparation.varying, travelling.PARAMETER}.difference(question.names)
    return any(given.name in apart for given in inputs.given)


def _is_plain(request: Request) -> bool:
    """Whether something is asked as most ask it, and wanted as most want it: in JSON, at once, and whole."""
    if "prefer" in request.headers or any(name.startswith("_") for name, _ in request.query):
        return False
    headers, release, reads = request.headers, request.release, request.method == "GET"
    offered = negotiation.READ if reads else negotiation.SENT_BACK
    try:
        if not reads and negotiation.sent(headers.get("content-type", ""), release, bodies.READABLE) != "json":
            return False
        return negotiation.wanted(headers.get("accept", ""), None, release, offered) == "json"
    except HttpError:
        return False
