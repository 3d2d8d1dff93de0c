"""The pages in a real Chromium: accessible by axe-core at three widths, usable by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from terminology import ingest
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests import browsers
from tests.http.serving import at_a_port

pytestmark = browsers.NEEDED

WIDTHS = (360, 800, 1280)


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    page = browser.new_page(base_url=base)
    yield page
    page.close()


def paths(sample_code: tuple[str, str]) -> list[str]:
    system, code = sample_code
    return [
        "/", "/?q=review", "/?q=nothingatall", "/systems", f"/systems/{system}", f"/systems/{system}/codes/{code}",
        "/value-sets", "/value-sets?q=knee", "/value-sets/example-documents?q=knee", "/maps", "/maps/clinic-old-to-new",
        "/systems/clinic-procedures", "/systems/clinic-procedures/codes/BIO", "/systems/none", "/r4/metadata",
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation(
    browser: Browser, base: str, sample_code: tuple[str, str], width: int, scheme: str
) -> None:
    page = browser.new_page(base_url=base, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in paths(sample_code):
        page.goto(path)
        results = Axe().run(page)
        assert results.violations_count == 0, f"{path} at {width}px:\n{results.generate_report()}"
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} scrolls sideways at {width}px"
    page.close()


def test_a_code_and_words_without_a_place_to_break_do_not_widen_the_page(browser: Browser, tmp_path: Path) -> None:
    code, word = "ABCDEFGH" * 12, "Pseudopseudohypoparathyroidism" * 4
    system = {
        "resourceType": "CodeSystem", "id": "long", "url": f"http://example.org/{word}", "status": "active",
        "content": "complete", "title": word, "concept": [{"code": code, "display": word, "definition": word}],
    }  # fmt: skip
    (tmp_path / "long.json").write_text(json.dumps(system))
    url = f"sqlite:///{tmp_path / 'long.db'}"
    store = open_store(url)
    ingest.load(store, [str(tmp_path / "long.json")], LoadOptions())
    store.close()
    with at_a_port(create_app(Settings.load({}, database=url))) as base:
        page = browser.new_page(base_url=base, viewport={"width": 360, "height": 900})
        for path in ("/", f"/?q={code}", "/systems", "/systems/long", f"/systems/long/codes/{code}"):
            page.goto(path)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{path} scrolls sideways"
        page.close()


def test_type_ahead_leads_to_a_code_by_keyboard(page: Page, sample_code: tuple[str, str]) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Code or words").press_sequentially(sample_code[1])
    page.get_by_role("option").first.wait_for()
    assert "Example Procedure Codes" in page.get_by_role("option").first.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/codes/{sample_code[1]}")
    assert page.get_by_role("heading", level=1).inner_text()


def test_the_hierarchy_opens_where_it_is_by_keyboard(page: Page) -> None:
    page.goto("/systems/clinic-procedures")
    opens = page.get_by_role("button", name="Codes below BIO")
    opens.focus()
    page.keyboard.press("Enter")
    below = page.get_by_role("link", name="BIO-SKIN Punch biopsy of skin")
    below.wait_for()
    assert opens.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    assert not below.is_visible()
    assert opens.get_attribute("aria-expanded") == "false"


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
