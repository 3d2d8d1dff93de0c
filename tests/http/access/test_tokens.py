"""Access tokens of an authorization server: what they permit, and how the issuer's keys are found."""

from __future__ import annotations

import json
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from terminology.http.access.jwks import KeySet
from terminology.model.outcome import TerminologyError
from tests.http.access.calling import (
    AUDIENCE,
    ISSUER,
    KEY,
    OTHER,
    bearer,
    client,
    oauth,
    published,
    read,
    token,
    write,
)
from tests.http.changing import said
from tests.http.content import PROCEDURES


@pytest.mark.parametrize(
    "claims", [{}, {"scope": "openid system/*.write"}, {"scope": ["system/ValueSet.u"]}, {"aud": ["other", AUDIENCE]}]
)
def test_a_token_opens_what_its_scopes_say(url: str, jwks: Path, claims: dict[str, Any]) -> None:
    app = client(url, **oauth(jwks))
    assert write(app, bearer(token(**claims))).status_code == 200
    assert app.put("/r5/CodeSystem/procedures", json=PROCEDURES, headers=bearer(token(scope="x"))).status_code == 403


WRONG: dict[str, str] = {
    "another key": token(OTHER),
    "an unknown key id": token(kid="nobody's"),
    "expired": token(exp=int(time.time()) - 3600),
    "not yet": token(nbf=int(time.time()) + 3600),
    "another issuer": token(iss="https://evil.example.org"),
    "another audience": token(aud="https://other.example.org"),
    "no expiry": token(without="exp"),
    "no audience": token(without="aud"),
    "no issuer": token(without="iss"),
    "a shared secret": token("secret" * 8, algorithm="HS256"),
    "unsigned": jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "scope": "system/*.*"}, None, algorithm="none"),
    "junk": "abc.def.ghi",
    "nothing like it": "abc",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_wrong_tokens(url: str, jwks: Path, wrong: str) -> None:
    app = client(url, **oauth(jwks))
    for response in (write(app, bearer(wrong)), app.get("/r5/ValueSet/biopsies", headers=bearer(wrong))):
        assert said(response)[:2] == (401, "login")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_keys_rotate(tmp_path: Path) -> None:
    now = [0.0]
    path = published(tmp_path / "jwks.json", first=KEY)
    reads = []

    def parse(data: bytes) -> dict[str, Any]:
        reads.append(now[0])
        return {key["kid"]: key for key in json.loads(data)["keys"]}

    kept = KeySet(str(path), parse, clock=lambda: now[0])
    assert kept.key("first")
    published(path, second=OTHER)
    assert kept.key("second") is None, "too early to look again"
    now[0] = 31
    assert kept.key("second")
    assert kept.key("first") is None
    path.write_text("broken")
    now[0] = 8000
    assert kept.key("second"), "what was known stays while the issuer is broken"
    assert reads == [0.0, 31, 8000]


def test_an_issuer_without_keys_is_not_asked_for_every_token(tmp_path: Path) -> None:
    now = [0.0]
    reads = []

    def parse(data: bytes) -> dict[str, Any]:
        reads.append(now[0])
        return dict.fromkeys(json.loads(data))

    path = tmp_path / "jwks.json"
    path.write_text("broken")
    kept = KeySet(str(path), parse, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(TerminologyError, match="Expecting value"):
            kept.key("first")
    path.write_text('["first"]')
    now[0] = 6
    assert kept.key("first") is None
    assert reads == [0.0, 6]


def test_known_keys_are_found_while_another_thread_waits_for_the_issuer(tmp_path: Path) -> None:
    now = [0.0]
    looking, answered = Event(), Event()
    path = tmp_path / "jwks.json"
    path.write_text("{}")

    def parse(_: bytes) -> dict[str, Any]:
        if now[0]:
            looking.set()
            assert answered.wait(5)
        return {"first": KEY}

    kept = KeySet(str(path), parse, clock=lambda: now[0])
    assert kept.key("first") is KEY
    now[0] = 31
    stranger = Thread(target=kept.key, args=("invented",))
    stranger.start()
    assert looking.wait(5)
    found: list[Any] = []
    known = Thread(target=lambda: found.append(kept.key("first")), daemon=True)
    known.start()
    known.join(2)
    answered.set()
    stranger.join()
    assert found == [KEY]


def test_keys_are_read_over_http_and_rotate(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path / "jwks", first=KEY)
    monkeypatch.setattr("terminology.http.access.jwks.PAUSE_SECONDS", 0)
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        app = client(url, **oauth(f"http://127.0.0.1:{server.server_port}/jwks"))
        assert [write(app, bearer(token(k, kid))).status_code for k, kid in ((KEY, "first"), (OTHER, "second"))] == [
            200,
            401,
        ]
        published(tmp_path / "jwks", second=OTHER)
        assert write(app, bearer(token(OTHER, "second"))).status_code == 200
        assert write(app, bearer(token(KEY, "first"))).status_code == 401
        (tmp_path / "jwks").unlink()
        assert write(app, bearer(token(OTHER, "second"))).status_code == 200, "what was known stays"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""


def test_an_issuer_that_cannot_be_reached_is_named(url: str, tmp_path: Path) -> None:
    app = client(url, **oauth(tmp_path / "none.json"))
    response = app.get("/r5/ValueSet/biopsies", headers=bearer(token()))
    assert response.status_code == 503
    assert "none.json" not in response.text, "where things lie is nobody's business"
    assert read(app) == 200


def test_elliptic_curves(url: str, tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(private.public_key()))
    (tmp_path / "ec.json").write_text(json.dumps({"keys": [{**public, "kid": "curve", "alg": "ES384"}]}))
    app = client(url, **oauth(tmp_path / "ec.json"))
    assert write(app, bearer(token(private, "curve", "ES384"))).status_code == 200


def test_incomplete_settings_are_refused_at_the_start(url: str) -> None:
    with pytest.raises(TerminologyError, match="oauth_audience, oauth_jwks"):
        client(url, oauth_issuer=ISSUER)


def test_smart_configuration(url: str, jwks: Path) -> None:
    settings = {**oauth(jwks), "oauth_token_url": f"{ISSUER}/token"}
    app = client(url, **settings)
    found = app.get("/r4/.well-known/smart-configuration")
    assert (found.status_code, found.content_type) == (200, "application/json")
    assert (found.json["issuer"], found.json["token_endpoint"]) == (ISSUER, f"{ISSUER}/token")
    assert found.json["grant_types_supported"] == ["client_credentials"]
    security = app.get("/r4/metadata").json["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["service"][1] == {"text": "API keys"}
    assert security["extension"][0]["extension"][0]["valueUri"] == f"{ISSUER}/token"
    assert client(url).get("/r4/.well-known/smart-configuration").status_code == 404
