"""What may be licensed content is neither asked about nor answered for callers without its entitlement."""

from __future__ import annotations

from flask.testing import FlaskClient

from terminology.http.access import keys
from terminology.http.upstream.forwarding import ANSWERED_BY
from terminology.store.opening import open_store
from tests.http.content import SYSTEM, VALUE_SET
from tests.http.serving import Served
from tests.http.upstream.asking import LOOKUP, asking
from tests.http.upstream.far import Far


def gated(database: str, base: str) -> tuple[FlaskClient, dict[str, str]]:
    licences = f"{SYSTEM}=procedures"
    store = open_store(database)
    secret, _ = keys.create(store, "ward", ["procedures"], now=0)
    store.close()
    return asking(database, base, licences=licences), {"Authorization": f"Bearer {secret}"}


def test_licensed_systems_are_asked_about_for_the_entitled_only(mine: str, fake: Far) -> None:
    here, entitled = gated(mine, fake.url)
    inline = {"resourceType": "ValueSet", "status": "active", "compose": {"include": [{"system": SYSTEM}]}}
    body = {"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": inline}]}
    here.get(f"/r4/{LOOKUP}")
    here.get(f"/r4/CodeSystem/$lookup?system={SYSTEM}|1&code=P1")
    here.get(f"/r4/CodeSystem/$lookup?system=%20{SYSTEM.upper().replace('HTTP:', 'https:')}/&code=P1")
    here.get("/r4/CodeSystem/$lookup?system=urn:oid:1.2.3&code=P1")
    here.post("/r4/ValueSet/$expand", json=body)
    assert not fake.asked
    assert here.get(f"/r4/{LOOKUP}", headers=entitled).headers[ANSWERED_BY]
    assert not here.get(f"/r4/{LOOKUP}").headers.get(ANSWERED_BY)


def test_answers_with_licensed_systems_are_for_the_entitled_only(mine: str, other: Served) -> None:
    here, entitled = gated(mine, other.url)
    question = f"/r4/ValueSet/$expand?url={VALUE_SET}"
    assert here.get(question, headers=entitled).headers[ANSWERED_BY]
    closed = here.get(question)
    assert (closed.status_code, closed.headers.get(ANSWERED_BY)) == (404, None)
    assert "Biopsy" not in closed.text


def test_other_gates_are_not_in_the_way(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url, licences="urn:oid:1.2.3=a http://example.org/CodeSystem/other=b")
    assert here.get(f"/r4/{LOOKUP}").headers[ANSWERED_BY]
