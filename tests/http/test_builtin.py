"""Code systems that need no loading are there to read and to find, beside stored ones."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


def ids(bundle: dict) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def test_a_listed_system_is_read_with_its_concepts(client: FlaskClient) -> None:
    currencies = client.get("/r5/CodeSystem/iso-4217").json
    assert currencies["content"] == "complete"
    assert any(c["code"] == "EUR" for c in currencies["concept"])
    assert client.get("/r4/CodeSystem/iso-4217/$lookup?code=EUR").status_code == 200


def test_a_grammar_is_read_without_concepts(client: FlaskClient) -> None:
    ucum = client.get("/r5/CodeSystem/ucum").json
    assert ucum["content"] == "not-present"
    assert "concept" not in ucum


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("url=http://unitsofmeasure.org", ["ucum"]),
        ("url=urn:iso:std:iso:4217", ["iso-4217"]),
        ("_id=ucum", ["ucum"]),
        ("url=http://unitsofmeasure.org&version=0", []),
        ("name:exact=proc", []),
        ("name=proc", ["procedures"]),
        ("date=2025-01-02", ["procedures"]),
    ],
)
def test_builtin_systems_are_found_by_searches(client: FlaskClient, query: str, found: list[str]) -> None:
    assert ids(client.get(f"/r5/CodeSystem?{query}").json) == found


def test_pages_run_from_stored_to_built_in(client: FlaskClient) -> None:
    every = client.get("/r5/CodeSystem?_count=1000").json
    assert every["total"] == len(ids(every)) > 5
    assert ids(every)[0] == "procedures"
    paged = []
    for offset in range(0, every["total"], 3):
        paged += ids(client.get(f"/r5/CodeSystem?_count=3&_offset={offset}").json)
    assert paged == ids(every)
    assert client.get("/r5/CodeSystem?_summary=count").json["total"] == every["total"]
