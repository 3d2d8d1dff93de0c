"""A Bundle of type batch: its entries are requests of their own (R5, 3.2.0.13)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from terminology.fhir.json import Json
from terminology.http import bundles
from terminology.http.exchange import Answer, Request
from terminology.model.outcome import TerminologyError

if TYPE_CHECKING:  # a batch is answered by the endpoint it came to
    from terminology.http.api import Api


def answer(api: Api, request: Request, bundle: Json) -> Answer:
    """Answer every entry, each by itself."""
    from terminology.http.api import failure  # noqa: PLC0415 - the two answer for each other

    responses: list[Json] = []
    seconds = api.terminology.settings.request_seconds
    deadline = time.monotonic() + seconds
    for entry in bundles.entries(bundle):
        inner = bundles.request_of(request, entry)
        try:
            if time.monotonic() > deadline:
                raise TerminologyError.of("too-costly", "BATCH_TOOK_TOO_LONG", seconds=str(seconds))  # noqa: TRY301 - answered like all others
            found = api.answer(inner)
        except Exception as error:  # noqa: BLE001 - one entry's failure is its own answer
            found = failure(error, inner)
        responses.append(bundles.entry_of(found))
    return Answer({"resourceType": "Bundle", "type": "batch-response", "entry": responses})
