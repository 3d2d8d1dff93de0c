"""Earlier versions of resources, and what was deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.content import BIOPSIES, PROCEDURES, SUTURES
from tests.http.publishing import publish


@pytest.fixture
def changed(tmp_path: Path) -> FlaskClient:
    """Biopsies and Procedures in two versions each, Sutures deleted."""
    url = f"sqlite:///{tmp_path / 'changed.db'}"
    store = open_store(url)
    publish(store, BIOPSIES, SUTURES, PROCEDURES)
    publish(store, {**BIOPSIES, "title": "Renamed"}, {**PROCEDURES, "concept": PROCEDURES["concept"][:1]})
    with store.publication() as publication:
        publication.drop_resource("ValueSet", "sutures")
    store.close()
    return create_app(database=url).test_client()


def test_every_version_can_be_read(changed: FlaskClient) -> None:
    first, second = (changed.get(f"/r5/ValueSet/biopsies/_history/{n}") for n in (1, 2))
    assert (first.json["title"], second.json["title"]) == (BIOPSIES["title"], "Renamed")
    assert (first.json["meta"]["versionId"], first.headers["ETag"]) == ("1", 'W/"1"')
    assert first.json["compose"] == BIOPSIES["compose"]
    assert "immutable" in first.headers["Cache-Control"]
    assert second.json == changed.get("/r5/ValueSet/biopsies").json
    assert changed.get("/r5/ValueSet/biopsies/_history/1", headers={"If-None-Match": 'W/"1"'}).status_code == 304


def test_other_concepts_make_another_version_even_when_the_header_is_the_same(changed: FlaskClient) -> None:
    now = changed.get("/r5/CodeSystem/procedures", headers={"If-None-Match": 'W/"1"'})
    assert (now.status_code, now.headers["ETag"], len(now.json["concept"])) == (200, 'W/"2"', 1)
    assert changed.get("/r5/CodeSystem/procedures/_history/2").json == now.json
    before = changed.get("/r5/CodeSystem/procedures/_history/1")
    assert "concept" not in before.json
    assert before.json["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "immutable" not in before.headers["Cache-Control"]


def test_history_is_newest_first_and_pages(changed: FlaskClient) -> None:
    bundle = changed.get("/r4/ValueSet/biopsies/_history").json
    assert (bundle["type"], bundle["total"]) == ("history", 2)
    assert [e["resource"]["title"] for e in bundle["entry"]] == ["Renamed", BIOPSIES["title"]]
    assert [e["response"]["etag"] for e in bundle["entry"]] == ['W/"2"', 'W/"1"']
    assert all(e["request"] == {"method": "PUT", "url": "ValueSet/biopsies"} for e in bundle["entry"])
    page = changed.get("/r5/ValueSet/biopsies/_history?_count=1").json
    links = {link["relation"]: link["url"] for link in page["link"]}
    (entry,) = changed.get(links["next"].removeprefix("http://localhost")).json["entry"]
    assert entry["resource"]["meta"]["versionId"] == "1"


def test_what_was_deleted_is_gone_but_its_history_stays(changed: FlaskClient) -> None:
    gone = changed.get("/r5/ValueSet/sutures")
    assert (gone.status_code, gone.json["issue"][0]["code"]) == (410, "deleted")
    history = changed.get("/r5/ValueSet/sutures/_history").json
    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "PUT"]
    assert changed.get("/r5/ValueSet/sutures/_history/2").status_code == 410
    assert changed.get("/r5/ValueSet/sutures/_history/1").json["name"] == "Sutures"


@pytest.mark.parametrize(
    "path", ["ValueSet/biopsies/_history/3", "ValueSet/biopsies/_history/x", "ValueSet/no/_history"]
)
def test_unknown_versions_are_404(changed: FlaskClient, path: str) -> None:
    response = changed.get(f"/r5/{path}")
    assert (response.status_code, response.json["issue"][0]["code"]) == (404, "not-found")


def test_built_in_systems_have_one_version(empty: FlaskClient) -> None:
    id_ = empty.get("/r5/CodeSystem?_count=1").json["entry"][0]["resource"]["id"]
    assert empty.get(f"/r5/CodeSystem/{id_}/_history").json["total"] == 1
    assert empty.get(f"/r5/CodeSystem/{id_}/_history/1").status_code == 200
