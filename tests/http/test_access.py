"""Who may do what: API keys, access tokens, closed reading, limits, and the audit log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask.testing import FlaskClient

from terminology.http import preflight
from terminology.http.access import keys, limits
from terminology.http.access.callers import Caller, permissions
from terminology.http.access.jwks import KeySet
from terminology.http.app import create_app
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.http.content import BIOPSIES, PROCEDURES
from tests.http.publishing import database_with
from tests.http.test_writing import said

ISSUER = "https://login.example.org"
AUDIENCE = "https://tx.example.org"
KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database_with(tmp_path, BIOPSIES)


def client(url: str, **settings: Any) -> FlaskClient:
    return create_app(database=url, **{"audit_log": "", **settings}).test_client()


def key(url: str, *scopes: str, name: str = "ward", seconds: float | None = None) -> str:
    return keys.create(open_store(url), name, scopes, now=time.time(), seconds=seconds)[0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def write(client: FlaskClient, headers: dict[str, str], title: str = "x") -> Any:
    return client.put("/r5/ValueSet/biopsies", json={**BIOPSIES, "title": title}, headers=headers)


def read(client: FlaskClient, headers: dict[str, str] | None = None) -> int:
    return client.get("/r5/ValueSet/biopsies", headers=headers or {}).status_code


# Scopes


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("system/ValueSet.cruds", "cruds"),
        ("system/ValueSet.cud", "cud"),
        ("system/ValueSet.rs", "rs"),
        ("user/ValueSet.u", "u"),
        ("system/ValueSet.write", "cud"),
        ("system/ValueSet.read", "rs"),
        ("system/ValueSet.*", "cruds"),
        ("system/*.*", "cruds"),
        ("system/*.d", "d"),
        ("system/CodeSystem.cruds", ""),
        ("system/ValueSet.duc", ""),
        ("system/ValueSet.", ""),
        ("patient/ValueSet.cruds", ""),
        ("xsystem/ValueSet.cruds", ""),
        ("system/ValueSet.cruds?status=active", ""),
        ("licence/cpt", ""),
    ],
)
def test_what_scopes_permit(scope: str, allowed: str) -> None:
    caller = Caller("x", "key", frozenset({scope}))
    assert "".join(action for action in "cruds" if caller.may(action, "ValueSet")) == allowed  # type: ignore[arg-type]


def test_scopes_add_up_and_others_are_entitlements() -> None:
    caller = Caller("x", "key", frozenset({"system/ValueSet.c", "system/ValueSet.d", "licence/cpt"}))
    assert permissions(caller.scopes) == {"ValueSet": {"c", "d"}}
    assert caller.entitlements == {"licence/cpt"}


# API keys


def test_a_key_opens_what_its_scopes_say(url: str) -> None:
    ward = key(url, "system/ValueSet.cud")
    app = client(url)
    assert write(app, bearer(ward)).headers["ETag"] == 'W/"2"'
    assert write(app, {"X-API-Key": ward}, "y").headers["ETag"] == 'W/"3"'
    refused = app.put("/r5/CodeSystem/procedures", json=PROCEDURES, headers=bearer(ward))
    assert said(refused) == (403, "forbidden", "'ward' has no scope that permits this. It needs system/CodeSystem.u.")
    assert 'error="insufficient_scope", scope="system/CodeSystem.u"' in refused.headers["WWW-Authenticate"]
    assert app.delete("/r5/ValueSet/biopsies", headers=bearer(ward)).status_code == 204


@pytest.mark.parametrize(("action", "status"), [("c", 403), ("u", 200), ("d", 403)])
def test_each_action_has_its_letter(url: str, action: str, status: int) -> None:
    assert write(client(url), bearer(key(url, f"system/ValueSet.{action}"))).status_code == status


def test_without_credentials_the_answer_says_how(url: str) -> None:
    response = write(client(url), {})
    assert said(response)[:2] == (401, "login")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="terminology"'


def test_wrong_revoked_and_expired_keys(url: str) -> None:
    app, store = client(url), open_store(url)
    good, short = key(url, "system/*.*"), key(url, "system/*.*", name="short", seconds=-1)
    assert read(app, bearer(good)) == 200
    wrong = [good + "x", "tsk_", "tsk_000000000000_x", short]
    keys.revoke(store, "ward", time.time())
    for text in (*wrong, good):
        response = app.get("/r5/ValueSet/biopsies", headers=bearer(text))
        assert said(response) == (401, "login", "The API key is not known, was revoked, or has expired.")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert read(app, {"X-API-Key": "something else"}) == 401
    with pytest.raises(TerminologyError, match="No key in force"):
        keys.revoke(store, "ward", time.time())


def test_the_database_holds_no_key(url: str) -> None:
    secret = key(url, "system/*.*").split("_", 2)[2]
    (entry,) = open_store(url).api_keys()
    assert secret not in str(entry)
    assert entry.digest != secret


def test_names_are_taken_once_and_scopes_must_make_sense(url: str) -> None:
    key(url, "system/*.rs")
    with pytest.raises(TerminologyError, match="a key named 'ward' already"):
        key(url, "system/*.rs")
    keys.revoke(open_store(url), "ward", time.time())
    key(url, "system/*.rs")
    for scope in ("system/ValueSet.x", "system/ValueSet", "system/*.", "two words", ""):
        with pytest.raises(TerminologyError, match="permits nothing"):
            key(url, scope, name="other")


def test_credentials_of_another_application_are_ignored_for_open_reading(url: str) -> None:
    app = client(url)
    assert read(app, {"Authorization": "Basic dXNlcjpwYXNz"}) == 200
    assert read(app, bearer("of-the-application-around-it")) == 200
    assert write(app, bearer("of-the-application-around-it")).status_code == 401


# Access tokens


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    return published(tmp_path / "jwks.json", first=KEY)


def published(path: Path, **by_id: rsa.RSAPrivateKey) -> Path:
    written = [
        {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": id_, "alg": "RS384"}
        for id_, key in by_id.items()
    ]
    path.write_text(json.dumps({"keys": written}))
    return path


def oauth(jwks: Path | str) -> dict[str, str]:
    return {"oauth_issuer": ISSUER, "oauth_audience": AUDIENCE, "oauth_jwks": str(jwks)}


def token(key: Any = KEY, kid: str = "first", algorithm: str = "RS384", without: str = "", **claims: Any) -> str:
    whole = {
        "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 300, "sub": "ehr", "scope": "system/ValueSet.cruds",
        **claims,
    }  # fmt: skip
    whole.pop(without, None)
    return jwt.encode(whole, key, algorithm=algorithm, headers={"kid": kid})


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


def test_a_server_does_not_start_with_settings_that_do_not_go_together(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(**settings: Any) -> None:
        preflight.check_access(Settings.load({}, database=url, **settings))

    with pytest.raises(TerminologyError, match="oauth_audience, oauth_jwks"):
        check(oauth_issuer=ISSUER)
    with pytest.raises(TerminologyError, match="canonical=entitlement"):
        check(licences="http://example.org/cs")
    check(insecure_writes=True)
    assert capsys.readouterr().err == ""
    check(insecure_writes=True, host="0.0.0.0")
    assert "Anybody who reaches 0.0.0.0 may write" in capsys.readouterr().err


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


# Closed reading


def test_reading_can_be_closed(url: str) -> None:
    app = client(url, open_reading=False)
    for path in ("ValueSet/biopsies", "ValueSet", "ValueSet/biopsies/_history", "ValueSet/$expand?url=x", "$versions"):
        response = app.get(f"/r5/{path}")
        assert said(response)[:2] == (401, "login"), path
    assert app.post("/r5/$cache-control?mode=start").status_code == 401
    assert app.get("/r5/metadata").status_code == 200
    assert app.get("/health/live").status_code == 200
    assert app.get("/").status_code == 404, "pages ask nobody who they are"
    reader = bearer(key(url, "system/ValueSet.rs"))
    assert read(app, reader) == 200
    assert said(app.get("/r5/CodeSystem", headers=reader))[:2] == (403, "forbidden")
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": "ValueSet/biopsies"}},
        {"request": {"method": "GET", "url": "CodeSystem"}},
    ]}  # fmt: skip
    answers = app.post("/r5", json=batch, headers=reader).json["entry"]
    assert [a["response"]["status"][:3] for a in answers] == ["200", "403"]


# Limits


def test_a_bucket_fills_evenly() -> None:
    now = [0.0]
    bucket = limits.Limits(60, clock=lambda: now[0])
    assert [bucket.take("a") for _ in range(60)] == [0.0] * 60
    assert bucket.take("a") == pytest.approx(1)
    assert bucket.take("b") == 0
    now[0] = 0.5
    assert bucket.take("a") == pytest.approx(0.5)
    now[0] = 2.5
    assert [bucket.take("a") for _ in range(3)] == [0, 0, pytest.approx(0.5)]


def test_processes_share_the_limit_and_forget_who_was_not_seen_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    with limits.shared(enabled=True):
        workers = [limits.Limits(60, clock=lambda: now[0]) for _ in range(3)]
        assert sum(workers[n % 3].take("a") == 0 for n in range(100)) == 60
        script = "from terminology.http.access.limits import Limits; print(Limits(60, clock=lambda: 0.0).take('a'))"
        told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert float(told) == pytest.approx(1)
    assert limits.FILE not in os.environ
    monkeypatch.setattr(limits, "ROWS", 1)
    alone = limits.Limits(60, clock=lambda: now[0])
    for number in range(limits.WIDTH + 1):
        now[0] = number / 1000
        for _ in range(60):
            alone.take(f"caller {number}")
    assert alone.take("caller 1") > 0
    assert alone.take("caller 0") == 0, "forgotten"


def test_threads_and_processes_lose_no_count() -> None:
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from terminology.http.access.limits import Limits\n"
        "limits = Limits(1000, clock=lambda: 0.0)\n"
        "print(sum(w == 0 for w in ThreadPoolExecutor(4).map(lambda _: limits.take('a'), range(600))))"
    )
    with limits.shared(enabled=True):
        running = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(2)]
        assert sum(int(process.communicate()[0]) for process in running) == 1000


def test_too_many_requests(url: str) -> None:
    app = client(url, rate_limit=3)
    ward = bearer(key(url, "system/*.rs"))
    assert [read(app) for _ in range(5)] == [200, 200, 200, 429, 429]
    response = app.get("/r5/ValueSet/biopsies")
    assert said(response)[1] == "throttled"
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert [read(app, ward) for _ in range(4)] == [200, 200, 200, 429], "a key has a limit of its own"


def test_guessing_keys_is_limited_by_address(url: str) -> None:
    app = client(url, rate_limit=2)
    assert [read(app, bearer(f"tsk_{n}")) for n in range(4)] == [401, 401, 429, 429]


def test_pages_count_too(url: str) -> None:
    app = client(url, rate_limit=3)
    assert [app.get(path).status_code for path in ("/", "/suggest?q=x", "/systems", "/value-sets")] == [
        200,
        200,
        200,
        429,
    ]
    refused = app.get("/")
    assert "Too many requests" in refused.text
    assert int(refused.headers["Retry-After"]) >= 1
    assert read(app) == 429, "it is one address"
    assert app.get("/health/live").status_code == 200


def test_addresses_behind_a_proxy(url: str) -> None:
    def ask(app: FlaskClient, forwarded: str) -> int:
        return app.get("/r5/ValueSet/biopsies", headers={"X-Forwarded-For": forwarded}).status_code

    believed, direct = client(url, rate_limit=1, proxies=1), client(url, rate_limit=1)
    assert [ask(believed, f"9.9.9.9, 10.0.0.{n}") for n in (1, 2, 2)] == [200, 200, 429]
    assert [ask(direct, f"10.0.0.{n}") for n in (1, 2)] == [200, 429]


# Audit


def test_writes_and_refusals_are_noted(url: str, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    app = client(url, audit_log=str(log), rate_limit=8)
    secret = key(url, "system/ValueSet.*")
    ward = {**bearer(secret), "X-Request-Id": "ward-7"}
    read(app)
    write(app, ward)
    app.put("/r5/CodeSystem/procedures", json=PROCEDURES, headers=ward)
    write(app, {})
    read(app, bearer("tsk_guess"))
    entries = [{"request": {"method": "DELETE", "url": "ValueSet/biopsies"}}]
    app.post("/r5", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}, headers=ward)
    while read(app) != 429:
        pass
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["event"], line["status"], line["caller"]) for line in lines] == [
        ("write", 200, "ward"),
        ("denied", 403, "ward"),
        ("denied", 401, None),
        ("denied", 401, None),
        ("write", 204, "ward"),
        ("denied", 429, None),
    ]
    first, second, *_ = lines
    assert (first["resource"], first["method"], first["path"], first["request_id"], first["address"]) == (
        "ValueSet/biopsies/_history/2", "PUT", "/ValueSet/biopsies", "ward-7", "127.0.0.1",
    )  # fmt: skip
    assert second["reason"] == "SCOPE_MISSING"
    assert secret not in log.read_text()


def test_the_audit_log_can_go_to_standard_error(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert write(client(url, audit_log="-"), {}).status_code == 401
    assert json.loads(capsys.readouterr().err)["event"] == "denied"


# Jobs


def test_a_job_is_visible_to_its_caller_only_and_stores_no_secret(url: str) -> None:
    ward, lab, owner = (
        bearer(key(url, scope, name=name))
        for name, scope in (("ward", "system/*.rs"), ("lab", "system/*.rs"), ("owner", "system/*.cruds"))
    )
    app = client(url)
    later = {**ward, "Prefer": "respond-async"}
    queued = app.get(f"/r5/ValueSet/$expand?url={BIOPSIES['url']}", headers=later)
    assert queued.status_code == 202
    place = queued.headers["Content-Location"].removeprefix("http://localhost")
    (job,) = open_store(url).jobs.all()
    assert ward["Authorization"].split("_", 2)[2].encode() not in job.input
    assert [app.get(place, headers=h).status_code for h in ({}, lab, ward, owner)] == [404, 404, 202, 202]
    assert [app.delete(place, headers=h).status_code for h in ({}, lab, ward)] == [404, 404, 202]


# What callers leave here


def test_closure_tables_belong_to_one_caller(url: str, jwks: Path) -> None:
    asked = client(url, **oauth(jwks))
    scope = "system/ConceptMap.u"
    callers = [
        *(bearer(key(url, scope, name=name)) for name in ("ward", "lab")),
        *(bearer(token(client_id="ward", scope=scope, sub=sub)) for sub in ("one", "two")),
    ]

    def close(headers: dict[str, str], **given: str) -> Any:
        parameters = [{"name": name, "valueString": value} for name, value in {"name": "mine", **given}.items()]
        body = {"resourceType": "Parameters", "parameter": parameters}
        return asked.post("/r5/$closure", json=body, headers=headers).status_code

    for number, headers in enumerate(callers):
        assert close(headers, version="0") == 404, "nobody sees what those before left"
        assert close(headers) == 200
        assert [close(each, version="0") for each in callers].count(200) == number + 1
    assert close({}) == 401
    assert close(bearer(key(url, "system/*.rs", "system/ValueSet.u", name="reader"))) == 403


def test_callers_without_credentials_have_closure_tables_where_writing_is_open(url: str) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "name", "valueString": "mine"}]}
    assert client(url, insecure_writes=True).post("/r5/$closure", json=body).status_code == 200


def test_a_new_key_of_the_same_name_goes_on_with_the_tables(url: str) -> None:
    def close(secret: str, *given: dict[str, str]) -> int:
        body = {"resourceType": "Parameters", "parameter": [{"name": "name", "valueString": "mine"}, *given]}
        return client(url).post("/r5/$closure", json=body, headers=bearer(secret)).status_code

    assert close(key(url, "system/ConceptMap.u")) == 200
    keys.revoke(open_store(url), "ward", time.time())
    assert close(key(url, "system/ConceptMap.u"), {"name": "version", "valueString": "0"}) == 200
