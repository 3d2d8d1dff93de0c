"""The Smart Forms renderer in Chromium: it, too, completes what is typed from the server's `$expand`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
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
    """A canonical with a version, as radio buttons; and a code without display, which the renderer looks up."""
    given = {"system": SYSTEM, "code": "P1.1"}
    questionnaire = forms.questionnaire(
        running.r4,
        forms.choice("What was done", f"{VALUE_SET}|1", "radio-button"),
        forms.choice("Before", VALUE_SET, "autocomplete") | {"initial": [{"valueCoding": given}]},
    )
    with page.expect_response(lambda answer: "$expand" in answer.url and "version=1" in answer.url):
        page.evaluate("show", {"questionnaire": questionnaire, "terminologyServerUrl": running.r4})
    expect(page.get_by_role("radio")).to_have_count(2)
    page.get_by_label("Biopsy", exact=True).check()
    page.wait_for_function("answers().item?.length == 2")
    assert forms.answers(page.evaluate("answers()")) == {"What was done": ["P1"], "Before": ["P1.1"]}
