"""Queues jobs, reports their progress, cancels them (R5, 3.2.6: Asynchronous Interaction Request Pattern).

    POST [base]/$load?filename=release.zip      a file, or packages by name         → 202, Content-Location
    POST [base]/$assign, $remove, $reparse      what the commands of these names do  → 202, Content-Location
    any operation with Prefer: respond-async                                         → 202, Content-Location
    GET  [base]/_jobs/ID                        202 while it runs, then 200 with a Bundle of one answer
    DELETE [base]/_jobs/ID                      cancels it, or deletes its result
    GET  [base]/_jobs, [base]/$documents        lists

Nothing is carried out here: `running` does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from loaders.fetch import Reference
from terminology.fhir import outcome
from terminology.fhir.json import Json, dumps, loads_object
from terminology.http import bodies, bundles, uploads
from terminology.http.errors import HttpError
from terminology.http.exchange import Answer, Request
from terminology.http.jobs import reports
from terminology.http.jobs.packing import packed
from terminology.model.outcome import Issue, TerminologyError
from terminology.operations.inputs import given_in_body, given_in_url
from terminology.store.jobs import ABSENT_SECONDS, MOST_ATTEMPTS, OVER, Job

if TYPE_CHECKING:  # the endpoint hands over what is a job
    from terminology.http.api import Api

PLACE = "_jobs"
ASYNCHRONOUS = "respond-async"
MOST_WAITING = 200
"""The most queued jobs; more are refused."""
RETRY = ("Retry-After", "2")

TAKEN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "load": ("filename", "package", "system", "version", "code"),
        "assign": ("document", "code", "system", "version"),
        "remove": ("what", "version"),
        "reparse": (),
    }
)
"""Operations of our own that run as jobs, with their parameters."""

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType({"assign": ("document", "code"), "remove": ("what",)})
REPEATED = frozenset({"package"})


def wanted(request: Request) -> bool:
    """Whether the client prefers an asynchronous answer."""
    return ASYNCHRONOUS in request.headers.get("prefer", "")


def later(api: Api, request: Request) -> Answer:
    """Queue the request itself."""
    return _queued(api, request, "request", packed(request))


def work(api: Api, request: Request, kind: str) -> Answer:
    """Queue an operation of our own. Raises HttpError 401 or 403, and TerminologyError invalid for its parameters."""
    api.guard.permit_writing(request, "d" if kind == "remove" else "u", "*")
    try:
        asked = _parameters(request, kind)
    except TerminologyError:
        uploads.forget(request)
        raise
    if request.upload is not None:
        folder = request.upload.parent.name
        return _queued(api, request, kind, {**asked, "folder": folder, "files": [request.upload.name]}, folder)
    missing = [name for name in NEEDED.get(kind, ()) if name not in asked]
    if kind == "load" and "packages" not in asked:
        missing = ["package"]
    if missing:
        raise TerminologyError.of(
            "invalid", "JOB_PARAMETER_MISSING", code="required", operation=f"${kind}", names=", ".join(missing)
        )
    return _queued(api, request, kind, asked)


def told(api: Api, request: Request, id_: str) -> Answer:
    """The progress or result of a job. Raises HttpError 404 for one that does not exist or is another caller's."""
    job = api.terminology.store.jobs.get(id_)
    if job is None or job.state in {"cancelled", "cancelling"} or not _is_of(request, job):
        raise HttpError(HTTPStatus.NOT_FOUND, "JOB_UNKNOWN", id=id_)
    if job.state not in OVER:
        issue = Issue("information", "informational", "JOB_PROGRESS", {"progress": _progress(job)})
        return Answer(outcome.render((issue,)), HTTPStatus.ACCEPTED, (("X-Progress", _progress(job)), RETRY))
    found = loads_object(job.result) if job.result is not None else _lost(job)
    entry = bundles.entry_of(Answer(found["resource"], found["status"]))
    return Answer({"resourceType": "Bundle", "type": "batch-response", "entry": [entry]})


def ended(api: Api, request: Request, id_: str) -> Answer:
    """Cancel a job, or delete it when it is finished. Raises HttpError 404."""
    jobs = api.terminology.store.jobs
    job = jobs.get(id_)
    if job is None or not _is_of(request, job) or not (jobs.cancel(id_) or jobs.forget(id_)):
        raise HttpError(HTTPStatus.NOT_FOUND, "JOB_UNKNOWN", id=id_)
    return Answer({}, HTTPStatus.ACCEPTED)


def _is_of(request: Request, job: Job) -> bool:
    """Whether a caller may see a job, whose answer may hold content that others have no licence for."""
    return job.requester in {"", request.caller.identity} or request.caller.may("u", "*")


def listed(api: Api, request: Request) -> Answer:
    """All jobs, for callers that may see everything. Raises HttpError 401 or 403."""
    api.guard.permit_writing(request, "u", "*")
    jobs = [
        reports.part(
            "job", {"id": j.id, "kind": j.kind, "state": j.state, "requester": j.requester, "progress": _progress(j)}
        )
        for j in api.terminology.store.jobs.all()
    ]
    return Answer({"resourceType": "Parameters", **({"parameter": jobs} if jobs else {})})


def documents(api: Api, request: Request) -> Answer:
    """Procedure documents, of one `state` or all. Raises HttpError 401 or 403, TerminologyError invalid."""
    api.guard.permit_writing(request, "u", "*")
    state = request.parameter("state")
    if state not in {None, "loaded", "pending", "removed"}:
        raise TerminologyError.of("invalid", "DOCUMENT_STATE_UNKNOWN", state=str(state))
    found = [d for d in api.terminology.store.documents() if state in {None, d.state}]
    parameters = [{"name": "total", "valueInteger": len(found)}, *reports.documents("document", found)]
    return Answer({"resourceType": "Parameters", "parameter": parameters})


def _queued(api: Api, request: Request, kind: str, input_: Json, folder: str = "") -> Answer:
    jobs = api.terminology.store.jobs
    if sum(job.state == "queued" for job in jobs.all()) >= MOST_WAITING:
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "JOBS_TOO_MANY", headers=(("Retry-After", "60"),))
    job = jobs.add(kind, dumps(input_), requester=request.caller.identity, folder=folder)
    api.starter.wake()
    if kind != "request":
        api.guard.audit.written(request, HTTPStatus.ACCEPTED, f"{PLACE}/{job.id}")
    return Answer({}, HTTPStatus.ACCEPTED, (("Content-Location", f"{request.base}/{PLACE}/{job.id}"), RETRY))


def _parameters(request: Request, kind: str) -> Json:
    """The parameters of the URL and the body, as texts. Raises TerminologyError invalid for unknown ones."""
    given = [(g.name, str(g.value)) for g in given_in_url(request.query)]
    if request.upload is None and request.body.strip():
        body = bodies.read(request)
        given += [
            (g.name, str(g.value)) for g in (given_in_url(body) if isinstance(body, tuple) else given_in_body(body))
        ]
    asked: Json = {}
    for name, value in given:
        if name.startswith("_"):
            continue
        if name not in TAKEN[kind]:
            known = ", ".join(TAKEN[kind]) or "none"
            raise TerminologyError.of("invalid", "JOB_PARAMETER_UNKNOWN", operation=f"${kind}", name=name, known=known)
        if name == "package" and Reference.parse(value) is None:  # never a path or URL, which the server would read
            raise TerminologyError.of("invalid", "JOB_PACKAGE_INVALID", code="value", name=value)
        if name in REPEATED:
            asked.setdefault(f"{name}s", []).append(value)
        else:
            asked[name] = value
    asked.pop("filename", None)
    return asked


def _progress(job: Job) -> str:
    if job.state == "queued":
        return "waiting"
    if not job.stage:
        return job.state
    return f"{job.stage}: {job.done:,}" + (f" of {job.total:,}" if job.total else "")


def _lost(job: Job) -> Json:
    if job.attempts < MOST_ATTEMPTS:
        issue = Issue("error", "exception", "JOB_FILES_GONE", {"minutes": f"{ABSENT_SECONDS / 60:.0f}"})
    else:
        issue = Issue("error", "exception", "JOB_LOST", {"attempts": str(job.attempts)})
    return {"status": 500, "resource": outcome.render((issue,))}
