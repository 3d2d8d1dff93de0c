from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http import reading
from terminology.store.search_terms import folded


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
        ("name=b&name=s", []),
        ("name=b&name:contains=OPS", ["biopsies"]),
        ("name=biop,sut", ["biopsies", "sutures"]),
        (r"name=biop\,sut", []),
        ("title:missing=true", ["sutures"]),
        ("status:not=draft", ["sutures"]),
        ("_id=biopsies,sutures&date=ge2024&date=lt2025", ["biopsies"]),
        ("url:below=http://example.org/ValueSet", ["biopsies", "sutures"]),
        ("_lastUpdated=ge2020", ["biopsies", "sutures"]),
        ("_lastUpdated=lt2020", []),
        ("_sort=-name", ["sutures", "biopsies"]),
        ("_sort=title,-_id", ["biopsies", "sutures"]),
        ("_sort=title" + ",-title" * 2000, ["biopsies", "sutures"]),
    ],
)
def test_parameters(client: FlaskClient, query: str, found: list[str]) -> None:
    bundle = client.get(f"/r5/ValueSet?{query}").json
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert bundle["total"] == len(found)
    assert ids(bundle) == found


def test_by_post(client: FlaskClient) -> None:
    assert ids(client.post("/r5/ValueSet/_search", data={"name": "Sut"}).json) == ["sutures"]


def test_entries_have_full_urls(client: FlaskClient) -> None:
    (entry,) = client.get("/r5/CodeSystem?name=Procedures").json["entry"]
    assert entry["fullUrl"] == "http://localhost/r5/CodeSystem/procedures"
    assert entry["search"] == {"mode": "match"}


@pytest.mark.parametrize("found", ["CodeSystem?name=Procedures", "ConceptMap?_id=old-to-new"])
def test_matches_are_whole_as_far_as_a_page_goes(
    client: FlaskClient, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_, name = found.partition("?")[0], "concept" if found.startswith("Code") else "group"

    def only(query: str) -> dict[str, Any]:
        (entry,) = client.get(f"/r5/{query}").json["entry"]
        return dict(entry["resource"])

    whole = only(found)
    assert whole == client.get(f"/r5/{type_}/{whole['id']}").json
    assert name not in only(f"{found}&_summary=true")
    assert only(f"{found}&_elements={name}")[name] == whole[name]
    monkeypatch.setattr(reading, "MOST_CONCEPTS", 1)
    cut = only(f"{found}&_total=none")
    assert not cut.get(name) or "element" not in cut[name][0]
    assert cut["meta"]["tag"][0]["code"] == "SUBSETTED"


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
        ("colour=red", "The search parameter 'colour' is not known for ValueSet. Known: _content, _id, "),
        ("name:fuzzy=x", "'name:fuzzy'"),
        ("url:exact=x", "'url:exact'"),
        ("_count=many", "'_count' must be an integer of 0 or more"),
        ("name:not=x", "'name:not'"),
        ("status:missing=x", "'status:missing' must be true or false"),
        ("content-mode=complete", "'content-mode' is not known for ValueSet"),
        ("_sort=colour", "ValueSet cannot be sorted by 'colour'. Known: _id, _lastUpdated, date"),
        ("_total=some", "'_total' must be none or estimate or accurate"),
        ("_lastUpdated=someday", "someday"),
    ],
)
def test_parameters_that_make_no_sense(client: FlaskClient, query: str, text: str) -> None:
    response = client.get(f"/r5/ValueSet?{query}")
    assert response.status_code == 400
    assert text in response.json["issue"][0]["details"]["text"]


@pytest.mark.parametrize("name", ["_id", "url", "identifier", "_content", "_text", "code", "name", "date"])
def test_searches_for_very_many_values(client: FlaskClient, name: str) -> None:
    separator = " " if name in {"_content", "_text"} else ","
    for count, status in ((1, 200), (2000, 200), (2001, 400)):
        values = separator.join(["2024"] * count)
        assert client.post("/r5/ValueSet/_search", data={name: values}).status_code == status
    pairs = [(name, "2024")] * 1500
    assert client.get("/r5/ValueSet", query_string=pairs).status_code == 200


def test_unknown_parameters_are_passed_over_when_asked_to(client: FlaskClient) -> None:
    response = client.get("/r5/ValueSet?colour=red", headers={"Prefer": "handling=lenient"})
    assert ids(response.json) == ["biopsies", "sutures"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("CodeSystem?code=P1.1", ["procedures"]),
        ("CodeSystem?code=p1.1", []),
        ("CodeSystem?code=EUR", ["iso-4217"]),
        ("CodeSystem?content-mode=complete&publisher=example", ["procedures"]),
        ("CodeSystem?content-mode=supplement", []),
        ("ConceptMap?source-code=7", ["old-to-new"]),
        ("ConceptMap?source-code=http://example.org/CodeSystem/old|7", ["old-to-new"]),
        ("ConceptMap?source-code=http://example.org/CodeSystem/other|7", []),
        ("ConceptMap?target-code=P2", []),
        ("ConceptMap?source-system=http://example.org/CodeSystem/old", ["old-to-new"]),
    ],
)
def test_parameters_of_some_types(client: FlaskClient, query: str, found: list[str]) -> None:
    assert ids(client.get(f"/r4/{query}").json) == found


def test_what_is_built_in_is_sorted_among_the_others_on_every_page(client: FlaskClient) -> None:
    whole = client.get("/r5/CodeSystem?_sort=-title&_count=1000").json
    titles = [entry["resource"].get("title") for entry in whole["entry"]]
    named = [folded(title) for title in titles if title]
    assert named == sorted(named, reverse=True)
    assert len(named) > 5
    assert "Invented procedures" in titles
    url, seen = "/r5/CodeSystem?_sort=-title&_count=4", []
    while url:
        page = client.get(url.removeprefix("http://localhost")).json
        seen += ids(page)
        url = {link["relation"]: link["url"] for link in page["link"]}.get("next", "")
    assert seen == ids(whole)


def test_without_a_total(client: FlaskClient) -> None:
    bundle = client.get("/r5/ValueSet?_total=none").json
    assert "total" not in bundle
    assert ids(bundle) == ["biopsies", "sutures"]


def test_the_capability_statement_lists_what_can_be_searched_for(client: FlaskClient) -> None:
    for resource in client.get("/r5/metadata").json["rest"][0]["resource"]:
        for parameter in resource["searchParam"]:
            value = "2024" if parameter["type"] == "date" else "x"
            asked = client.get(f"/r5/{resource['type']}?{parameter['name']}={value}")
            assert asked.status_code == 200, parameter


def test_an_empty_result_has_no_entries(empty: FlaskClient) -> None:
    bundle = empty.get("/r5/ValueSet").json
    assert bundle["total"] == 0
    assert "entry" not in bundle
