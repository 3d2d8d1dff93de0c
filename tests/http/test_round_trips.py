"""Round trips of reads on PostgreSQL: whether anything was published is read along with what answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from terminology.http.app import create_app
from terminology.http.fast_path import FastPath
from terminology.store.counting import counting
from terminology.store.opening import open_store
from terminology.store.postgres import MARK_SECONDS
from terminology.store.sqlstore import GENERATION
from tests.http.publishing import publish
from tests.http.wsgi_calls import call, environ_of

SYSTEM = "http://example.org/CodeSystem/letters"
VALUE_SET = "http://example.org/ValueSet/letters"
MAP = "http://example.org/ConceptMap/letters"
LETTERS = {
    "resourceType": "CodeSystem", "id": "letters", "url": SYSTEM, "version": "1", "name": "Letters", "status": "active",
    "content": "complete", "caseSensitive": True,
    "concept": [
        {"code": "top", "display": "Top", "concept": [{"code": code, "display": code.upper()} for code in "abcd"]}
    ],
}  # fmt: skip
BELOW_TOP = {
    "resourceType": "ValueSet", "id": "letters", "url": VALUE_SET, "name": "Letters", "status": "active",
    "compose": {
        "include": [{"system": SYSTEM, "filter": [{"property": "concept", "op": "is-a", "value": "top"}]}],
    },
}  # fmt: skip
TO_NUMBERS = {
    "resourceType": "ConceptMap", "id": "letters", "url": MAP, "name": "Letters", "status": "active",
    "group": [{
        "source": SYSTEM, "target": "http://example.org/CodeSystem/numbers",
        "element": [{"code": code, "target": [{"code": "1", "relationship": "equivalent"}]} for code in "abcd"],
    }],
}  # fmt: skip
LOOKUP = f"/r4/CodeSystem/$lookup?system={SYSTEM}&code="
QUESTIONS = {
    LOOKUP: 1,
    f"/r5/CodeSystem/$validate-code?url={SYSTEM}&code=": 1,
    f"/r4/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code=": 1,
    f"/r4/CodeSystem/$subsumes?system={SYSTEM}&codeA=top&codeB=": 2,
    f"/r5/ConceptMap/$translate?url={MAP}&system={SYSTEM}&sourceCode=": 1,
}
"""Round trips by question. A subsumption reads the numbers of its codes, and what is below the second."""


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    store = open_store(postgres_url)
    publish(store, LETTERS, BELOW_TOP, TO_NUMBERS)
    store.close()
    made = create_app(database=postgres_url, kept_answers=0)
    yield made
    made.extensions["terminology"].close()


@pytest.fixture
def round_trips(app: Flask, tmp_path: Path) -> Callable[[str], int]:
    """Asks a question on the fast path, long after the last look, and counts the messages that end a round trip."""
    fast_path = FastPath(app.extensions["terminology_epochs"])
    store = app.extensions["terminology"].store

    def count(question: str) -> int:
        time.sleep(2 * MARK_SECONDS)
        connection = store._database._primary.cursor().connection.pgconn
        with (tmp_path / "trace").open("w+") as file:
            connection.trace(file.fileno())
            assert fast_path(environ_of(question)) is not None, question
            connection.untrace()
            file.seek(0)
            return file.read().count("\tSync")

    return count


@pytest.mark.parametrize(("question", "most"), QUESTIONS.items(), ids=lambda value: str(value).partition("?")[0])
def test_a_question_like_others_takes_one_round_trip(
    app: Flask, round_trips: Callable[[str], int], question: str, most: int
) -> None:
    assert call(app.wsgi_app, f"{question}a").status == "200 OK"
    round_trips(f"{question}b")  # which prepares its statements
    assert round_trips(f"{question}c") == most
    assert round_trips(f"{question}c") == 1, "also if nothing but the generation has to be read"


def test_the_generation_is_among_what_is_read(app: Flask) -> None:
    call(app.wsgi_app, f"{LOOKUP}a")
    fast_path = FastPath(app.extensions["terminology_epochs"])
    for code in "bcc":
        time.sleep(2 * MARK_SECONDS)
        with counting(app.extensions["terminology"].store) as statements:
            assert fast_path(environ_of(LOOKUP + code)) is not None
        assert statements.count(GENERATION) == 1


def test_what_another_process_publishes_is_noticed_by_the_first_question_after_it(
    app: Flask, postgres_url: str
) -> None:
    call(app.wsgi_app, f"{LOOKUP}a")
    fast_path = FastPath(app.extensions["terminology_epochs"])
    assert fast_path(environ_of(f"{LOOKUP}b")) is not None
    other = open_store(postgres_url)
    publish(other, {**LETTERS, "id": "letters-2", "version": "2", "concept": [{"code": "b", "display": "Renamed"}]})
    other.close()
    for code in "cb":
        assert fast_path(environ_of(LOOKUP + code)) is None, "it was prepared before the publication"
    assert b"Renamed" in call(app.wsgi_app, f"{LOOKUP}b").body
    again = fast_path(environ_of(f"{LOOKUP}b"))
    assert again is not None
    assert b"Renamed" in again[2]
