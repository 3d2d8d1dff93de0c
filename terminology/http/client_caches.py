"""Resources that clients send once for many requests: `$cache-control` with `X-Cache-Id`, and the older `cache-id`.

With `$cache-control?mode=start` a client stores resources and gets an id, which it then sends as a header; `mode=end`
deletes them. With the parameter `cache-id` a client chooses the id itself, and every `tx-resource` that it sends with
the id is stored. Both are kept in the database, so that any worker can answer. Parsed resources are kept in memory by
digest (`operations.supplied`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from terminology.fhir import r4
from terminology.fhir.json import Json, dumps, loads_object
from terminology.http import bodies
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.requests import SuppliedResource
from terminology.operations import supplied
from terminology.operations.inputs import Given, given_in_body, wrong_type
from terminology.operations.rendering import Output

NAME = "cache-control"
DEFINITION = "http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/cache-control"
HEADER = "x-cache-id"
PARAMETER = "cache-id"
SECONDS = 3600.0
"""How long a cache lives after it was last added to; clients start another one then."""


def control(terminology: Terminology, request: Request) -> Answer:
    """`$cache-control`. Raises TerminologyError invalid for a mode that is neither start nor end."""
    mode = request.parameter("mode")
    if mode == "start":
        body = bodies.read(request)
        given = given_in_body(_r5(body, request)) if isinstance(body, dict) else []
        id_ = str(uuid.uuid4())
        _keep(terminology, id_, given)
        return Answer(Output().add(PARAMETER, "Id", id_).resource())
    if mode == "end":
        id_ = request.headers.get(HEADER) or request.parameter(PARAMETER) or ""
        ended = terminology.store.drop_client_cache(id_)
        return Answer(Output().add("result", "Boolean", ended).resource())
    raise wrong_type("mode", "start or end", mode or "")


def resources(terminology: Terminology, request: Request, given: Iterable[Given]) -> tuple[SuppliedResource, ...]:
    """The resources under the request's cache id. Raises TerminologyError not-found for an unknown id."""
    started = request.headers.get(HEADER)
    if started:
        digests = terminology.store.client_cache(started)
        if digests is None:
            raise TerminologyError.of("not-found", "CACHE_UNKNOWN", id=started)
        return _parsed(terminology, digests)
    own = [g for g in given if g.name in {PARAMETER, "tx-resource"}]
    id_ = next((str(g.value) for g in own if g.name == PARAMETER), None)
    if id_ is None:
        return ()
    before = terminology.store.client_cache(id_)
    if len(own) > 1:
        _keep(terminology, id_, own)
    return _parsed(terminology, before or [])


def _r5(body: Json, request: Request) -> Json:
    return body if request.release == "R5" else r4.to_r5(body)


def _keep(terminology: Terminology, id_: str, given: Iterable[Given]) -> None:
    """Store the resources among the parameters; one that cannot be read is refused now rather than later.

    Together they may be as large as what a client may send at once, since all of them are read with each request.
    """
    kept: list[tuple[str, bytes]] = []
    for item in given:
        if item.name == "tx-resource" and isinstance(item.value, dict):
            supplied.parse(item.value, item.name)
            data = dumps(item.value)
            kept.append((supplied.digest_of(data), data))
    terminology.store.keep_in_client_cache(id_, kept, SECONDS, terminology.settings.max_body)


def _parsed(terminology: Terminology, digests: list[str]) -> tuple[SuppliedResource, ...]:
    in_memory = {digest: found for digest in digests if (found := supplied.remembered(digest)) is not None}
    missing = [digest for digest in digests if digest not in in_memory]
    stored = terminology.store.client_cache_bodies(missing) if missing else {}
    parsed = {digest: supplied.parse(loads_object(data), "tx-resource") for digest, data in stored.items()}
    every = in_memory | parsed
    return tuple(every[digest] for digest in digests if digest in every)
