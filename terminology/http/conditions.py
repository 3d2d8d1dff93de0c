"""Conditions of a write: expected versions (`If-Match`), and searches that identify a resource.

R5, 3.2.0.9 (conditional create, update, patch and delete) and 3.2.0.5 (managing resource contention).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from terminology.http import naming, search_parameters
from terminology.http.errors import HttpError
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.entries import ResourceEntry

Pairs = tuple[tuple[str, str], ...]


def check_version(headers: Mapping[str, str], type_: str, id_: str, entry: ResourceEntry | None) -> None:
    """Compare the stored version with `If-Match` and `If-None-Match: *`. Raises HttpError 412."""
    if headers.get("if-none-match", "").strip() == "*" and entry is not None:
        raise _failed("RESOURCE_THERE", type=type_, id=id_)
    wanted = headers.get("if-match")
    if wanted is None:
        return
    if entry is None:
        raise _failed("VERSION_NOT_THERE", type=type_, id=id_, wanted=wanted)
    named = {text.strip().removeprefix("W/").strip('"') for text in wanted.split(",")}
    if "*" not in named and str(entry.version_id) not in named:
        raise _failed("VERSION_NOT_MATCHED", type=type_, id=id_, wanted=wanted, found=str(entry.version_id))


def criteria(text: str) -> Pairs:
    """The pairs of a header or url such as `url=http://…&version=2`."""
    return tuple(parse_qsl(text.rpartition("?")[2], keep_blank_values=True))


def match(terminology: Terminology, type_: str, pairs: Pairs, what: str) -> ResourceEntry | None:
    """The stored resource that matches criteria, None when there is none. `what` names the interaction.

    Raises HttpError 412 when there are several, or no criteria; TerminologyError for unknown parameters.
    """
    query = search_parameters.query(type_, pairs, lenient=False)
    if not query.conditions:
        raise _failed("CRITERIA_MISSING", what=what)
    query = naming.by_all_names(terminology.catalogue(terminology.context()), query)
    total, entries = terminology.store.resources(query)
    if total > 1:
        raise _failed("CRITERIA_MATCH_SEVERAL", count=str(total), criteria=written(pairs), what=what)
    if total and not entries:
        raise TerminologyError.of("invalid", "CRITERIA_MISSING", what=what)
    return entries[0] if entries else None


def written(pairs: Pairs) -> str:
    """Criteria for messages."""
    return urlencode(pairs, safe=":/|,")


def _failed(message_id: str, **arguments: str) -> HttpError:
    return HttpError(HTTPStatus.PRECONDITION_FAILED, message_id, headers=(), **arguments)
