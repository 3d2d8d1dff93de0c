"""Documents that wait: the page where they are given codes, and where it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from loaders.documents import samples
from terminology import ingest
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.opening import open_store

EXAMPLE = "https://terminology.example.org/CodeSystem/procedures"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    url = f"sqlite:///{tmp_path / 'samples.db'}"
    store = open_store(url)
    with samples.folder() as folder:
        ingest.load(store, [str(folder)], LoadOptions())
    store.close()
    return create_app(Settings.load({}, database=url, insecure_writes=True)).test_client()


def place(page: str) -> str:
    (found,) = re.findall(r'href="(/documents/[^"]+)"', page)
    return str(found)


def test_a_document_is_given_its_code(client: FlaskClient) -> None:
    page = client.get("/documents").text
    assert "sleep-study.txt" in page
    assert "No code is stated in the document" in page
    document = client.get(place(page)).text
    assert "reads the recording and writes a report" in document, "whoever decides must be able to read it"
    assert "/samples/" not in page + document, "folders of the machine are nobody's business"
    given = client.post(place(page), data={"code": "EX118", "system": EXAMPLE})
    assert given.status_code == 303
    assert "reads the recording and writes a report" in client.get(given.headers["Location"]).text
    assert "No document waits" in client.get("/documents").text
    assert client.get(place(page)).status_code == 404


@pytest.mark.parametrize(
    ("code", "system", "status", "said"),
    [
        ("", EXAMPLE, 400, "Write the code."),
        ("12345", EXAMPLE, 400, "EX and three digits"),
        ("EX118", "", 400, "not the system"),
        ("EX102", EXAMPLE, 409, "all describe"),
    ],
)
def test_a_refused_code_is_explained_on_the_documents_page(
    client: FlaskClient, code: str, system: str, status: int, said: str
) -> None:
    response = client.post(place(client.get("/documents").text), data={"code": code, "system": system})
    assert response.status_code == status
    assert re.search(rf'role="alert">[^<]*{said}', response.text)
    assert f'value="{code}"' in response.text


@pytest.mark.parametrize("header", [("Origin", "http://elsewhere.example.org"), ("Sec-Fetch-Site", "cross-site")])
def test_forms_of_other_sites_are_refused(client: FlaskClient, header: tuple[str, str]) -> None:
    to = place(client.get("/documents").text)
    assert client.post(to, data={"code": "EX118", "system": EXAMPLE}, headers=[header]).status_code == 403
    assert client.post("/documents/nope", data={"code": "EX118"}).status_code == 404


def test_servers_without_open_writing_have_no_such_page(tmp_path: Path) -> None:
    client = create_app(Settings.load({}, database=f"sqlite:///{tmp_path / 'empty.db'}")).test_client()
    assert client.get("/documents").status_code == 404
    assert "/documents" not in client.get("/").text


def test_codes_with_the_name_of_the_document_are_offered(client: FlaskClient, tmp_path: Path) -> None:
    page = tmp_path / "knee.txt"
    page.write_text(
        "Name of the Procedure:\n\nKnee Arthroscopy\n\nSummary\n\nA look into the knee.\n\nPurpose\n\nTo see.\n"
    )
    store = open_store(f"sqlite:///{tmp_path / 'samples.db'}")
    ingest.load(store, [str(page)], LoadOptions())
    (waits,) = [entry.id for entry in ingest.pending(store) if entry.path.endswith("knee.txt")]
    shown = client.get(f"/documents/{waits}").text
    assert "Codes with such a name" in shown
    assert 'name="code" value="EX102"' in shown


def test_a_document_that_no_parser_reads_is_shown_as_it_is(client: FlaskClient, tmp_path: Path) -> None:
    page = tmp_path / "empty.html"
    page.write_text("<html><body><script>var nothing = 'to be read';</script></body></html>")
    store = open_store(f"sqlite:///{tmp_path / 'samples.db'}")
    ingest.load(store, [str(page)], LoadOptions())
    (waits,) = [entry.id for entry in ingest.pending(store) if entry.path.endswith("empty.html")]
    shown = client.get(f"/documents/{waits}").text
    assert "&lt;script&gt;var nothing" in shown
