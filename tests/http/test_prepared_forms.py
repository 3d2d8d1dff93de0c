"""Prepared answers in XML, or laid out for people, are those of the usual way, to the last byte and header."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from terminology.http import plans
from terminology.http.app import create_app
from tests.http.test_prepared import ACROSS, CARE, LOOSE, SETS, layers, loaded
from tests.http.test_prepared_bodies import LENIENT, NAMED
from tests.http.wsgi_calls import at_once, body_of, call

CODES = ("A1", "A2", "A3", "A7", "none", "A1", "<&>", "größer")
IN_XML = {"HTTP_ACCEPT": "application/fhir+xml"}
FORMS: list[tuple[str, dict[str, str]]] = [
    ("_format=xml", {}), ("_pretty=true", {}), ("_pretty=true&_format=xml", {}), ("_format=json&_pretty=true", {}),
    ("_pretty=false", {}), ("_format=html", {}), ("_format=text/plain", {}), ("", IN_XML), ("_format=json", IN_XML),
    ("_pretty=true", IN_XML), ("", {"HTTP_ACCEPT": "text/html"}), ("_pretty=true", {"HTTP_PREFER": "handling=strict"}),
    ("_format=xml", {"HTTP_ACCEPT_ENCODING": "gzip", "HTTP_ACCEPT_LANGUAGE": "de"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('forms') / 'x.db'}"
    return create_app(database=loaded(url, tmp_path_factory.mktemp("files")), kept_answers=0)


def questions() -> list[str]:
    asked = []
    for code in CODES:
        asked += [
            f"/r4/CodeSystem/$lookup?system={CARE}&code={code}",
            f"/r5/CodeSystem/$lookup?system={CARE}&code={code}&property=*",
            f"/r4/CodeSystem/$validate-code?url={CARE}&code={code}",
            f"/r5/CodeSystem/$validate-code?url=http://example.org/none&code={code}&display={code}",
            f"/r4/ValueSet/$validate-code?url={SETS}whole&system={CARE}&code={code}&display=wrong",
            f"/r4/ValueSet/$validate-code?url={SETS}none&system={CARE}&code={code}",
            f"/r4/CodeSystem/$subsumes?system={CARE}&codeA=A&codeB={code}",
            f"/r4/ConceptMap/$translate?url={ACROSS}&system={CARE}&code={code}",
        ]
    asked += [f"/r4/ValueSet/$expand?url={SETS}{name}&count=3" for name in ("whole", "below", "draft", "listed")]
    return [*asked, f"/r5/ValueSet/$expand?url={SETS}whole&filter=care&includeDesignations=true"]


@pytest.mark.parametrize(("form", "headers"), FORMS, ids=str)
def test_answers_in_all_forms_are_those_of_the_usual_way(app: Flask, form: str, headers: dict[str, str]) -> None:
    layer, usual = layers(app)
    for target in [f"{one}&{form}" for one in questions()] * 2:
        expected = call(usual, target, **headers)
        assert call(layer, target, **headers) == expected, target
        found = at_once(app, target, **headers)
        assert found is None or found == expected, target


@pytest.mark.parametrize("accept", ["application/fhir+xml", "application/fhir+json"])
def test_posted_questions_in_xml(app: Flask, accept: str) -> None:
    layer, usual = layers(app)
    bodies = [body_of(("coding", "Coding", {**NAMED, "code": code}), LENIENT) for code in CODES]
    for body in bodies * 3:
        path = "/r5/CodeSystem/$validate-code"
        expected = call(usual, path, body, HTTP_ACCEPT=accept)
        assert call(layer, path, body, HTTP_ACCEPT=accept) == expected
        found = at_once(app, path, body, HTTP_ACCEPT=accept)
        assert found is None or found == expected


@pytest.mark.parametrize("form", ["_format=xml", "_pretty=true"])
def test_plain_questions_do_not_go_the_usual_way(app: Flask, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    targets = [f"/r4/CodeSystem/$validate-code?url={CARE}&code={code}&{form}" for code in ("A1", "A2", "A3", "none")]
    expected = [call(usual, target) for target in targets]
    call(layer, targets[0])
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, target) for target in targets] == expected
    assert {dict(one.headers)["Content-Type"].partition(";")[0] for one in expected} == {
        "application/fhir+xml" if "xml" in form else "application/fhir+json"
    }


def test_what_is_large_is_left_to_the_usual_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    monkeypatch.setattr(plans, "LARGEST", 300)
    for code in ("One", "TWO"):
        for _ in range(2):
            target = f"/r4/CodeSystem/$lookup?system={LOOSE}&code={code}&_format=xml&_x=large"
            assert at_once(app, target) is None
            assert call(layer, target) == call(usual, target)


def test_entries_of_a_batch_are_in_the_form_of_the_whole(app: Flask) -> None:
    _, usual = layers(app)
    urls = [f"CodeSystem/$validate-code?url={CARE}&code={code}&{form}" for code in CODES[:3] for form, _ in FORMS[:3]]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    batch = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()
    for _ in range(2):
        answered = json.loads(call(usual, "/r4", batch).body)["entry"]
        assert [entry["resource"]["resourceType"] for entry in answered] == ["Parameters"] * len(urls)
