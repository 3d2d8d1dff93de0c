"""Prepared answers: questions that differ only in their codes are parsed once, then answered from a template.

A WSGI layer in front of the endpoints for operations with a `preparation`, called by URL or with a small body, and for
searches for a canonical or an id. Its answers are byte for byte those of the application. Anything unusual (a page, a
caller whose credentials were not checked lately) is passed on to the application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication

from terminology.http import bodies, delivering, negotiation, prepared_searches, shapes
from terminology.http.api import Api
from terminology.http.cache_context import CacheContext, Epochs, Plan, Search, Shape
from terminology.http.environ import Environ, Headers
from terminology.http.errors import STATUS, HttpError
from terminology.http.exchange import Request, Response
from terminology.http.kinds import (
    Question,
    family_in_body,
    family_in_query,
    in_body,
    in_query,
    in_search,
    operation_at,
    says_nothing,
    searches,
)
from terminology.http.plans import Plans, fill, with_client_cache
from terminology.http.wsgi import CORS, ENDPOINTS, public_base, request_id_of, request_of
from terminology.operations.operation import Operation

Answer = tuple[int, Headers, bytes]
"""Status, headers and body."""
METHODS = frozenset({"GET", "POST"})
JSON, XML = (("Content-Type", negotiation.CONTENT_TYPES[name]) for name in ("json", "xml"))
OK = 200
LINES = {
    int(status): f"{status.value} {status.phrase}"
    for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED, *STATUS.values())
}
"""Statuses of answers, and how a status line has them."""
ASK_AGAIN = ("Cache-Control", delivering.ASK_AGAIN)
NOT_KEPT = ("Cache-Control", delivering.NOT_KEPT)
NOT_PREPARED = "terminology.not_prepared"
"""Set in the environ of a request that is known to have no prepared answer."""


class PreparedFirst:
    """Wraps an application and answers prepared questions in its place."""

    def __init__(self, app: WSGIApplication, api: Api, epochs: Epochs) -> None:
        self._app = app
        self.answers = PreparedAnswers(api, epochs)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        found = self.answers.answer(environ)
        if found is None:
            return self._app(environ, start_response)
        status, headers, body = found
        start_response(LINES[status], headers)
        return [body]


class PreparedAnswers:
    """Answers prepared questions, and prepares those of kinds that were not asked before."""

    def __init__(self, api: Api, epochs: Epochs) -> None:
        self.api = api
        self.epochs = epochs
        self._plans = Plans(api.terminology, epochs)
        self._most = min(bodies.MOST, api.terminology.settings.max_body)

    def answer(self, environ: Environ) -> Answer | None:
        """The answer to a request; None if the application has to give it."""
        found = self._found(environ)
        return unless_known(found, environ) if found is not None and self.epochs.is_within_limit(environ) else None

    def _found(self, environ: Environ) -> Answer | None:
        path = environ.get("PATH_INFO", "")
        operation = operation_at(path)
        sought = operation is None and searches(path)
        if NOT_PREPARED in environ or environ["REQUEST_METHOD"] not in METHODS or not (operation or sought):
            return None
        if environ["REQUEST_METHOD"] == "POST" and not bodies.is_small(environ, self._most):
            return None
        context = self.epochs.context(environ)
        if context is None or context.personal:
            return None
        if operation is None:
            return self._matches(context, environ)
        question = _question(self.epochs, context, environ)
        if question is None:
            return None
        kept = context.epoch.plans.get(question.kind)
        plan = kept[0] if kept else self._plan(question, environ, operation, context)
        return plan and _filled(plan, question.values, environ)

    def _plan(self, question: Question, environ: Environ, operation: Operation, context: CacheContext) -> Plan | None:
        """A plan for questions of a new kind, from that of another kind in the same family if there is one."""
        epoch, related = context.epoch, _related(context, environ)
        family = related and epoch.families.get(related.kind)
        if related is not None and family is not None:
            return self._plans.like(family[0], question, related, epoch)
        return self._plans.make(question, self._request(context, environ), operation, epoch, context.left, related)

    def _matches(self, context: CacheContext, environ: Environ) -> Answer | None:
        """The answer to a search."""
        question = _search(context, environ)
        if question is None:
            return None
        kept = context.epoch.searches.get(question.kind)
        search = kept[0] if kept else self._search(question, environ, context)
        body = None if search is None else prepared_searches.matches(search, question.values)
        return None if body is None else _whole(body, environ)

    def _search(self, question: Question, environ: Environ, context: CacheContext) -> Search | None:
        request = self._request(context, environ)
        return prepared_searches.prepared(self.api.terminology, request, question, context.epoch)

    def _request(self, context: CacheContext, environ: Environ) -> Request:
        """The request as the application would see it, from any caller of its standing."""
        _, endpoint, path = environ["PATH_INFO"].split("/", 2)
        request = request_of(self.api, environ, endpoint, path, public_base(self.api, environ), context.caller)
        return replace(request, body=environ.get(bodies.SMALL, b""), resource=environ.get(bodies.RESOURCE))


def unless_known(answer: Answer, environ: Environ) -> Answer:
    """The answer, or 304 where the client has it already."""
    known = environ.get("HTTP_IF_NONE_MATCH")
    return answer if known is None else delivering.unless_known(*answer, known)


Known = Callable[[Epochs, CacheContext, Environ], Answer | None]
"""Gives the answer to a request of a kind that was prepared before, if it does not take long; None for any other.

The context must not be personal, and a body must have been read (`bodies.keep`).
"""


def known_at(path: str) -> Known | None:
    """What gives prepared answers at a path; None where there are none."""
    if operation_at(path) is not None:
        return _known_answer
    return _known_matches if searches(path) else None


def _known_answer(epochs: Epochs, context: CacheContext, environ: Environ) -> Answer | None:
    """`Known` answers of operations."""
    cut = None
    if environ["REQUEST_METHOD"] == "POST" and not (environ["QUERY_STRING"] and _query_counts(environ)):
        path, body, epoch = environ["PATH_INFO"], environ[bodies.SMALL], context.epoch
        latest = epoch.latest_shape
        if latest is not None and latest.context is context and latest.path == path:
            texts = shapes.texts_in(body, latest.pieces)
            if texts is not None:
                return _shaped(latest, texts, environ)
        cut = shapes.cut(context, path, body)
        if cut is not None and (known := epoch.shapes.get(cut[0])) is not None:
            shape = known[0]
            if shape.pieces:
                epoch.latest_shape = shape
            return _shaped(shape, cut[1], environ)
    question = _question(epochs, context, environ)
    kept = question and context.epoch.plans.get(question.kind)
    if question is not None and kept is None:  # not prepared yet, but may be
        return None
    plan = kept and kept[0]
    if question is None or kept is None or plan is None:
        environ[NOT_PREPARED] = True
        return None
    if cut is not None:
        shapes.learn(*cut, question, plan, kept[1])
    return _filled(plan, question.values, environ)


def _shaped(shape: Shape, texts: Sequence[bytes], environ: Environ) -> Answer | None:
    """The answer to a body of a known shape, with these texts."""
    values = shapes.values_of(texts)
    return None if values is None else _filled(shape.plan, values, environ)


def _known_matches(_: Epochs, context: CacheContext, environ: Environ) -> Answer | None:
    """`Known` answers of searches."""
    question = _search(context, environ)
    kept = question and context.epoch.searches.get(question.kind)
    if question is not None and kept is None:
        return None
    if question is None or kept is None or kept[0] is None:
        environ[NOT_PREPARED] = True
        return None
    body = prepared_searches.matches(kept[0], question.values, at_once=True)
    return None if body is None else _whole(body, environ)


def _search(context: CacheContext, environ: Environ) -> Question | None:
    """The search in a request and its kind; None if searches of its kind cannot be prepared."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    return in_search(context, environ["PATH_INFO"], environ["QUERY_STRING"])


def _filled(plan: Plan, values: Sequence[str], environ: Environ) -> Answer | None:
    found = fill(plan, values)
    if found is None:
        environ[NOT_PREPARED] = True
        return None
    return _whole(found, environ) if isinstance(found, bytes) else _whole(found.body, environ, int(STATUS[found.kind]))


def _whole(body: bytes, environ: Environ, status: int = OK) -> Answer:
    """An answer with its headers."""
    content_type = XML if body[:1] == b"<" else JSON
    headers = [content_type, NOT_KEPT]
    if status == OK and environ["REQUEST_METHOD"] == "GET":
        headers = [content_type, ASK_AGAIN, ("ETag", delivering.tag_of(body))]
    if len(body) >= delivering.PACKED_FROM and "HTTP_ACCEPT_ENCODING" in environ:
        accepted = {"accept-encoding": environ["HTTP_ACCEPT_ENCODING"]}
        packed = delivering.packed(Response(status, tuple(headers), body), accepted)
        headers, body = [*packed.headers], packed.body
    headers += [*CORS, ("X-Request-Id", request_id_of(environ)), ("Content-Length", str(len(body)))]
    return status, headers, body


def _related(context: CacheContext, environ: Environ) -> Question | None:
    """The question as one of a family, if it is in one."""
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "GET":
        return family_in_query(context, path, environ["QUERY_STRING"])
    resource = bodies.resource(environ)
    return None if resource is None else family_in_body(context, path, resource)


def _question(epochs: Epochs, context: CacheContext, environ: Environ) -> Question | None:
    """The question and its kind; None if questions of its kind cannot be prepared."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if environ["REQUEST_METHOD"] == "GET":
        question = in_query(context, path, query)
    else:
        resource = None if query and _query_counts(environ) else bodies.resource(environ)
        question = None if resource is None else in_body(context, path, resource)
    return question and with_client_cache(question, epochs)


def _query_counts(environ: Environ) -> bool:
    """Whether the query of a request has an effect beside its body and its headers."""
    if not says_nothing(environ["QUERY_STRING"]):
        return True
    release, accept = ENDPOINTS[environ["PATH_INFO"].split("/", 2)[1]], environ.get("HTTP_ACCEPT", "")
    try:
        return negotiation.wanted(accept, None, release, negotiation.SENT_BACK) != "json"
    except HttpError:
        return True
