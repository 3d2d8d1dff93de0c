"""A real nginx with deploy/nginx in front of a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
import requests

from tests.http.content import SYSTEM
from tests.http.serving import PATIENCE, free_port, served, wait_for

NGINX = Path(__file__).parent.parent.parent / "deploy" / "nginx"
LOOKUP = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"
pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx (Debian's nginx-light)")

NO_CHANGES: Mapping[str, str] = MappingProxyType({})
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/*.inc;
}}
"""


@contextmanager
def proxied(server: str, folder: Path, changes: Mapping[str, str] = NO_CHANGES) -> Iterator[str]:
    """nginx on a port of its own with the files of deploy/, whose addresses and folders are the test's."""
    port = free_port()
    address = server.removeprefix("http://")
    (folder / "upstream.inc").write_text((NGINX / "upstream.conf").read_text().replace("127.0.0.1:8080", address))
    text = (NGINX / "terminology.conf").read_text()
    own = {"listen 80;": f"listen 127.0.0.1:{port};", "/var/cache/nginx/terminology": str(folder / "cache")}
    for old, new in {**own, **changes}.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "terminology.inc").write_text(text)
    user = "user root;\n" if os.geteuid() == 0 else ""  # its workers must reach the test's folder
    (folder / "nginx.conf").write_text(user + MAIN.format(folder=folder))
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/live", process, folder / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_answers_are_kept_apart_and_served_while_the_server_is_gone(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with served(database, tmp_path, workers=1) as server, proxied(server.url, folder) as url:
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
    with served(database, tmp_path, workers=1) as server, proxied(server.url, folder, slow) as url:
        answers = [requests.get(url + LOOKUP, timeout=PATIENCE) for _ in range(10)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].json()["issue"][0]["code"] == "throttled"
