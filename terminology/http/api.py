"""One FHIR endpoint without a web framework: a request in, a response out.

Determines the interaction of a request (R5, 3.2.0), lets it answer in R5, and converts the answer, or the error, into
the client's release and format. Nothing here raises: every failure is an OperationOutcome.
"""

from __future__ import annotations

import logging
import uuid
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from terminology.fhir import outcome, r4, xml
from terminology.fhir.json import Json, dumps
from terminology.http import (
    batch,
    bundles,
    client_caches,
    history,
    html,
    meta_operations,
    metadata,
    negotiation,
    openapi,
    operate,
    reading,
    searching,
    transaction,
    validations,
    writing,
)
from terminology.http.access import smart
from terminology.http.access.guard import Guard
from terminology.http.errors import HttpError, status_of
from terminology.http.exchange import Answer, Request, Response
from terminology.http.jobs import interactions
from terminology.http.jobs.starting import Starter
from terminology.http.upstream.forwarding import Upstream
from terminology.http.write_plans import Plan
from terminology.library import Terminology
from terminology.model.outcome import Issue, TerminologyError
from terminology.operations.table import RESOURCE_TYPES

if TYPE_CHECKING:  # it is made of what answers before this
    from terminology.http.entries import Entries, Filling

log = logging.getLogger(__name__)

WRITING = ("POST", "PUT", "PATCH", "DELETE")
BUNDLES = MappingProxyType({"batch": batch.answer, "transaction": transaction.answer})
"""Handlers of Bundles that are sent to the endpoint itself, by Bundle.type."""
COME_BACK = ("Retry-After", "5")
"""While the database does not answer: about as long as a failover or a restart takes."""


class Api:
    """Answers FHIR requests about one database."""

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology
        self.guard = Guard(terminology)
        self.upstream = Upstream.of(terminology)
        self.starter = Starter(terminology.store.jobs, terminology.settings)
        self.entries: Entries | None = None
        """What fills in answers to entries of batches, where any are prepared."""

    def respond(self, request: Request) -> Response:
        """The response to any request; never raises."""
        if request.segments == smart.PATH and (found := smart.response(self.terminology.settings)) is not None:
            return found
        if request.segments == openapi.PATH and request.method == "GET":
            return openapi.response(request)
        try:
            format_ = _wanted(request)
            request = self.guard.admit(request)
            return _render(self.answer(request), request, format_)
        except Exception as error:  # noqa: BLE001 - the outermost handler: clients never see a stack trace
            return self.fail(error, request)

    def fail(self, error: Exception, request: Request) -> Response:
        """The response to an error, in the client's format where it is supported."""
        answer = failure(error, request)
        try:
            format_ = _wanted(request)
        except HttpError:
            format_ = "json"
        try:
            return _render(answer, request, format_)
        except Exception as unwritable:  # noqa: BLE001 - a text that the format cannot hold
            return _render(failure(unwritable, request), request, "json")

    def answer(self, request: Request) -> Answer:
        """The answer to an admitted request, as R5. Raises TerminologyError or HttpError."""
        try:
            return self._answer(request)
        except TerminologyError as error:
            if error.kind == "forbidden":
                self.guard.audit.denied(request, status_of(error), error.issues[0].message_id)
            raise

    def _answer(self, request: Request) -> Answer:
        match request.segments:
            case ():
                if request.method != "POST":
                    raise _base_alone(request)
                return self._bundle(request)
            case ("metadata",):
                _allow(request, "GET")
                return metadata.answer(self.terminology, request)
            case (name,) if name == f"${client_caches.NAME}":
                _allow(request, "POST")
                self.guard.permit_reading(request, None)
                return client_caches.control(self.terminology, request)
            case ("$documents",):
                _allow(request, "GET")
                return interactions.documents(self, request)
            case (name,) if name[1:] in interactions.TAKEN and name.startswith("$"):
                _allow(request, "POST")
                return interactions.work(self, request, name[1:])
            case (interactions.PLACE, *job):
                return self._job(request, job)
            case (name,) if name.startswith("$"):
                self.guard.permit_reading(request, None)
                return self._operate(request, None, name)
            case (type_, *rest) if type_ in RESOURCE_TYPES:
                return self._about(request, type_, rest)
            case (type_, *_) if type_[:1].isupper():
                known = ", ".join(RESOURCE_TYPES)
                raise TerminologyError.of(
                    "not-found", "RESOURCE_TYPE_UNKNOWN", code="not-supported", type=type_, known=known
                )
        raise _nothing_there(request)

    def _about(self, request: Request, type_: str, rest: list[str]) -> Answer:
        if not self.writes(request):
            self.guard.permit_reading(request, type_)
        match rest:
            case ["_search"]:
                _allow(request, "POST")
                return searching.answer(self.terminology, request, type_)
            case [name] | [_, name] if name.startswith("$"):
                return self._operate(request, type_, *reversed(rest))
            case ["_history"] | [_, "_history"] | [_, "_history", _]:
                _allow(request, "GET")
                return history.answer(self.terminology, request, type_, rest)
            case [] | [_]:
                _allow(request, "GET", *(WRITING if not rest else WRITING[1:]))
                if request.method in WRITING:
                    return self._write(request, type_, *rest)
                answer = reading.answer if rest else searching.answer
                return answer(self.terminology, request, type_, *rest)
        raise _nothing_there(request)

    def filling(self, request: Request) -> Filling | None:
        """What fills in answers to questions within a request, as JSON for its response; None if nothing does."""
        written = not request.nested and _wanted(request) == "json" and request.parameter("_pretty") != "true"
        return self.entries.filling(request) if written and self.entries is not None else None

    def _job(self, request: Request, job: list[str]) -> Answer:
        self.guard.permit_reading(request, None)
        match job:
            case []:
                _allow(request, "GET")
                return interactions.listed(self, request)
            case [id_]:
                _allow(request, "GET", "DELETE")
                return (interactions.ended if request.method == "DELETE" else interactions.told)(self, request, id_)
        raise _nothing_there(request)

    def _bundle(self, request: Request) -> Answer:
        bundle = bundles.read(request)
        answer = BUNDLES.get(str(bundle.get("type")))
        if answer is None:
            known = " and ".join(f"'{type_}'" for type_ in BUNDLES)
            raise TerminologyError.of(
                "not-supported", "BUNDLE_TYPE_UNSUPPORTED", type=str(bundle.get("type")), known=known
            )
        if interactions.wanted(request):
            self._permit_all(request, bundle)
            return interactions.later(self, request)
        return answer(self, request, bundle)

    def _permit_all(self, request: Request, bundle: Json) -> None:
        """Check the permissions for a Bundle that becomes a job, whose refusal nobody would see. Raises HttpError."""
        self.guard.permit_reading(request, None)
        for inner in (bundles.request_of(request, entry) for entry in bundles.entries(bundle)):
            if self.writes(inner):
                self.permit(inner)

    def _write(self, request: Request, type_: str, id_: str | None = None) -> Answer:
        self.permit(request)
        with self.terminology.store.writing():
            with writing.in_time(self.terminology):
                plan = writing.carried_out(self.terminology, request, type_, id_)
            return self.done(request, plan)

    def _change_meta(self, request: Request, type_: str, id_: str, name: str) -> Answer:
        self.guard.permit_writing(request, "u", type_)
        with self.terminology.store.writing():
            with writing.in_time(self.terminology):
                writing.changed(
                    self.terminology, request, meta_operations.plan(self.terminology, request, type_, id_, name)
                )
            answer = meta_operations.answer(self.terminology, request, type_, id_)
        self.guard.audit.written(request, answer.status, f"{type_}/{id_}")
        return answer

    def done(self, request: Request, plan: Plan) -> Answer:
        """The answer to a plan that was carried out; written to the audit log."""
        answer = writing.answered(self.terminology, request, plan)
        place = next((value for name, value in answer.headers if name == "Location"), f"{plan.type}/{plan.id}")
        self.guard.audit.written(request, answer.status, place.removeprefix(f"{request.base}/"))
        return answer

    def writes(self, request: Request) -> bool:
        """Whether a request changes resources (and is handled by `writing`)."""
        if request.method == "GET":
            return False
        match request.segments:
            case (type_,) | (type_, _) if type_ in RESOURCE_TYPES and request.method in WRITING:
                last = request.segments[-1]
                return not last.startswith(("$", "_")) and (request.method != "POST" or last == type_)
        return False

    def permit(self, request: Request) -> None:
        """Check that the caller may write. Raises HttpError 401 or 403."""
        self.guard.permit_writing(request, writing.ACTIONS[request.method], request.segments[0])

    def _operate(self, request: Request, type_: str | None, name: str, id_: str | None = None) -> Answer:
        if name == f"${meta_operations.NAME}":
            _allow(request, "GET")
            return meta_operations.answer(self.terminology, request, type_, id_)
        if name.removeprefix("$") in meta_operations.CHANGING and type_ is not None and id_ is not None:
            _allow(request, "POST")
            return self._change_meta(request, type_, id_, name.removeprefix("$"))
        operation = operate.find(type_, name.removeprefix("$"))
        _allow(request, *(("POST",) if operation.affects_state else ("GET", "POST")))
        if operation.affects_state:
            self.guard.permit_writing(request, "u", type_ or "ConceptMap")
        if interactions.wanted(request):
            return interactions.later(self, request)
        if id_ is not None and not operation.on_instance:
            raise _nothing_there(request)
        instance = reading.canonical(self.terminology, type_, id_) if id_ is not None else None
        if self.upstream is not None:
            return self.upstream.answer(request, operation, instance)
        if operation.name == validations.NAME:
            return validations.answer(self, request, operation, instance)
        return operate.answer(self.terminology, request, operation, instance)


def _wanted(request: Request) -> negotiation.Format:
    accept, format_ = request.headers.get("accept", ""), request.parameter("_format")
    offered = negotiation.READ if request.method == "GET" else negotiation.SENT_BACK
    return negotiation.wanted(accept, format_, request.release, offered)


def _allow(request: Request, *methods: str) -> None:
    if request.method in methods:
        return
    allowed = ", ".join(methods)
    raise HttpError(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        headers=(("Allow", f"{allowed}, OPTIONS" + (", HEAD" if "GET" in methods else "")),),
        path="/" + "/".join(request.segments),
        method=request.method,
        allowed=allowed,
    )


def _base_alone(request: Request) -> HttpError:
    arguments = {"base": request.base, "method": request.method, "types": ", ".join(RESOURCE_TYPES)}
    headers = (("Allow", "POST, OPTIONS"),)
    return HttpError(HTTPStatus.METHOD_NOT_ALLOWED, "BASE_TAKES_BUNDLES", headers=headers, **arguments)


def _nothing_there(request: Request) -> HttpError:
    return HttpError(
        HTTPStatus.NOT_FOUND,
        "PATH_UNKNOWN",
        path="/" + "/".join(request.segments),
        endpoints="metadata, [type], [type]/[id], [type]/_history, [type]/[id]/_history, [type]/$[operation] and"
        " [type]/[id]/$[operation]",
    )


def failure(error: Exception, request: Request) -> Answer:
    """An OperationOutcome for an error; server and database errors are logged under a reference, not shown."""
    if isinstance(error, TerminologyError) and error.kind != "unavailable":
        return Answer(outcome.render(error.issues), status_of(error))
    if isinstance(error, HttpError):
        return Answer(outcome.render(error.issues), error.status, error.headers)
    reference = str(uuid.uuid4())
    path, request_id = "/".join(request.segments), request.headers.get("x-request-id", "none")
    log.error("%s %r failed, reference %s, request %s", request.method, path, reference, request_id, exc_info=error)
    if isinstance(error, TerminologyError):  # its text names files of this machine
        issue = Issue("error", "transient", "DATABASE_UNAVAILABLE", {"reference": reference})
        return Answer(outcome.render((issue,)), status_of(error), (COME_BACK,))
    issue = Issue("fatal", "exception", "INTERNAL_ERROR", {"reference": reference})
    return Answer(outcome.render((issue,)), HTTPStatus.INTERNAL_SERVER_ERROR)


def _render(answer: Answer, request: Request, format_: negotiation.Format) -> Response:
    if not answer.resource:
        return Response(answer.status, answer.headers)
    resource: Json = r4.from_r5(answer.resource, request.release)
    content_type = ("Content-Type", negotiation.CONTENT_TYPES[format_])
    if format_ == "html":
        return Response(answer.status, (content_type, html.POLICY, *answer.headers), html.page(resource, request))
    pretty = request.parameter("_pretty") == "true"
    body = xml.dumps(resource, request.release, pretty=pretty) if format_ == "xml" else dumps(resource, pretty=pretty)
    return Response(answer.status, (content_type, *answer.headers), body)
