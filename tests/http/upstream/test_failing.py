"""No answer, or one too late, leaves ours with a note; who fails is left alone; answers are kept for a time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from werkzeug.wrappers import Response

from terminology.http.response_cache import ResponseCache
from terminology.http.upstream import breaker, remote
from terminology.http.upstream.breaker import Breaker
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from tests.http.content import OLD, SYSTEM
from tests.http.upstream.asking import ANSWER, HERE, LOOKUP, app_of, asking, texts
from tests.http.upstream.far import Far, dribbling, fhir

BROKEN: dict[str, tuple[Any, str]] = {
    "500": (lambda _: fhir({"resourceType": "OperationOutcome"}, 500), "status 500"),
    "401": (lambda _: fhir({"resourceType": "OperationOutcome"}, 401), "status 401"),
    "elsewhere": (lambda _: fhir({}, 302, Location="http://127.0.0.1:9/"), "status 302"),
    "page": (lambda _: Response("<html>", content_type="text/html"), "other than FHIR"),
    "another resource": (lambda _: fhir({"resourceType": "Patient"}), "other than FHIR"),
    "plain 404": (lambda _: Response("not here", 404), "other than FHIR"),
    "array": (lambda _: fhir([{"resourceType": "Parameters"}]), "other than FHIR"),  # type: ignore[arg-type]
    "large": (lambda _: fhir({**ANSWER, "id": "x" * 200_000}), "too large"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_invalid_upstream_answer_leaves_ours_with_a_note(mine: str, fake: Far, case: str) -> None:
    fake.answering, reason = BROKEN[case]
    answer = asking(mine, fake.url, max_body=100_000).get(f"/r4/{LOOKUP}")
    assert (answer.status_code, answer.json["issue"][0]["severity"]) == (404, "error")
    (note,) = texts(answer.json)
    assert note.startswith(f"The upstream server {fake.url}/r4 could not be asked: ")
    assert reason in note


def test_an_unreachable_server_leaves_our_answer_with_a_note(mine: str) -> None:
    answer = asking(mine, "http://127.0.0.1:9").get(f"/r4/ConceptMap/$translate?system={OLD}&code=7")
    assert answer.status_code == 200
    message = next(p["valueString"] for p in answer.json["parameter"] if p["name"] == "message")
    assert message.endswith(
        "The upstream server http://127.0.0.1:9/r4 could not be asked: it cannot be reached, or broke off."
    )


def test_a_slow_server_is_not_waited_for(mine: str) -> None:
    with dribbling() as url:
        here = asking(mine, url, upstream_seconds=0.3)
        began = time.monotonic()
        answer = here.get(f"/r4/{LOOKUP}")
        assert time.monotonic() - began < 3
    assert "within 0.3 seconds" in texts(answer.json)[0]


def test_the_number_of_requests_waiting_for_upstream_is_limited(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_AT_ONCE", 1)
    with dribbling() as url:
        here = asking(mine, url, upstream_seconds=0.2)
        first, second = (texts(here.get(f"/r4/{LOOKUP}&n={n}").json)[0] for n in (1, 2))
    assert "within 0.2 seconds" in first
    assert "too many requests wait" in second


def test_upstream_must_answer_within_the_time_of_the_request(mine: str) -> None:
    with dribbling() as url:
        answer = asking(mine, url, request_seconds=0.3).get(f"/r4/{LOOKUP}")
    assert "within 0.2" in texts(answer.json)[0]


def test_a_broken_server_is_left_alone_and_tried_again() -> None:
    now = [0.0]
    tested = Breaker(lambda: now[0])
    assert [tested.failed() for _ in range(breaker.MOST_FAILURES)] == [False, False, True]
    assert not tested.permits()
    now[0] += breaker.PAUSE_SECONDS
    assert [tested.permits(), tested.permits()] == [True, False]
    tested.failed()
    now[0] += breaker.PAUSE_SECONDS - 1
    assert not tested.permits()
    now[0] += 1
    assert tested.permits()
    tested.succeeded()
    assert [tested.permits(), tested.permits()] == [True, True]


def test_a_server_that_fails_is_not_asked_for_a_while(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    fake.answering = lambda _: fhir({}, 503)
    found = [here.get(f"/r4/{LOOKUP}&n={n}") for n in range(breaker.MOST_FAILURES + 2)]
    assert len(fake.asked) == breaker.MOST_FAILURES
    assert "left alone" in texts(found[-1].json)[0]
    assert here.get(f"/r5/{LOOKUP}").headers[NOT_ANSWERED_BY]  # another address, which may be well
    assert len(fake.asked) == breaker.MOST_FAILURES + 1


def test_refusals_are_no_reason_to_leave_it_alone(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    fake.answering = lambda _: fhir({"resourceType": "OperationOutcome", "issue": []}, 403)
    for n in range(breaker.MOST_FAILURES + 1):
        here.get(f"/r4/{LOOKUP}&n={n}")
    assert len(fake.asked) == breaker.MOST_FAILURES + 1


def test_answers_are_kept_for_a_time(fake: Far) -> None:
    now = [1000.0]
    tested = remote.Remote(fake.url, "R4", kept_seconds=60, clock=lambda: now[0])
    question = remote.Question("GET", "CodeSystem/$lookup", "code=1", "", b"", "", "Parameters")
    others = [remote.Question("GET", "CodeSystem/$lookup", "code=1", "", b"", "de", "Parameters")]
    for asked in (question, question, *others, *others):
        assert tested.ask(asked, {}, 5).resource == ANSWER
    assert len(fake.asked) == 2
    now[0] += 60
    tested.ask(question, {}, 5)
    assert len(fake.asked) == 3
    assert tested.outcomes == {"answered": 3, "kept": 2, "failed": 0, "not asked": 0, "left alone": 0}


def test_the_layer_of_kept_answers_keeps_none_of_another_server(mine: str, fake: Far) -> None:
    app = app_of(mine, fake.url, upstream_kept_seconds=0.0)
    layer, client = app.wsgi_app, app.test_client()
    assert isinstance(layer, ResponseCache)
    for _ in range(2):
        assert client.get(f"/r4/{LOOKUP}").headers[ANSWERED_BY]
    assert len(fake.asked) == 2
    fake.answering = lambda _: fhir({}, 500)
    for _ in range(2):
        answer = client.get(f"/r4/CodeSystem/$validate-code?url={SYSTEM}&code=P1")
        assert (answer.status_code, len(texts(answer.json))) == (200, 1)
    assert len(fake.asked) == 4
    assert not layer.epochs.now.answers.used
    client.get(f"/r4/CodeSystem/$lookup?system={HERE['url']}&code=P1")
    assert layer.epochs.now.answers.used
