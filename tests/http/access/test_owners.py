"""Whose something is: the audit log names callers, jobs and closure tables belong to them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from terminology.http.access import keys
from terminology.store.opening import open_store
from tests.http.access.calling import (
    bearer,
    client,
    key,
    oauth,
    read,
    token,
    write,
)
from tests.http.content import BIOPSIES, PROCEDURES


def test_writes_and_refusals_are_noted(url: str, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    app = client(url, audit_log=str(log), rate_limit=8)
    secret = key(url, "system/ValueSet.*")
    ward = {**bearer(secret), "X-Request-Id": "ward-7"}
    read(app)
    write(app, ward)
    app.put("/r5/CodeSystem/procedures", json=PROCEDURES, headers=ward)
    write(app, {})
    read(app, bearer("tsk_guess"))
    entries = [{"request": {"method": "DELETE", "url": "ValueSet/biopsies"}}]
    app.post("/r5", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}, headers=ward)
    while read(app) != 429:
        pass
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["event"], line["status"], line["caller"]) for line in lines] == [
        ("write", 200, "ward"),
        ("denied", 403, "ward"),
        ("denied", 401, None),
        ("denied", 401, None),
        ("write", 204, "ward"),
        ("denied", 429, None),
    ]
    first, second, *_ = lines
    assert (first["resource"], first["method"], first["path"], first["request_id"], first["address"]) == (
        "ValueSet/biopsies/_history/2", "PUT", "/ValueSet/biopsies", "ward-7", "127.0.0.1",
    )  # fmt: skip
    assert second["reason"] == "SCOPE_MISSING"
    assert secret not in log.read_text()


def test_the_audit_log_can_go_to_standard_error(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert write(client(url, audit_log="-"), {}).status_code == 401
    assert json.loads(capsys.readouterr().err)["event"] == "denied"


def test_a_job_is_visible_to_its_caller_only_and_stores_no_secret(url: str) -> None:
    ward, lab, owner = (
        bearer(key(url, scope, name=name))
        for name, scope in (("ward", "system/*.rs"), ("lab", "system/*.rs"), ("owner", "system/*.cruds"))
    )
    app = client(url)
    later = {**ward, "Prefer": "respond-async"}
    queued = app.get(f"/r5/ValueSet/$expand?url={BIOPSIES['url']}", headers=later)
    assert queued.status_code == 202
    place = queued.headers["Content-Location"].removeprefix("http://localhost")
    (job,) = open_store(url).jobs.all()
    assert ward["Authorization"].split("_", 2)[2].encode() not in job.input
    assert [app.get(place, headers=h).status_code for h in ({}, lab, ward, owner)] == [404, 404, 202, 202]
    assert [app.delete(place, headers=h).status_code for h in ({}, lab, ward)] == [404, 404, 202]


def test_closure_tables_belong_to_one_caller(url: str, jwks: Path) -> None:
    asked = client(url, **oauth(jwks))
    scope = "system/ConceptMap.u"
    callers = [
        *(bearer(key(url, scope, name=name)) for name in ("ward", "lab")),
        *(bearer(token(client_id="ward", scope=scope, sub=sub)) for sub in ("one", "two")),
    ]

    def close(headers: dict[str, str], **given: str) -> Any:
        parameters = [{"name": name, "valueString": value} for name, value in {"name": "mine", **given}.items()]
        body = {"resourceType": "Parameters", "parameter": parameters}
        return asked.post("/r5/$closure", json=body, headers=headers).status_code

    for number, headers in enumerate(callers):
        assert close(headers, version="0") == 404, "nobody sees what those before left"
        assert close(headers) == 200
        assert [close(each, version="0") for each in callers].count(200) == number + 1
    assert close({}) == 401
    assert close(bearer(key(url, "system/*.rs", "system/ValueSet.u", name="reader"))) == 403


def test_callers_without_credentials_have_closure_tables_where_writing_is_open(url: str) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "name", "valueString": "mine"}]}
    assert client(url, insecure_writes=True).post("/r5/$closure", json=body).status_code == 200


def test_a_new_key_of_the_same_name_goes_on_with_the_tables(url: str) -> None:
    def close(secret: str, *given: dict[str, str]) -> int:
        body = {"resourceType": "Parameters", "parameter": [{"name": "name", "valueString": "mine"}, *given]}
        return client(url).post("/r5/$closure", json=body, headers=bearer(secret)).status_code

    assert close(key(url, "system/ConceptMap.u")) == 200
    keys.revoke(open_store(url), "ward", time.time())
    assert close(key(url, "system/ConceptMap.u"), {"name": "version", "valueString": "0"}) == 200
