"""Pages of `$expand` with properties of each code, written around their values, beside those of the usual way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from flask import Flask

from terminology import ingest
from terminology.http.app import create_app
from terminology.operations.expand_written import Pages
from terminology.store.opening import open_store
from tests.http.test_prepared import CARE, LOOSE, SETS, layers, loaded, value_set
from tests.http.wsgi_calls import call

URL = "http://example.org/CodeSystem/valued"
VALUES: list[dict[str, object]] = [
    {"code": "size", "valueInteger": 7}, {"code": "size", "valueInteger": -2000000000},
    {"code": "kind", "valueCode": "x"},
    {"code": "said", "valueString": 'A "quoted" 100%b\n{}'},
    {"code": "said", "valueString": "\\u0000hole 3\\u0000 größer"},
    {"code": "when", "valueDateTime": "2026-01-02"}, {"code": "fits", "valueBoolean": True},
    {"code": "fits", "valueBoolean": False}, {"code": "dose", "valueDecimal": 1.50},
    {"code": "dose", "valueDecimal": 2},
    {"code": "at", "valueCoding": {"system": CARE, "code": "A1", "display": "Bandage"}},
    {"code": "kind", "valueCode": "y", "extension": [{"url": "http://example.org/why", "valueString": "known"}]},
    {"code": "status", "valueCode": "active"}, {"code": "status", "valueCode": "retired"},
    {"code": "parent", "valueCode": "above"},
]  # fmt: skip
DESIGNATIONS = [{"language": "de", "value": "Wert"}, {"language": "fr", "value": "valeur"}]
SYSTEM = {
    "resourceType": "CodeSystem", "id": "valued", "url": URL, "version": "1", "name": "Valued", "status": "active",
    "language": "en", "content": "complete", "caseSensitive": True,
    "property": [
        {"code": "size", "uri": "http://example.org/size", "type": "integer"}, {"code": "kind", "type": "code"},
        {"code": "said", "type": "string"}, {"code": "when", "type": "dateTime"}, {"code": "fits", "type": "boolean"},
        {"code": "dose", "type": "decimal"}, {"code": "at", "type": "Coding"}, {"code": "parent", "type": "code"},
        {"code": "status", "uri": "http://hl7.org/fhir/concept-properties#status", "type": "code"},
    ],
    "concept": [
        {"code": "top", "display": "Top", "definition": "All", "concept": [
            {"code": f"c{number}", "display": f"Value {number}", "property": VALUES[number : number + 3],
             **({"designation": DESIGNATIONS[: number % 3]} if number % 3 else {})}
            for number in range(len(VALUES))]},
        {"code": "bare", "display": "Bare"}, {"code": "nameless", "property": VALUES[:2]},
    ],
}  # fmt: skip
LISTED = [{"code": "c1", "display": "One"}, {"code": "c3"}, {"code": "c13", "designation": [{"value": "Own"}]}]
SELECTING = [
    value_set("valued", {"system": URL}),
    value_set("valued-below", {"system": URL, "filter": [{"property": "concept", "op": "is-a", "value": "top"}]}),
    value_set("valued-listed", {"system": URL, "concept": LISTED}),
    value_set("valued-beside", {"system": URL}, {"system": CARE}, {"system": LOOSE}),
]
ASKED = (
    ("size",), ("http://example.org/size",), ("kind", "said"), ("said", "kind", "said"), ("when", "fits", "dose", "at"),
    ("status",), ("size", "status", "none"), ("none",), ("parent",), ("child", "size"), ("definition",), ("*",),
    ("http://hl7.org/fhir/concept-properties#status", "weight", "like"),
)  # fmt: skip
FURTHER = (
    "", "&includeDesignations=true", "&displayLanguage=de", "&designation=fr&displayLanguage=de", "&activeOnly=true",
    "&filter=value", "&count=0", "&includeDefinition=true",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("files")
    url = loaded(f"sqlite:///{tmp_path_factory.mktemp('properties') / 'x.db'}", folder)
    store = open_store(url)
    for resource in (SYSTEM, *SELECTING):
        path = folder / f"{resource['id']}.json"
        path.write_text(json.dumps(resource))
        ingest.load(store, [str(path)])
    store.close()
    return create_app(database=url, kept_answers=0)


def questions() -> Iterator[str]:
    for one, names, further, release in product(SELECTING, ASKED, FURTHER, ("r4", "r5")):
        properties = "".join(f"&property={name}".replace("#", "%23") for name in names)
        yield f"/{release}/ValueSet/$expand?url={SETS}{one['id']}{properties}{further}"


def test_pages_with_properties_are_those_of_the_usual_way(app: Flask) -> None:
    prepared, usual = layers(app)
    asked = [*questions()]
    for target in asked:
        for page in ("&offset=0&count=50", "&offset=2&count=4"):
            assert call(prepared, target + page) == call(usual, target + page), target + page
    for target in asked[::17]:
        for headers in ({"HTTP_ACCEPT": "application/fhir+xml"}, {"HTTP_ACCEPT_LANGUAGE": "de, en;q=0.5"}):
            assert call(prepared, target, **headers) == call(usual, target, **headers), (target, headers)


def test_pages_with_stated_properties_are_written_around_their_values(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, _ = layers(app)
    written: list[bytes | None] = []
    page = Pages._page
    monkeypatch.setattr(Pages, "_page", lambda *given: written.append(page(*given)) or written[-1])
    for offset in range(3):
        target = f"/r5/ValueSet/$expand?url={SETS}valued&property=size&property=at&offset={offset}&count=9"
        assert '"valueInteger":-2000000000' in str(call(prepared, target))
    assert len(written) == 3
    assert None not in written
