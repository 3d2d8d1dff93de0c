"""Whatever is asked, the fast path, the prepared answers and the cache say what the application says without them."""

from __future__ import annotations

import logging
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from terminology import ingest
from terminology.http.access import keys
from terminology.http.api import Api
from terminology.http.app import PAGES, create_app
from terminology.http.fast_path import FastPath
from terminology.http.wsgi import FhirFirst
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.docs.examples import DOCS, Curl, blocks, curl
from tests.http.mutating import Asked, mutated
from tests.http.wsgi_calls import Called, called, environ_of, without_stamps

EXAMPLES = ("operations.md", "api.md", "clients.md")
CALLS = "$lookup", "$validate-code", "$subsumes", "$translate", "$expand", "/ValueSet?", "/CodeSystem?", "/ConceptMap?"
"""What has prepared answers, or some that are kept."""
SYSTEM = "http://example.org/CodeSystem/clinic-procedures"
MORE = (
    f"/r4/CodeSystem?url={SYSTEM}",
    "/r5/CodeSystem?_id=clinic-procedures&_summary=true",
    "/r4/CodeSystem/clinic-procedures/$lookup?code=BIO",
    f"/r5/CodeSystem/$subsumes?system={SYSTEM}&codeA=BIO&codeB=BIO-SKIN",
    f"/r4/ValueSet/$expand?url={SYSTEM}?fhir_vs&count=2",
    f"/r4/ValueSet/$validate-code?url={SYSTEM}?fhir_vs&system={SYSTEM}&code=BIO",
)
PREFER = "HTTP_PREFER"
"""Of the examples, those with this header start jobs."""
FEW, MANY = 1_500, 30_000


def examples() -> list[Asked]:
    commands = [curl(block.text) for page in EXAMPLES for block in blocks(page) if block.text.startswith("curl ")]
    found = [_asked(command) for command in commands if command.method in {"GET", "POST"}]
    return [asked for asked in found if any(name in asked.target for name in CALLS) and PREFER not in asked.headers] + [
        Asked("GET", target, None, {}) for target in MORE
    ]


def _asked(command: Curl) -> Asked:
    names = {name: name.upper().replace("-", "_") for name in command.headers}
    headers = {
        name if name == "CONTENT_TYPE" else f"HTTP_{name}": command.headers[given] for given, name in names.items()
    }
    body = None if command.body is None else command.body.encode()
    return Asked(command.method, command.path, body, headers)


def environ_for(asked: Asked) -> dict[str, Any]:
    path, mark, query = asked.target.partition("?")
    native = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    environ = environ_of(f"{native}{mark}{query}", asked.body, **asked.headers)
    return environ | {"REQUEST_METHOD": asked.method, "wsgi.errors": sys.stderr}


def untagged(answer: Called) -> Called:
    """An answer without the tag of a body that it does not have: that of an expansion is another one each time."""
    if answer.body:
        return answer
    return answer._replace(headers=[pair for pair in answer.headers if pair[0] != "ETag"])


class Both:
    """The application with everything that answers before it, and without."""

    def __init__(self, database: str, licences: str = "") -> None:
        settings: dict[str, Any] = {"database": database, "licences": licences, "audit_log": ""}
        self._apps = [create_app(**settings, kept_answers=200_000), create_app(**settings)]
        quick, usual = self._apps
        self._quick = quick.wsgi_app
        self._fast_path = FastPath(quick.extensions["terminology_epochs"])
        self._usual = FhirFirst(Api(usual.extensions["terminology"]), usual.wsgi_app, PAGES)

    def close(self) -> None:
        for app in self._apps:
            app.extensions["terminology"].close()

    def asked_usually(self, asked: Asked) -> Called:
        return untagged(called(self._usual, environ_for(asked)))

    def asked_quickly(self, asked: Asked) -> tuple[Called, bool]:
        """The answer, and whether the fast path gave it."""
        environ = environ_for(asked)
        found = self._fast_path(environ)
        if found is None:
            return untagged(called(self._quick, environ)), False
        status, headers, body = found
        return untagged(without_stamps(f"{status} {HTTPStatus(status).phrase}", headers, body)), True


@dataclass(frozen=True)
class World:
    """A database in use, and the credentials of its callers."""

    both: Both
    callers: Sequence[dict[str, str]]


@pytest.fixture(params=["sqlite", "postgres", "licences"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    store = open_store(url)
    ingest.load(store, [str(DOCS / "examples" / "clinic.json")], LoadOptions())
    licences, callers = "", [{}]
    if request.param == "licences":
        licences = f"{SYSTEM}=licence/clinic"
        for name, scope in (("holder", "licence/clinic"), ("other", "licence/other"), ("revoked", "licence/clinic")):
            key, _ = keys.create(store, name, [scope], now=0)
            callers += [{"HTTP_AUTHORIZATION": f"Bearer {key}"}, {"HTTP_X_API_KEY": key}]
        keys.revoke(store, "revoked", now=1)
        callers += callers[1:3] * 3
    store.close()
    both = Both(url, licences)
    yield World(both, callers)
    both.close()


@pytest.mark.parametrize(("seed", "count"), [(1, FEW), pytest.param(2, MANY, marks=pytest.mark.slow)])
def test_mutated_requests_are_answered_as_usual(
    world: World, caplog: pytest.LogCaptureFixture, seed: int, count: int
) -> None:
    seeds, rng, quickly = examples(), random.Random(seed), Counter[bool]()
    for number in range(count):
        asked = rng.choice(seeds)
        if number % 4:
            asked = mutated(asked, rng)
        asked = asked._replace(headers={**rng.choice(world.callers), **asked.headers})
        usual = world.both.asked_usually(asked)
        assert not usual.status.startswith("5"), asked
        for _ in range(2):
            answer, quick = world.both.asked_quickly(asked)
            assert answer == usual, asked
            quickly[quick] += 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert min(quickly.values()) > count / 5, "both kinds of answers were compared"
