"""Questions about what a client left here under an id that it was given, and sends as a header (`X-Cache-Id`)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from terminology.http.app import create_app
from terminology.store.counting import counting
from tests.http.test_prepared import CARE, SETS, layers, loaded
from tests.http.test_prepared_bodies import BROUGHT, OWN, Body, brought
from tests.http.wsgi_calls import Called, at_once, body_of, call

IN_BROUGHT = ("url", "Uri", BROUGHT)
CODES = ("A1", "A2", "A3", "none")
IN_SET, EXPAND = "/r4/ValueSet/$validate-code", "/r4/ValueSet/$expand"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return loaded(f"sqlite:///{tmp_path_factory.mktemp('started') / 'x.db'}", tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def app(database: str) -> Flask:
    return create_app(database=database, kept_answers=0)


@pytest.fixture(scope="module")
def keeping(database: str) -> Flask:
    """Also repeats answers that it gave before."""
    return create_app(database=database)


def control(app: Flask, mode: str, *resources: dict[str, Any], **headers: str) -> dict[str, Any]:
    body = body_of(*[("tx-resource", "resource", resource) for resource in resources])
    answer: dict[str, Any] = json.loads(call(app.wsgi_app, f"/r4/$cache-control?mode={mode}", body, **headers).body)
    return answer["parameter"][0]


def started(app: Flask, *resources: dict[str, Any]) -> str:
    return str(control(app, "start", *resources)["valueId"])


def coding(code: str, system: str = CARE) -> tuple[str, str, Any]:
    return "coding", "Coding", {"system": system, "code": code}


def questions() -> list[Body]:
    validations = [(IN_SET, body_of(coding(code), IN_BROUGHT)) for code in CODES]
    validations += [(IN_SET, body_of(coding(code), ("url", "Uri", f"{SETS}whole"))) for code in CODES]
    validations += [("/r4/CodeSystem/$validate-code", body_of(coding(code, OWN["url"]))) for code in CODES]
    odd = [
        (IN_SET, body_of(coding("A1"), IN_BROUGHT, ("cache-id", "Id", "mine"))),
        (IN_SET, body_of(coding("A2"), IN_BROUGHT, ("tx-resource", "resource", brought("A2")))),
        (EXPAND, body_of(IN_BROUGHT, ("count", "Integer", 2))),
        (EXPAND, body_of(("url", "Uri", f"{SETS}whole"), ("count", "Integer", 2))),
    ]
    return [*validations, *odd]


def test_each_client_is_told_of_what_it_left_itself(app: Flask, keeping: Flask) -> None:
    layer, usual = layers(app)
    ids = [started(app, *left) for left in ([brought("A1")], [brought("A2"), OWN], [brought("A1")], [])]
    told = set()
    for _ in range(3):  # made the usual way, prepared, and filled in
        for target, body in questions():
            for id_ in (*ids, "", "never started"):
                expected = call(usual, target, body, HTTP_X_CACHE_ID=id_)
                assert call(layer, target, body, HTTP_X_CACHE_ID=id_) == expected, (target, body, id_)
                assert call(keeping.wsgi_app, target, body, HTTP_X_CACHE_ID=id_) == expected
                found = at_once(keeping, target, body, HTTP_X_CACHE_ID=id_)
                assert found is None or found == expected
                told.add((target, body, expected.body))
            assert call(layer, target, body) == call(usual, target, body), (target, body)
    assert len(told) > 2 * len(questions())


def test_questions_about_it_do_not_go_the_usual_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    id_ = started(app, brought("A1", "A3"))
    asked = [(IN_SET, body_of(coding(code), IN_BROUGHT)) for code in CODES]
    expected = [call(usual, *one, HTTP_X_CACHE_ID=id_) for one in asked]
    for one in asked:
        call(layer, *one, HTTP_X_CACHE_ID=id_)
    monkeypatch.setattr(layer, "_app", None)
    assert [call(layer, *one, HTTP_X_CACHE_ID=id_) for one in asked] == expected
    with counting(app.extensions["terminology"].store) as statements:
        assert at_once(app, *asked[0], HTTP_X_CACHE_ID=id_) == expected[0]
    assert len(statements) <= 3


def test_batches_about_it_are_filled_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    _, usual = layers(app)
    ids = [started(app, brought(*codes)) for codes in (("A1",), ("A2",))]
    validations = [("validation", "resource", json.loads(body_of(coding(code)))) for code in CODES]
    entry = {"request": {"method": "POST", "url": "ValueSet/$validate-code"}}
    entries = [{**entry, "resource": json.loads(body_of(coding(code), IN_BROUGHT))} for code in CODES]
    asked = [
        ("/r4/ValueSet/$batch-validate-code", body_of(IN_BROUGHT, *validations)),
        ("/r4", json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()),
    ]

    def answers() -> list[Called]:
        return [call(usual, *one, HTTP_X_CACHE_ID=id_) for one in asked for id_ in ids]

    with monkeypatch.context() as patched:
        patched.setattr(layers(app)[0].answers.api, "entries", None)
        expected = answers()
    assert answers() == expected
    assert len(set(map(repr, expected))) == len(expected)
    monkeypatch.setattr("terminology.http.operate.answer", lambda *_: pytest.fail("not filled in"))
    assert answers() == expected


def test_what_was_ended_is_not_known_any_more(keeping: Flask) -> None:
    id_ = started(keeping, brought("A1"))
    target, body = IN_SET, body_of(coding("A1"), IN_BROUGHT)
    for _ in range(2):
        assert call(keeping.wsgi_app, target, body, HTTP_X_CACHE_ID=id_).status == "200 OK"
    assert control(keeping, "end", HTTP_X_CACHE_ID=id_)["valueBoolean"] is True
    assert at_once(keeping, target, body, HTTP_X_CACHE_ID=id_) is None
    assert call(keeping.wsgi_app, target, body, HTTP_X_CACHE_ID=id_).status == "404 Not Found"


def test_what_is_added_to_it_counts_at_once(keeping: Flask) -> None:
    id_ = started(keeping, brought("A1"))
    target, body = "/r4/CodeSystem/$validate-code", body_of(coding("A1", OWN["url"]))
    before = call(keeping.wsgi_app, target, body, HTTP_X_CACHE_ID=id_)
    adding = body_of(coding("A1"), ("cache-id", "Id", id_), ("tx-resource", "resource", OWN))
    assert call(keeping.wsgi_app, target, adding).status == "200 OK"
    after = call(keeping.wsgi_app, target, body, HTTP_X_CACHE_ID=id_)
    assert b'"valueBoolean":false' in before.body
    assert b'"valueBoolean":true' in after.body
