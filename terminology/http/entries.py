"""Answers the questions in one request (entries of a batch, validations of `$batch-validate-code`) from plans.

Questions without a plan are left to the caller, which answers them the usual way.
"""

from __future__ import annotations

from terminology.http.cache_context import Epoch, Epochs
from terminology.http.exchange import Request
from terminology.http.kinds import in_body, in_pairs, operation_at
from terminology.http.plans import Plans, fill, with_client_cache
from terminology.library import Terminology

APART = frozenset({"if-match", "if-modified-since", "if-none-exist", "if-none-match", "prefer", "x-cache-id"})
"""With one of these headers a question goes the usual way."""


class Entries:
    """Answers entries from plans, as JSON text."""

    def __init__(self, terminology: Terminology, epochs: Epochs) -> None:
        self._epochs = epochs
        self._plans = Plans(terminology, epochs)

    def epoch(self, request: Request) -> Epoch | None:
        """The epoch for all questions in a request; None if plans cannot be used for it."""
        return None if request.caller.is_known or not APART.isdisjoint(request.headers) else self._epochs.current()

    def answer(self, epoch: Epoch, request: Request) -> bytes | None:
        """The answer to one entry; None if it has no plan."""
        path = "/".join(("", request.release.lower(), *request.segments))
        operation = operation_at(path)
        if operation is None or not APART.isdisjoint(request.headers):
            return None
        context = epoch, request.method, request.headers.get("accept-language")
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
        plan = self._plans.make(question, request, operation, epoch) if kept is None else kept[0]
        found = plan and fill(plan, question.values)
        return found if isinstance(found, bytes) else None
