"""A Bundle of type batch: its entries are separate requests (R5, 3.2.0.13) with a common time limit.

Entries that have not started by then are answered with an error; others are answered, or end with the whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from terminology.fhir.json import Json
from terminology.http import bundles
from terminology.http.exchange import Answer, Request
from terminology.model.deadline import not_after
from terminology.model.outcome import TerminologyError

if TYPE_CHECKING:  # a batch is answered by the endpoint it came to
    from terminology.http.api import Api


def answer(api: Api, request: Request, bundle: Json) -> Answer:
    """Answer every entry, each by itself."""
    entries = [bundles.request_of(request, entry) for entry in bundles.entries(bundle)]
    settings = api.terminology.settings
    writes = any(api.writes(inner) for inner in entries)
    seconds = max(settings.request_seconds, settings.write_seconds) if writes else settings.request_seconds
    responses = answers(api, request, entries, seconds)
    return Answer({"resourceType": "Bundle", "type": "batch-response", "entry": responses})


def answers(api: Api, request: Request, entries: Iterable[Request], seconds: float) -> list[Json]:
    """The entries of the response to a request, within a time limit."""
    deadline = time.monotonic() + seconds
    filling = api.filling(request)
    answered = []
    with not_after(deadline):
        for inner in entries:
            found = filling.entry(inner) if filling is not None and time.monotonic() < deadline else None
            if found is not None:
                answered.append(bundles.entry_with(found))
                continue
            answered.append(bundles.entry_of(_answered(api, inner, deadline, seconds)))
            if api.writes(inner):
                filling = api.filling(request)  # what was known before does not hold any more
    return answered


def _answered(api: Api, inner: Request, deadline: float, seconds: float) -> Answer:
    from terminology.http.api import failure  # noqa: PLC0415 - the two answer for each other

    try:
        if time.monotonic() > deadline:
            raise TerminologyError.of("too-costly", "BATCH_TOOK_TOO_LONG", seconds=f"{seconds:g}")  # noqa: TRY301 - answered like all others
        return api.answer(inner)
    except Exception as error:  # noqa: BLE001 - one entry's failure is its own answer
        return failure(error, inner)
