"""Mounting in somebody else's Flask application, as docs/library.md shows it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, request

from terminology.http.access.callers import ANONYMOUS, Caller
from terminology.http.blueprint import terminology_blueprint
from terminology.http.environ import Environ
from terminology.http.prepared import Answer, PreparedAnswers
from terminology.library import Terminology
from terminology.settings import Settings
from tests.http.access.test_checked_callers import ASKED
from tests.http.content import BIOPSIES, PROCEDURES, SYSTEM
from tests.http.wsgi_calls import call


@pytest.fixture
def theirs(database: str) -> Flask:
    app = Flask("theirs")
    app.register_blueprint(terminology_blueprint(Terminology(database)), url_prefix="/clinic/terminology")

    @app.get("/")
    def home() -> str:
        return "their page"

    @app.before_request
    def authenticate() -> None:
        if request.headers.get("Authorization") != "Bearer sesame":
            abort(401)

    @app.after_request
    def mark(response: Response) -> Response:
        response.headers["X-Theirs"] = "yes"
        return response

    return app


def test_pages_of_the_application_and_fhir_endpoints_are_served_together(theirs: Flask) -> None:
    client = theirs.test_client()
    headers = {"Authorization": "Bearer sesame"}
    assert client.get("/", headers=headers).text == "their page"
    found = client.get(f"/clinic/terminology/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1", headers=headers)
    assert {"name": "display", "valueString": "Biopsy"} in found.json["parameter"]
    assert found.headers["X-Theirs"] == "yes"


def test_links_lead_to_where_it_is_mounted(theirs: Flask) -> None:
    client = theirs.test_client()
    bundle = client.get("/clinic/terminology/r4/ValueSet", headers={"Authorization": "Bearer sesame"}).json
    assert bundle["entry"][0]["fullUrl"].startswith("http://localhost/clinic/terminology/r4/ValueSet/")


def test_the_applications_authentication_applies(theirs: Flask) -> None:
    assert theirs.test_client().get("/clinic/terminology/r5/metadata").status_code == 401


def test_the_application_decides_the_permissions_of_its_users(tmp_path: Path) -> None:
    def caller() -> Caller:
        name = request.headers.get("X-User", "")
        return Caller(name, "application", frozenset({"system/ValueSet.cud"})) if name else ANONYMOUS

    app = Flask("theirs")
    terminology = Terminology(f"sqlite:///{tmp_path / 'theirs.db'}")
    app.register_blueprint(terminology_blueprint(terminology, caller=caller), url_prefix="/tx")
    client = app.test_client()
    written = client.put(
        "/tx/r5/ValueSet/biopsies", json=BIOPSIES, headers={"X-User": "ada", "Authorization": "Bearer x"}
    )
    assert written.headers["Location"] == "http://localhost/tx/r5/ValueSet/biopsies/_history/1"
    assert client.put("/tx/r5/ValueSet/biopsies", json=BIOPSIES).status_code == 401
    system = client.put("/tx/r5/CodeSystem/procedures", json=PROCEDURES, headers={"X-User": "ada"})
    assert system.status_code == 403


USERS = {
    "": ANONYMOUS,
    "ada": Caller("ada", "application", frozenset({"system/*.rs", "licence/procedures"})),
    "bob": Caller("bob", "application", frozenset({"system/ValueSet.rs"})),
}
SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {"base_url": "https://tx.example.org/öffentlich"}, {"open_reading": False},
    {"licences": f"{SYSTEM}=licence/procedures"}, {"rate_limit": 10_000},
)  # fmt: skip


def embedded(url: str, prefix: str, settings: dict[str, Any]) -> Flask:
    terminology = Terminology(settings=Settings.load(environment={}, database=url, audit_log="", **settings))
    app = Flask("theirs")
    blueprint = terminology_blueprint(terminology, caller=lambda: USERS[request.headers.get("X-User", "")])
    app.register_blueprint(blueprint, url_prefix=prefix)
    return app


@pytest.mark.parametrize("prefix", ["", "/klinik/größe"])
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: next(iter(s), "default"))
def test_prepared_answers_are_the_usual_ones(
    database: str, prefix: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled: list[bool] = []
    answer = PreparedAnswers.answer

    def watched(self: PreparedAnswers, environ: Environ) -> Answer | None:
        found = answer(self, environ)
        filled.append(found is not None)
        return found

    app = embedded(database, prefix, settings)
    place = prefix.encode().decode("latin-1")
    for user, (target, body) in product(USERS, ASKED):
        for headers in ({}, {"HTTP_X_API_KEY": "wrong"}, {"HTTP_IF_NONE_MATCH": '"x"' if "$expand" in target else "*"}):
            sent = {"HTTP_X_USER": user, **headers}
            with monkeypatch.context() as patched:
                patched.setattr(PreparedAnswers, "answer", lambda *_: None)
                patched.setattr("terminology.http.entries.operation_at", lambda _: None)
                usual = call(app.wsgi_app, place + target, body, **sent)
            with monkeypatch.context() as patched:
                patched.setattr(PreparedAnswers, "answer", watched)
                for _ in range(2):
                    assert call(app.wsgi_app, place + target, body, **sent) == usual, (user, target, headers)
    assert sum(filled) > len(filled) / 8


def test_what_is_answered_at_once_counts_against_the_limit_of_the_user(database: str) -> None:
    client = embedded(database, "/tx", {"rate_limit": 20}).test_client()
    for user in USERS:
        statuses = [
            client.get(f"/tx/r4/CodeSystem/$lookup?system={SYSTEM}&code=P1", headers={"X-User": user}).status_code
            for _ in range(30)
        ]
        assert statuses.count(200) in {20, 21}, "one more may have become free meanwhile"
        assert statuses.count(429) == 30 - statuses.count(200)


@pytest.mark.parametrize(("path", "status"), [("/r5/nothing", 404), ("/r5", 405), ("/r5/", 405)])
def test_failures_are_outcomes(theirs: Flask, path: str, status: int) -> None:
    headers = {"Authorization": "Bearer sesame"}
    response = theirs.test_client().get("/clinic/terminology" + path, headers=headers)
    assert response.status_code == status
    assert response.json["resourceType"] == "OperationOutcome"


def test_two_databases_in_one_application(database: str, tmp_path) -> None:
    app = Flask("two")
    app.register_blueprint(terminology_blueprint(Terminology(database), name="one"), url_prefix="/one")
    app.register_blueprint(terminology_blueprint(Terminology(tmp_path / "two.db"), name="two"), url_prefix="/two")
    client = app.test_client()
    assert client.get("/one/r5/ValueSet").json["total"] == 2
    assert client.get("/two/r5/ValueSet").json["total"] == 0
