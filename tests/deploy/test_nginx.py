"""A real nginx with deploy/nginx in front of a real server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import requests

from tests.deploy.proxy import proxied
from tests.http.content import SYSTEM
from tests.http.serving import PATIENCE, served

LOOKUP = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"
pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx (Debian's nginx-light)")


def test_answers_are_kept_apart_and_served_while_the_server_is_gone(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with served(database, tmp_path, workers=1) as server, proxied(server.url, folder=folder) as url:
        first = requests.get(url + LOOKUP, timeout=PATIENCE)
        again = requests.get(url + LOOKUP, timeout=PATIENCE)
        assert (first.headers["X-Proxy-Cache"], again.headers["X-Proxy-Cache"]) == ("MISS", "HIT")
        assert first.json() == again.json()
        as_xml = requests.get(url + LOOKUP, headers={"Accept": "application/fhir+xml"}, timeout=PATIENCE)
        assert as_xml.text.startswith("<")
        with_key = requests.get(url + LOOKUP, headers={"Authorization": "Bearer x"}, timeout=PATIENCE)
        assert with_key.headers["X-Proxy-Cache"] == "BYPASS"
        wrong = requests.get(f"{url}/r5/CodeSystem/none", timeout=PATIENCE)
        assert (wrong.status_code, wrong.json()["resourceType"]) == (404, "OperationOutcome")
        counters = requests.get(f"{url}/metrics", timeout=PATIENCE)
        assert 'operation="$lookup"' in counters.text

        server.process.terminate()
        server.process.wait(PATIENCE)
        kept = requests.get(url + LOOKUP, timeout=PATIENCE)
        assert kept.json() == first.json()
        gone = requests.get(f"{url}/r5/ValueSet", timeout=PATIENCE)
        assert (gone.status_code, gone.headers["Retry-After"]) == (503, "5")
        assert gone.headers["Content-Type"] == "application/fhir+json"
        assert gone.json()["issue"][0]["code"] == "transient"


def test_a_flood_is_answered_with_429(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    slow = {"rate=500r/s": "rate=1r/s", "burst=1000": "burst=2"}
    with served(database, tmp_path, workers=1) as server, proxied(server.url, folder=folder, changes=slow) as url:
        answers = [requests.get(url + LOOKUP, timeout=PATIENCE) for _ in range(10)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].json()["issue"][0]["code"] == "throttled"


def test_links_lead_to_the_proxy_whatever_clients_say_of_it(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with served(database, tmp_path, workers=1, proxies="1") as server, proxied(server.url, folder=folder) as url:
        forged = {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Prefix": "/evil", "Forwarded": "host=evil.org"}
        for headers in ({}, forged):
            bundle = requests.get(f"{url}/r5/ValueSet?_count=1", headers=headers, timeout=PATIENCE).json()
            links = [link["url"] for link in bundle["link"]] + [bundle["entry"][0]["fullUrl"]]
            assert all(link.startswith(f"{url}/r5/ValueSet") for link in links), links


def test_under_a_path_links_and_pages_lead_there(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    changes = {
        "location / {": "location /codes/ {",
        "proxy_pass http://terminology;\n\n    proxy_cache terminology;": (
            "proxy_pass http://terminology/;\n\n    proxy_cache terminology;"
        ),
        'X-Forwarded-Prefix ""': "X-Forwarded-Prefix /codes",
    }
    with (
        served(database, tmp_path, workers=1, proxies="1") as server,
        proxied(server.url, folder=folder, changes=changes) as url,
    ):
        bundle = requests.get(f"{url}/codes/r5/ValueSet?_count=1", timeout=PATIENCE).json()
        following = next(link["url"] for link in bundle["link"] if link["relation"] == "next")
        assert following.startswith(f"{url}/codes/r5/ValueSet")
        assert requests.get(following, timeout=PATIENCE).status_code == 200
        page = requests.get(f"{url}/codes/r5/CodeSystem/procedures", headers={"Accept": "text/html"}, timeout=PATIENCE)
        assert (page.status_code, page.url) == (200, f"{url}/codes/systems/procedures")
