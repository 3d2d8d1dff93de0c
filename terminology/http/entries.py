"""Answers the questions in one request (entries of a batch, validations of `$batch-validate-code`) from plans.

Questions without a plan are left to the caller, which answers them the usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from terminology.http import client_caches
from terminology.http.access.guard import Guard
from terminology.http.access.standing import Standing
from terminology.http.cache_context import NOTHING_LEFT, Epoch, Epochs
from terminology.http.exchange import Request
from terminology.http.kinds import Alike, Question, in_body, in_pairs, operation_at
from terminology.http.plans import Plans, fill, with_client_cache
from terminology.library import Terminology
from terminology.operations.operation import Operation, Refused

APART = frozenset({"if-match", "if-modified-since", "if-none-exist", "if-none-match", "prefer"})
"""With one of these headers a question goes the usual way."""

Written = bytes | Refused | None
"""An answer, or what a refused question is told, as JSON; None for a question that has no plan."""


def _unanswered(_: object) -> None:
    """Leave every question to the caller."""


class Entries:
    """Makes what answers the questions in a request."""

    def __init__(self, terminology: Terminology, epochs: Epochs, guard: Guard) -> None:
        self._epochs = epochs
        self._guard = guard
        self._plans = Plans(terminology, epochs)

    def filling(self, request: Request) -> Filling | None:
        """What answers the questions in a request; None if plans cannot be used for it."""
        epoch = self._epochs.current() if APART.isdisjoint(request.headers) else None
        started = request.headers.get(client_caches.HEADER)
        left = self._epochs.started_cache(started) if started else NOTHING_LEFT
        if epoch is None or left is None:
            return None
        return Filling(self._plans, self._epochs, epoch, self._guard.standing(request.caller), left)


class Filling:
    """Answers questions within one request, whose caller has a standing, and left resources here before (`left`)."""

    def __init__(self, plans: Plans, epochs: Epochs, epoch: Epoch, standing: Standing, left: tuple[str, ...]) -> None:
        self._plans = plans
        self._epochs = epochs
        self._epoch = epoch
        self._standing = standing
        self._left = left

    def entry(self, request: Request) -> Written:
        """The answer to an entry of a Bundle."""
        path = _path(request)
        operation = self._operation(path, request)
        if operation is None:
            return None
        if request.method == "GET":
            question = in_pairs(self._context(request), path, request.query)
        elif request.method == "POST" and request.resource is not None and not request.query:
            question = in_body(self._context(request), path, request.resource)
        else:
            return None
        return question and self._answer(question, operation, lambda: request)

    def alike(
        self, request: Request, shared: Sequence[Any], asking: Callable[[Sequence[Any]], Request]
    ) -> Callable[[Sequence[Any]], Written]:
        """What answers posted questions with these parameters behind their own, which are like `request` otherwise.

        `asking` makes the request for a question from its own parameters.
        """
        path = _path(request)
        operation = self._operation(path, request)
        if operation is None:
            return _unanswered
        alike = Alike(self._context(request), path, shared)

        def answer(own: Sequence[Any]) -> Written:
            question = alike.question(own)
            return question and self._answer(question, operation, lambda: asking(own))

        return answer

    def _operation(self, path: str, request: Request) -> Operation | None:
        if not (APART.isdisjoint(request.headers) and request.segments):
            return None
        return operation_at(path) if self._standing.may_read(request.segments[0]) else None

    def _context(self, request: Request) -> Hashable:
        language = request.headers.get("accept-language")
        return self._epoch, request.method, language, self._standing.entitlements, self._left

    def _answer(self, question: Question, operation: Operation, request: Callable[[], Request]) -> Written:
        asked = with_client_cache(question, self._epochs)
        if asked is None:
            return None
        kept = self._epoch.plans.get(asked.kind)
        plan = self._plans.make(asked, request(), operation, self._epoch, self._left) if kept is None else kept[0]
        return plan and fill(plan, asked.values)


def _path(request: Request) -> str:
    return "/".join(("", request.release.lower(), *request.segments))
