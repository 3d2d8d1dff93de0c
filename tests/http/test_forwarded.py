"""The address of the server as its clients know it, and that of the client, behind reverse proxies."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.http.forwarded import client_of, place_of
from tests.http.content import SUTURES

SAID = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "codes.example.org:8443", "X-Forwarded-Prefix": "/codes"}
PUBLIC = "https://codes.example.org:8443/codes"


def client(database: str, **settings: Any) -> FlaskClient:
    return create_app(database=database, audit_log="", **settings).test_client()


@pytest.fixture
def behind(database: str) -> FlaskClient:
    return client(database, proxies=1)


def variables(**headers: str) -> dict[str, str]:
    return {"REMOTE_ADDR": "10.0.0.1"} | {f"HTTP_{name.upper()}": value for name, value in headers.items()}


def test_links_of_a_search_lead_through_the_proxy(behind: FlaskClient) -> None:
    bundle = behind.get("/r5/ValueSet?_count=1", headers=SAID).json
    links = {link["relation"]: link["url"] for link in bundle["link"]}
    assert links["self"].startswith(f"{PUBLIC}/r5/ValueSet?")
    assert links["next"].startswith(f"{PUBLIC}/r5/ValueSet?")
    assert bundle["entry"][0]["fullUrl"].startswith(f"{PUBLIC}/r5/ValueSet/")


def test_forwarded_headers_are_ignored_without_proxies(database: str) -> None:
    headers = {**SAID, "Forwarded": "proto=https;host=evil.example.org"}
    bundle = client(database).get("/r5/ValueSet?_count=1", headers=headers).json
    assert {link["url"].split("/r5")[0] for link in bundle["link"]} == {"http://localhost"}


def test_the_setting_of_a_base_url_comes_first(database: str) -> None:
    configured = client(database, proxies=1, base_url="https://set.example.org")
    bundle = configured.get("/r5/ValueSet", headers=SAID).json
    assert bundle["entry"][0]["fullUrl"].startswith("https://set.example.org/r5/")


def test_kept_answers_are_those_of_the_same_address(behind: FlaskClient) -> None:
    addresses = [{}, SAID, {**SAID, "X-Forwarded-Host": "other.example.org"}, {**SAID, "X-Forwarded-Prefix": ""}]
    found = [behind.get("/r5/ValueSet", headers=headers).json["entry"][0]["fullUrl"] for headers in addresses * 2]
    assert len(set(found)) == 4
    assert found[:4] == found[4:]


def test_what_is_written_lies_behind_the_proxy(tmp_path: Any) -> None:
    writable = client(f"sqlite:///{tmp_path / 'new.db'}", proxies=1, insecure_writes=True)
    made = writable.put("/r5/ValueSet/sutures", json=SUTURES, headers=SAID)
    assert made.headers["Location"] == f"{PUBLIC}/r5/ValueSet/sutures/_history/1"
    later = writable.get("/r5/ValueSet", headers={**SAID, "Prefer": "respond-async"})
    queued = writable.get(f"/r5/ValueSet/$expand?url={SUTURES['url']}", headers={**SAID, "Prefer": "respond-async"})
    assert later.status_code == 200
    assert queued.headers["Content-Location"].startswith(f"{PUBLIC}/r5/_jobs/")


def test_pages_and_redirects_lie_below_the_prefix(behind: FlaskClient) -> None:
    redirected = behind.get("/r5/CodeSystem/procedures", headers={**SAID, "Accept": "text/html"})
    assert redirected.headers["Location"] == "/codes/systems/procedures"
    page = behind.get("/systems/procedures", headers=SAID)
    assert page.status_code == 200
    links = {part.split('"')[0] for part in page.text.split('href="')[1:]}
    assert {link for link in links if link.startswith("/")}
    assert not [link for link in links if link.startswith("/") and not link.startswith("/codes/")]


@pytest.mark.parametrize(
    ("headers", "proxies", "expected"),
    [
        ({"x_forwarded_proto": "HTTPS"}, 1, ("https", "", "")),
        ({"x_forwarded_proto": "https, http", "x_forwarded_host": "a.org, b.org"}, 1, ("http", "b.org", "")),
        ({"x_forwarded_proto": "https, http", "x_forwarded_host": "a.org, b.org"}, 2, ("https", "a.org", "")),
        ({"x_forwarded_host": "forged, a.org, b.org"}, 2, ("", "a.org", "")),
        ({"x_forwarded_host": "a.org"}, 2, ("", "a.org", "")),
        ({"x_forwarded_host": "[2001:db8::1]:8080"}, 1, ("", "[2001:db8::1]:8080", "")),
        ({"forwarded": 'for=1.2.3.4;proto=https;host="a.org:8443"'}, 1, ("https", "a.org:8443", "")),
        ({"forwarded": "host=forged, For=1.2.3.4;Proto=https;Host=a.org, host=b.org"}, 2, ("https", "a.org", "")),
        ({"forwarded": "host=a.org", "x_forwarded_host": "b.org"}, 1, ("", "b.org", "")),
        ({"x_forwarded_proto": "ftp", "x_forwarded_host": "a.org/x", "x_forwarded_prefix": "//b.org"}, 1, ("",) * 3),
        ({"x_forwarded_host": "a.org\r\nx: y", "x_forwarded_prefix": "/a/../<b>"}, 1, ("",) * 3),
        ({"x_forwarded_prefix": "/a/b/"}, 1, ("", "", "/a/b")),
        ({"forwarded": 'host="' + '\\"' * 50_000}, 1, ("",) * 3),
    ],
)  # fmt: skip
def test_the_base_address_is_taken_from_trusted_proxies(
    headers: dict[str, str], proxies: int, expected: tuple[str, str, str]
) -> None:
    assert place_of(variables(**headers), proxies) == expected


@pytest.mark.parametrize(
    ("headers", "proxies", "expected"),
    [
        ({}, 1, "10.0.0.1"),
        ({"x_forwarded_for": "9.9.9.9, 1.2.3.4"}, 1, "1.2.3.4"),
        ({"x_forwarded_for": "9.9.9.9, 1.2.3.4"}, 0, "10.0.0.1"),
        ({"x_forwarded_for": "1.2.3.4"}, 2, "10.0.0.1"),
        ({"forwarded": 'for=9.9.9.9, for="[2001:db8::1]:99";proto=https'}, 1, "[2001:db8::1]:99"),
        ({"forwarded": "for=1.2.3.4"}, 2, "10.0.0.1"),
        ({"forwarded": "for=9.9.9.9", "x_forwarded_for": "1.2.3.4"}, 1, "1.2.3.4"),
        ({"forwarded": "proto=https"}, 1, "10.0.0.1"),
    ],
)
def test_the_client_address_is_taken_from_trusted_proxies(headers: dict[str, str], proxies: int, expected: str) -> None:
    assert client_of(variables(**headers), proxies) == expected
