"""Every value set of the suite and every code it brings: what an expansion lists is valid in it, and nothing else is.

The suite expands some of its value sets and asks about a few codes of others; one answer follows from the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terminology.fhir.json import Json
from terminology.http.app import create_app
from terminology.store.opening import open_store

HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
MANY = 100
"""Codes of the code systems from which on a suite is left out: the test would take long and say no more."""
OPTIONS: Sequence[Sequence[Json]] = (), ({"name": "activeOnly", "valueBoolean": True},)

Member = tuple[str, str]
"""System and code."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    url = f"sqlite:///{tmp_path_factory.mktemp('members') / 'empty.db'}"
    open_store(url).close()
    app = create_app(database=url, audit_log="")
    yield app.test_client()
    app.extensions["terminology"].close()


def setups(folder: Path) -> Iterator[Sequence[Json]]:
    """What each suite brings."""
    for suite in json.loads((folder / "test-cases.json").read_text("utf-8-sig"))["suites"]:
        if suite.get("mode") == "general":
            yield [json.loads((folder / name).read_text("utf-8-sig")) for name in suite.get("setup", ())]


def codes(resources: Iterable[Json]) -> list[Member]:
    systems = [one for one in resources if one["resourceType"] == "CodeSystem" and one["content"] != "supplement"]
    found = ((one["url"], code) for one in systems for code in _codes(one.get("concept", ())))
    return list(dict.fromkeys(found))


def _codes(concepts: Iterable[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _codes(concept.get("concept", ()))


def listed(contains: Iterable[Json]) -> Iterator[Member]:
    for one in contains:
        yield one["system"], one["code"]
        yield from listed(one.get("contains", ()))


def ask(client: FlaskClient, operation: str, parameters: Sequence[Json]) -> Json:
    body = json.dumps({"resourceType": "Parameters", "parameter": parameters}).encode()
    answer: Json = json.loads(client.post(f"/r5/ValueSet/${operation}", data=body, headers=HEADERS).data)
    return answer


def valid(client: FlaskClient, member: Member, asked: Sequence[Json]) -> bool:
    coding = {"name": "coding", "valueCoding": {"system": member[0], "code": member[1]}}
    answer = ask(client, "validate-code", [coding, *asked])
    return {"name": "result", "valueBoolean": True} in answer["parameter"]


def test_what_is_listed_is_valid_and_nothing_else(shared: Path, client: FlaskClient) -> None:
    checked = 0
    for resources in setups(shared / "conformance" / "tests"):
        members = codes(resources)
        if len(members) > MANY:
            continue
        brought = [{"name": "tx-resource", "resource": one} for one in resources]
        value_sets = [one for one in resources if one["resourceType"] == "ValueSet" and "url" in one]
        for value_set, options in ((one, options) for one in value_sets for options in OPTIONS):
            canonical = f"{value_set['url']}|{value_set['version']}" if "version" in value_set else value_set["url"]
            asked = [{"name": "url", "valueUri": canonical}, *options, *brought]
            expanded = ask(client, "expand", asked)
            if expanded["resourceType"] == "OperationOutcome":  # broken on purpose
                continue
            inside = set(listed(expanded["expansion"].get("contains", ())))
            for member in members:
                assert valid(client, member, asked) is (member in inside), (canonical, options, member)
                checked += 1
    assert checked > 1000
