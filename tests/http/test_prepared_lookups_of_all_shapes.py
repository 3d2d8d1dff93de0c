"""Lookups of concepts of any shape: what is assembled from lines is what the usual way renders."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse

import pytest

from terminology import ingest
from terminology.http.app import create_app
from terminology.http.environ import Environ
from terminology.store.opening import open_store
from tests.http.test_prepared import layers
from tests.http.wsgi_calls import call

URL = "http://example.org/shapes"
TEXTS = ("Paw", "Ear", 'A "quoted" one', 'ends with ",\n  "', "\\n ä 語", "x" * 200, ",\n  ", "%b", "[]")
EXTENSIONS = (
    {"url": "http://example.org/e", "valueString": "Paw"},
    {"url": "http://hl7.org/fhir/StructureDefinition/language", "valueCode": "de"},
)
LANGUAGES = ("en", "en-GB", "de", "fr", None)
CODES = (*(f"c{number}" for number in range(24)), '"c"', "c,\\ c", "ünïcode", "note")
ASKED = (
    "", "&property=parent", "&property=child&property=inactive", "&property=designation", "&property=definition",
    "&property=*", "&property=kin&property=legs", "&property=absent", "&displayLanguage=de",
    "&displayLanguage=en-GB,fr;q=0.5&property=designation", "&displayLanguage=de,*;q=0",
)  # fmt: skip


def designation(rng: random.Random, display: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {"value": rng.choice([display or "Paw", *TEXTS])}
    if language := rng.choice(LANGUAGES):
        made["language"] = language
    if rng.random() < 0.4:
        made["use"] = {"system": "http://example.org/use", "code": rng.choice(["a", "b"])}
    return made


def property_(rng: random.Random) -> dict[str, Any]:
    return rng.choice([
        {"code": "kin", "valueCode": rng.choice([*CODES, "nobody"])},
        {"code": "legs", "valueInteger": rng.randrange(8)},
        {"code": "note", "valueString": rng.choice(TEXTS)},
        {"code": "note", "valueString": rng.choice(TEXTS), "extension": [rng.choice(EXTENSIONS)]},
        {"code": "since", "valueDateTime": rng.choice(["2020", "2020-02-29T10:00:00Z"])},
        {"code": "like", "valueCoding": {"system": URL, "code": rng.choice(CODES), "display": "Any"}},
        {"code": "inactive", "valueBoolean": rng.random() < 0.5},
        {"code": "notSelectable", "valueBoolean": rng.random() < 0.5},
        {"code": "parent", "valueCode": rng.choice(CODES[:4])},
    ])  # fmt: skip


def concept(rng: random.Random, code: str) -> dict[str, Any]:
    made: dict[str, Any] = {"code": code}
    display = rng.choice([None, *TEXTS, *TEXTS])
    if display is not None:
        made["display"] = display
    if rng.random() < 0.5:
        made["definition"] = rng.choice(TEXTS)
    if rng.random() < 0.7:
        made["designation"] = [designation(rng, display) for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.7:
        stated = [property_(rng) for _ in range(rng.randrange(1, 5))]
        made["property"] = [item for item in stated if item.get("valueCode") != code]
    return made


def code_system(rng: random.Random) -> dict[str, Any]:
    concepts = [concept(rng, code) for code in CODES]
    for inner in concepts[4:12]:
        concepts[rng.randrange(4)].setdefault("concept", []).append(inner)
    system: dict[str, Any] = {
        "resourceType": "CodeSystem", "id": "shapes", "url": URL, "version": "1", "status": "active",
        "content": "complete", "caseSensitive": rng.random() < 0.5, "concept": concepts[:4] + concepts[12:],
        "property": [
            {"code": code, "type": type_}
            for code, type_ in (
                ("kin", "code"), ("legs", "integer"), ("note", "string"), ("since", "dateTime"),
                ("like", "Coding"), ("inactive", "boolean"),
                ("notSelectable", "boolean"), ("parent", "code"),
            )
        ],
    }  # fmt: skip
    if language := rng.choice(LANGUAGES):
        system["language"] = language
    return system


@pytest.mark.parametrize("seed", range(4))
def test_what_is_assembled_is_what_the_usual_way_renders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    source, url = tmp_path / "shapes.json", f"sqlite:///{tmp_path / 'shapes.db'}"
    source.write_text(json.dumps(code_system(rng)))
    store = open_store(url)
    ingest.load(store, [source])
    store.close()
    prepared, usual = layers(create_app(database=url, kept_answers=0))
    passed_on: list[str] = []

    def pass_on(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        passed_on.append(environ["QUERY_STRING"])
        return usual(environ, start_response)

    monkeypatch.setattr(prepared, "_app", pass_on)
    for asked, code in product(ASKED, CODES):
        target = f"/{rng.choice(('r4', 'r5'))}/CodeSystem/$lookup?system={URL}&code={quote(code, safe='')}{asked}"
        expected = call(usual, target)
        assert call(prepared, target) == expected, target
        assert call(prepared, target) == expected, target
    assert len(passed_on) < len(ASKED) * len(CODES) // 4
