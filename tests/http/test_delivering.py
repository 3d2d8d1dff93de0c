"""Validators, caching, gzip and request ids."""

from __future__ import annotations

import gzip
import logging

import pytest
from flask.testing import FlaskClient

from terminology.http.delivering import takes_gzip
from terminology.operations import table
from tests.http.content import SYSTEM

READ = "/r5/ValueSet/biopsies"
LOOKUP = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"
LONG = "/r5/metadata"
LATER, EARLIER = "Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize("path", [READ, LOOKUP, LONG, "/r5/ValueSet?name=bio", "/r4/CodeSystem/procedures"])
def test_if_none_match_is_answered_with_304(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    for known in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "private, no-cache"
        assert not {"Content-Length", "Content-Type"} & set(again.headers.keys())
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).data == first.data


def test_the_tag_of_an_operation_is_that_of_its_answer(client: FlaskClient) -> None:
    tags = {client.get(LOOKUP.replace("P1", code)).headers["ETag"] for code in ("P1", "P2")}
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Modified-Since": LATER}, 304),
        ({"If-Modified-Since": EARLIER}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": LATER, "If-None-Match": '"other"'}, 200),
    ],
)
def test_if_modified_since_is_answered_by_date(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    response = client.get(READ, headers=headers)
    assert response.status_code == status
    assert response.headers["Last-Modified"].endswith(" GMT")


def test_failures_and_posts_are_never_304_nor_stored(client: FlaskClient) -> None:
    missing = client.get("/r5/ValueSet/nothing", headers={"If-None-Match": "*"})
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")
    posted = client.post("/r5/ValueSet/_search", data={"name": "bio"}, headers={"If-None-Match": "*"})
    assert (posted.status_code, posted.headers["Cache-Control"]) == (200, "no-store")
    assert client.get(READ).headers["Cache-Control"] == "private, no-cache"


def test_long_answers_are_gzipped_for_clients_that_accept_it(client: FlaskClient) -> None:
    plain, packed = client.get(LONG), client.get(LONG, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in client.get(READ, headers={"Accept-Encoding": "gzip"}).headers
    head = client.head(LONG, headers={"Accept-Encoding": "gzip"})
    assert head.headers["Content-Length"] == packed.headers["Content-Length"]


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [("gzip", True), ("x-gzip", True), ("*", True), ("", False), ("br", False),
     ("gzip;q=0, *", False), ("gzip;q=?", False)],
)  # fmt: skip
def test_reading_accept_encoding(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) == takes


def test_every_answer_has_a_request_id(client: FlaskClient) -> None:
    ids = {client.open(path, method=m).headers["X-Request-Id"] for m, path in [("GET", READ), ("OPTIONS", READ)]}
    assert len(ids) == 2
    assert all(ids)
    hostile = client.get(READ, headers={"X-Request-Id": "two words"})
    assert hostile.headers["X-Request-Id"] != "two words"


def test_a_failure_is_logged_under_the_request_id(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(table, "find", broken)
    with caplog.at_level(logging.ERROR):
        client.get(f"{LOOKUP}&property=lang.de", headers={"X-Request-Id": "mine-7"})
    assert "request mine-7" in caplog.text
