"""Forwards operations about unknown systems, value sets and maps to the server of the setting `upstream`.

An operation is answered here first. If the answer is that a system, value set or map is unknown, the request goes to
the upstream server of the same FHIR release, with its parameters and Accept-Language and nothing of its caller. The
answer names its origin in a header and `meta.source`. If there is no upstream answer, ours is given with a note.

Definitions of value sets that are here are sent along (`questions`), so calls on an instance are forwarded, too. Not
forwarded: requests that came through this server already (`Via`), and what may be licensed content, for callers without
its entitlement.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from http import HTTPStatus
from types import MappingProxyType

from terminology.fhir import outcome
from terminology.fhir.json import Json
from terminology.http import bodies, licensed, operate
from terminology.http.errors import status_of
from terminology.http.exchange import Answer, Request
from terminology.http.upstream import questions, reading
from terminology.http.upstream.addresses import addresses
from terminology.http.upstream.remote import Question, Remote, Reply, Unanswered
from terminology.http.upstream.split_value_sets import SplitValueSet
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.deadline import ends_in
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.requests import FhirRelease
from terminology.operations import batch_validate_code, expand, lookup, subsumes, translate, validate_code
from terminology.operations.batch_validate_code import VALIDATION
from terminology.operations.operation import Operation
from terminology.settings import Settings

ANSWERED_BY = "X-Answered-By"
NOT_ANSWERED_BY = "X-Not-Answered-By"
"""Headers with the base URL of the upstream server: the answer is its own, or it is ours because there was none."""

FORWARDED = frozenset(
    operation.title
    for operation in (
        lookup.OPERATION,
        validate_code.ON_CODE_SYSTEMS,
        validate_code.ON_VALUE_SETS,
        subsumes.OPERATION,
        translate.OPERATION,
        expand.OPERATION,
    )
)
FORWARDED_ON_INSTANCE = FORWARDED - {translate.OPERATION.title}
"""A map that is here needs no other server."""
BATCHES = MappingProxyType(
    {
        batch_validate_code.ON_CODE_SYSTEMS.title: validate_code.ON_CODE_SYSTEMS,
        batch_validate_code.ON_VALUE_SETS.title: validate_code.ON_VALUE_SETS,
    }
)
"""Operations that consist of many others, each of which may be forwarded."""
MOST_OF_A_BATCH = 4
"""Validations of a batch that are asked concurrently."""
MOST_HOPS = 8
"""The most servers that a request may have come through."""
SHARE = 0.9
"""The share of a request's time within which the upstream server must answer."""
LICENSED = Unanswered("that may be licensed content", outage=False)
"""The reason given to callers without the entitlement."""
ALIAS = "urn:oid:"
"""Names from which it cannot be told whether they are licensed."""


class Upstream:
    """The upstream servers of one application, by release. Threads share it."""

    def __init__(self, terminology: Terminology, remotes: Mapping[FhirRelease, Remote]) -> None:
        self._terminology = terminology
        self._remotes = remotes
        self._name = _name(terminology.settings)

    def outcomes(self) -> Mapping[str, float]:
        """Counts of answers and failures."""
        return sum((remote.outcomes for remote in self._remotes.values()), Counter[str]())

    @classmethod
    def of(cls, terminology: Terminology) -> Upstream | None:
        """From the settings; None without a server. Raises TerminologyError invalid."""
        settings = terminology.settings
        remotes = {
            release: Remote(
                base, release, authorization=settings.upstream_authorization,
                kept_seconds=settings.upstream_kept_seconds, largest=settings.max_body,
            )
            for release, base in addresses(settings.upstream).items()
        }  # fmt: skip
        return cls(terminology, remotes) if remotes else None

    def answer(self, request: Request, operation: Operation, instance: Canonical | None = None) -> Answer:
        """Run an operation, here or there. Raises TerminologyError as the operation does."""
        until = ends_in(self._terminology.settings.request_seconds * SHARE)
        remote = self._remotes.get(request.release)
        asks = (
            operation.title in (FORWARDED if instance is None else FORWARDED_ON_INSTANCE) or operation.title in BATCHES
        )
        if remote is None or not asks:
            return operate.answer(self._terminology, request, operation, instance)
        try:
            local = operate.answer(self._terminology, request, operation, instance)
        except TerminologyError as error:
            if error.kind != "not-found":
                raise
            local = Answer(outcome.render(error.issues), status_of(error))
        if operation.title in BATCHES:
            return self._batch(request, BATCHES[operation.title], local, until)
        return self._asked(request, operation, instance, local, until)

    def _asked(
        self, request: Request, operation: Operation, instance: Canonical | None, local: Answer, until: float
    ) -> Answer:
        """The upstream server's answer where ours is that something is unknown."""
        if (mixed := self._mixed(request, operation, instance, local, until)) is not None:
            return mixed
        question = self._question(request, operation, instance, local)
        return local if question is None else self._concluded(request, local, self._reply(request, question, until))

    def _mixed(
        self, request: Request, operation: Operation, instance: Canonical | None, local: Answer, until: float
    ) -> Answer | None:
        """Our own answer, completed by the upstream server, for a value set that is partly here; None for any other."""
        asked: list[Question] = []

        def ask(question: Question, texts: Iterable[str]) -> Reply:
            asked.append(question)
            reply = LICENSED if self._withheld(request, texts) else self._reply(request, question, until)
            if isinstance(reply, Reply) and self._withheld(request, reading.strings(reply.resource)):
                reply = LICENSED
            if isinstance(reply, Unanswered):
                raise reply
            return reply

        if not reading.lacks(local.resource):
            return None
        remote = self._remotes[request.release]
        try:
            split = SplitValueSet.of(self._terminology, request, operation, instance, ask)
            answer = None if split is None else split.answer()
        except Unanswered as reason:
            return _noted(local, remote, "UPSTREAM_UNANSWERED", reason=str(reason))
        except TerminologyError as error:
            if error.kind == "not-found":  # a version, say: perhaps the upstream server holds everything
                return None
            raise
        if answer is None or reading.lacks(answer.resource):
            return None
        by = ((ANSWERED_BY, remote.base),) if asked else ()
        return Answer(answer.resource, answer.status, (*answer.headers, *by))

    def _batch(self, request: Request, single: Operation, local: Answer, until: float) -> Answer:
        """Forward the validations of a batch that cannot be answered here, one by one.

        Threads only wait for answers; everything here is read by the calling thread.
        """
        given = bodies.read(request)
        validations = [p for p in local.resource.get("parameter", ()) if p["name"] == VALIDATION.name]
        lacking = {n: Answer(v["resource"]) for n, v in enumerate(validations) if reading.lacks(v["resource"])}
        if not isinstance(given, dict) or not lacking:
            return local
        singles = questions.singles(request, given)
        answers: dict[int, Answer] = {}
        found: dict[int, Question | None] = {}
        for n, answer in lacking.items():
            if time.monotonic() >= until:
                break
            if (mixed := self._mixed(singles[n], single, None, answer, until)) is not None:
                answers[n] = mixed
            else:
                found[n] = self._question(singles[n], single, None, answer)
        asked = {n: question for n, question in found.items() if question is not None}
        with ThreadPoolExecutor(MOST_OF_A_BATCH) as threads:
            replies = threads.map(lambda question: self._reply(request, question, until), asked.values())
            answers |= {n: self._concluded(request, lacking[n], r) for n, r in zip(asked, replies, strict=True)}
        parameters = [{**v, "resource": answers[n].resource} if n in answers else v for n, v in enumerate(validations)]
        headers = dict.fromkeys(header for answer in answers.values() for header in answer.headers)
        return Answer({**local.resource, "parameter": parameters}, local.status, (*local.headers, *headers))

    def _question(
        self, request: Request, operation: Operation, instance: Canonical | None, local: Answer
    ) -> Question | None:
        """The question to ask; None where our answer stands, or the caller may not ask."""
        if not self._is_elsewhere(request, operation, local):
            return None
        question, named = questions.question(request, operation, *self._own(request, operation, instance))
        return None if self._withheld(request, named) else question

    def _reply(self, request: Request, question: Question, until: float) -> Reply | Unanswered:
        """The upstream server's reply, within the remaining time."""
        left = min(self._terminology.settings.upstream_seconds, until - time.monotonic())
        try:
            return self._remotes[request.release].ask(question, self._headers(request), left)
        except Unanswered as reason:
            return reason

    def _concluded(self, request: Request, local: Answer, reply: Reply | Unanswered) -> Answer:
        """The final answer: theirs, or ours with a note."""
        remote = self._remotes[request.release]
        if isinstance(reply, Unanswered):
            return _noted(local, remote, "UPSTREAM_UNANSWERED", reason=str(reply))
        return local if self._withheld(request, reading.strings(reply.resource)) else _chosen(local, reply, remote)

    def _own(
        self, request: Request, operation: Operation, instance: Canonical | None
    ) -> tuple[Sequence[Json], frozenset[str]]:
        """Parameters with what the upstream server cannot be expected to have."""
        inputs, context = operate.read(self._terminology, request, operation, instance)
        if operation.title in questions.ON_VALUE_SETS:
            asked = operation.request(inputs)
            return questions.definitions(self._terminology.catalogue(context), asked.value_set, request)
        return ((), frozenset()) if instance is None else questions.system(operation, instance, inputs)

    def _is_elsewhere(self, request: Request, operation: Operation, local: Answer) -> bool:
        """Whether our answer is that we do not have what the question is about."""
        if reading.lacks(local.resource):
            return True
        if operation is not translate.OPERATION or not reading.untranslated(local.resource):
            return False
        inputs, context = operate.read(self._terminology, request, operation)
        asked = operation.request(inputs)
        systems = {*(coding.system for coding in asked.concept.codings), asked.target_system}
        catalogue = self._terminology.catalogue(context)
        try:
            unknown = [s for s in systems if s and catalogue.code_system(Canonical(s)) is None]
        except TerminologyError:  # one that is here and not for this caller
            return False
        return asked.concept_map is None and bool(unknown)

    def _withheld(self, request: Request, texts: Iterable[str]) -> bool:
        """Whether a question or answer may be about licensed content that this caller lacks the entitlement for."""
        closed = self._terminology.licences.closed(licensed.held(self._terminology, request))
        if not closed:
            return False
        everything = "\n".join(texts).lower()  # another server may be less strict about how a canonical is written
        return ALIAS in everything or any(_bare(url) in everything for url in closed)

    def _headers(self, request: Request) -> dict[str, str]:
        """The headers of a question. Raises Unanswered for a request that would go in a circle."""
        before = [text.strip() for text in request.headers.get("via", "").split(",") if text.strip()]
        if len(before) >= MOST_HOPS or any(self._name in text.split() for text in before):
            raise Unanswered("the request came through this server, or too many, already")
        headers = {"Via": ", ".join([*before, f"1.1 {self._name}"])}
        if "x-request-id" in request.headers:
            headers["X-Request-Id"] = request.headers["x-request-id"]
        return headers


def _bare(canonical: str) -> str:
    return canonical.lower().partition("://")[2] or canonical.lower()


def _name(settings: Settings) -> str:
    """The name of this server, for all its workers, in `Via`."""
    identity = (settings.database, settings.host, settings.port, settings.base_url, settings.upstream)
    return f"terminology-{blake2b(repr(identity).encode(), digest_size=6).hexdigest()}"


def _chosen(local: Answer, reply: Reply, remote: Remote) -> Answer:
    """The upstream server's answer, unless it is ignorant too, or refuses where we have at least a verdict."""
    if reading.lacks(reply.resource):
        return _noted(local, remote, "UPSTREAM_UNKNOWING")
    if reply.status != HTTPStatus.OK and local.status == HTTPStatus.OK:
        return _noted(local, remote, "UPSTREAM_REFUSING", reason=reading.first_text(reply.resource))
    stated = reply.resource.get("meta")
    meta = {**stated, "source": remote.base} if isinstance(stated, dict) else {"source": remote.base}
    return Answer({**reply.resource, "meta": meta}, reply.status, ((ANSWERED_BY, remote.base),))


def _noted(local: Answer, remote: Remote, message_id: str, **arguments: str) -> Answer:
    issue = Issue("information", "informational", message_id, {"upstream": remote.base, **arguments})
    headers = (*local.headers, (NOT_ANSWERED_BY, remote.base))
    return Answer(reading.with_note(local.resource, issue), local.status, headers)
