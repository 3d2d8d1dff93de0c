"""Links of searches and histories lead through what the first page began, whatever is written between two pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from tests.http.content import PROCEDURES, SUTURES

SORTS = [
    f"&_sort={sign}{name}"
    for name in ("_id", "_lastUpdated", "url", "version", "name", "title", "status", "date", "publisher")
    for sign in ("", "-")
]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    client = create_app(database=f"sqlite:///{tmp_path / 'pages.db'}", insecure_writes=True, kept_answers=0)
    asking = client.test_client()
    for number in (4, 2, 5, 1, 3):
        put(asking, number)
        put(asking, number, PROCEDURES)
    return asking


def put(client: FlaskClient, number: int, resource: dict[str, Any] = SUTURES, **fields: str) -> None:
    type_ = resource["resourceType"]
    own = {"id": f"n{number}", "url": f"http://example.org/{type_}/{number}", "title": f"T{number}"}
    assert client.put(f"/r5/{type_}/n{number}", json={**resource, **own, **fields}).status_code in {200, 201}


def page(client: FlaskClient, url: str) -> tuple[list[str], dict[str, str]]:
    bundle = client.get(url.removeprefix("http://localhost")).json
    entries = [entry["resource"]["id"] for entry in bundle.get("entry", ())]
    return entries, {link["relation"]: link["url"] for link in bundle["link"]}


@pytest.mark.parametrize("sort", ["", *SORTS])
@pytest.mark.parametrize("type_", ["ValueSet", "CodeSystem"])
def test_pages_of_a_search_miss_and_repeat_nothing_while_others_write(
    client: FlaskClient, type_: str, sort: str
) -> None:
    example = {"ValueSet": SUTURES, "CodeSystem": PROCEDURES}[type_]
    every, _ = page(client, f"/r5/{type_}?_count=100{sort}")
    assert len(every) >= 5
    seen, links = page(client, f"/r5/{type_}?_count=2{sort}")
    assert "previous" not in links
    pages, ours = [seen], [id_ for id_ in every if id_.startswith("n")]
    put(client, int(ours[0][1:]), example, title="ZZZ", name="Zzz", date="2030", publisher="Zzz", version="9")
    put(client, int(ours[-1][1:]), example, title="AAA", name="Aaa", date="1990", publisher="Aaa", version="0")
    put(client, 0, example, title="0")
    put(client, 9, example, title="9")
    assert client.delete(f"/r5/{type_}/{ours[2]}").status_code == 204
    while "next" in links:
        seen, links = page(client, links["next"])
        assert page(client, links["self"])[0] == seen
        pages.append(seen)
    assert [id_ for seen in pages for id_ in seen] == [id_ for id_ in every if id_ != ours[2]]
    assert {"n0", "n9"} < {*page(client, links["first"].replace("_count=2", "_count=100"))[0]}
    before, links = page(client, links["previous"])
    assert before == [id_ for seen in pages[:-1] for id_ in seen][-2:]
    assert page(client, links["next"])[0] == pages[-1]


def test_pages_of_a_history_miss_and_repeat_nothing_while_others_write(client: FlaskClient) -> None:
    whole = [e["fullUrl"] + e["response"]["etag"] for e in client.get("/r5/ValueSet/_history").json["entry"]]
    url, seen = "/r5/ValueSet/_history?_count=2", []
    while url:
        bundle = client.get(url.removeprefix("http://localhost")).json
        assert bundle["total"] == len(whole)
        seen += [e["fullUrl"] + e["response"]["etag"] for e in bundle["entry"]]
        put(client, 1, title=f"Changed {len(seen)}")
        url = {link["relation"]: link["url"] for link in bundle["link"]}.get("next", "")
    assert seen == whole


def test_a_history_stays_as_it_was_when_others_change(client: FlaskClient) -> None:
    url = "/r5/ValueSet/n1/_history"
    before = client.get(url)
    put(client, 2, title="Changed")
    assert client.get(url, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "WzEsMCwwLCJhIl0", "WzEsMCwwLG51bGwsbnVsbCxudWxsXQ", "eyJ9"])
def test_an_invalid_cursor_is_refused(client: FlaskClient, cursor: str) -> None:
    response = client.get(f"/r5/ValueSet?_cursor={cursor}")
    assert response.status_code == 400
    assert "'_cursor'" in response.json["issue"][0]["details"]["text"]
