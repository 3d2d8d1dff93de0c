"""LHC-Forms (lforms) in Chromium: pick lists that autocomplete from the server's `$expand`, across origins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from terminology.http.blueprint import terminology_blueprint
from terminology.library import Terminology
from tests import browsers
from tests.clients import forms, npm
from tests.clients.conftest import Running, make_key
from tests.http.content import BIOPSIES, PROCEDURES, SYSTEM, VALUE_SET
from tests.http.serving import at_a_port

pytestmark = [*browsers.NEEDED, pytest.mark.npm]

SHOW = """questionnaire =>
    LForms.Util.addFormToPage(questionnaire, document.getElementById('form'), { fhirVersion: 'R4' })"""
RESPONSE = "LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4')"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a page with LHC-Forms is."""
    folder = tmp_path_factory.mktemp("lforms")
    (folder / "index.html").write_bytes((Path(__file__).parent / "lforms.html").read_bytes())
    (folder / "lforms").symlink_to(npm.unpacked("lforms") / "dist" / "lforms")
    with forms.published(folder) as url:
        yield url


@pytest.fixture
def page(site: str, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(base_url=site)
    page.goto("/index.html")
    yield page
    page.close()


def show(page: Page, endpoint: str, *items: forms.Json) -> None:
    page.evaluate(SHOW, forms.questionnaire(endpoint, *items))


def pick(page: Page, question: str, typed: str) -> None:
    """Type into a question's field, wait for the codes that the server finds, and take the first with the keyboard."""
    with page.expect_response(lambda answer: f"filter={typed}&" in answer.url):
        page.get_by_label(question).press_sequentially(typed)
    expect(listed(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.wait_for_function(f"() => {RESPONSE}.item")


def listed(page: Page) -> Locator:
    """The entries of the list below the field."""
    return page.locator("#completionOptions").get_by_role("listitem")


def test_a_pick_list_autocompletes_from_expand(page: Page, running: Running) -> None:
    show(page, running.r4, forms.choice("What was done", VALUE_SET, "autocomplete"))
    pick(page, "What was done", "skin")
    expect(page.get_by_label("What was done")).to_have_value("Biopsy of skin")
    answer = page.evaluate(RESPONSE)["item"][0]["answer"]
    assert answer == [{"valueCoding": {"system": SYSTEM, "code": "P1.1", "display": "Biopsy of skin"}}]


def test_a_list_is_read_as_a_whole(page: Page, running: Running) -> None:
    show(page, running.r4, forms.choice("What was done", VALUE_SET, "drop-down"))
    page.get_by_label("What was done").click()
    expect(listed(page)).to_have_text(["1: Biopsy", "2: Biopsy of skin"])


def test_a_canonical_with_a_version(page: Page, running: Running) -> None:
    show(page, running.r4, forms.choice("What was done", f"{VALUE_SET}|1", "drop-down"))
    page.get_by_label("What was done").click()
    expect(listed(page)).to_have_text(["1: Biopsy", "2: Biopsy of skin"])


def test_a_value_set_within_the_questionnaire(page: Page, running: Running) -> None:
    """LHC-Forms sends it to be expanded: a POST of JSON across origins, after a preflight."""
    own = {
        "resourceType": "ValueSet",
        "id": "own",
        "status": "active",
        "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "P2"}]}]},
    }
    questionnaire = forms.questionnaire(running.r4, forms.choice("Closed by", "#own", "drop-down"))
    page.evaluate(SHOW, {**questionnaire, "contained": [own]})
    page.get_by_label("Closed by").click()
    expect(listed(page)).to_have_text(["1: Suture"])


def test_a_value_set_that_is_not_there_leaves_the_others(page: Page, running: Running) -> None:
    """An error that LHC-Forms could not read would keep the whole form from being shown."""
    show(
        page,
        running.r4,
        forms.choice("Nothing", "http://example.org/ValueSet/nowhere", "autocomplete"),
        forms.choice("What was done", VALUE_SET, "autocomplete"),
    )
    with page.expect_response(lambda answer: "nowhere" in answer.url) as refused:
        page.get_by_label("Nothing").press_sequentially("x")
    assert refused.value.json()["resourceType"] == "OperationOutcome"
    page.get_by_label("Nothing").fill("")
    pick(page, "What was done", "skin")
    assert forms.answers(page.evaluate(RESPONSE)) == {"What was done": ["P1.1"]}


def test_a_pick_list_works_after_mounting_making_a_key_and_writing_a_value_set(page: Page, tmp_path: Path) -> None:
    """Mount the blueprint, make a key, put a value set with it, and find it in a pick list."""
    database = f"sqlite:///{tmp_path / 'clinic.db'}"
    app = Flask("clinic")
    app.register_blueprint(terminology_blueprint(Terminology(database)), url_prefix="/terminology")
    key = make_key(database, "system/CodeSystem.cud", "system/ValueSet.cud")
    with at_a_port(app) as url:
        endpoint = f"{url}/terminology/r4"
        for resource in (PROCEDURES, BIOPSIES):
            address = f"{endpoint}/{resource['resourceType']}/{resource['id']}"
            assert requests.put(address, json=resource, timeout=60).status_code == 401
            written = requests.put(address, json=resource, headers={"Authorization": f"Bearer {key}"}, timeout=60)
            assert written.status_code == 201, written.text
        show(page, endpoint, forms.choice("What was done", VALUE_SET, "autocomplete"))
        pick(page, "What was done", "skin")
        assert forms.answers(page.evaluate(RESPONSE)) == {"What was done": ["P1.1"]}
