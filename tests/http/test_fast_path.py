"""What is answered before the application is asked is what the application answers."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from terminology.http.app import create_app
from terminology.http.fast_path import Count, FastPath
from terminology.http.prepared import LINES
from terminology.http.request_buffering import Buffered, RequestBuffer
from terminology.http.server import observed
from terminology.settings import Settings
from tests.http.content import EVERYTHING, SYSTEM, VALUE_SET
from tests.http.publishing import database_with, publish
from tests.http.serving import PATIENCE, served
from tests.http.wsgi_calls import body_of, call, environ_of

LOOKUP = f"/r4/CodeSystem/$lookup?system={SYSTEM}&code=P1"
QUESTIONS = [
    LOOKUP,
    f"/r5/CodeSystem/$validate-code?url={SYSTEM}&code=P1.1",
    f"/r4/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code=P2",
    f"/r5/CodeSystem/$subsumes?codeB=P1.1&system={SYSTEM}&codeA=P1",
]
ABOUT = body_of(("system", "Uri", SYSTEM), ("code", "Code", "P1"))
BODIES = [
    ("/r4/CodeSystem/$lookup", ABOUT),
    ("/r5/CodeSystem/$validate-code", body_of(("coding", "Coding", {"system": SYSTEM, "code": "P1.1"}))),
    (
        "/r4/ValueSet/$validate-code",
        body_of(
            ("url", "Uri", VALUE_SET),
            ("codeableConcept", "CodeableConcept", {"coding": [{"system": SYSTEM, "code": "P2"}]}),
        ),
    ),
]
ASKED: list[tuple[str, bytes | None]] = [*((question, None) for question in QUESTIONS), *BODIES]
HEADERS: list[dict[str, str]] = [
    {}, {"HTTP_ACCEPT_ENCODING": "gzip"}, {"HTTP_X_REQUEST_ID": "mine"}, {"HTTP_PREFER": "return=representation"},
    {"HTTP_ACCEPT": "application/fhir+xml;q=1.0, application/fhir+json;q=1.0"},
]  # fmt: skip


FHIR = {"Content-Type": "application/fhir+json"}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return database_with(tmp_path, *EVERYTHING)


class Counted:
    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, path: str, status: int) -> Count:
        def count(seconds: float, size: int) -> None:
            assert 0 <= seconds < PATIENCE
            self.calls.append((path, status, size))

        return count


def fast_path_of(app: Flask, **more: Any) -> tuple[FastPath, Counted]:
    counted = Counted()
    return FastPath(app.extensions["terminology_epochs"], counted, **more), counted


def asked(app: Flask, environ: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    begun: list[list[tuple[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        assert status.startswith("200")
        begun.append(headers)

    body = b"".join(app.wsgi_app(environ, start_response))
    return dict(begun[0]), body


@pytest.mark.parametrize("kept", [0, 1_000_000])
@pytest.mark.parametrize("headers", HEADERS, ids=lambda h: "".join(h) or "plain")
@pytest.mark.parametrize(("question", "body"), ASKED, ids=[path.partition("?")[0] for path, _ in ASKED])
def test_the_fast_path_answers_as_the_application_does(
    database: str, question: str, body: bytes | None, headers: dict[str, str], kept: int
) -> None:
    app = create_app(database=database, kept_answers=kept)
    fast_path, counted = fast_path_of(app)
    assert fast_path(environ_of(question, body, **headers)) is None, "nothing is prepared yet"
    first = asked(app, environ_of(question, body, **headers))
    for _ in range(3):
        found = fast_path(environ_of(question, body, **headers))
        assert found is not None
        answer = dict(found[1]), found[2]
        for one in (first, answer):
            assert one[0].pop("X-Request-Id", None) or one is first
        assert answer == first
        assert len(found[1]) == len({name for name, _ in found[1]}), "each header is there once"
    assert counted.calls == [(question.partition("?")[0], 200, len(first[1]))] * 3


@pytest.mark.parametrize("kept", [0, 1_000_000])
@pytest.mark.parametrize(("question", "body"), ASKED, ids=[path.partition("?")[0] for path, _ in ASKED])
def test_who_has_the_answer_already_is_told_so(database: str, question: str, body: bytes | None, kept: int) -> None:
    fast_path, counted = fast_path_of(app := create_app(database=database, kept_answers=kept))
    tag = asked(app, environ_of(question, body))[0].get("ETag", '"none"')
    for known in (tag, f'"x" , {tag.removeprefix("W/")}', "*", '"x"'):
        for encoding in ({}, {"HTTP_ACCEPT_ENCODING": "gzip"}):
            conditional = {"HTTP_IF_NONE_MATCH": known, **encoding}
            asked(app, environ_of(question, body, **encoding))
            found = fast_path(environ_of(question, body, **conditional))
            assert found is not None
            usual = call(app.wsgi_app, question, body, HTTP_PREFER="handling=lenient", **conditional)
            answered = LINES[found[0]], [pair for pair in found[1] if pair[0] != "X-Request-Id"], found[2]
            assert (usual[0], dict(usual[1]), usual[2]) == (answered[0], dict(answered[1]), answered[2])
            assert found[0] == (304 if known != '"x"' and body is None else 200)
            assert counted.calls[-1] == (question.partition("?")[0], found[0], len(found[2]))


def test_another_code_is_filled_in_and_then_kept(database: str) -> None:
    app = create_app(database=database)
    fast_path, _ = fast_path_of(app)
    asked(app, environ_of(LOOKUP))
    answers = app.extensions["terminology_epochs"].now.answers
    before = answers.hits
    assert fast_path(environ_of(LOOKUP.replace("P1", "P2"))) is not None
    assert answers.hits == before
    assert fast_path(environ_of(LOOKUP.replace("P1", "P2"))) is not None
    assert answers.hits == before + 1


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_AUTHORIZATION": "Bearer x"}, {"HTTP_X_API_KEY": "x"}, {"HTTP_X_CACHE_ID": "x"},
        {"HTTP_IF_MATCH": "*"}, {"REQUEST_METHOD": "HEAD"}, {"REQUEST_METHOD": "POST"},
        {"HTTP_PREFER": "respond-async"},
        {"HTTP_ACCEPT": "application/fhir+xml"},
    ],
    ids=lambda h: next(iter(h.values())),
)  # fmt: skip
def test_requests_with_such_headers_are_left_to_the_application(database: str, headers: dict[str, str]) -> None:
    fast_path, counted = fast_path_of(app := create_app(database=database))
    asked(app, environ_of(LOOKUP))
    assert fast_path(environ_of(LOOKUP, **headers)) is None
    assert counted.calls == []


def test_an_incomplete_body_is_left_to_the_application(database: str) -> None:
    fast_path, counted = fast_path_of(
        app := create_app(database=database), buffer=(buffer := RequestBuffer(10_000, 60))
    )
    asked(app, environ_of("/r4/CodeSystem/$lookup", ABOUT))
    cut_off = environ_of("/r4/CodeSystem/$lookup", ABOUT[:-5], CONTENT_LENGTH=str(len(ABOUT)))
    assert fast_path(cut_off) is None
    assert buffer.fill(cut_off) is Buffered.CUT_OFF
    assert fast_path(environ_of("/r4/CodeSystem/$lookup", ABOUT)) is not None
    buffer._small.clear()
    assert fast_path(waits := environ_of("/r4/CodeSystem/$lookup", ABOUT)) is None
    assert buffer.fill(waits) is Buffered.BUSY
    assert len(counted.calls) == 1


@pytest.mark.parametrize(
    "headers",
    [{"CONTENT_TYPE": "application/fhir+xml"}, {"CONTENT_LENGTH": ""}, {"HTTP_CONTENT_ENCODING": "gzip"},
     {"CONTENT_LENGTH": "1000000"}, {"REQUEST_METHOD": "PUT"}],
    ids=lambda h: next(iter(h)),
)  # fmt: skip
def test_bodies_with_such_headers_are_not_read(database: str, headers: dict[str, str]) -> None:
    fast_path, _ = fast_path_of(app := create_app(database=database))
    asked(app, environ_of("/r4/CodeSystem/$lookup", ABOUT))
    environ = environ_of("/r4/CodeSystem/$lookup", ABOUT, **headers)
    assert fast_path(environ) is None
    assert environ["wsgi.input"].read() == ABOUT


@pytest.mark.parametrize("more", ["&code=P2", "&cache-id=x", "&code=", "&_format=xml"])
def test_questions_for_the_application(database: str, more: str) -> None:
    fast_path, _ = fast_path_of(app := create_app(database=database))
    asked(app, environ_of(LOOKUP))
    assert fast_path(environ_of(LOOKUP + more)) is None


@pytest.mark.parametrize("kept", [0, 1_000_000])
def test_an_unknown_code_is_refused(database: str, kept: int) -> None:
    app = create_app(database=database, kept_answers=kept)
    fast_path, counted = fast_path_of(app)
    asked(app, environ_of(LOOKUP))
    for code in ("none", "nothing", "none"):
        unknown = LOOKUP.replace("P1", code)
        found = fast_path(environ_of(unknown))
        assert found is not None
        usual = call(app.wsgi_app, unknown, HTTP_PREFER="handling=lenient")
        assert found[0] == 404
        assert usual == ("404 Not Found", [pair for pair in found[1] if pair[0] != "X-Request-Id"], found[2])
        assert counted.calls[-1] == ("/r4/CodeSystem/$lookup", 404, len(found[2]))
    answers = app.extensions["terminology_epochs"].now.answers
    assert answers.hits == (1 if kept else 0), "a refusal is kept until something is published"
    changed = {**EVERYTHING[0], "id": "newer", "version": "2099", "concept": [{"code": "none", "display": "Known now"}]}
    publish(app.extensions["terminology"].store, changed)
    assert fast_path(environ_of(LOOKUP.replace("P1", "none"))) is None
    assert call(app.wsgi_app, LOOKUP.replace("P1", "none")).status == "200 OK"


def test_a_question_that_cannot_be_filled_in_is_tried_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(database=database, kept_answers=0)
    fast_path, _ = fast_path_of(app)
    asked(app, environ_of(LOOKUP))
    environ = environ_of(LOOKUP.replace("P1", "x" * 2000))
    assert fast_path(environ) is None
    monkeypatch.setattr("terminology.http.prepared._filled", lambda *_: pytest.fail("asked again"))
    begun: list[str] = []
    app.wsgi_app(environ, lambda status, *_: begun.append(status))  # type: ignore[arg-type, return-value, func-returns-value]
    assert begun == ["404 Not Found"]


def test_behind_proxies_the_address_is_taken_once(database: str) -> None:
    app = create_app(database=database, proxies=1)
    fast_path, _ = fast_path_of(app, proxies=1)
    proxied = {"HTTP_X_FORWARDED_PREFIX": "/there", "HTTP_X_FORWARDED_PROTO": "https"}
    first = environ_of(LOOKUP, **proxied)
    assert fast_path(first) is None
    asked(app, first)
    assert first["SCRIPT_NAME"] == "/there"
    assert fast_path(environ_of(LOOKUP, **proxied)) is not None


def test_where_requests_are_logged_each_goes_through_the_application(database: str) -> None:
    loaded = Settings.load(environment={}, database=database, metrics=False, log_requests=True)
    _, fast_path = observed(create_app(loaded), loaded)
    assert fast_path(environ_of(LOOKUP)) is None
    assert not isinstance(fast_path, FastPath)


def test_a_server_counts_what_it_answers_at_once(database: str, tmp_path: Path) -> None:
    with served(database, tmp_path, workers=1) as server:
        answers = [requests.get(server.url + LOOKUP, timeout=PATIENCE) for _ in range(5)]
        posted = [requests.post(f"{server.url}{BODIES[0][0]}", ABOUT, timeout=PATIENCE, headers=FHIR) for _ in range(5)]
        assert len({answer.text for answer in answers + posted}) == 1
        assert len({answer.headers["X-Request-Id"] for answer in answers + posted}) == 10
        metrics = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    counted = re.search(r'terminology_request_seconds_count\{operation="\$lookup",status="200"\} (\S+)', metrics)
    assert counted is not None
    assert float(counted[1]) == 10


def test_a_body_that_is_slow_to_come_keeps_nobody_waiting(database: str, tmp_path: Path) -> None:
    """One thread answers at a time; it waits for bodies, too, and another one takes over meanwhile."""
    path = BODIES[0][0]
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(ABOUT)}\r\n\r\n".encode()
    with served(database, tmp_path, workers=1) as server, ExitStack() as stack:
        host, _, port = server.url.removeprefix("http://").partition(":")
        slow = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE))
        slow.sendall(head + ABOUT[:20])
        for _ in range(5):
            assert requests.post(f"{server.url}{path}", ABOUT, timeout=PATIENCE, headers=FHIR).status_code == 200
            assert requests.get(server.url + LOOKUP, timeout=PATIENCE).status_code == 200
        slow.sendall(ABOUT[20:])
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 OK")
