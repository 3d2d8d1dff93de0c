"""Plans: how to answer questions of one kind, prepared once and cached as long as an epoch lasts.

A plan is made from the first question of its kind, which is read the usual way, and filled in for the others. Where
an answer is wanted in another form than plain JSON, it is written in it each time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from terminology.fhir import r4, xml
from terminology.fhir.json import Json, dumps, loads_object
from terminology.http import bodies, client_caches, negotiation, operate, reading
from terminology.http.cache_context import Epoch, Epochs, Family, Plan
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.http.kinds import Question
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.requests import FhirRelease, RequestContext
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Operation, Prepared, Refused

log = logging.getLogger(__name__)

OVERHEAD = 1024
"""What remembering a kind of question takes."""
FAMILY = 32 * 1024
"""What a family takes: the parameters of a question, and what expansions have in common."""
PREFERENCES = ("handling=", "respond-async")
"""Preferences with an effect on what only reads; clients send `return=representation` with everything."""
LARGEST = 32 * 1024
"""Bytes of JSON that are written in another form without keeping others waiting."""


class Form(NamedTuple):
    """How an answer is written."""

    format: negotiation.Format
    pretty: bool


PLAIN = Form("json", pretty=False)
IN_ORDER = tuple(range(32))
"""The places of values that are filled in as they are given: mostly there is one."""
BROUGHT = 64 * 1024
"""Bytes of a resource that a question brings, or left before: code systems get a database of their own."""


def with_client_cache(question: Question, epochs: Epochs) -> Question | None:
    """The question, with the resources under its cache id as part of its kind; None if the database does not answer."""
    if client_caches.PARAMETER not in question.names or (cache_id := question.cache_id) is None:
        return question
    left = epochs.client_cache(cache_id)
    return None if left is None else question._replace(kind=(*question.kind, left))


def fill(plan: Plan, values: Sequence[str]) -> bytes | Refused | None:
    """The answer to a question with these values; None if it has to be answered the usual way."""
    prepared, places = plan
    try:
        if places == IN_ORDER[: len(values)]:
            return prepared.answer(*values)
        return prepared.answer(*map((*values, None).__getitem__, places))
    except TerminologyError:  # the usual way says it
        return None
    except Exception:
        log.exception("a prepared answer failed; the request is answered the usual way")
        return None


class Plans:
    """Makes plans for questions about one database."""

    def __init__(self, terminology: Terminology, epochs: Epochs) -> None:
        self._terminology = terminology
        self._epochs = epochs

    def make(
        self,
        question: Question,
        request: Request,
        operation: Operation,
        epoch: Epoch,
        left: tuple[str, ...],
        related: Question | None = None,
    ) -> Plan | None:
        """The plan for questions of this kind, made from a request that asks one; None if they cannot be prepared.

        Both results are cached. `question` includes the resources under its cache id (`with_client_cache`); `left` are
        the digests of those under the id in a header. `related` is the same question as one of a family, if it is in
        one, which others of the family are then `like`.
        """
        weight = _weight(question) + len(request.body)
        form = form_of(request)
        if len(set(question.names)) < len(question.names) or form is None:
            return epoch.plans.put(question.kind, None, weight)
        try:
            inputs, context = operate.read(self._terminology, request, operation, self._instance(request))
            asked = operation.request(inputs)
        except (TerminologyError, HttpError):  # about this one question, perhaps: its code may be missing
            return None
        if context.resources and self._have_changed(question, request, left):
            return None
        weight += BROUGHT * len(context.resources)
        plan = None if _hides(question, inputs) else self._prepared(question, request, inputs, context, asked)
        if plan is not None and form != PLAIN:
            plan = written_in(form, plan[0], request.release), plan[1]
        if plan is not None and related is not None and plan[0].about is not None and not context.resources:
            family = Family(inputs, plan[0].about, plan[1])
            epoch.families.put(related.kind, family, FAMILY + _weight(related))
        return epoch.plans.put(question.kind, plan, weight + (plan[0].weight if plan else 0))

    def like(self, family: Family, question: Question, related: Question, epoch: Epoch) -> Plan | None:
        """The plan for questions of this kind, of a family of which a plan was made; None if they cannot be prepared.

        Both results are cached.
        """
        operation = family.inputs.operation
        preparation = operation.preparation
        assert preparation is not None
        assert preparation.subject is not None
        subject = related.values[related.names.index(preparation.subject)]
        try:
            made = family.make(operation.request(family.inputs.about(preparation.subject, subject)))
        except TerminologyError:  # the usual way says it
            made = None
        except Exception:
            log.exception("%s cannot be prepared", operation.title)
            made = None
        plan = None if made is None else (made, family.places)
        return epoch.plans.put(question.kind, plan, _weight(question) + (made.weight if made else 0))

    def _instance(self, request: Request) -> Canonical | None:
        """The canonical of the resource that an operation is called on, if any. Raises HttpError, TerminologyError."""
        type_, *ids = request.segments[:-1]
        return reading.canonical(self._terminology, type_, ids[0]) if ids else None

    def _have_changed(self, question: Question, request: Request, left: tuple[str, ...]) -> bool:
        """Whether the resources that the client left here before became others meanwhile."""
        if started := request.headers.get(client_caches.HEADER):
            return self._epochs.started_cache(started) != left
        cache_id = question.cache_id
        return cache_id is not None and self._epochs.client_cache(cache_id) != question.kind[-1]

    def _prepared(
        self, question: Question, request: Request, inputs: Inputs, context: RequestContext, asked: Any
    ) -> Plan | None:
        operation, terminology = inputs.operation, self._terminology
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
        names, further = question.names, preparation.further
        varying = preparation.varying if set(names).isdisjoint(further) else (*preparation.varying, *further)
        places = tuple([names.index(name) if name in names else -1 for name in varying])
        return None if prepared is None else (prepared, places)


def _weight(question: Question) -> int:
    """About how many bytes remembering a kind of question takes, without its plan."""
    return OVERHEAD + sum(map(len, question.values))


def _hides(question: Question, inputs: Inputs) -> bool:
    """Whether a varying parameter was not found in the question: it may be in a `profile`, or have an escaped name."""
    preparation = inputs.operation.preparation
    assert preparation is not None
    apart = {*preparation.varying, client_caches.PARAMETER}.difference(question.names)
    return any(given.name in apart for given in inputs.given)


def is_plain(request: Request) -> bool:
    """Whether the answer to a request is JSON for programs, and there are no preferences that would count."""
    return form_of(request) == PLAIN


def form_of(request: Request) -> Form | None:
    """How the answer to a request is written; None if that is a page, or if it has preferences that would count."""
    if any(one in request.headers.get("prefer", "") for one in PREFERENCES):
        return None
    headers, release, reads = request.headers, request.release, request.method == "GET"
    offered = negotiation.READ if reads else negotiation.SENT_BACK
    try:
        if not reads and negotiation.sent(headers.get("content-type", ""), release, bodies.READABLE) != "json":
            return None
        accept, format_ = headers.get("accept", ""), request.parameter("_format")
        form = Form(negotiation.wanted(accept, format_, release, offered), request.parameter("_pretty") == "true")
    except HttpError:
        return None
    return None if form.format == "html" or (request.nested and form != PLAIN) else form


def written_in(form: Form, prepared: Prepared, release: FhirRelease) -> Prepared:
    """The same answers in another form than plain JSON; what is large is left to the usual way."""

    def write(body: bytes) -> bytes | None:
        if len(body) > LARGEST:
            return None
        resource = loads_object(body)
        if form.format == "xml":
            return xml.dumps(resource, release, pretty=form.pretty)
        return dumps(resource, pretty=form.pretty)

    def answer(*values: str | None) -> bytes | Refused | None:
        found = prepared.answer(*values)
        if not isinstance(found, Refused):
            return found and write(found)
        body = write(found.body)
        return body and Refused(found.kind, body)

    def about(asked: Any) -> Prepared | None:
        made = prepared.about and prepared.about(asked)
        return made and written_in(form, made, release)

    return Prepared(answer, prepared.weight, prepared.about and about)
