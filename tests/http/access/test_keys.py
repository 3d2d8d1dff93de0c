"""What scopes permit, API keys, and closed reading."""

from __future__ import annotations

import time
from typing import Any

import pytest

from terminology.http import preflight
from terminology.http.access import keys
from terminology.http.access.callers import Caller, permissions
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.http.access.calling import (
    ISSUER,
    bearer,
    client,
    key,
    read,
    write,
)
from tests.http.changing import said
from tests.http.content import PROCEDURES


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
