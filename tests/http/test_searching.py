from __future__ import annotations

import pytest
from flask.testing import FlaskClient


def ids(bundle: dict) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["biopsies", "sutures"]),
        ("url=http://example.org/ValueSet/biopsies", ["biopsies"]),
        ("url=http://example.org/ValueSet/biopsies|1", ["biopsies"]),
        ("url=http://example.org/ValueSet/biopsies|2", []),
        ("url=http://example.org/ValueSet/biopsies&version=1", ["biopsies"]),
        ("_id=sutures", ["sutures"]),
        ("name=biop", ["biopsies"]),
        ("name:exact=biop", []),
        ("name:exact=Biopsies", ["biopsies"]),
        ("title=BIOPSIES+of", ["biopsies"]),
        ("status=active", ["sutures"]),
        ("status=http://hl7.org/fhir/publication-status|draft", ["biopsies"]),
        ("date=2024", ["biopsies"]),
        ("date=ge2025", []),
        ("publisher=example", ["biopsies"]),
        ("name=", ["biopsies", "sutures"]),
    ],
)
def test_parameters(client: FlaskClient, query: str, found: list[str]) -> None:
    bundle = client.get(f"/r5/ValueSet?{query}").json
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert bundle["total"] == len(found)
    assert ids(bundle) == found


def test_by_post(client: FlaskClient) -> None:
    assert ids(client.post("/r5/ValueSet/_search", data={"name": "Sut"}).json) == ["sutures"]


def test_entries_have_full_urls_and_headers_are_tagged(client: FlaskClient) -> None:
    (entry,) = client.get("/r5/CodeSystem?name=Procedures").json["entry"]
    assert entry["fullUrl"] == "http://localhost/r5/CodeSystem/procedures"
    assert entry["search"] == {"mode": "match"}
    assert "concept" not in entry["resource"]
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_summaries(client: FlaskClient) -> None:
    resource = client.get("/r5/ValueSet?_summary=true&_id=biopsies").json["entry"][0]["resource"]
    assert "compose" not in resource
    assert resource["url"]
    counted = client.get("/r5/ValueSet?_summary=count").json
    assert counted["total"] == 2
    assert "entry" not in counted


def test_paging_links_lead_to_every_match(client: FlaskClient) -> None:
    url, seen = "/r5/ValueSet?_count=1&status=draft,active", []
    url = "/r5/ValueSet?_count=1"
    while url:
        bundle = client.get(url.removeprefix("http://localhost")).json
        assert bundle["total"] == 2
        seen += ids(bundle)
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        url = links.get("next", "")
    assert seen == ["biopsies", "sutures"]
    assert ids(client.get(links["previous"].removeprefix("http://localhost")).json) == ["biopsies"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("colour=red", "The search parameter 'colour' is not known for ValueSet. Known: _id, date, name"),
        ("name:fuzzy=x", "'name:fuzzy'"),
        ("url:exact=x", "'url:exact'"),
        ("_count=many", "'_count' must be an integer of 0 or more"),
        ("name=a&name=b", "'name' may be given once"),
    ],
)
def test_parameters_that_make_no_sense(client: FlaskClient, query: str, text: str) -> None:
    response = client.get(f"/r5/ValueSet?{query}")
    assert response.status_code == 400
    assert text in response.json["issue"][0]["details"]["text"]


def test_unknown_parameters_are_passed_over_when_asked_to(client: FlaskClient) -> None:
    response = client.get("/r5/ValueSet?colour=red", headers={"Prefer": "handling=lenient"})
    assert ids(response.json) == ["biopsies", "sutures"]


def test_nothing_at_all(empty: FlaskClient) -> None:
    bundle = empty.get("/r5/ValueSet").json
    assert bundle["total"] == 0
    assert "entry" not in bundle
