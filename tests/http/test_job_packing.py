"""A request that another process answers is the one that came, without secrets and the wish not to wait."""

from __future__ import annotations

import json

from terminology.http.access.callers import Caller
from terminology.http.exchange import Request
from terminology.http.jobs.packing import packed, unpacked


def test_packing_and_unpacking_a_request_are_inverse() -> None:
    caller = Caller("ada", "key", frozenset({"system/*.cud"}), "subject")
    request = Request(
        method="POST", release="R4B", segments=("ValueSet", "$expand"), base="http://x.org/r4b",
        query=(("a", "1"), ("a", "2")), body=b"\x00{}", caller=caller, address="192.0.2.7",
        headers={"accept": "application/fhir+xml, */*", "prefer": "return=minimal, respond-async,handling=strict",
                 "authorization": "Bearer secret", "x-api-key": "secret"},
    )  # fmt: skip
    sent = json.dumps(packed(request))
    assert "secret" not in sent
    back = unpacked(json.loads(sent))
    assert back.headers == {"accept": "application/fhir+xml, */*", "prefer": "return=minimal, handling=strict"}
    for name in ("method", "release", "segments", "base", "query", "body", "caller", "address"):
        assert getattr(back, name) == getattr(request, name), name
