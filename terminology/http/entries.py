"""Answers the questions in one request (entries of a batch, validations of `$batch-validate-code`) from plans.

Questions without a plan are left to the caller, which answers them the usual way.
"""

from __future__ import annotations

from typing import NamedTuple

from terminology.http import client_caches
from terminology.http.access.guard import Guard
from terminology.http.access.standing import Standing
from terminology.http.cache_context import NOTHING_LEFT, Epoch, Epochs
from terminology.http.exchange import Request
from terminology.http.kinds import in_body, in_pairs, operation_at
from terminology.http.plans import Plans, fill, with_client_cache
from terminology.library import Terminology
from terminology.operations.operation import Refused

APART = frozenset({"if-match", "if-modified-since", "if-none-exist", "if-none-match", "prefer"})
"""With one of these headers a question goes the usual way."""


class Asked(NamedTuple):
    """When a request is answered, the standing of its caller, and what that left here before (`CacheContext.left`)."""

    epoch: Epoch
    standing: Standing
    left: tuple[str, ...]


class Entries:
    """Answers entries from plans, as JSON text."""

    def __init__(self, terminology: Terminology, epochs: Epochs, guard: Guard) -> None:
        self._epochs = epochs
        self._guard = guard
        self._plans = Plans(terminology, epochs)

    def asked(self, request: Request) -> Asked | None:
        """What all questions in a request have in common; None if plans cannot be used for it."""
        epoch = self._epochs.current() if APART.isdisjoint(request.headers) else None
        started = request.headers.get(client_caches.HEADER)
        left = self._epochs.started_cache(started) if started else NOTHING_LEFT
        return None if epoch is None or left is None else Asked(epoch, self._guard.standing(request.caller), left)

    def answer(self, asked: Asked, request: Request) -> bytes | Refused | None:
        """The answer to one entry; None if it has no plan."""
        epoch, standing, left = asked
        path = "/".join(("", request.release.lower(), *request.segments))
        operation = operation_at(path)
        if operation is None or not (APART.isdisjoint(request.headers) and standing.may_read(request.segments[0])):
            return None
        context = epoch, request.method, request.headers.get("accept-language"), standing.entitlements, left
        if request.method == "GET":
            question = in_pairs(context, path, request.query)
        elif request.method == "POST" and request.resource is not None and not request.query:
            question = in_body(context, path, request.resource)
        else:
            return None
        question = question and with_client_cache(question, self._epochs)
        if question is None:
            return None
        kept = epoch.plans.get(question.kind)
        plan = self._plans.make(question, request, operation, epoch, left) if kept is None else kept[0]
        return plan and fill(plan, question.values)
