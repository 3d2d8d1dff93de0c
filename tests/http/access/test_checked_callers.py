"""Callers whose credentials were checked get prepared and cached answers: those that they would get anyway."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from terminology.http.access import keys
from terminology.http.access.standing import SECONDS
from terminology.http.app import create_app
from terminology.http.prepared import PreparedFirst
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.http.access.calling import KEY, OTHER, key, oauth, published, token
from tests.http.content import EVERYTHING, MAP, SYSTEM, VALUE_SET
from tests.http.publishing import database_with
from tests.http.wsgi_calls import Called, at_once, body_of, call

LOOKUP = f"/r4/CodeSystem/$lookup?system={SYSTEM}&code=P1"
BATCH = json.dumps(
    {
        "resourceType": "Bundle", "type": "batch",
        "entry": [
            {"request": {"method": "GET", "url": f"{type_}/{rest}"}}
            for type_, rest in (
                ("CodeSystem", f"$lookup?system={SYSTEM}&code=P1"),
                ("ValueSet", f"$validate-code?url={VALUE_SET}&system={SYSTEM}&code=P2"),
            ) * 2
        ],
    }
).encode()  # fmt: skip
ASKED: list[tuple[str, bytes | None]] = [
    *(
        (question, None)
        for question in (
            LOOKUP, f"{LOOKUP}.1", LOOKUP.replace("P1", "none"), "/r5/ValueSet/biopsies", "/r4/metadata",
            f"/r4/ValueSet?url={VALUE_SET}", f"/r5/CodeSystem?url={SYSTEM}", "/r4/CodeSystem?name=x",
            f"/r5/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code=P2",
            f"/r4/ValueSet/$expand?url={VALUE_SET}&count=1",
            f"/r4/ConceptMap/$translate?url={MAP}&system=http://example.org/CodeSystem/old&code=1",
            f"/r4/CodeSystem/$subsumes?system={SYSTEM}&codeA=P1&codeB=P1.1",
        )
    ),
    ("/r4/CodeSystem/$lookup", body_of(("system", "Uri", SYSTEM), ("code", "Code", "P1"))),
    ("/r4", BATCH),
]  # fmt: skip
LICENCE = "licence/procedures"
SCOPES = (
    ("system/*.rs",), ("system/CodeSystem.rs", LICENCE), ("system/ValueSet.read", "system/ConceptMap.s"),
    ("system/*.cruds", LICENCE, "licence/another"), (LICENCE,), ("system/ConceptMap.u",),
)  # fmt: skip
SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {"open_reading": False}, {"licences": f"{SYSTEM}={LICENCE}"},
    {"open_reading": False, "licences": f"{SYSTEM}={LICENCE}"}, {"rate_limit": 10_000},
)  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> str:
    return database_with(tmp_path, *EVERYTHING)


def application(database: str, **settings: Any) -> Flask:
    return create_app(database=database, audit_log="", **settings)


def usual(app: Flask, target: str, body: bytes | None = None, **headers: str) -> Called:
    """The answer without any that was prepared or cached."""
    layer: Any = app.wsgi_app
    while isinstance(getattr(layer, "_app", None), PreparedFirst):
        layer = layer._app
    return call(layer._app, target, body, **headers)


def with_key(database: str, *scopes: str, **more: Any) -> dict[str, str]:
    return {"HTTP_X_API_KEY": key(database, *scopes, **more)}


@pytest.mark.parametrize("kept", [0, 1_000_000])
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: "-".join(s) or "open")
def test_everybody_gets_what_they_would_get_anyway(
    database: str, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], kept: int
) -> None:
    app = application(database, kept_answers=kept, **settings)
    callers: list[dict[str, str]] = [
        {}, {"HTTP_AUTHORIZATION": "Basic eDp5"}, {"HTTP_AUTHORIZATION": "Bearer foreign"}, {"HTTP_X_API_KEY": "tsk_x"},
    ]  # fmt: skip
    for number, scopes in enumerate(SCOPES):
        sent = with_key(database, *scopes, name=f"caller {number}")
        callers += [sent, {"HTTP_AUTHORIZATION": f"Bearer {sent['HTTP_X_API_KEY']}"}]
    questions = [(caller, *question) for caller in callers for question in ASKED] * 3
    random.Random(kept).shuffle(questions)
    expected: dict[str, Called] = {}
    filled = 0
    for caller, target, body in questions:
        found = at_once(app, target, body, **caller)
        asked = repr((caller, target, body))
        if asked not in expected:
            with monkeypatch.context() as patched:  # nothing is prepared within batches either
                patched.setattr("terminology.http.entries.operation_at", lambda _: None)
                expected[asked] = usual(app, target, body, **caller)
        assert call(app.wsgi_app, target, body, **caller) == expected[asked], (caller, target)
        assert found in (None, expected[asked]), (caller, target)
        filled += found is not None
    assert filled > len(questions) / 8, "some are refused, others about nothing that can be prepared"


def test_a_checked_key_is_not_looked_up_again(database: str) -> None:
    app = application(database, open_reading=False, kept_answers=0)
    caller = with_key(database, "system/*.rs")
    for code in ("P1", "P2"):
        assert call(app.wsgi_app, LOOKUP.replace("P1", code), **caller).status == "200 OK"
    with counting(app.extensions["terminology"].store) as statements:
        assert at_once(app, LOOKUP, **caller) is not None
        assert call(app.wsgi_app, "/r4/CodeSystem?name=x", **caller).status == "200 OK"
    assert statements
    assert not [statement for statement in statements if "api_key" in statement]


def test_a_revoked_key_is_refused_at_once(database: str) -> None:
    app = application(database, open_reading=False)
    caller = with_key(database, "system/*.rs", name="ward")
    for _ in range(2):
        assert call(app.wsgi_app, LOOKUP, **caller).status == "200 OK"
    assert at_once(app, LOOKUP, **caller) is not None
    other = open_store(database)
    keys.revoke(other, "ward", time.time())
    other.close()
    assert at_once(app, LOOKUP, **caller) is None
    assert call(app.wsgi_app, LOOKUP, **caller).status == "401 Unauthorized"


def test_a_key_expires_in_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = application(database, open_reading=False)
    caller = with_key(database, "system/*.rs", seconds=SECONDS / 2)
    for _ in range(2):
        assert call(app.wsgi_app, LOOKUP, **caller).status == "200 OK"
    assert at_once(app, LOOKUP, **caller) is not None
    later = datetime.now(UTC) + timedelta(seconds=SECONDS / 2)
    monkeypatch.setattr(app.extensions["terminology"], "clock", lambda: later)
    assert at_once(app, LOOKUP, **caller) is None
    assert call(app.wsgi_app, LOOKUP, **caller).status == "401 Unauthorized"


def test_a_token_is_checked_again_within_a_minute(
    database: str, jwks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = application(database, open_reading=False, **oauth(jwks))
    caller = {"HTTP_AUTHORIZATION": f"Bearer {token(scope='system/CodeSystem.rs')}"}
    for _ in range(2):
        assert call(app.wsgi_app, LOOKUP, **caller).status == "200 OK"
    assert at_once(app, LOOKUP, **caller) is not None
    forged = {"HTTP_AUTHORIZATION": f"Bearer {token(OTHER, scope='system/CodeSystem.rs')}"}
    assert at_once(app, LOOKUP, **forged) is None
    assert call(app.wsgi_app, LOOKUP, **forged).status == "401 Unauthorized"
    published(tmp_path / "jwks.json", second=KEY)
    monkeypatch.setattr(app.extensions["terminology"], "clock", lambda: datetime.now(UTC) + timedelta(seconds=SECONDS))
    assert at_once(app, LOOKUP, **caller) is None


def test_whatever_answers_a_request_counts_against_the_limit_once(database: str) -> None:
    for kept in (0, 1_000_000):
        app = application(database, rate_limit=30, kept_answers=kept)
        callers: list[dict[str, str]] = [{}, with_key(database, "system/*.rs", name=f"caller {kept}")]
        for caller in callers:
            answered, refused = 0, 0
            for number in range(50):
                target = LOOKUP if number % 3 else LOOKUP.replace("P1", "P2")
                if number % 2 and at_once(app, target, **caller) is not None:
                    answered += 1
                    continue
                found = call(app.wsgi_app, target, **caller)
                assert found.status in {"200 OK", "429 Too Many Requests"}
                answered += found.status == "200 OK"
                refused += found.status != "200 OK"
            assert answered in {30, 31}, "one more may have become free meanwhile"
            assert refused == 50 - answered
