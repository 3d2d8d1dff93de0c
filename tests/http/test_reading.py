from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from terminology.http import reading
from tests.http.content import BIOPSIES, OLD_TO_NEW, PROCEDURES


def without_meta(resource: dict) -> dict:
    return {name: value for name, value in resource.items() if name != "meta"}


def is_subsetted(resource: dict) -> bool:
    return any(tag["code"] == "SUBSETTED" for tag in resource["meta"].get("tag", ()))


@pytest.mark.parametrize("resource", [PROCEDURES, BIOPSIES, OLD_TO_NEW], ids=lambda r: r["id"])
def test_what_was_stored_is_read_whole(client: FlaskClient, resource: dict) -> None:
    response = client.get(f"/r5/{resource['resourceType']}/{resource['id']}")
    assert response.status_code == 200
    assert response.content_type == "application/fhir+json; charset=utf-8"
    assert without_meta(response.json) == resource
    assert response.json["meta"]["versionId"] == "1"
    assert not is_subsetted(response.json)


def test_conditional_read(client: FlaskClient) -> None:
    first = client.get("/r5/ValueSet/biopsies")
    assert first.headers["ETag"] == 'W/"1"'
    assert "GMT" in first.headers["Last-Modified"]
    again = client.get("/r5/ValueSet/biopsies", headers={"If-None-Match": 'W/"1"'})
    assert again.status_code == 304
    assert again.data == b""


def test_a_concept_map_is_r4_at_the_r4_endpoint(client: FlaskClient) -> None:
    target = client.get("/r4/ConceptMap/old-to-new").json["group"][0]["element"][0]["target"][1]
    assert target["equivalence"] == "narrower"
    assert "relationship" not in target


@pytest.mark.parametrize("type_", ["CodeSystem/procedures", "ConceptMap/old-to-new"])
def test_a_huge_resource_is_cut_and_says_so(client: FlaskClient, type_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CONCEPTS", 1)
    resource = client.get(f"/r5/{type_}").json
    assert is_subsetted(resource)
    content = resource.get("concept") or resource["group"][0]["element"][0]["target"]
    assert len(content) == 1


@pytest.mark.parametrize(
    ("query", "present", "absent"),
    [
        ("_summary=true", {"url", "status", "content"}, {"concept", "text", "description"}),
        ("_summary=text", {"text", "status", "content"}, {"concept", "url"}),
        ("_elements=url,version", {"url", "version", "status", "content"}, {"concept", "title"}),
    ],
)
def test_summaries_and_elements_return_parts_tagged_as_subsetted(
    client: FlaskClient, query: str, present: set[str], absent: set[str]
) -> None:
    resource = client.get(f"/r5/CodeSystem/procedures?{query}").json
    assert present <= resource.keys()
    assert not absent & resource.keys()
    assert is_subsetted(resource)


def test_summary_data_leaves_out_only_the_narrative(client: FlaskClient) -> None:
    resource = client.get("/r5/CodeSystem/procedures?_summary=data").json
    assert "text" not in resource
    assert resource["concept"]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("ValueSet/nothing", 404, "There is no ValueSet with the id 'nothing'."),
        ("CodeSystem/biopsies", 404, "There is no CodeSystem"),
        ("ValueSet/biopsies?_summary=some", 400, "'_summary' must be true or text"),
    ],
)
def test_failures(client: FlaskClient, path: str, status: int, text: str) -> None:
    response = client.get(f"/r5/{path}")
    assert response.status_code == status
    assert text in response.json["issue"][0]["details"]["text"]
