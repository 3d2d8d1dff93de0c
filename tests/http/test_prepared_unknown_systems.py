"""Verdicts on codes of systems that are not here, and refusals of value sets that are not, beside the usual way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from terminology import ingest
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.agreement import agrees
from tests.http.test_prepared import CARE, SETS, layers, loaded, value_set
from tests.http.test_prepared_bodies import Body
from tests.http.wsgi_calls import body_of, call

NONE, HEADER = "http://example.org/none", "http://example.org/CodeSystem/header"
MORE, NAMED = "http://example.org/CodeSystem/more", "http://example.org/CodeSystem/named"
OID = "urn:oid:1.2.3.4"
SYSTEMS = (NONE, HEADER, MORE, NAMED, OID, "none", f"{SETS}whole", CARE)
CODES = ("A1", "A2", "x", "spaced out", 'quoted "x"', "größer", "%", "x" * 1100)

RESOURCES: list[dict[str, Any]] = [
    {"resourceType": "CodeSystem", "id": "header", "url": HEADER, "version": "1", "status": "active",
     "content": "not-present"},
    {"resourceType": "CodeSystem", "id": "more", "url": MORE, "status": "active", "content": "supplement",
     "supplements": CARE, "concept": [{"code": "A1", "display": "More"}]},
    {"resourceType": "NamingSystem", "id": "named", "name": "Named", "status": "active", "kind": "codesystem",
     "date": "2020-01-01", "uniqueId": [{"type": "uri", "value": NAMED, "preferred": True},
                                        {"type": "oid", "value": OID.removeprefix("urn:oid:")}]},
    value_set("all-none", {"system": NONE}),
    value_set("filtered-none", {"system": NONE, "filter": [{"property": "x", "op": "=", "value": "y"}]}),
    value_set("listed-none", {"system": NONE, "concept": [{"code": "A1", "display": "One"}, {"code": "x"}]}),
    value_set("beside-none", {"system": CARE}, {"system": NONE, "concept": [{"code": "A1"}]}),
    value_set("without-none", {"system": CARE}, exclude=[{"system": NONE}]),
    value_set("without-all-of-none", {"system": NONE}, exclude=[{"system": NONE, "concept": [{"code": "x"}]}]),
    value_set("importing-none", {"valueSet": [f"{SETS}listed-none", f"{SETS}all-none"]}),
    value_set("importing-nothing", {"system": CARE, "valueSet": [f"{SETS}not-here"]}),
    value_set("old-care", {"system": CARE, "version": "1"}, {"system": NONE, "version": "7"}),
    value_set("of-header", {"system": HEADER, "concept": [{"code": "A1"}]}),
    value_set("by-oid", {"system": OID, "concept": [{"code": "A1"}]}),
    {**value_set("stored"), "compose": None, "expansion": {"timestamp": "2020-01-01", "contains": [
        {"system": NONE, "code": "A1", "display": "Stored"}, {"system": CARE, "code": "A2"}]}},
]  # fmt: skip
VALUE_SETS = [f"{SETS}{one['id']}" for one in RESOURCES if one["resourceType"] == "ValueSet"]
VALUE_SETS += [f"{SETS}whole", f"{SETS}unknown", f"{SETS}not-here"]
WISHES: list[list[tuple[str, str, Any]]] = [
    [], [("displayLanguage", "Code", "de")], [("lenient-display-validation", "Boolean", True)],
    [("valueset-membership-only", "Boolean", True)], [("default-to-latest-version", "Boolean", True)],
    [("system-version", "Canonical", f"{CARE}|9")], [("inferSystem", "Boolean", True)],
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("files")
    url = loaded(f"sqlite:///{tmp_path_factory.mktemp('unknown') / 'x.db'}", folder)
    store = open_store(url)
    for number, resource in enumerate(RESOURCES):
        given = {name: value for name, value in resource.items() if value is not None}
        (folder / f"more{number}.json").write_text(json.dumps(given))
        ingest.load(store, [str(folder / f"more{number}.json")])
    store.close()
    return create_app(database=url, kept_answers=0)


def codings(codes: tuple[str, ...] = CODES) -> Iterator[dict[str, Any]]:
    for system, code in product((None, *SYSTEMS), codes):
        coding = {"code": code} if system is None else {"system": system, "code": code}
        yield coding
        yield {**coding, "display": f"Display of {code}"}
        yield {**coding, "version": "9"}


def asked_in_sets() -> Iterator[Body]:
    path = "/r4/ValueSet/$validate-code"
    for url, coding in product(VALUE_SETS, codings((CODES[0], *CODES[2:5], CODES[-1]))):
        yield path, body_of(("url", "Uri", url), ("coding", "Coding", coding))
    for (url, coding), wish in product(list(product(VALUE_SETS, codings(CODES[:3])))[::7], WISHES):
        concept = {"coding": [coding], "text": f"Text of {coding['code']}"}
        yield path, body_of(("url", "Uri", url), ("codeableConcept", "CodeableConcept", concept), *wish)
        yield path, body_of(("url", "Uri", url), *wish, ("coding", "Coding", coding))
        both = {"coding": [coding, {"system": CARE, "code": "A2"}, {"system": NONE, "code": "other"}]}
        yield path, body_of(("url", "Uri", url), ("codeableConcept", "CodeableConcept", both), *wish)
    for url, code in product(VALUE_SETS, CODES[:3]):
        yield path, body_of(("url", "Uri", url), ("code", "Code", code))
        yield path, body_of(("url", "Uri", url), ("codeableConcept", "CodeableConcept", {"text": code}))


def asked_alone() -> Iterator[Body]:
    path = "/r5/CodeSystem/$validate-code"
    for coding, wish in product(codings(), WISHES):
        yield path, body_of(("coding", "Coding", coding), *wish)
    for coding, system in product(codings(CODES[:3]), SYSTEMS):
        yield path, body_of(("url", "Uri", system), ("coding", "Coding", coding))
        yield path, body_of(("codeableConcept", "CodeableConcept", {"coding": [coding]}), ("url", "Uri", system))


def in_urls() -> Iterator[str]:
    for system, code in product(SYSTEMS, map(quote, CODES)):
        yield f"/r4/CodeSystem/$validate-code?url={system}&code={code}"
        yield f"/r4/CodeSystem/$validate-code?url={system}&version=9&code={code}&display=x"
        yield f"/r4/ValueSet/$validate-code?url={VALUE_SETS[-1]}&system={system}&code={code}"
        yield f"/r4/ValueSet/$validate-code?url={VALUE_SETS[0]}&system={system}&code={code}&display=y"
    yield f"/r4/ValueSet/$validate-code?url={VALUE_SETS[-1]}"
    yield f"/r4/ValueSet/$validate-code?url={VALUE_SETS[-1]}&code="


@pytest.mark.parametrize("make", [asked_in_sets, asked_alone], ids=lambda make: make.__name__)
def test_answers_to_bodies_are_those_of_the_usual_way(app: Flask, make: Any) -> None:
    agrees(app, make())


def test_answers_to_urls_are_those_of_the_usual_way(app: Flask) -> None:
    layer, usual = layers(app)
    for target in [*in_urls()] * 2:
        assert call(layer, target) == call(usual, target), target


def test_entries_are_answered_as_the_usual_way_answers_them(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    some = [*asked_in_sets()][::41]
    entries = [
        {"request": {"method": "POST", "url": path.split("/", 2)[2]}, "resource": json.loads(body)}
        for path, body in some
    ]
    validations = [("validation", "resource", entry["resource"]) for entry in entries]
    asked = [
        ("/r4", json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()),
        ("/r4/ValueSet/$batch-validate-code", body_of(*validations)),
    ]
    for one in asked:
        filled = [call(usual, *one) for _ in range(2)]
        with monkeypatch.context() as patched:
            patched.setattr(layer.answers.api, "entries", None)
            assert filled == [call(usual, *one)] * 2
        assert b"not-found" in filled[0].body


@pytest.mark.parametrize("system", [NONE, HEADER, MORE, NAMED, OID, None])
@pytest.mark.parametrize("name", ["all-none", "listed-none", "beside-none", "importing-none", "whole", "not-here", ""])
def test_codes_of_such_systems_do_not_go_the_usual_way(
    app: Flask, system: str | None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, usual = layers(app)
    path = f"/r4/{'ValueSet' if name else 'CodeSystem'}/$validate-code"
    about = [("url", "Uri", f"{SETS}{name}")] if name else []
    known = {"system": system} if system else {}
    asked = [(path, body_of(*about, ("coding", "Coding", {**known, "code": code}))) for code in CODES[:4]]
    expected = [call(usual, *one) for one in asked]
    call(layer, *asked[0])
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, *one) for one in asked] == expected
