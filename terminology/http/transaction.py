"""A Bundle of type transaction: all of its writes, or none of them (R5, 3.2.0.13.2).

Everything is planned and validated before anything is written: deletions first, then POST, PUT and PATCH. Reads and
operations see the state afterwards, and fail individually. The writes together have the time of one write, after which
they are all abandoned; the other entries have the time of one request. Links to entries by their `fullUrl` are replaced
by the stored addresses, conditional references by what they match.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from terminology.fhir.json import Json
from terminology.http import batch, bundles, references, writing
from terminology.http.errors import HttpError
from terminology.http.exchange import Answer, Request
from terminology.http.write_plans import Plan, Planner
from terminology.ingest import Put
from terminology.model.outcome import Issue, TerminologyError

if TYPE_CHECKING:  # its entries are answered by the endpoint it came to
    from terminology.http.api import Api

ORDER = ("DELETE", "POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a link to an entry: `reference` in a Reference, `canonical` elsewhere."""

    reference: str
    canonical: str


def answer(api: Api, request: Request, bundle: Json) -> Answer:
    """Carry out a transaction. Raises the first error, with its entry; nothing is written then."""
    with api.terminology.store.writing():
        return _carried_out(api, request, bundle)


def _carried_out(api: Api, request: Request, bundle: Json) -> Answer:
    entries = bundles.entries(bundle)
    inner = [bundles.request_of(request, entry) for entry in entries]
    for index, entry in enumerate(entries):
        _check_request(entry, inner[index], index)
    with writing.in_time(api.terminology):
        plans = _written(api, request, entries, inner)
    written = {index: bundles.entry_of(_done(api, inner[index], plan)) for index, plan in plans.items()}
    others = {index: each for index, each in enumerate(inner) if index not in plans}
    seconds = api.terminology.settings.request_seconds
    read = dict(zip(others, batch.answers(api, request, others.values(), seconds), strict=True))
    responses = [entry for _, entry in sorted({**written, **read}.items())]
    return Answer({"resourceType": "Bundle", "type": "transaction-response", "entry": responses})


def _done(api: Api, request: Request, plan: Plan) -> Answer:
    from terminology.http.api import failure  # noqa: PLC0415 - the two answer for each other

    try:
        return api.done(request, plan)
    except Exception as error:  # noqa: BLE001 - what was written stays written
        return failure(error, request)


def _written(api: Api, request: Request, entries: Sequence[Json], inner: Sequence[Request]) -> dict[int, Plan]:
    """Plan, validate and carry out all writes."""
    plans = _planned(api, inner)
    _check_targets(plans)
    targets = _targets(entries, plans)
    for index, plan in plans.items():
        if isinstance(plan.write, Put) and targets:
            put = replace(plan.write, resource=linked(plan.write.resource, targets))
            plans[index] = replace(plan, write=put)
    for index, plan in plans.items():
        try:
            writing.validate(plan, request.release)
        except HttpError as error:
            raise _in_entry(error, index) from None
    _resolve_references(api, request, plans)
    conditional = {
        f"{plan.type}/{plan.id}" for index, plan in plans.items() if writing.CONDITIONAL & inner[index].headers.keys()
    }
    with writing.if_overtaken(conditional.__contains__):
        writing.carry_out(api.terminology, plans.values())
    return plans


def _check_request(entry: Json, request: Request, index: int) -> None:
    """Check that a transaction may contain an entry. Raises HttpError 400."""
    if request.method not in {*ORDER, "GET"} or not request.segments or not isinstance(entry.get("request"), dict):
        path = "/".join(request.segments)
        error = HttpError(HTTPStatus.BAD_REQUEST, "TRANSACTION_ENTRY_WRONG", method=request.method, path=path)
        raise _in_entry(error, index)


def _planned(api: Api, requests: Sequence[Request]) -> dict[int, Plan]:
    """The plans of writing entries by their index, in the order in which they are carried out."""
    planner = Planner(api.terminology)
    plans: dict[int, Plan] = {}
    places = [index for index, each in enumerate(requests) if _is_write(each)]
    for index in sorted(places, key=lambda place: ORDER.index(requests[place].method)):
        each = requests[index]
        try:
            _permit(api, each)
            plans[index] = planner.plan(each, *each.segments)
        except (HttpError, TerminologyError) as error:
            raise _in_entry(error, index) from None
    return plans


def _resolve_references(api: Api, request: Request, plans: dict[int, Plan]) -> None:
    """Resolve conditional references. Raises HttpError 412 for an ambiguous one."""
    matches = references.Matches(api.terminology, request, tuple(plans.values()))
    for index, plan in plans.items():
        if isinstance(plan.write, Put):
            try:
                found = matches.of(plan.write.resource)
            except (HttpError, TerminologyError) as error:
                raise _in_entry(error, index) from None
            if found:
                put = replace(plan.write, resource=references.resolved(plan.write.resource, found))
                plans[index] = replace(plan, write=put)


def _permit(api: Api, request: Request) -> None:
    if not api.writes(request):
        path = "/".join(request.segments)
        raise HttpError(HTTPStatus.BAD_REQUEST, "TRANSACTION_ENTRY_WRONG", method=request.method, path=path)
    api.permit(request)


def _is_write(request: Request) -> bool:
    """Whether an entry is a write; operations and searches by POST are not."""
    last = request.segments[-1] if request.segments else ""
    return request.method in ORDER and not (request.method == "POST" and last.startswith(("$", "_")))


def _check_targets(plans: Mapping[int, Plan]) -> None:
    """Check that each resource and each canonical is written only once. Raises HttpError 400."""
    seen: set[tuple[str, ...]] = set()
    for index, plan in plans.items():
        names: list[tuple[str, ...]] = [(plan.type, plan.id)] if plan.write is not None else []
        if isinstance(plan.write, Put) and (url := plan.write.resource.get("url")):
            names.append((plan.type, str(url), str(plan.write.resource.get("version") or "")))
        for name in names:
            if name in seen:
                target = f"{name[0]}/{name[1]}" if len(name) == 2 else "|".join(name[1:]).rstrip("|")
                raise _in_entry(HttpError(HTTPStatus.BAD_REQUEST, "TRANSACTION_TWICE", target=target), index)
            seen.add(name)


def _targets(entries: Sequence[Json], plans: Mapping[int, Plan]) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for index, plan in plans.items():
        name = entries[index].get("fullUrl")
        if isinstance(name, str) and name and plan.id:
            reference = f"{plan.type}/{plan.id}"
            url = plan.write.resource.get("url") if isinstance(plan.write, Put) else None
            found[name] = Target(reference, url if isinstance(url, str) and url else reference)
    return found


def linked(value: Any, targets: Mapping[str, Target], element: str = "") -> Any:
    """A copy in which links to entries of the Bundle are replaced by stored addresses.

    Canonicals and other uris that name an entry by a URN get the entry's own url; References and links of a narrative
    get its type and id.
    """
    if isinstance(value, dict):
        return {name: linked(inner, targets, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [linked(inner, targets, element) for inner in value]
    if not isinstance(value, str):
        return value
    if element == "div":
        return _linked_narrative(value, targets)
    name, mark, rest = _split(value)
    target = targets.get(name)
    if target is None:
        return value
    if element == "reference":
        return target.reference + mark + rest
    return target.canonical + mark + rest if name.startswith("urn:") else value


def _split(value: str) -> tuple[str, str, str]:
    """A link split from its fragment or version."""
    mark = next((mark for mark in "#|" if mark in value), "#")
    return value.partition(mark)


def _linked_narrative(text: str, targets: Mapping[str, Target]) -> str:
    for name, target in targets.items():
        for attribute in ("href", "src"):
            text = text.replace(f'{attribute}="{name}"', f'{attribute}="{target.reference}"')
    return text


def _in_entry(error: HttpError | TerminologyError, index: int) -> HttpError | TerminologyError:
    """The same error, with its place in the Bundle."""
    place = f"Bundle.entry[{index}]"
    issues = tuple(replace(issue, expression=tuple(_placed(issue, place))) for issue in error.issues)
    if isinstance(error, TerminologyError):
        return TerminologyError(error.kind, *issues)
    placed = HttpError.of(error.status, issues)
    placed.headers = error.headers
    return placed


def _placed(issue: Issue, place: str) -> Iterable[str]:
    for path in issue.expression or ("",):
        _, dot, rest = path.partition(".")
        yield f"{place}.resource.{rest}" if dot else place
