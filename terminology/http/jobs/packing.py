"""Converts a request to JSON and back, so that another process can answer it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping

from terminology.fhir.json import Json
from terminology.http.access.callers import Caller
from terminology.http.exchange import Request

NOT_TAKEN = frozenset({"if-none-match", "if-modified-since", "accept-encoding", "authorization", "x-api-key"})
"""Headers about the exchange rather than the answer, and secrets: the caller is identified already."""


def _taken(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, without the preference that made the request a job."""
    taken = {name: value for name, value in headers.items() if name not in NOT_TAKEN}
    if "prefer" in taken:
        taken["prefer"] = ", ".join(p for p in map(str.strip, taken["prefer"].split(",")) if p != "respond-async")
    return taken


def packed(request: Request) -> Json:
    """Everything that the answer depends on."""
    caller = request.caller
    return {
        "method": request.method, "release": request.release, "segments": list(request.segments), "base": request.base,
        "query": [list(pair) for pair in request.query],
        "headers": _taken(request.headers),
        "body": b64encode(request.body).decode(),
        "caller": {"name": caller.name, "kind": caller.kind, "scopes": sorted(caller.scopes),
                   "subject": caller.subject},
        "address": request.address,
    }  # fmt: skip


def unpacked(data: Json) -> Request:
    """The request that was packed."""
    caller = data["caller"]
    return Request(
        method=data["method"], release=data["release"], segments=tuple(data["segments"]), base=data["base"],
        query=tuple((name, value) for name, value in data["query"]), headers=data["headers"],
        body=b64decode(data["body"]),
        caller=Caller(caller["name"], caller["kind"], frozenset(caller["scopes"]), caller.get("subject")),
        address=data.get("address", ""),
    )  # fmt: skip
