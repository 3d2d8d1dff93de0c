"""The Smart Forms renderer in Chromium: it, too, completes what is typed from the server's `$expand`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests import browsers
from tests.clients import forms, npm
from tests.clients.conftest import Running
from tests.http.content import SYSTEM, VALUE_SET

pytestmark = [*browsers.NEEDED, pytest.mark.npm]

CLOSURES = "http://example.org/ValueSet/sutures"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with forms.published(npm.built(Path(__file__).parent / "smart_forms")) as site:
        page = browser.new_page(base_url=site)
        page.goto("/index.html")
        yield page
        page.close()


def test_pick_lists(page: Page, running: Running) -> None:
    questionnaire = forms.questionnaire(
        running.r4,
        forms.choice("What was done", VALUE_SET, "autocomplete"),
        forms.choice("Closed by", CLOSURES, "drop-down"),
    )
    page.evaluate("show", {"questionnaire": questionnaire, "terminologyServerUrl": running.r4})
    page.get_by_role("combobox", name="What was done").press_sequentially("skin")
    options = page.get_by_role("option")
    expect(options).to_have_text(["Biopsy of skin"])
    options.click()
    page.get_by_role("combobox", name="Closed by").click()
    expect(options).to_have_text(["Suture"])
    options.click()
    page.wait_for_function("answers().item?.length == 2")
    response = page.evaluate("answers()")
    assert forms.answers(response) == {"What was done": ["P1.1"], "Closed by": ["P2"]}
    assert response["item"][0]["answer"][0]["valueCoding"]["system"] == SYSTEM


def test_versions_and_codes_that_are_there_already(page: Page, running: Running) -> None:
    """A canonical with a version that is not the newest, as radio buttons; and a code that the form comes with."""
    picks = "http://example.org/ValueSet/picks"
    for version, codes in (("1", ("P1", "P1.1")), ("2", ("P2",))):
        listed = {"system": SYSTEM, "concept": [{"code": code} for code in codes]}
        value_set = {
            "resourceType": "ValueSet", "id": f"picks-{version}", "url": picks, "version": version, "status": "active",
            "compose": {"include": [listed]},
        }  # fmt: skip
        place = f"{running.r4}/ValueSet/picks-{version}"
        assert requests.put(place, json=value_set, headers={"X-API-Key": running.key}, timeout=60).status_code == 201
    questionnaire = forms.questionnaire(
        running.r4,
        forms.choice("What was done", f"{picks}|1", "radio-button"),
        forms.choice("Before", VALUE_SET, "autocomplete")
        | {"initial": [{"valueCoding": {"system": SYSTEM, "code": "P1.1"}}]},
    )
    page.evaluate("show", {"questionnaire": questionnaire, "terminologyServerUrl": running.r4})
    expect(page.get_by_role("radio")).to_have_count(2)
    page.get_by_label("Biopsy", exact=True).check()
    page.wait_for_function("answers().item?.length == 2")
    assert forms.answers(page.evaluate("answers()")) == {"What was done": ["P1"], "Before": ["P1.1"]}
