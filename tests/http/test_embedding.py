"""Mounting in somebody else's Flask application, as docs/library.md shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, Response, abort, request

from terminology.http.access.callers import ANONYMOUS, Caller
from terminology.http.blueprint import terminology_blueprint
from terminology.library import Terminology
from tests.http.content import BIOPSIES, PROCEDURES, SYSTEM


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
