"""Prepared verdicts on codes that a value set lists with texts of its own, beside those of the usual way."""

from __future__ import annotations

import json
import random
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
from tests.http.test_prepared import CARE, EXTENSIONS, LOOSE, SETS, layers, loaded, value_set
from tests.http.test_prepared_bodies import LENIENT, Body
from tests.http.wsgi_calls import at_once, body_of, call
from valuesets.entries import EntryWriter

STATUS = f"{EXTENSIONS}structuredefinition-standards-status"


def listed(*codes: tuple[str, str | None], system: str = CARE, **more: Any) -> dict[str, Any]:
    concepts = [{"code": code, **({"display": text} if text else {}), **more} for code, text in codes]
    return {"system": system, "concept": concepts}


TEXTS = (("A1", "Own bandage"), ("A 6", "Own spaced"), ("A", "Own care"), ("A2", "Own plaster"), ("A3", "Own old"),
         ("A4", "Going care"), ("A5", None))  # fmt: skip
"""Displays of their own for some codes; one is that of its system. Verdicts on the first two tell how others are."""


def some(code: str = "A2", **more: Any) -> dict[str, Any]:
    """What says more of one of the codes."""
    own = listed(*TEXTS)
    return {**own, "concept": [{**one, **(more if one["code"] == code else {})} for one in own["concept"]]}


OWN = [
    value_set("own", listed(*TEXTS)),
    value_set("own-active", listed(*TEXTS), inactive=False),
    {**value_set("own-english", listed(*TEXTS)), "language": "en"},
    {**value_set("own-german", listed(*TEXTS)), "language": "de"},
    value_set("own-loose", listed(("one", "Own one"), ("TWO", "Own two"), system=LOOSE)),
    value_set("own-beside", listed(*TEXTS), {"system": LOOSE}),
    value_set("own-twice", listed(*TEXTS), listed(("A2", "Other plaster"))),
    value_set("own-excluded", listed(*TEXTS), exclude=[listed(("A", None))]),
    value_set("own-imported", {"valueSet": [f"{SETS}own"]}),
    value_set("own-imported-german", {"valueSet": [f"{SETS}own-german"]}),
    value_set("own-below", {**listed(*TEXTS), "valueSet": [f"{SETS}below"]}),
    value_set("own-swapped", listed(("A1", "Plaster – größer"), ("A2", "Bandage"), ("A7", "Own text of none"))),
    value_set("own-designated", some(designation=[{"language": "de", "value": "Eigenes"}])),
    value_set("own-deprecated", some(extension=[{"url": STATUS, "valueCode": "deprecated"}])),
    value_set("own-elsewhere", {**listed(*TEXTS), "valueSet": [f"{SETS}loose"]}),
    value_set("own-labelled",
              listed(*TEXTS, extension=[{"url": f"{EXTENSIONS}valueset-label", "valueString": "a)"}])),
]  # fmt: skip
NAMES = [one["id"] for one in OWN]


def tongues(language: str | None) -> dict[str, Any]:
    """A code system in a language, or none, with displays in several, one of them in two ways, some with a status."""
    retired = {"code": "status", "valueCode": "retired"}
    concepts: list[dict[str, Any]] = [
        {"code": "11", "display": "Alpha", "designation": [{"language": "de", "value": "Alpha auf Deutsch"}]},
        {"code": "12", "display": "Beta", "designation": [{"language": "en", "value": "Other Beta"}]},
        {"code": "13", "display": "Gamma", "designation": [{"language": "en-GB", "value": "British Gamma"},
                                                          {"language": "de-AT", "value": "Gamma, na ja"}]},
        {"code": "14", "display": "Delta", "property": [retired],
         "designation": [{"language": "de", "value": "Delta!"}]},
        {"code": "15", "display": "Epsilon"},
        {"code": "16", "designation": [{"language": "de", "value": "Nur Deutsch"}]},
    ]  # fmt: skip
    header = {"resourceType": "CodeSystem", "id": f"tongues-{language}", "status": "active", "content": "complete",
              "url": f"http://example.org/CodeSystem/tongues-{language}", "caseSensitive": True,
              "property": [{"code": "status", "type": "code",
                            "uri": "http://hl7.org/fhir/concept-properties#status"}]}  # fmt: skip
    return {**header, "concept": concepts, **({"language": language} if language else {})}


SHOWN = (("11", "Own alpha"), ("12", "Beta"), ("13", "Own gamma"), ("14", "Own delta"), ("15", None), ("16", "Own f"))
HOMES = (None, "en", "de")
SPOKEN = [
    {**value_set(f"spoken-{home}-{own}", listed(*SHOWN, system=f"http://example.org/CodeSystem/tongues-{home}")),
     **({"language": own} if own else {})}
    for home, own in product(HOMES, HOMES)
]  # fmt: skip
SPOKEN.append(value_set("spoken-more", some("A1", designation=[{"language": "de", "value": "Eigenes"}])))
CODES = ("A1", "A 6", "A", "A2", "A3", "A4", "A5", "A7", "gone")
DISPLAYS = (None, "wrong", "Other plaster", "Own bandage", "own BANDAGE", "Bandage", "Own plaster", "Pflaster")
LANGUAGES = (None, "en-US", "de", "de,*;q=0")
WISHES = ("lenient-display-validation", "valueset-membership-only", "activeOnly")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("files")
    url = loaded(f"sqlite:///{tmp_path_factory.mktemp('own') / 'x.db'}", folder)
    store = open_store(url)
    for resource in [*map(tongues, HOMES), *OWN, *SPOKEN]:
        (folder / f"{resource['id']}.json").write_text(json.dumps(resource))
        ingest.load(store, [str(folder / f"{resource['id']}.json")])
    store.close()
    return create_app(database=url, kept_answers=0)


def asked(name: str) -> Iterator[Body]:
    path, about = "/r4/ValueSet/$validate-code", ("url", "Uri", f"{SETS}{name}")
    systems = (LOOSE, ("one", "One", "ONE", "TWO", "three")) if "loose" in name else (CARE, CODES)
    for language, code, display in product(LANGUAGES, systems[1], DISPLAYS):
        coding = {"system": systems[0], "code": code, **({"display": display} if display else {})}
        wish = [("displayLanguage", "Code", language)] if language else []
        yield path, body_of(("coding", "Coding", coding), about, *wish)
        if language in {None, "de"} and code in {"A1", "A3"}:
            several = {"coding": [coding, {"system": CARE, "code": "A7"}], "text": "Said so"}
            yield path, body_of(("codeableConcept", "CodeableConcept", several), about, *wish)
            for more in WISHES:
                yield path, body_of(("coding", "Coding", coding), (more, "Boolean", True), about, *wish)
            inferred = {member: value for member, value in coding.items() if member != "system"}
            yield path, body_of(("coding", "Coding", inferred), ("inferSystem", "Boolean", True), about, *wish)


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_are_those_of_the_usual_way(app: Flask, name: str) -> None:
    agrees(app, asked(name))


@pytest.mark.parametrize("more", ["", "&displayLanguage=en-US"])
@pytest.mark.parametrize("name", ["own", "own-active", "own-english", "own-loose", "own-beside", "own-labelled"])
def test_codes_with_own_texts_do_not_go_the_usual_way(
    app: Flask, name: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, usual = layers(app)
    system, texts = (LOOSE, [("TWO", "Own two")] * 2) if "loose" in name else (CARE, TEXTS[::3][:2])
    about = f"/r4/ValueSet/$validate-code?url={quote(SETS + name, safe='')}&system={system}{more}"
    targets = [f"{about}&code={quote(code)}" for code, _ in texts]
    targets += [f"{about}&code={code}&display={quote(text or '')}" for code, text in texts]
    targets += [f"{about}&code={code}&display=wrong" for code, _ in texts]
    expected = [call(usual, target) for target in targets]
    assert all(f'"valueString":"{text}"'.encode() in one.body for one, (_, text) in zip(expected, texts, strict=False))
    for target in targets:
        call(layer, target)
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, target) for target in targets] == expected


NAMED = (
    ("11", "Own ALPHA"), ("11", "alpha"), ("12", "BETA"), ("12", "Other Beta"), ("13", "British Gamma"),
    ("13", "GAMMA"), ("14", "DELTA"), ("14", "Delta!"), ("15", "EPSILON"), ("15", "psi"),
    ("11", "Alpha auf deutsch"), ("11", "a"), ("12", "message"), ("13", "own gamma"), ("15", "epsilon"),
    ("12", "beta"),
)  # fmt: skip
"""Displays that are right, or would be in another language, but none of them the one to show."""


@pytest.mark.parametrize(
    "more", [[], [("displayLanguage", "Code", "de")], [("displayLanguage", "Code", "en")]], ids=str
)
@pytest.mark.parametrize("name", [None, *(one["id"] for one in SPOKEN[:4])])
def test_displays_that_are_right_as_well(app: Flask, name: str | None, more: list[tuple[str, str, Any]]) -> None:
    layer, usual = layers(app)
    path, about = f"/r4/{'ValueSet' if name else 'CodeSystem'}/$validate-code", [("url", "Uri", f"{SETS}{name}")]
    system = f"http://example.org/CodeSystem/tongues-{name.split('-')[1] if name else 'en'}"
    bodies = []
    for (code, display), (second, other) in zip(NAMED, NAMED[3:] + NAMED[:3], strict=True):
        coding = {"system": system, "code": code, "display": display}
        both = [coding, {"system": system, "code": second, "display": other}]
        bodies += [
            body_of(("coding", "Coding", coding), *(about if name else []), *more),
            body_of(("codeableConcept", "CodeableConcept", {"coding": [coding]}), *(about if name else []), *more),
            body_of(("codeableConcept", "CodeableConcept", {"coding": both}), *(about if name else []), *more),
        ]
    for body in bodies * 3:
        expected = call(usual, path, body)
        assert call(layer, path, body) == expected, body
        found = at_once(app, path, body)
        assert found is None or found == expected, body


def test_synonyms_do_not_go_the_usual_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    named = [("12", "Other Beta"), ("15", "EPSILON"), ("13", "British Gamma"), ("11", "alpha")]
    system = "http://example.org/CodeSystem/tongues-en"
    asked = [body_of(("coding", "Coding", {"system": system, "code": c, "display": d})) for c, d in named]
    expected = [call(usual, "/r4/CodeSystem/$validate-code", body) for body in asked]
    assert all(b'"valueBoolean":true' in one.body and b"issues" not in one.body for one in expected)
    call(layer, "/r4/CodeSystem/$validate-code", asked[0])
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, "/r4/CodeSystem/$validate-code", body) for body in asked] == expected


def test_one_wrong_display_among_codings_does_not_go_the_usual_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    system = "http://example.org/CodeSystem/tongues-en"
    right, wrong = [("11", "Alpha"), ("12", "Beta"), ("15", "Epsilon")], [("13", "Nope"), ("15", "No"), ("12", "11")]
    asked = [
        body_of(("codeableConcept", "CodeableConcept", {"coding": codings, "text": text}))
        for text, *given in zip(("Said so", "Nope", "Alpha"), right, wrong, strict=True)
        for codings in [[{"system": system, "code": code, "display": display} for code, display in given]]
    ]
    path = "/r4/CodeSystem/$validate-code"
    expected = [call(usual, path, body) for body in asked]
    assert all(b"Wrong Display Name" in one.body for one in expected)
    for body in asked[:2]:
        call(layer, path, body)
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, path, body) for body in asked] == expected


RESEMBLING = (
    "Alpha", "Beta", "Gamma", "No", "Nope", "n", "11", "'Alpha' (en)", "x 'Alpha' (en)", "y 'Beta' (en)",
    "Wrong Display Name", "%b", 'a"b', "\\", "é", "Other Beta",
)  # fmt: skip
"""Displays that contain each other, codes, what messages say, or what JSON escapes."""


@pytest.mark.parametrize("more", [[], [("displayLanguage", "Code", "de")], [LENIENT]], ids=str)
@pytest.mark.parametrize("several", [1, 2])
def test_displays_that_resemble_each_other(app: Flask, several: int, more: list[tuple[str, str, Any]]) -> None:
    layer, usual = layers(app)
    rng = random.Random(several)
    path, about = "/r4/ValueSet/$validate-code", ("url", "Uri", f"{SETS}spoken-en-None")
    system, prepared = "http://example.org/CodeSystem/tongues-en", 0
    for _ in range(300):
        codings = [
            {"system": system, "code": code, "display": rng.choice(RESEMBLING)}
            for code in rng.choices(("11", "12", "13", "14", "gone", "n"), k=several)
        ]
        body = body_of(("codeableConcept", "CodeableConcept", {"coding": codings, "text": "Alpha"}), about, *more)
        expected = call(usual, path, body)
        assert call(layer, path, body) == expected, body
        found = at_once(app, path, body)
        assert found is None or found == expected, body
        prepared += found is not None
    assert prepared > 5, "some are compared"


@pytest.mark.parametrize("name", [one["id"] for one in SPOKEN])
def test_entries_that_are_read_in_part_are_those_of_whole_concepts(
    app: Flask, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, usual = layers(app)
    wanted = (
        "en",
        "de",
        "en-US",
        "en-GB",
        "de-AT",
        "ja",
        "*",
        "ja,*;q=0",
        "en,*;q=0",
        "*,en;q=0.5",
        "de;q=0.1,en",
        "de,en",
    )
    for language in ("", *(f"&displayLanguage={one}" for one in wanted)):
        target = f"/r5/ValueSet/$expand?url={SETS}{name}{language}"
        with monkeypatch.context() as patched:
            patched.setattr(EntryWriter, "brief", lambda *_: None)
            expected = call(usual, target)
        assert expected.status == "200 OK"
        for _ in range(2):
            assert call(usual, target) == call(layer, target) == expected, target


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", ["Alpha", "Beta", "Gamma"]), ("de", ["Alpha auf Deutsch", "Beta", "Gamma, na ja"])],
)
def test_a_display_that_is_that_of_the_system_is_in_its_language(app: Flask, language: str, shown: list[str]) -> None:
    """A synonym in that language does not fit better."""
    answer = app.test_client().get(f"/r5/ValueSet/$expand?url={SETS}spoken-en-None&displayLanguage={language}")
    assert [entry["display"] for entry in answer.get_json()["expansion"]["contains"]][:3] == shown
