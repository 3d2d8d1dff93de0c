"""The pages without a browser: they work without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from markupsafe import escape

from loaders.documents import samples
from terminology import ingest
from terminology.codesystems import differences
from terminology.http.app import create_app
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.opening import open_store
from terminology.web import content
from tests.loaders.cpt import making as cpt
from tests.loaders.icd11 import sample as icd11

CLINIC = Path(__file__).parent.parent.parent / "docs" / "examples" / "clinic.json"
CLINIC_URL = "http://example.org/CodeSystem/clinic-procedures"


def test_search_by_words_finds_a_sample_and_links_to_its_page(site: Flask, sample_code: tuple[str, str]) -> None:
    client = site.test_client()
    system, code = sample_code
    body = client.get(f"/?q={code}").text
    assert f"/systems/{system}/codes/{code}" in body


def test_code_page_shows_every_value_of_the_concept(site: Flask, sample_code: tuple[str, str]) -> None:
    client = site.test_client()
    system, code = sample_code
    page = client.get(f"/systems/{system}/codes/{code}").text
    url = client.get(f"/r4/CodeSystem/{system}").get_json()["url"]
    found = client.get("/r4/CodeSystem/$lookup", query_string={"system": url, "code": code}).get_json()
    values = [
        part[key]
        for parameter in found["parameter"] if parameter["name"] == "property"
        for part in parameter["part"] if part["name"] == "value"
        for key in part if key == "valueString"
    ]  # fmt: skip
    hidden = {p["part"][1].get("valueString") for p in found["parameter"] if _is(p, "sourceHash")}
    shown = page.replace("<strong>", "").replace("</strong>", "")
    missing = [v for v in values if v not in hidden and _escaped(re.sub(r"^\d+\. ", "", v)) not in shown]
    assert len(values) > 10
    assert not missing


def _is(parameter: dict[str, object], code: str) -> bool:
    parts = parameter.get("part") or []
    return any(p.get("valueCode") == code for p in parts)  # type: ignore[attr-defined]


def _escaped(text: str) -> str:
    return str(escape(text))


def test_similar_codes_say_why(site: Flask, sample_code: tuple[str, str]) -> None:
    system, code = sample_code
    page = site.test_client().get(f"/systems/{system}/codes/{code}").text
    assert "Similar codes" in page
    assert any(reason in page for reason in ("same setting", "shared", "similar name"))


def test_unknown_code_is_a_page_that_says_so(site: Flask, sample_code: tuple[str, str]) -> None:
    response = site.test_client().get(f"/systems/{sample_code[0]}/codes/NO-SUCH")
    assert response.status_code == 404
    assert "NO-SUCH is not a code" in response.text


def test_mistyped_words_are_found_with_several_systems_and_said_to_be_other_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'two.db'}"
    store = open_store(url)
    with samples.folder() as folder:
        ingest.load(store, [str(CLINIC), str(folder)], LoadOptions())
    store.close()
    client = create_app(Settings.load({}, database=url)).test_client()
    page = client.get("/?q=artroscopy").text
    assert "EX102" in page
    assert "for words that are nearly <strong>artroscopy</strong>" in page
    assert "nearly" not in client.get("/?q=arthroscopy").text
    assert "nearly" not in client.get("/?q=keyhole").text


def test_search_text_is_escaped(site: Flask) -> None:
    assert "<script>alert" not in site.test_client().get("/?q=<script>alert(1)</script>").text


def test_changes_between_two_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    store = open_store(url)
    ingest.load(store, [str(CLINIC)], LoadOptions())
    store.close()
    client = create_app(Settings.load({}, database=url)).test_client()
    system = client.get("/systems/clinic-procedures").text
    assert "Changes since 2024" in system
    page = client.get("/systems/clinic-procedures/changes?from=2024").text
    assert "Punch biopsy of skin" in page
    assert "END-SIGMA" in page
    monkeypatch.setattr(differences, "changes", None)  # it is not compared again
    assert client.get("/systems/clinic-procedures/changes?from=2024").text == page
    assert client.get("/systems/clinic-procedures/changes").text == page, "since the version before, if not said"
    (old,) = {version.resource_id for version in open_store(url).versions(CLINIC_URL) if version.version == "2024"}
    first = client.get(f"/systems/{old}/changes")
    assert first.status_code == 404
    assert "no earlier version" in first.text
    missing = client.get("/systems/clinic-procedures/changes?from=1999")
    assert missing.status_code == 404
    assert "1999" in missing.text
    links = re.findall(r'href="(/systems/[^"]+/codes/[^"]+)"', page)
    assert links
    assert {client.get(link).status_code for link in links} == {200}, "removed codes are those of the old version"


def test_versions_of_a_system_lead_to_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    store = open_store(url)
    ingest.load(store, [str(CLINIC)], LoadOptions())
    ids = {version.version: version.resource_id for version in store.versions(CLINIC_URL)}
    new, old = ids["2025"], ids["2024"]
    store.close()
    client = create_app(Settings.load({}, database=url)).test_client()
    assert f'href="/systems/{old}"' in client.get(f"/systems/{new}").text
    assert f'href="/systems/{old}/codes/BIO-SKIN"' in client.get(f"/systems/{new}/codes/BIO-SKIN").text
    absent = client.get(f"/systems/{old}/codes/END-SIGMA")
    assert absent.status_code == 404
    assert f'href="/systems/{new}/codes/END-SIGMA"' in absent.text


def test_lists_are_searched_by_words_of_title_name_or_address(site: Flask) -> None:
    client = site.test_client()
    found = client.get("/value-sets?q=PROCEDURES+anesthesiologist").text
    assert "ExampleProcedures: procedures with “Anesthesiologist”" in found
    assert found.count("<tr>") == 2, "the heading and the only row"
    assert "example-documents" in client.get("/value-sets?q=ValueSet/example-doc").text
    assert "None is called <strong>nothing at all</strong>" in client.get("/value-sets?q=nothing+at+all").text
    systems = client.get("/systems?q=clinic").text
    assert "Procedures of the Example Clinic" in systems
    assert "Example Procedure Codes" not in systems
    assert 'type="search"' not in client.get("/maps").text, "a short list is read"


def test_an_address_that_leads_nowhere_says_so_in_our_words(site: Flask) -> None:
    answer = site.test_client().get("/no/such/page", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no page at this address" in answer.text


def test_a_value_set_is_searched(site: Flask) -> None:
    client = site.test_client()
    everything, found, nothing = (
        client.get(f"/value-sets/example-documents?q={text}").text for text in ("", "knee", "nothingatall")
    )
    assert "Codes (17)" in everything
    assert "EX102" in found
    assert "EX101" not in found
    assert "None of its codes is found" in nothing


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("International Classification of Diseases, 10th Revision, Procedure Coding System (ICD-10-PCS)", "ICD-10-PCS"),
        ("Healthcare Common Procedure Coding System (HCPCS), Level II", "HCPCS, Level II"),
        ("Current Procedural Terminology for everyone (CPT®)", "CPT®"),
        ("Example Procedure Codes", "Example Procedure Codes"),
        ("Standard country or area codes for the statistical use (of everyone)", None),
    ],
)
def test_long_titles_are_abbreviated_as_they_say_themselves(title: str, short: str | None) -> None:
    assert content.short_title(CodeSystemMetadata(url="http://example.org", title=title)) == short or title


def test_systems_with_a_grammar_show_their_hierarchy_but_no_list(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 't.db'}"
    given = tmp_path / "CPT2025"
    given.mkdir()
    (given / "LONGULT.txt").write_bytes(cpt.old_layout()["LONGULT.txt"])
    (tmp_path / "SimpleTabulation-ICD-11-MMS-en.txt").write_text(icd11.tabulation())
    store = open_store(url)
    ingest.load(store, [given, tmp_path / "SimpleTabulation-ICD-11-MMS-en.txt"])
    ids = {entry.url: entry.resource_id for entry in store.versions()}
    store.close()
    client = create_app(Settings.load({}, database=url)).test_client()
    classification = client.get(f"/systems/{ids['http://id.who.int/icd/release/11/mms']}").get_data(as_text=True)
    assert "Invented rusts" in classification
    assert "Hinge rust" not in classification
    assert "Invented visit" not in client.get(f"/systems/{ids['http://www.ama-assn.org/go/cpt']}").get_data(
        as_text=True
    )
