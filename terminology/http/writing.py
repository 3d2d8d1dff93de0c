"""Creates, updates, patches and deletes one resource (R5, 3.2.0.4 to 3.2.0.7), and makes the answer.

Resources are validated, and then stored like every load (`ingest.write`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType

from terminology import ingest
from terminology.fhir import check, outcome
from terminology.http import licensed, reading, shaping
from terminology.http.access.callers import Action
from terminology.http.errors import HttpError
from terminology.http.exchange import Answer, Request
from terminology.http.write_plans import Plan, Planner
from terminology.ingest import Put
from terminology.library import Terminology
from terminology.model.deadline import ends_in, within
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.requests import FhirRelease

ACTIONS: Mapping[str, Action] = MappingProxyType({"POST": "c", "PUT": "u", "PATCH": "u", "DELETE": "d"})
"""The action of each method in terms of scopes; an update may create (SMART App Launch 2.2)."""

CONDITIONAL = frozenset({"if-match", "if-none-match"})
"""Headers that make a write conditional on the current version."""


def carried_out(terminology: Terminology, request: Request, type_: str, id_: str | None = None) -> Plan:
    """Carry out one interaction; returns its plan.

    Raises HttpError 400, 409, 412, 415 or 422, and TerminologyError conflict when another writer was faster.
    """
    plan = Planner(terminology).plan(request, type_, id_)
    validate(plan, request.release)
    changed(terminology, request, plan)
    return plan


def changed(terminology: Terminology, request: Request, plan: Plan) -> None:
    """Carry out the plan of a request. Raises what `carry_out` raises, and HttpError 412 as `if_overtaken` does."""
    with if_overtaken(lambda _: bool(CONDITIONAL & request.headers.keys())):
        carry_out(terminology, [plan])


@contextmanager
def in_time(terminology: Terminology) -> Iterator[None]:
    """Limit the time of planning, validating and carrying out writes, by the settings.

    Raises TerminologyError too-costly, with nothing written.
    """
    seconds: float = terminology.settings.write_seconds
    with within(ends_in(seconds), "WRITE_DEADLINE"):
        yield


@contextmanager
def if_overtaken(conditional: Callable[[str], bool]) -> Iterator[None]:
    """Turn a conflict with another writer from 409 into 412 where the write was conditional.

    `conditional` tells it for a resource, by type and id.
    """
    try:
        yield
    except TerminologyError as error:
        issue = error.issues[0]
        if issue.message_id != "WRITE_OVERTAKEN" or not conditional("{type}/{id}".format_map(issue.arguments)):
            raise
        raise HttpError.of(HTTPStatus.PRECONDITION_FAILED, error.issues) from None


def validate(plan: Plan, release: FhirRelease) -> None:
    """Check what a plan writes by the rules of the client's release. Raises HttpError 422 with all issues."""
    if isinstance(plan.write, Put):
        issues = check.check(plan.write.resource, release)
        if issues:
            raise HttpError.of(HTTPStatus.UNPROCESSABLE_ENTITY, tuple(issues))


def carry_out(terminology: Terminology, plans: Iterable[Plan]) -> None:
    """Write all of it or nothing. Raises HttpError 422 for what cannot be stored, TerminologyError conflict."""
    writes = [plan.write for plan in plans if plan.write is not None]
    if not writes:
        return
    try:
        ingest.write(terminology.store, writes)
    except TerminologyError as error:
        if error.kind != "invalid":
            raise
        raise HttpError.of(HTTPStatus.UNPROCESSABLE_ENTITY, error.issues) from None


def answered(terminology: Terminology, request: Request, plan: Plan) -> Answer:
    """The answer to a plan that was carried out, as `Prefer` requests it."""
    wanted = _preferred(request.headers.get("prefer", ""))
    entry = terminology.store.resource(plan.type, plan.id)
    if entry is None or plan.status == HTTPStatus.NO_CONTENT:
        return _of_deletion(plan, wanted)
    place = f"{entry.type}/{entry.id}"
    headers = (("Location", f"{request.base}/{place}/_history/{entry.version_id}"), *shaping.validators(entry))
    if wanted == "minimal" or licensed.withholds(terminology, request, entry):
        return Answer({}, plan.status, headers)
    if wanted == "OperationOutcome":
        return Answer(_done("WRITTEN", place, version=str(entry.version_id)), plan.status, headers)
    content = reading.whole(terminology, entry)
    resource = content.resource if content.whole else shaping.subsetted(content.resource)
    return Answer(resource, plan.status, headers)


def _of_deletion(plan: Plan, wanted: str) -> Answer:
    if wanted != "OperationOutcome":
        return Answer({}, HTTPStatus.NO_CONTENT)
    message_id = "DELETED" if plan.write is not None else "NOTHING_TO_DELETE"
    return Answer(_done(message_id, f"{plan.type}/{plan.id}".rstrip("/")), HTTPStatus.OK)


def _done(message_id: str, place: str, **arguments: str) -> dict[str, object]:
    return outcome.render((Issue("information", "informational", message_id, {"place": place, **arguments}),))


def _preferred(text: str) -> str:
    """The value of `Prefer: return=…`; the whole resource by default."""
    stated: Sequence[str] = [part.strip() for part in text.replace(";", ",").split(",")]
    return next((part.partition("=")[2].strip('"') for part in stated if part.startswith("return=")), "representation")
