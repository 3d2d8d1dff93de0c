"""Uploads and requests that nobody waits for: over a real server, whose jobs are processes of their own."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from loaders.registry import Registry
from terminology.http import uploads
from terminology.http.app import create_app
from terminology.http.exchange import Request
from terminology.http.jobs import running, starting
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from tests.http.content import EVERYTHING, SYSTEM
from tests.http.publishing import publish
from tests.http.serving import PATIENCE, Served, served

UPLOADED = "http://example.org/CodeSystem/uploaded"
DOCUMENT = """Tightening of a demonstration bolt

Name of the Procedure:
Bolt Tightening

Summary
A bolt is tightened until it holds.
"""


def code_system(size: int, title: str) -> dict[str, Any]:
    concepts = [{"code": f"c{n}", "display": f"{title} {n}"} for n in range(size)]
    return {
        "resourceType": "CodeSystem", "url": UPLOADED, "version": "1", "status": "active", "content": "complete",
        "concept": concepts,
    }  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    with Terminology(url) as terminology:
        publish(terminology.store, *EVERYTHING)
    return url


@pytest.fixture
def server(own: str, tmp_path: Path) -> Iterator[Served]:
    with served(own, tmp_path, workers=1, insecure_writes="yes", uploads=str(tmp_path / "uploads")) as running:
        yield running


def send(server: Served, name: str, content: bytes, **query: str) -> requests.Response:
    headers = {"Content-Type": "application/octet-stream"}
    asked = {"filename": name, **query}
    return requests.post(f"{server.url}/r5/$load", params=asked, data=content, headers=headers, timeout=PATIENCE)


def outcome(response: requests.Response) -> tuple[str, dict[str, Any]]:
    """Wait for what comes of a job: status and resource."""
    assert response.status_code == 202, response.text
    place = response.headers["Content-Location"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        told = requests.get(place, timeout=PATIENCE)
        if told.status_code == 200:
            (entry,) = told.json()["entry"]
            return entry["response"]["status"][:3], entry.get("resource") or entry["response"]["outcome"]
        assert told.status_code == 202, told.text
        assert told.headers["X-Progress"]
        time.sleep(float(told.headers["Retry-After"]) / 20)
    raise AssertionError("the job does not end")


def values(resource: dict[str, Any], name: str) -> list[Any]:
    """What parameters of a name say: their value, or their parts as a dictionary."""
    found = []
    for parameter in resource.get("parameter", ()):
        if parameter["name"] == name:
            parts = {p["name"]: next(v for k, v in p.items() if k != "name") for p in parameter.get("part", ())}
            found.append(parts or next(v for k, v in parameter.items() if k != "name"))
    return found


def test_a_file_is_loaded_and_loaded_again(server: Served, tmp_path: Path) -> None:
    lookup = f"{server.url}/r5/CodeSystem/$lookup?system={UPLOADED}&code=c1"
    status, report = outcome(send(server, "release.json", json.dumps(code_system(3, "First")).encode()))
    assert (status, values(report, "failed")) == ("200", [False])
    assert values(report, "version") == [{"url": UPLOADED, "version": "1", "content": "complete", "concepts": 3}]
    assert requests.get(lookup, timeout=PATIENCE).status_code == 200
    outcome(send(server, "release.json", json.dumps(code_system(2, "Second")).encode()))
    display = values(requests.get(lookup, timeout=PATIENCE).json(), "display")
    assert display == ["Second 1"]
    assert not any((tmp_path / "uploads").rglob("*.json"))


def test_documents_wait_are_assigned_and_removed(server: Served) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("bolt.txt", DOCUMENT)
    _, report = outcome(send(server, "pages.zip", archive.getvalue()))
    (pending,) = values(report, "pending")
    assert pending["path"] == "upload:/pages.zip!/bolt.txt"
    listed = requests.get(f"{server.url}/r5/$documents?state=pending", timeout=PATIENCE).json()
    assert [d["id"] for d in values(listed, "document")] == [pending["id"]]
    asked = {"document": pending["id"], "code": "B1", "system": "http://example.org/CodeSystem/bolts"}
    assigned = requests.post(f"{server.url}/r5/$assign", data=asked, timeout=PATIENCE)
    assert outcome(assigned)[0] == "200"
    lookup = f"{server.url}/r5/CodeSystem/$lookup?system={asked['system']}&code=B1"
    assert requests.get(lookup, timeout=PATIENCE).status_code == 200
    assert (
        outcome(requests.post(f"{server.url}/r5/$remove", data={"what": pending["id"]}, timeout=PATIENCE))[0] == "200"
    )
    assert requests.get(lookup, timeout=PATIENCE).status_code == 404


def test_a_failed_load_states_the_reason(server: Served, tmp_path: Path) -> None:
    status, said = outcome(send(server, "broken.json", b'{"resourceType": "CodeSystem",\n "url": }'))
    assert status == "422"
    text = said["issue"][0]["details"]["text"]
    assert "line 2" in text
    assert "upload:/broken.json" in text
    assert str(tmp_path) not in json.dumps(said)


def test_a_request_that_nobody_waits_for(server: Served) -> None:
    path = f"{server.url}/r4/CodeSystem/$lookup?system={SYSTEM}&code=P1"
    status, found = outcome(requests.get(path, headers={"Prefer": "respond-async"}, timeout=PATIENCE))
    assert (status, values(found, "display")) == ("200", ["Biopsy"])
    wrong = f"{server.url}/r4/CodeSystem/$lookup?system={SYSTEM}&code=none"
    status, found = outcome(requests.get(wrong, headers={"Prefer": "respond-async"}, timeout=PATIENCE))
    assert (status, found["resourceType"]) == ("404", "OperationOutcome")


@pytest.mark.parametrize("type_", ["batch", "transaction"])
def test_a_bundle_that_nobody_waits_for(server: Served, type_: str) -> None:
    value_set = {"resourceType": "ValueSet", "id": "later", "url": "http://example.org/later", "status": "active"}
    lookup = {"request": {"method": "GET", "url": f"CodeSystem/$lookup?system={SYSTEM}&code=P1"}}
    put = {"request": {"method": "PUT", "url": "ValueSet/later"}, "resource": value_set}
    bundle = {"resourceType": "Bundle", "type": type_, "entry": [lookup, put]}
    headers = {"Prefer": "return=minimal, respond-async", "Content-Type": "application/fhir+json"}
    status, found = outcome(requests.post(f"{server.url}/r5", json=bundle, headers=headers, timeout=PATIENCE))
    assert (status, found["type"]) == ("200", f"{type_}-response")
    assert [entry["response"]["status"][:3] for entry in found["entry"]] == ["200", "201"]
    assert "resource" not in found["entry"][1]
    assert requests.get(f"{server.url}/r5/ValueSet/later", timeout=PATIENCE).status_code == 200


def test_a_bundle_for_later_of_somebody_who_may_not_write(own: str) -> None:
    put = {"request": {"method": "PUT", "url": "ValueSet/later"}, "resource": {"resourceType": "ValueSet"}}
    for type_ in ("batch", "transaction"):
        bundle = {"resourceType": "Bundle", "type": type_, "entry": [put]}
        client = create_app(database=own, jobs=0).test_client()
        assert client.post("/r5", json=bundle, headers={"Prefer": "respond-async"}).status_code == 401


def test_a_job_is_cancelled_and_leaves_nothing(server: Served, tmp_path: Path) -> None:
    kept = outcome(send(server, "release.json", json.dumps(code_system(3, "First")).encode()))
    assert kept[0] == "200"
    began = send(server, "release.json", json.dumps(code_system(60_000, "Second")).encode())
    place = began.headers["Content-Location"]
    assert requests.delete(place, timeout=PATIENCE).status_code == 202
    assert requests.get(place, timeout=PATIENCE).status_code == 404
    time.sleep(3)
    deadline = time.monotonic() + PATIENCE
    while list((tmp_path / "uploads").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not list((tmp_path / "uploads").iterdir())
    lookup = f"{server.url}/r5/CodeSystem/$lookup?system={UPLOADED}&code=c1"
    assert values(requests.get(lookup, timeout=PATIENCE).json(), "display") == ["First 1"]


def test_a_job_survives_the_server(own: str, tmp_path: Path) -> None:
    """Also where another container sees its files, at another place."""
    settings = {"insecure_writes": "yes", "uploads": str(tmp_path / "uploads")}
    with served(own, tmp_path, workers=1, **settings, jobs="0") as accepting:
        began = send(accepting, "release.json", json.dumps(code_system(3, "Kept")).encode())
        id_ = began.headers["Content-Location"].rpartition("/")[2]
    settings["uploads"] = str((tmp_path / "uploads").rename(tmp_path / "elsewhere"))
    with served(own, tmp_path, workers=1, **settings) as running:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            told = requests.get(f"{running.url}/r5/_jobs/{id_}", timeout=PATIENCE)
            if told.status_code == 200:
                break
            time.sleep(0.2)
        assert told.json()["entry"][0]["response"]["status"].startswith("200")


def test_a_job_whose_file_is_gone_says_so(opened: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    told = opened.post("/r5/$load?filename=x.txt", data=b"x", content_type="text/plain").headers["Content-Location"]
    place = told.partition("localhost")[2]
    assert opened.get(place).status_code == 202
    jobs = opened.application.extensions["terminology"].store.jobs
    monkeypatch.setattr(jobs, "_clock", lambda: time.time() + 3700)
    assert jobs.claim() is None
    (entry,) = opened.get(place).json["entry"]
    assert entry["response"]["status"].startswith("500")
    assert "Send it again" in entry["response"]["outcome"]["issue"][0]["details"]["text"]


@pytest.fixture
def closed(own: str, tmp_path: Path) -> FlaskClient:
    return create_app(database=own, uploads=str(tmp_path / "uploads"), max_upload=1000).test_client()


@pytest.fixture
def opened(own: str, tmp_path: Path) -> FlaskClient:
    app = create_app(database=own, uploads=str(tmp_path / "uploads"), max_upload=1000, insecure_writes=True)
    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/r5/$load?filename=x.txt"),
        ("POST", "/r5/$assign"),
        ("POST", "/r5/$remove"),
        ("POST", "/r5/$reparse"),
        ("GET", "/r5/$documents"),
        ("GET", "/r5/_jobs"),
    ],
)
def test_jobs_without_permission_are_401(closed: FlaskClient, tmp_path: Path, method: str, path: str) -> None:
    response = closed.open(path, method=method, data=b"some text", content_type="text/plain")
    assert response.status_code == 401
    assert response.json["resourceType"] == "OperationOutcome"
    assert not (tmp_path / "uploads").exists()


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/r5/$load", b"text", 400, "What is the file called?"),
        ("/r5/$load?filename=..", b"text", 400, "What is the file called?"),
        ("/r5/$load?filename=x.txt", b"x" * 1001, 413, "larger than this server's limit"),
        ("/r5/$load?filename=x.txt", b"", 400, "arrived in part only"),
        ("/r5/$load?filename=x.txt&codes=1", b"text", 400, "no parameter 'codes'"),
        ("/r5/$load?filename=../../x.txt", b"text", 202, ""),
    ],
)
def test_unusual_uploads_are_taken_or_refused_with_a_reason(
    opened: FlaskClient, tmp_path: Path, path: str, body: bytes, status: int, said: str
) -> None:
    response = opened.post(path, data=body, content_type="text/plain")
    assert response.status_code == status, response.text
    assert said in response.text
    if status == 202:
        (kept,) = (path for path in (tmp_path / "uploads").rglob("*") if path.is_file())
        assert kept.name == "x.txt"
    else:
        assert not [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]


def test_a_package_is_loaded_by_its_name(opened: FlaskClient) -> None:
    assert opened.post("/r5/$load?package=hl7.terminology.r4@7.0.1").status_code == 202


@pytest.mark.parametrize("named", ["/etc/hostname", "../notes", "notes.txt", "http://127.0.0.1/release.zip"])
@pytest.mark.parametrize("form", ["url", "body"])
def test_a_package_is_no_path_and_no_url(opened: FlaskClient, named: str, form: str) -> None:
    given = {"query_string": {"package": named}} if form == "url" else {"data": {"package": named}}
    response = opened.post("/r5/$load", **given)
    assert response.status_code == 400
    assert f"'{named}' does not name a FHIR package" in response.text


def test_a_job_takes_packages_from_the_registry_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "some.package").write_text("a file of the server's")
    monkeypatch.chdir(tmp_path)
    fetched = []

    def fetch(_: Registry, name: str, version: str | None) -> Path:
        fetched.append((name, version))
        raise TerminologyError.of("not-found", "PACKAGE_NOT_FOUND", package=name, registry="")

    monkeypatch.setattr(Registry, "fetch", fetch)
    with Terminology("sqlite:///jobs.db") as terminology, pytest.raises(TerminologyError, match=r"some\.package"):
        running.load(terminology, {"packages": ["some.package"]}, lambda *_: None)  # type: ignore[arg-type]
    assert fetched == [("some.package", None)]


@pytest.mark.parametrize("name", ["$load", "$assign", "$remove"])
def test_missing_parameters_are_named(opened: FlaskClient, name: str) -> None:
    response = opened.post(f"/r5/{name}", data=b"", content_type="application/fhir+json")
    assert response.status_code == 400
    assert f"{name} needs" in response.text


def test_a_long_name_keeps_its_end(opened: FlaskClient, tmp_path: Path) -> None:
    response = opened.post(f"/r5/$load?filename={'膝' * 200}.csv", data=b"text", content_type="text/plain")
    assert response.status_code == 202, response.text
    (kept,) = (path for path in (tmp_path / "uploads").rglob("*") if path.is_file())
    assert kept.name.endswith("膝.csv")


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        def read(self, _: int) -> bytes:
            raise RuntimeError("gone")

    request = Request(method="POST", release="R5", segments=("$load",), base="", query=(("filename", "x.txt"),))
    settings = Settings.load({}, uploads=str(tmp_path))
    with pytest.raises(RuntimeError, match="gone"):
        uploads.received(request, {"wsgi.input": Broken()}, settings)
    assert not list(tmp_path.iterdir())


def test_a_job_goes_on_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = []
    again = threading.Event()

    class Away:
        def renew(self, *said: object) -> bool:
            beats.append(said)
            if len(beats) > 1:
                again.set()
                return True
            raise TerminologyError.of("unavailable", "STORE_BUSY", url="", reason="")

    monkeypatch.setattr(running, "HEARTBEAT_SECONDS", 0.01)
    job = SimpleNamespace(id="one", stage="", done=0, total=None)
    with running.Progress(Away(), job, pytest.fail).passed_on():  # type: ignore[arg-type]
        assert again.wait(5)


@pytest.mark.parametrize(
    "failure", [OSError("no room"), TerminologyError.of("unavailable", "STORE_BUSY", url="", reason="no room")]
)
def test_jobs_are_looked_for_again_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, failure: Exception
) -> None:
    claimed = iter([SimpleNamespace(id="one"), SimpleNamespace(id="two")])
    jobs = SimpleNamespace(waiting=lambda _: True, claim=lambda _: next(claimed))
    begun = iter([failure, SimpleNamespace(poll=lambda: None)])

    def begin(*_: object) -> object:
        found = next(begun)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(starting, "begun", begin)
    settings = Settings.load({}, jobs=1, uploads=str(tmp_path))
    starter = starting.Starter(jobs, settings)  # type: ignore[arg-type]
    for _ in range(3):
        starter.look()
    assert next(begun, None) is None
    assert "no room" in caplog.text


def test_jobs_are_listed(opened: FlaskClient) -> None:
    opened.post("/r5/$reparse")
    (job,) = values(opened.get("/r5/_jobs").json, "job")
    assert (job["kind"], job["state"], job["progress"]) == ("reparse", "queued", "waiting")
    assert opened.delete(f"/r5/_jobs/{job['id']}").status_code == 202
    assert opened.get(f"/r5/_jobs/{job['id']}").status_code == 404
    assert opened.delete("/r5/_jobs/no-such-job").status_code == 404
