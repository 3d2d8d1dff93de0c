"""Concept maps as pages, the mappings of a code on its own page, and the rules of value sets in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask

from terminology import ingest
from terminology.http.app import create_app
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.records import LoadOptions
from terminology.model.valueset import ConceptReference, ConceptSet, Filter
from terminology.settings import Settings
from terminology.web.valuesets import rules
from tests.web.conftest import CLINIC

SYSTEM = "http://example.org/CodeSystem/clinic-procedures"
OLD = "http://example.org/CodeSystem/clinic-old"
BIOPSIES = Canonical("http://example.org/ValueSet/clinic-biopsies")


def text_of(page: str) -> str:
    """What people read of a page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def clinic(tmp_path: Path) -> str:
    """The url of a database with the clinic of the documentation."""
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    with Terminology(url) as terminology:
        ingest.load(terminology.store, [str(CLINIC)], LoadOptions())
    return url


def test_maps_are_listed_and_shown_with_both_sides(site: Flask) -> None:
    client = site.test_client()
    assert "/maps/clinic-old-to-new" in client.get("/maps").text
    page = client.get("/maps/clinic-old-to-new").text
    assert "/systems/clinic-procedures/codes/BIO-SKIN" in page
    assert "17 the same as BIO-SKIN Punch biopsy of skin 18 narrower than BIO Biopsy" in text_of(page)
    assert client.get("/maps/none").status_code == 404


def test_value_sets_in_place_of_codes_are_shown_with_their_pages(clinic: str, tmp_path: Path) -> None:
    elsewhere = "http://example.org/ValueSet/elsewhere"
    both = {"valueSet": str(BIOPSIES.url), "target": [{"valueSet": elsewhere, "relationship": "related-to"}]}
    group = {"source": SYSTEM, "target": OLD, "element": [both, {"code": "BIO", "noMap": True}]}
    url = "http://example.org/ConceptMap/sets"
    map_ = {"resourceType": "ConceptMap", "id": "sets", "url": url, "status": "active", "group": [group]}
    (tmp_path / "map.json").write_text(json.dumps(map_))
    with Terminology(clinic) as terminology:
        ingest.load(terminology.store, [str(tmp_path / "map.json")], LoadOptions())
    page = create_app(database=clinic).test_client().get("/maps/sets").text
    assert 'href="/value-sets/clinic-biopsies"' in page
    told = text_of(page)
    assert f"all codes of Biopsies of the Example Clinic related to all codes of {elsewhere}" in told
    assert "BIO Biopsy without a counterpart" in told


@pytest.mark.parametrize("code", ["17", "BIO-SKIN"])
def test_a_map_is_searched_from_both_sides(site: Flask, code: str) -> None:
    page = text_of(site.test_client().get(f"/maps/clinic-old-to-new?q={code}").text)
    assert "17 the same as BIO-SKIN" in page
    assert "narrower" not in page


def test_a_map_says_when_it_does_not_have_a_code(site: Flask) -> None:
    page = text_of(site.test_client().get("/maps/clinic-old-to-new?q=BIO-SK").text)
    assert "This map says nothing about the code BIO-SK" in page


def test_a_code_says_what_it_is_in_other_systems(site: Flask) -> None:
    client = site.test_client()
    page = text_of(client.get("/systems/clinic-procedures/codes/BIO-SKIN").text)
    assert f"In other code systems {OLD} the same as 17" in page
    turned = text_of(client.get("/systems/clinic-procedures/codes/BIO").text)
    assert "broader than 18" in turned


def test_maps_with_a_side_that_is_withheld_are_not_shown(clinic: str) -> None:
    client = create_app(Settings.load({}, database=clinic, licences=f"{OLD}=licence/old")).test_client()
    refused = client.get("/maps/clinic-old-to-new")
    assert refused.status_code == 403
    assert "BIO-SKIN" not in refused.text
    assert "In other code systems" not in client.get("/systems/clinic-procedures/codes/BIO-SKIN").text


def test_codes_of_a_group_come_a_level_at_a_time(site: Flask) -> None:
    client = site.test_client()
    page = client.get("/systems/clinic-procedures").text
    assert 'data-below="/systems/clinic-procedures/below/BIO"' in page
    found = client.get("/systems/clinic-procedures/below/BIO").get_json()
    assert found["more"] is None
    assert [(c["code"], c["below"]) for c in found["codes"]] == [("BIO-SKIN", None), ("BIO-LIVER", None)]
    assert client.get("/systems/clinic-procedures/below/NOPE").status_code == 404


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (ConceptSet(SYSTEM), "all codes of Clinic"),
        (ConceptSet(SYSTEM, "2024"), "all codes of Clinic, version 2024"),
        (ConceptSet(SYSTEM, concepts=(ConceptReference("BIO"),)), "1 listed code of Clinic"),
        (
            ConceptSet(SYSTEM, filters=(Filter("concept", "is-a", "BIO"), Filter("minutes", "=", "15"))),
            "codes of Clinic that are BIO (Biopsy) or below it and whose minutes is 15",
        ),
        (
            ConceptSet(SYSTEM, filters=(Filter("minutes", "exists", "false"),)),
            "codes of Clinic that have no value for minutes",
        ),
        (ConceptSet(SYSTEM, filters=(Filter("minutes", "no-such", "1"),)), "codes of Clinic whose minutes no-such 1"),
        (ConceptSet(SYSTEM, "2025", value_sets=(BIOPSIES,)), f"codes of Clinic, version 2025, that are in {BIOPSIES}"),
        (ConceptSet(value_sets=(BIOPSIES, BIOPSIES)), f"codes that are in {BIOPSIES} and in {BIOPSIES}"),
        (
            ConceptSet("http://elsewhere", filters=(Filter("concept", "is-a", "1"),)),
            "codes of http://elsewhere that are",
        ),
    ],
)
def test_rules_of_a_value_set_in_words(clinic: str, part: ConceptSet, told: str) -> None:
    with Terminology(clinic) as terminology:
        (text,) = rules(terminology.catalogue(terminology.context()), [part])
    assert text.replace("Procedures of the Example Clinic (invented)", "Clinic").startswith(told)


@pytest.mark.parametrize(
    "page", ["/systems/clinic-procedures", "/value-sets/clinic-biopsies", "/maps/clinic-old-to-new"]
)
def test_browsers_see_the_resource_itself_behind_its_link(site: Flask, page: str) -> None:
    client = site.test_client()
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    (link,) = re.findall(r'href="([^"]+)">The \w+ resource<', client.get(page).text)
    assert '"resourceType"' in client.get(link, headers=browser).text, "its plain address leads back to the page"
    assert client.get(link.partition("?")[0], headers=browser).headers["Location"] == page
