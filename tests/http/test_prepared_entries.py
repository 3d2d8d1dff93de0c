"""Questions within a request are answered as the usual way answers them, whether or not they are filled in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.fhir.json import Json
from terminology.http.app import create_app
from terminology.http.entries import Entries
from tests.http.changing import put
from tests.http.test_prepared import CARE, LOOSE, SETS, layers, loaded, questions
from tests.http.test_prepared_bodies import BROUGHT, OWN, bringing, brought, odd_bodies, posted
from tests.http.wsgi_calls import Called, body_of, call

AT_A_TIME = 50
LENIENT = ("lenient-display-validation", "Boolean", True)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('prepared') / 'x.db'}"
    return create_app(database=loaded(url, tmp_path_factory.mktemp("files")), kept_answers=0)


@pytest.fixture
def both(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Calls the application with and without what fills in; the answers must be the same."""
    layer, usual = layers(app)
    api = layer.answers.api
    entries = api.entries
    assert isinstance(entries, Entries)

    def called(target: str, body: bytes, **headers: str) -> Called:
        answer = call(usual, target, body, **headers)
        with monkeypatch.context() as patched:
            patched.setattr(api, "entries", None)
            expected = call(usual, target, body, **headers)
        assert answer == expected, (target, body, headers)
        return answer

    return called


def bundle(*entries: Json, type_: str = "batch") -> bytes:
    return json.dumps({"resourceType": "Bundle", "type": type_, "entry": list(entries)}).encode()


def got(url: str) -> Json:
    return {"request": {"method": "GET", "url": url.partition("/r4/")[2] or url}}


def sent(path: str, body: bytes) -> Json:
    return {"request": {"method": "POST", "url": path.split("/", 2)[2]}, "resource": json.loads(body)}


def is_json(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def entries() -> list[Json]:
    asked = [*questions()][::7]
    bodies = [one for target in asked[::2] for one in posted(target)]
    others = [one for one in (*odd_bodies(), *bringing()) if is_json(one[1])]
    return [*map(got, asked), *(sent(*one) for one in (*bodies, *others))]


def test_batches(both: Any) -> None:
    asked = entries()
    for release in ("r4", "r5"):
        for start in range(0, len(asked), AT_A_TIME):
            both(f"/{release}", bundle(*asked[start : start + AT_A_TIME]))
    some = bundle(*asked[:: len(asked) // AT_A_TIME])
    for headers in (
        {"HTTP_ACCEPT": "application/fhir+xml"}, {"HTTP_ACCEPT_LANGUAGE": "de"}, {"HTTP_X_CACHE_ID": "none"},
        {"HTTP_PREFER": "handling=strict"}, {"HTTP_AUTHORIZATION": "Bearer x"},
    ):  # fmt: skip
        both("/r4", some, **headers)
    both("/r4?_pretty=true", some)
    both("/r4?_format=xml", some)


def test_entries_with_conditions_and_odd_addresses(both: Any) -> None:
    url = f"CodeSystem/$validate-code?url={CARE}&code=A1"
    stated: list[Json] = [
        {"url": url}, {"url": url, "ifNoneMatch": "*"}, {"url": url, "method": "GET", "ifMatch": 'W/"1"'},
        {"method": "GET"},
        {"url": "ValueSet/whole", "ifNoneMatch": 'W/"1"'}, {"url": f"/{url}", "method": "get"}, {"url": f"{url}#x"}, {},
        {"url": "CodeSystem/%24validate-code?url=&code=A%31"}, {"url": "CodeSystem/care%2Fx"}, {"url": "x" * 3000},
        {"url": 7}, {"url": None, "method": None}, {"url": url, "method": "GET", "more": "x"},
    ]  # fmt: skip
    for _ in range(2):
        answered = json.loads(both("/r4", bundle(*({"request": one} for one in stated))).body)["entry"]
        assert answered[4]["response"]["status"] == "304 Not Modified"


def test_questions_in_a_transaction(both: Any) -> None:
    asked = [got(f"CodeSystem/$validate-code?url={CARE}&code={code}") for code in ("A1", "A2", "none")]
    both("/r4", bundle(*asked, type_="transaction"))


def validation(*parameters: tuple[str, str, Any]) -> tuple[str, str, Any]:
    return "validation", "resource", json.loads(body_of(*parameters))


def of(code: str, system: str = CARE) -> tuple[str, str, Any]:
    return "coding", "Coding", {"system": system, "code": code}


IN_WHOLE, IN_BROUGHT = ("url", "Uri", f"{SETS}whole"), ("url", "Uri", BROUGHT)
BRINGING = ("tx-resource", "resource", brought("A1"))
SHARED: list[list[tuple[str, str, Any]]] = [
    [], [IN_WHOLE], [IN_WHOLE, LENIENT], [("displayLanguage", "Code", "de")], [("displayLanguage", "Code", "de;q=x")],
    [IN_WHOLE, IN_WHOLE], [("cache-id", "Id", "mine")], [of("A1")], [("date", "DateTime", "2020-01-01")],
    [("uuid", "Uuid", "1")], [("tx-resource", "resource", {"resourceType": "CodeSystem"})], [("other", "String", "x")],
    [("profile", "resource", json.loads(body_of(LENIENT)))], [("abstract", "Boolean", "no")],
    [BRINGING, IN_BROUGHT], [IN_BROUGHT, BRINGING, ("tx-resource", "resource", OWN), LENIENT], [IN_BROUGHT],
    [("valueSet", "resource", brought("A2"))], [("valueSet", "resource", OWN)], [("valueSet", "String", "x")],
    [("valueSet", "resource", brought("A2")), IN_WHOLE], [BRINGING, BRINGING], [BRINGING, ("cache-id", "Id", "left")],
    [("codeSystem", "resource", OWN)], [("tx-resource", "Coding", {"code": "A1"}), IN_WHOLE],
]  # fmt: skip
VALIDATIONS = [
    validation(IN_WHOLE, of("A1")), validation(of("A2")), validation(of("none")),
    validation(of("One", LOOSE), IN_WHOLE),
    validation(), ("validation", "String", "x"), ("validation", "resource", {"resourceType": "CodeSystem"}),
    validation(of("A3"), ("uuid", "Uuid", "1")), validation(of("A1"), ("date", "DateTime", "2030-01-01")),
    validation(of("A1"), ("cache-id", "Id", "mine")), validation(of("A1"), LENIENT, ("display", "String", "wrong")),
    validation(("codeableConcept", "CodeableConcept", {"coding": [{"system": CARE, "code": "A2"}], "text": "words"})),
    validation(("valueSet", "resource", {"resourceType": "ValueSet", "url": "http://example.org/x"}), of("A1")),
    validation(("validation", "Code", "A1"), of("A1")), ("validation", "resource", {"resourceType": "Parameters"}),
    validation(("valueSet", "resource", brought("A2", "A3")), of("A2")), validation(BRINGING, IN_BROUGHT, of("A1")),
    validation(of("A1", OWN["url"])), validation(("url", "Uri", f"{SETS}none"), of("A1")),
    validation(IN_BROUGHT, of("A1")),
]  # fmt: skip


@pytest.mark.parametrize("shared", SHARED, ids=lambda s: " ".join(one[0] for one in s) or "nothing")
def test_batch_validations(both: Any, shared: list[tuple[str, str, Any]]) -> None:
    for path in ("/r4/ValueSet/$batch-validate-code", "/r5/CodeSystem/$batch-validate-code"):
        for validations in (VALIDATIONS, VALIDATIONS[:3], VALIDATIONS[2:5], VALIDATIONS[1:2] * 3, [], VALIDATIONS[4:]):
            both(path, body_of(*shared, *validations))
            both(path, body_of(*validations, *shared))


@pytest.mark.parametrize(
    "odd", [{}, {"valueString": "x"}, {"name": 1}, {"name": ["url"]}, {"name": None}, "x", None], ids=str
)
def test_batch_validations_beside_what_is_no_parameter(both: Any, odd: Any) -> None:
    path, whole = "/r4/ValueSet/$batch-validate-code", json.loads(body_of(IN_WHOLE, *VALIDATIONS[:3]))
    inside = json.loads(body_of(*VALIDATIONS[:1]))
    inside["parameter"][0]["resource"]["parameter"].append(odd)
    for body in (
        {**whole, "parameter": [odd, *whole["parameter"]]},
        {**whole, "parameter": [*whole["parameter"], odd]},
        inside,
    ):
        assert both(path, json.dumps(body).encode()).status[:3] in {"200", "400"}


def test_batch_validations_in_other_forms(both: Any) -> None:
    path, body = "/r4/ValueSet/$batch-validate-code", body_of(IN_WHOLE, *VALIDATIONS[:4])
    xml = b'<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="validation"/><resource><Parameters>'
    xml += b'<parameter><name value="code"/><valueCode value="A1"/></parameter></Parameters></resource></parameter>'
    xml += b'<parameter><name value="url"/><valueUri value="' + f"{SETS}whole".encode() + b'"/></parameter>'
    xml += b'<parameter><name value="system"/><valueUri value="' + CARE.encode() + b'"/></parameter></Parameters>'
    both(path, xml, CONTENT_TYPE="application/fhir+xml", HTTP_ACCEPT="application/fhir+json")
    both(path, body, HTTP_ACCEPT="application/fhir+xml")
    both(path, body, HTTP_ACCEPT_LANGUAGE="de")
    both(path, body, HTTP_PREFER="handling=strict")
    both(f"{path}?_pretty=true", body)
    both(f"{path}?displayLanguage=de", body)
    both(path, body_of(*VALIDATIONS[:2]).replace(b"Parameters", b"Bundle", 1))
    both(path, b"")
    both("/r4/ValueSet/whole/$batch-validate-code", body_of(*VALIDATIONS[:2]))
    for type_ in ("application/fhir+xml", "application/fhir+json"):
        both("/r4", bundle(sent(path, body)), HTTP_ACCEPT=type_)


@pytest.mark.parametrize("batch", [True, False])
def test_entries_like_others_are_filled_in(app: Flask, batch: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    _, usual = layers(app)

    def ask(*codes: str) -> bytes:
        if batch:
            path, body = "/r4/ValueSet/$validate-code", [body_of(IN_WHOLE, of(code)) for code in codes]
            return call(usual, "/r4", bundle(*(sent(path, one) for one in body))).body
        validations = [validation(of(code)) for code in codes]
        return call(usual, "/r4/ValueSet/$batch-validate-code", body_of(IN_WHOLE, *validations)).body

    ask("A1")
    monkeypatch.setattr("terminology.http.operate.answer", lambda *_: pytest.fail("not filled in"))
    found = ask("A2", "A1", "A2")
    assert found.count("größer".encode()) == 2
    assert found.count(b"Bandage") == 1


@pytest.mark.parametrize("shared", [[BRINGING, IN_BROUGHT], [("valueSet", "resource", brought("A1"))], []], ids=len)
def test_validations_about_what_comes_along_are_filled_in(
    app: Flask, shared: list[tuple[str, str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, usual = layers(app)
    own = [] if shared else [("valueSet", "resource", brought("A1"))]

    def ask(*codes: str) -> bytes:
        validations = [validation(*own, of(code)) for code in codes]
        return call(usual, "/r4/ValueSet/$batch-validate-code", body_of(*shared, *validations)).body

    ask("A1")
    monkeypatch.setattr("terminology.http.operate.answer", lambda *_: pytest.fail("not filled in"))
    monkeypatch.setattr("terminology.http.operate.read", lambda *_: pytest.fail("not filled in"))
    assert ask("A2", "A1", "A3").count(b'"valueBoolean":false') == 2


def test_what_a_batch_wrote_is_seen_by_the_entries_behind(writable: FlaskClient) -> None:
    def system(display: str) -> Json:
        return {"resourceType": "CodeSystem", "id": "s", "url": "http://example.org/s", "status": "active",
                "content": "complete", "concept": [{"code": "a", "display": display}]}  # fmt: skip

    asking = [got("CodeSystem/$lookup?system=http://example.org/s&code=a"), got("CodeSystem/s/$lookup?code=a")]
    put(writable, system("First"))
    for before, after in (("First", "Second"), ("Second", "Third")):
        writing = {"request": {"method": "PUT", "url": "CodeSystem/s"}, "resource": system(after)}
        entries = [*asking, writing, *asking]
        answer = writable.post("/r5", data=bundle(*entries), content_type="application/fhir+json").json
        told = [entry["resource"] for entry in answer["entry"] if "resource" in entry]
        shown = [p["valueString"] for r in told for p in r.get("parameter", ()) if p["name"] == "display"]
        assert shown == [before, before, after, after]
