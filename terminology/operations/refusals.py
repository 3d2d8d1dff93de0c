"""Refusals: of calls about codes that do not exist, filled into what others of their kind were told, and others."""

from __future__ import annotations

from terminology.fhir import outcome
from terminology.model.outcome import TerminologyError
from terminology.operations.operation import Refused
from terminology.operations.resolving import existing
from terminology.operations.templates import QUOTED, Family, Render
from valuesets.plain import UnknownCodes


def refused(error: TerminologyError, render: Render) -> Refused:
    """What a call is told that fails with this error."""
    return Refused(error.kind, render(outcome.render(error.issues)))


class Refusals:
    """Refuses calls about codes of one system. Threads share it."""

    def __init__(self, unknown: UnknownCodes, render: Render) -> None:
        self._unknown = unknown
        self._render = render
        self._family = Family()

    def of(self, code: str) -> Refused | None:
        """The refusal of a code; None unless there is nothing to say about it but that it does not exist."""
        if len(code) > QUOTED or not self._unknown.has(code):
            return None
        body = self._family.member(code)
        if body is None:
            try:
                existing(self._unknown.catalogue, self._unknown.system, code)
            except TerminologyError as error:
                body = self._family.learn([code], self._render(outcome.render(error.issues)))
            else:
                return None
        return Refused("not-found", body)
