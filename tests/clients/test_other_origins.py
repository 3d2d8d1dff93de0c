"""Scripts of pages from elsewhere, in Chromium: what CORS lets them send and see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import browsers
from tests.clients import forms
from tests.clients.conftest import Running

pytestmark = browsers.NEEDED

SHARED: forms.Json = {
    "resourceType": "ValueSet",
    "id": "from-a-page",
    "url": "http://example.org/ValueSet/from-a-page",
    "status": "draft",
}
ASK = """async ({ url, ...options }) => {
    const answer = await fetch(url, options);
    const text = await answer.text();
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: text && JSON.parse(text) };
}"""


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "index.html").write_text("<!doctype html><title>Elsewhere</title><link rel=icon href='data:,'>")
    with forms.published(tmp_path) as site:
        page = browser.new_page()
        page.goto(f"{site}/index.html")
        yield page
        page.close()


def ask(page: Page, method: str, url: str, body: str | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return page.evaluate(ASK, {"url": url, "method": method, "body": body, "headers": named})


def test_reading_and_its_headers(page: Page, running: Running) -> None:
    got = ask(page, "GET", f"{running.r4}/ValueSet/biopsies", Accept="application/fhir+json", X_Request_Id="ward-7")
    assert (got["status"], got["body"]["id"]) == (200, "biopsies")
    assert (got["headers"]["etag"], got["headers"]["x-request-id"]) == ('W/"1"', "ward-7")


def test_writing_with_a_key(page: Page, running: Running) -> None:
    url = f"{running.r4}/ValueSet/from-a-page"
    sent = {"body": page.evaluate("JSON.stringify", SHARED), "Content_Type": "application/fhir+json"}
    refused = ask(page, "PUT", url, **sent)
    assert (refused["status"], refused["body"]["resourceType"]) == (401, "OperationOutcome")
    assert refused["headers"]["www-authenticate"].startswith("Bearer")
    written = ask(page, "PUT", url, **sent, Authorization=f"Bearer {running.key}")
    assert (written["status"], written["headers"]["location"]) == (201, f"{url}/_history/1")
    assert ask(page, "PUT", url, **sent, X_API_Key=running.key, If_Match='W/"7"')["status"] == 412
    assert ask(page, "DELETE", url, X_API_Key=running.key)["status"] in {200, 204}
