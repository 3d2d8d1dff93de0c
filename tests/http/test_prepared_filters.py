"""Prepared verdicts where any filter selects codes, or a grammar makes them, beside those of the usual way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from terminology import ingest
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.agreement import agrees
from tests.http.test_prepared import CARE, SETS, layers, loaded, value_set
from tests.http.test_prepared_bodies import Body
from tests.http.wsgi_calls import body_of, call

UCUM, LANGUAGES, MIME = "http://unitsofmeasure.org", "urn:ietf:bcp:47", "urn:ietf:bcp:13"
URIS, HGVS = "urn:ietf:rfc:3986", "http://varnomen.hgvs.org"
GRAMMARS: dict[str, tuple[str, ...]] = {
    UCUM: ("mg", "kg", "mm[Hg]", "g", "MG", "xyz", "/min", "1", "{spots}"),
    LANGUAGES: ("en", "de-AT", "zh-Hant", "EN", "xx", "iw", "sl-rozaj"),
    MIME: ("text/plain", "application/pdf", "Text/Plain", "x/y", "text/plain;charset=utf-8"),
    URIS: ("http://example.org", "urn:oid:1.2.3", "no uri", "mailto:x@example.org"),
    HGVS: ("NM_004006.2:c.4375C>T", "NC_000023.11:g.32389644G>A", "nothing"),
}


def filtered(*filters: tuple[str, str, str], system: str = CARE) -> dict[str, Any]:
    return {"system": system, "filter": [{"property": p, "op": op, "value": value} for p, op, value in filters]}


FILTERS = [
    ("weight", "=", "1.0"), ("like", "=", "A2"), ("weight", "exists", "true"), ("weight", "exists", "false"),
    ("display", "regex", ".*a.*"), ("code", "regex", "A[1-4]"), ("code", "in", "A1,A3,R10"), ("concept", "in", "A1,A2"),
    ("code", "not-in", "A1,A2"), ("concept", "is-not-a", "A"), ("concept", "generalizes", "A1"),
    ("concept", "descendent-leaf", "A"), ("concept", "child-of", "A"), ("status", "=", "retired"),
    ("inactive", "=", "false"), ("notSelectable", "=", "true"),
]  # fmt: skip
SELECTING = [value_set(f"filtered-{number}", filtered(one)) for number, one in enumerate(FILTERS)]
SELECTING += [
    value_set("filtered-twice", filtered(("weight", "exists", "true"), ("concept", "is-a", "A"))),
    value_set("filtered-besides", filtered(FILTERS[0]), filtered(("code", "in", "A2,A3"))),
    value_set("filtered-without", {"system": CARE}, exclude=[filtered(("weight", "exists", "true"))]),
    value_set("filtered-active", filtered(("code", "regex", ".*")), inactive=False),
]
MAKING = [
    *(value_set(f"made-{number}", {"system": system}) for number, system in enumerate(GRAMMARS)),
    value_set("units", {"system": UCUM, "concept": [{"code": "mg"}, {"code": "MG"}, {"code": "kg"}]}),
    value_set("named-units", {"system": UCUM, "concept": [{"code": "mg", "display": "milligram"},
                                                          {"code": "kg", "display": "kilo"}, {"code": "g"}]}),
    value_set("masses", filtered(("canonical", "=", "g"), system=UCUM)),
    value_set("tongues", {"system": LANGUAGES, "concept": [{"code": "en", "display": "English"}, {"code": "de-AT"}]}),
    value_set("english", filtered(("language", "=", "en"), system=LANGUAGES)),
    value_set("made-without", {"system": UCUM}, exclude=[{"system": UCUM, "concept": [{"code": "kg"}]}]),
]  # fmt: skip
CODES = ("A1", "A2", "A", "A3", "A4", "A5", "A 6", "A7", "R10", "R20", "D10", "gone")
DISPLAYS = (None, "mg", "English", "milligram", "Bandage", "wrong")
OF_CARE = (None, "Bandage", "wrong")
WISHES: list[list[tuple[str, str, Any]]] = [
    [], [("displayLanguage", "Code", "de")], [("displayLanguage", "Code", "en")], [("activeOnly", "Boolean", True)],
    [("inferSystem", "Boolean", True)],
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("files")
    url = loaded(f"sqlite:///{tmp_path_factory.mktemp('filters') / 'x.db'}", folder)
    store = open_store(url)
    for resource in [*SELECTING, *MAKING]:
        (folder / f"{resource['id']}.json").write_text(json.dumps(resource))
        ingest.load(store, [str(folder / f"{resource['id']}.json")])
    store.close()
    return create_app(database=url, kept_answers=0)


def codings(system: str, codes: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for display, code in product(OF_CARE if system == CARE else DISPLAYS, codes):
        yield {"system": system, "code": code, **({"display": display} if display else {})}


def about(name: str, system: str, codes: tuple[str, ...]) -> Iterator[Body]:
    path, url = "/r4/ValueSet/$validate-code", ("url", "Uri", f"{SETS}{name}")
    for wish, coding in product(WISHES, codings(system, codes)):
        if not wish or coding.get("display") in {None, "mg", "English", "wrong"}:
            yield path, body_of(("coding", "Coding", coding), url, *wish)
    for coding in codings(system, codes):
        several = {"coding": [coding, {"system": UCUM, "code": "g"}], "text": "Said so"}
        yield path, body_of(("codeableConcept", "CodeableConcept", several), url)
    for code in codes:
        yield path, body_of(("code", "Code", code), ("inferSystem", "Boolean", True), url)


def alone() -> Iterator[Body]:
    for system, codes in GRAMMARS.items():
        for wish, coding in product(WISHES, codings(system, codes)):
            yield "/r5/CodeSystem/$validate-code", body_of(("coding", "Coding", coding), *wish)


@pytest.mark.parametrize("name", [one["id"] for one in SELECTING])
def test_codes_that_filters_select(app: Flask, name: str) -> None:
    agrees(app, about(name, CARE, CODES))


@pytest.mark.parametrize("name", [one["id"] for one in MAKING])
def test_codes_of_grammars_in_value_sets(app: Flask, name: str) -> None:
    for system, codes in GRAMMARS.items():
        if "made" not in name or name.endswith(f"-{[*GRAMMARS].index(system)}") or system == UCUM:
            agrees(app, about(name, system, codes[:5]))


def test_codes_of_grammars_alone(app: Flask) -> None:
    agrees(app, alone())


@pytest.mark.parametrize(
    ("name", "system", "codes"),
    [("filtered-0", CARE, ("A1", "A", "A2", "A 6")), ("filtered-4", CARE, ("A1", "A2", "A")),
     ("filtered-twice", CARE, ("A1", "A2")), ("filtered-without", CARE, ("A1", "A2")), ("made-0", UCUM, ("mg", "kg")),
     ("units", UCUM, ("mg", "kg", "g")), ("named-units", UCUM, ("mg", "kg", "g")), ("", UCUM, ("mg", "kg")),
     ("made-1", LANGUAGES, ("en", "de-AT")), ("tongues", LANGUAGES, ("en", "de-AT")),
     ("", LANGUAGES, ("en", "zh-Hant")), ("made-2", MIME, ("text/plain", "application/pdf")),
     ("", MIME, ("text/plain", "application/pdf"))],
)  # fmt: skip
def test_plain_codes_do_not_go_the_usual_way(
    app: Flask, name: str, system: str, codes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, usual = layers(app)
    path, more = "/r4/CodeSystem/$validate-code", list[tuple[str, str, Any]]()
    if name:
        path, more = "/r4/ValueSet/$validate-code", [("url", "Uri", f"{SETS}{name}")]
    asked = [(path, body_of(("coding", "Coding", {"system": system, "code": code}), *more)) for code in codes]
    expected = [call(usual, *one) for one in asked]
    call(layer, *asked[0])
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, *one) for one in asked] == expected
