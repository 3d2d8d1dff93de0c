"""Questions in bodies get the answers of the usual way, to the last byte and header; and plain ones do not go it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from terminology import ingest
from terminology.http import bodies
from terminology.http.app import create_app
from terminology.http.prepared import PreparedFirst
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.http.test_prepared import (
    CARE,
    LOOSE,
    OTHERS,
    PART,
    SETS,
    WITH_STATUS,
    expansions,
    layers,
    loaded,
    questions,
)
from tests.http.test_prepared import CODES as CARE_CODES
from tests.http.wsgi_calls import at_once, body_of, call

Parameter = tuple[str, str, Any]
Body = tuple[str, bytes]
"""A path, and what is posted to it."""

CODES = ("A1", "A2", "A3", "One", "none")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('prepared') / 'x.db'}"
    folder = tmp_path_factory.mktemp("files")
    loaded(url, folder)
    (folder / "map.json").write_text(json.dumps(MAPPED))
    store = open_store(url)
    ingest.load(store, [str(folder / "map.json")])
    store.close()
    return create_app(database=url, kept_answers=0)


def posted(target: str) -> Iterator[Body]:
    """A question of a URL in bodies: as it is, with its code in a Coding, and in a CodeableConcept."""
    path, _, query = target.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    yield path, body_of(*[(name, *_typed(name, value)) for name, value in given])
    known = dict(given)
    if "code" not in known or len(known) < len(given):
        return
    about = "system" if "system" in known or "url" not in known else "url"
    members = {"system": about, "code": "code", "display": "display", "version": "systemVersion"}
    coding = {member: known[name] for member, name in members.items() if name in known}
    rest = [(name, *_typed(name, value)) for name, value in given if name not in {*members.values()} - {"url"}]
    yield path, body_of(*rest, ("coding", "Coding", coding))
    yield path, body_of(("codeableConcept", "CodeableConcept", {"coding": [coding]}), *rest)
    for text in ("A word or two", "Bandage"):
        yield path, body_of(("codeableConcept", "CodeableConcept", {"text": text, "coding": [coding]}), *rest)


def _typed(name: str, value: str) -> tuple[str, Any]:
    if value in {"true", "false"}:
        return "Boolean", value == "true"
    if name in {"count", "offset"} and value.lstrip("-").isdigit():
        return "Integer", int(value)
    return "String", value


def odd_bodies() -> Iterator[Body]:
    """Bodies that are wrong, unusual, or ask for the same in other ways than most."""
    validate, lookup, expand = "/r4/CodeSystem/$validate-code", "/r5/CodeSystem/$lookup", "/r4/ValueSet/$expand"
    url, code = ("url", "Uri", CARE), ("code", "Code", "A1")
    coding: dict[str, Any] = {"system": CARE, "code": "A1"}
    for value in (5, 5.0, True, None, "", " A1", {"code": "A1"}, ["A1"], "A1\u0000", "\U0001f600", 'A"1'):
        yield validate, body_of(url, ("code", "Code", value))
        yield validate, body_of(url, ("code", "Integer", value))
        yield validate, body_of(("url", "Uri", value), code)
        yield validate, body_of(url, code, ("display", "String", value))
        yield validate, body_of(url, code, ("abstract", "Boolean", value))
        yield validate, body_of(("coding", "Coding", {**coding, "display": value}))
        yield validate, body_of(("coding", "Coding", {**coding, "userSelected": value}))
        yield validate, body_of(("coding", "Coding", {**coding, "extension": value}))
        yield validate, body_of(("coding", "Coding", {**coding, "coding": [coding], "version": value}))
        yield validate, body_of(("codeableConcept", "CodeableConcept", {"coding": [coding], "text": value}))
        yield validate, body_of(("codeableConcept", "CodeableConcept", {"coding": value}))
        yield expand, body_of(("url", "Uri", f"{SETS}whole"), ("count", "Integer", value))
        yield expand, body_of(("url", "Uri", f"{SETS}whole"), ("filter", "String", value))
        yield lookup, body_of(("coding", "Coding", {**coding, "display": value}))
        yield validate, body_of(url, code, ("uuid", "Uuid", value))
    for more in ([("uuid", "Uuid", "1")], [("uuid", "Uuid", "1"), ("uuid", "Uuid", "2")], [code], [url],
                 [("coding", "Coding", coding)], [("code", "resource", "A2")], [("cache-id", "Id", "none")],
                 [("tx-resource", "resource", {"resourceType": "CodeSystem"})], [("display", "part", [])],
                 [("displayLanguage", "Code", "de")], [("displayLanguage", "Code", "de;q=x")],
                 [("lenient-display-validation", "Boolean", True), ("display", "String", "wrong")],
                 [("valueSetMode", "Code", "CHECK_MEMBERSHIP_ONLY")], [("system-version", "Canonical", f"{CARE}|7")],
                 [("inferSystem", "String", "true")], [("_format", "String", "xml")]):  # fmt: skip
        yield validate, body_of(url, code, *more)
    infer = ("inferSystem", "Boolean", True)
    for name in ("below", "listed", "whole", "none"):
        for given in (code, ("coding", "Coding", {"code": "A1"}), ("coding", "Coding", {"code": "A1", "version": "2"}),
                      ("codeableConcept", "CodeableConcept", {"coding": [{"code": "A2", "display": "Pflaster"}]}),
                      ("code", "Code", "nothing"), ("code", "Code", "C1"), ("code", "Code", "a1")):  # fmt: skip
            yield "/r4/ValueSet/$validate-code", body_of(("url", "Uri", f"{SETS}{name}"), given, infer)
            yield "/r4/ValueSet/$validate-code", body_of(("url", "Uri", f"{SETS}{name}"), given)
    for other in (LOOSE, "urn:oid:1.2.3", ""):
        for more in ([url], [url, ("version", "String", "2")], [url, ("system", "Uri", LOOSE)], []):
            yield validate, body_of(*more, ("coding", "Coding", {"system": other, "code": "One"}))
            yield validate, body_of(*more, ("coding", "Coding", {"system": CARE, "code": "A1", "version": "9"}))
            yield validate, body_of(*more, ("codeableConcept", "CodeableConcept", {"coding": [coding, coding]}))
            yield validate, body_of(*more, ("codeableConcept", "CodeableConcept", coding))
    for text in (b"", b"{", b"[]", b"null", b"{}", b'{"resourceType":"Parameters"}',
                 b"\xef\xbb\xbf" + body_of(url, code),
                 b'{"resourceType":"Parameters","parameter":{}}', b'{"resourceType":"Parameters","parameter":[1]}',
                 b'{"resourceType":"Parameters","parameter":[{"valueCode":"A1","name":"code"},{"name":"url","valueUri":"'
                 + CARE.encode() + b'"}]}', json.dumps({"resourceType": "Parameters", "id": "x", "parameter": [
                     {"name": "url", "valueUri": CARE, "extension": []},
                     {"name": "code", "valueCode": "A1"}]}).encode(),
                 b'{"resourceType":"Parameters","parameter":[{"name":["code"],"valueCode":"A1"}]}',
                 b'{"resourceType":"Parameters","parameter":[{"name":"code","name":"code"}]}',
                 b'{"resourceType":"Bundle","parameter":[]}', b"\xff", b'{"a":1.20}', b" " + body_of(url, code),
                 body_of(url, code).replace(b"Parameters", b"CodeSystem"), b"[" * 300):  # fmt: skip
        yield validate, text
    for target in (f"{validate}?url={CARE}", f"{validate}?code=A1", f"{validate}?_format=xml",
                   f"{validate}?_pretty=true", f"{validate}?_format=json", f"{validate}?_format=json&_format=xml",
                   f"{validate}?_x=1&_format=application/fhir%2Bjson", f"{validate}?_format=json&displayLanguage=de",
                   f"{validate}?_format=JSON", f"{validate}?_format=json&_pretty=true", f"{validate}?_format=html",
                   f"{validate}?_format=application/fhir+json", f"{validate}?_format=json;fhirVersion=5.0",
                   "/r4/CodeSystem/care/$validate-code", "/r4/CodeSystem//$validate-code", f"{validate}/"):  # fmt: skip
        yield target, body_of(url, code)


def subsumptions() -> Iterator[Body]:
    for a, b, system in product(("A", "A1", "none", ""), ("A", "A2", " A"), (CARE, LOOSE)):
        codings = (
            ("codingA", "Coding", {"system": CARE, "code": a}),
            ("codingB", "Coding", {"system": system, "code": b}),
        )
        yield "/r5/CodeSystem/$subsumes", body_of(*codings)
        yield "/r4/CodeSystem/$subsumes", body_of(("codeA", "Code", a), codings[1], ("system", "Uri", system))


def concepts() -> Iterator[Body]:
    """CodeableConcepts with several codings: of one system or two, right and wrong, known and not."""
    rng = random.Random(5)
    displays = (None, None, None, "Bandage", "One", "Pflaster")
    sets = ("whole", "below", "both", "listed", "twice", "together", "rest", "german", "active", "none")
    several = ((CARE, CARE_CODES[:9]), (LOOSE, OTHERS), (CARE, WITH_STATUS))
    for _ in range(600):
        codings = [
            {"system": system, "code": rng.choice(codes), **({"display": display} if display else {})}
            for system, codes in rng.choices(several, k=rng.randint(2, 6))
            for display in [rng.choice(displays)]
        ]
        if rng.random() < 0.1:
            rng.choice(codings).pop(rng.choice(("system", "code")))
        if rng.random() < 0.1:
            rng.choice(codings).update(rng.choice(({"version": "2"}, {"userSelected": True}, {"id": "x"})))
        concept = {"coding": codings, **({"text": "Said so"} if rng.random() < 0.3 else {})}
        more = rng.choice(([], [], [("inferSystem", "Boolean", True)], [("displayLanguage", "Code", "de")],
                           [("lenient-display-validation", "Boolean", True)]))  # fmt: skip
        about = ("codeableConcept", "CodeableConcept", concept)
        yield "/r4/ValueSet/$validate-code", body_of(("url", "Uri", f"{SETS}{rng.choice(sets)}"), about, *more)
        yield "/r5/CodeSystem/$validate-code", body_of(("url", "Uri", CARE), about, *more)
        yield "/r5/CodeSystem/$validate-code", body_of(about, *more)


def everything() -> list[Body]:
    asked = [body for target in questions() for body in posted(target)]
    pages = [body for target in [*expansions()][::5] for body in posted(target)]
    return [*asked[::2], *pages, *odd_bodies(), *subsumptions(), *concepts()]


def test_answers_are_those_of_the_usual_way(app: Flask) -> None:
    prepared, usual = layers(app)
    asked = everything()
    for target, body in asked:
        assert call(prepared, target, body) == call(usual, target, body), (target, body)
    for target, body in reversed(asked):  # now all plans are there, of whatever kind came first
        assert call(prepared, target, body) == call(usual, target, body), (target, body)
    for target, body in [one for one in asked[::31] if "$expand" not in one[0]]:  # they have stamps, packed ones too
        for headers in (
            {"HTTP_ACCEPT": "application/fhir+xml"}, {"HTTP_ACCEPT_LANGUAGE": "de"}, {"HTTP_ACCEPT_ENCODING": "gzip"},
            {"HTTP_PREFER": "handling=strict"}, {"HTTP_PREFER": "return=minimal"},
            {"HTTP_ACCEPT": "text/plain"}, {"HTTP_IF_NONE_MATCH": "*"},
            {"HTTP_ACCEPT": "text/html"}, {"CONTENT_TYPE": "application/fhir+xml"}, {"CONTENT_TYPE": "text/plain"},
            {"CONTENT_TYPE": "application/json; charset=utf-8"}, {"CONTENT_TYPE": ""},
            {"HTTP_CONTENT_ENCODING": "gzip"},
            {"CONTENT_TYPE": "application/x-www-form-urlencoded"}, {"REQUEST_METHOD": "PUT"}, {"CONTENT_LENGTH": "9"},
            {"CONTENT_TYPE": "application/fhir+json; fhirVersion=5.0"}, {"HTTP_X_CACHE_ID": "none"},
        ):  # fmt: skip
            assert call(prepared, target, body, **headers) == call(usual, target, body, **headers), (target, headers)


def test_codes_of_which_something_is_said_are_named_in_order(app: Flask) -> None:
    """Sentences of a message are in order of their texts, whichever coding they are about."""
    prepared, usual = layers(app)
    target = "/r5/ValueSet/$validate-code"
    for codes in (("X1", "Y1"), ("X2", "Y2"), ("X3", "Y3"), ("Z1", "X4"), ("Z2", "X5"), ("Z3", "X"), ("X", "X!"),
                  ("X#", "X"), ("X9", "X"), ("A3", "R10"), ("R20", "R30"), ("R30", "R20"), ("R20", "A3"),
                  ("X6", "A3", "R20"), ("Y7", "R10", "R30"), ("X8", "R30", "A3"), ("X0", "R20", "R10")):  # fmt: skip
        concept = {"coding": [{"system": CARE, "code": code} for code in codes]}
        body = body_of(("url", "Uri", f"{SETS}whole"), ("codeableConcept", "CodeableConcept", concept))
        assert call(prepared, target, body) == call(usual, target, body), codes


ACCEPTED = ("", "application/fhir+json", "application/fhir+xml", "*/*", "application/fhir+xml, application/fhir+json",
            "text/plain", "application/fhir+json; fhirVersion=5.0")  # fmt: skip


@pytest.mark.parametrize("release", ["r4", "r5"])
def test_a_format_that_is_the_clients_anyway_makes_no_difference(app: Flask, release: str) -> None:
    layer, usual = layers(app)
    path, body = f"/{release}/CodeSystem/$validate-code", body_of(("url", "Uri", CARE), ("code", "Code", "A2"))
    queries = ("", "?_format=json", "?_=7&_format=application/json", "?_format=xml")
    for accept, query in [*product(ACCEPTED, queries)] * 3:
        headers = {"HTTP_ACCEPT": accept} if accept else {}
        expected = call(usual, path + query, body, **headers)
        assert call(layer, path + query, body, **headers) == expected, (accept, query)
        found = at_once(app, path + query, body, **headers)
        assert found is None or found == expected, (accept, query)
    assert at_once(app, f"{path}?_format=json", body) == call(usual, path, body)


IN_CARE = {"system": CARE, "code": "A2"}
LENIENT = ("lenient-display-validation", "Boolean", True)
NAMED = {**IN_CARE, "display": "Plaster – größer"}
PLAIN: list[Body] = [
    ("/r4/CodeSystem/$lookup", body_of(("system", "Uri", CARE), ("code", "Code", "A2"))),
    ("/r5/CodeSystem/$lookup", body_of(("coding", "Coding", {**IN_CARE, "display": "Anything"}))),
    ("/r4/CodeSystem/$validate-code", body_of(("url", "Uri", CARE), ("code", "Code", "A2"), ("uuid", "Uuid", "1"))),
    ("/r4/CodeSystem/$validate-code", body_of(("coding", "Coding", NAMED), ("diagnostics", "Boolean", True))),
    ("/r5/CodeSystem/$validate-code", body_of(("codeableConcept", "CodeableConcept", {"coding": [NAMED]}))),
    *[
        (
            "/r4/ValueSet/$validate-code",
            body_of(("url", "Uri", f"{SETS}{name}"), *about, ("abstract", "Boolean", False)),
        )
        for name in ("whole", "draft", "below", "both", "active", "others")
        for about in (
            [("coding", "Coding", NAMED), LENIENT, ("displayLanguage", "String", "en-US")],
            [("system", "Uri", CARE), ("code", "Code", "A2"), ("valueSetMode", "Code", "ALL_CHECKS")],
            [("codeableConcept", "CodeableConcept", {"coding": [NAMED], "text": "said by somebody"})],
        )
    ],
    ("/r4/CodeSystem/$subsumes", body_of(("system", "Uri", CARE), ("codeA", "Code", "A"), ("codeB", "Code", "A2"))),
    ("/r4/CodeSystem/$subsumes", body_of(("codingA", "Coding", NAMED), ("codingB", "Coding", IN_CARE))),
    (
        "/r4/ValueSet/$expand",
        body_of(("url", "Uri", f"{SETS}whole"), ("count", "Integer", 2), ("offset", "Integer", 1)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("target", "body"), PLAIN, ids=[f"{n}{body[0]}" for n, body in enumerate(PLAIN)])
def test_plain_questions_do_not_go_the_usual_way(
    app: Flask, target: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, usual = layers(app)
    expected = call(usual, target, body)
    call(layer, target, body)
    monkeypatch.setattr(layer, "_app", None)
    assert call(layer, target, body) == expected
    with counting(app.extensions["terminology"].store) as statements:
        call(layer, target, body)
    assert len(statements) <= 2


def test_questions_that_differ_in_codes_and_displays_share_a_plan(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, _ = layers(app)
    first = {"coding": [{"system": CARE, "code": "A1", "display": "Bandage"}], "text": "one"}
    other = {"coding": [{"system": CARE, "code": "A2", "display": "Plaster – größer"}], "text": "another"}
    call(
        layer,
        "/r4/CodeSystem/$validate-code",
        body_of(("codeableConcept", "CodeableConcept", first), ("uuid", "Uuid", "1")),
    )
    monkeypatch.setattr(layer, "_app", None)
    body = body_of(("codeableConcept", "CodeableConcept", other), ("uuid", "Uuid", "2"))
    assert b'"another"' in call(layer, "/r4/CodeSystem/$validate-code", body).body


def test_large_bodies_go_the_usual_way(app: Flask) -> None:
    layer, usual = layers(app)
    body = body_of(("url", "Uri", CARE), ("code", "Code", "A1"), ("more", "String", "x" * bodies.MOST))
    asked = []
    other = PreparedFirst(lambda e, s: asked.append(e) or usual(e, s), layer.answers.api, layer.answers.epochs)  # type: ignore[func-returns-value]
    for _ in range(2):
        assert call(other, "/r4/CodeSystem/$validate-code", body).status == "200 OK"
    assert len(asked) == 2
    assert bodies.RESOURCE not in asked[0] or asked[0][bodies.RESOURCE] is None


def test_bodies_over_the_limit_are_refused(tmp_path: Path) -> None:
    url = loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    layer, _ = layers(create_app(database=url, kept_answers=0, max_body=200))
    body = body_of(("url", "Uri", CARE), ("code", "Code", "A1"))
    assert call(layer, "/r4/CodeSystem/$validate-code", body).status == "200 OK"
    assert call(layer, "/r4/CodeSystem/$validate-code", body.ljust(201)).status.startswith("413 ")


MAPPED = {
    "resourceType": "ConceptMap", "id": "care", "url": "http://example.org/ConceptMap/care", "status": "active",
    "group": [
        {"source": CARE, "target": LOOSE, "element": [
            {"code": "A1", "target": [{"code": "One", "relationship": "source-is-broader-than-target"}]},
            {"code": "A2", "target": [{"code": "TWO", "relationship": "equivalent"}]}]},
        {"source": CARE, "target": PART, "element": [{"code": "A1", "noMap": True}],
         "unmapped": {"mode": "use-source-code", "relationship": "related-to"}},
    ],
}  # fmt: skip
SUBJECTS = (
    ("coding", "Coding"), ("codeableConcept", "CodeableConcept"),
    ("sourceCoding", "Coding"), ("sourceCodeableConcept", "CodeableConcept"),
    ("targetCoding", "Coding"), ("targetCodeableConcept", "CodeableConcept"),
)  # fmt: skip


def test_translations(app: Flask) -> None:
    layer, usual = layers(app)
    for (name, type_), code, system, release in product(SUBJECTS, CODES, (CARE, LOOSE), ("r4", "r5")):
        coding = {"system": system, "code": code}
        value = coding if type_ == "Coding" else {"coding": [coding]}
        for more in (
            [],
            [("url", "Uri", MAPPED["url"])],
            [("targetSystem", "Uri", LOOSE)],
            [("reverse", "Boolean", True)],
        ):
            path, body = f"/{release}/ConceptMap/$translate", body_of((name, type_, value), *more)
            for _ in range(2):
                assert call(layer, path, body) == call(usual, path, body), (path, body)


BROUGHT = "http://example.org/ValueSet/brought"


def brought(*codes: str, url: str = BROUGHT) -> dict[str, Any]:
    listed = [{"code": code} for code in codes]
    compose = {"include": [{"system": CARE, "concept": listed}]}
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": compose}


OWN = {
    "resourceType": "CodeSystem", "url": "http://example.org/CodeSystem/own", "status": "active", "content": "complete",
    "concept": [{"code": "A1", "display": "Own one"}, {"code": "A2", "display": "Own other"}],
}  # fmt: skip


def bringing() -> Iterator[Body]:
    """Questions that bring what they are about, in different versions."""
    validate, expand = "/r4/ValueSet/$validate-code", "/r5/ValueSet/$expand"
    wider = {**OWN, "concept": [*OWN["concept"], {"code": "A3", "display": "Own third"}]}  # type: ignore[misc]
    for code, value_set in product(
        ("A1", "A2", "A3"), (brought("A1"), brought("A1", "A2"), {"resourceType": "ValueSet"})
    ):
        about = ("coding", "Coding", {"system": CARE, "code": code})
        yield validate, body_of(("valueSet", "resource", value_set), about)
        yield validate, body_of(about, ("tx-resource", "resource", value_set), ("url", "Uri", BROUGHT))
        yield expand, body_of(("valueSet", "resource", value_set), ("count", "Integer", 1))
        yield expand, body_of(("valueSet", "resource", value_set), ("filter", "String", "band"))
    for code, system in product(("A1", "A2", "A3"), (OWN, wider)):
        own = ("coding", "Coding", {"system": OWN["url"], "code": code})
        yield "/r4/CodeSystem/$validate-code", body_of(own, ("tx-resource", "resource", system))
        yield "/r4/CodeSystem/$lookup", body_of(own, ("tx-resource", "resource", system))
        yield "/r4/CodeSystem/$validate-code", body_of(("codeSystem", "resource", system), ("code", "Code", code))
    for profile in ([("filter", "String", "plaster")], [("count", "Integer", 1)], [("displayLanguage", "Code", "de")]):
        defaults = json.loads(body_of(*profile))
        given = ("profile", "resource", defaults), ("url", "Uri", f"{SETS}whole")
        yield expand, body_of(*given, ("count", "Integer", 3))
        yield validate, body_of(*given, ("coding", "Coding", IN_CARE))
        yield validate, body_of(*given, ("code", "resource", defaults), ("system", "Uri", CARE))


def test_what_a_question_brings_belongs_to_its_kind(app: Flask) -> None:
    layer, usual = layers(app)
    for _ in range(2):
        for target, body in bringing():
            assert call(layer, target, body) == call(usual, target, body), (target, body)


def test_questions_about_what_they_bring_are_prepared(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, _ = layers(app)

    def ask(code: str) -> bytes:
        about = ("coding", "Coding", {"system": CARE, "code": code}), ("valueSet", "resource", brought("A1", "A2"))
        return call(layer, "/r4/ValueSet/$validate-code", body_of(*about)).body

    ask("A1")
    monkeypatch.setattr(layer, "_app", None)
    assert b"Plaster" in ask("A2")


def test_what_was_left_under_an_id_may_change(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, usual = layers(app)
    path = "/r4/ValueSet/$validate-code"
    left = ("cache-id", "Id", "mine"), ("url", "Uri", BROUGHT)

    def ask(code: str) -> bytes:
        body = body_of(*left, ("coding", "Coding", {"system": CARE, "code": code}))
        answer = call(layer, path, body)
        assert answer == call(usual, path, body)
        target = f"{path}?url={BROUGHT}&system={CARE}&code={code}&cache"
        for written in ("-id=mine", "%2Did=mine", "-id=other"):
            assert call(layer, target + written) == call(usual, target + written)
        return answer.body

    assert b"OperationOutcome" in ask("A1")
    for codes in (("A1",), ("A1", "A2")):
        resources = [("tx-resource", "resource", brought(*codes))]
        leaving = body_of(*left, ("coding", "Coding", IN_CARE), *resources)
        for _ in range(2):
            assert call(layer, path, leaving) == call(usual, path, leaving)
        for code in ("A1", "A2", "A1", "A2"):
            assert (b'"valueBoolean":true' in ask(code)) == (code in codes)
    monkeypatch.setattr(layer, "_app", None)
    body = body_of(*left, ("coding", "Coding", {"system": CARE, "code": "A1"}))
    assert b'"valueBoolean":true' in call(layer, path, body).body


@pytest.mark.parametrize(
    "target",
    [f"/r4/ValueSet/$expand?url={SETS}whole&fil%74er=band", f"/r4/CodeSystem/$lookup?system={CARE}&c%6fde=A1"],
)
def test_percent_encoded_names_are_answered_the_usual_way(app: Flask, target: str) -> None:
    layer, usual = layers(app)
    for _ in range(2):
        assert call(layer, target) == call(usual, target)
