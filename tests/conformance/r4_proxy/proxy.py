"""The proxy itself: HTTP/1.1, one thread per connection, R5 outside and R4 behind."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.conformance.r4_proxy import convert, translate

Json = dict[str, Any]

KEPT_HEADERS = ("Accept-Language", "X-Request-Id", "X-Cache-Id", "Prefer")
R4_FORMAT = "application/fhir+json; fhirVersion=4.0"
TIMEOUT = 60


class Proxy(ThreadingHTTPServer):
    """`complaints` are the answers that were no R4, with the test that asked."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.complaints: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/r5"


@contextlib.contextmanager
def r4_as_r5(upstream: str) -> Iterator[Proxy]:
    """Run a proxy in front of an R4 endpoint (`http://…/r4`)."""
    proxy = Proxy(upstream)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one to the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self.upstream = requests.Session()
        self.upstream.trust_env = False

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing: the suite's runner reports."""

    def _pass_on(self, request: Json | None) -> None:
        headers = {name: self.headers[name] for name in KEPT_HEADERS if name in self.headers}
        headers["Accept"] = R4_FORMAT
        sent = None
        if request is not None:
            headers["Content-Type"] = R4_FORMAT
            sent = json.dumps(convert.down(translate.down(request) if self._translates else request))
        answer = self.upstream.request(
            self.command, self.server.upstream + self.path.removeprefix("/r5"), data=sent, headers=headers,
            timeout=TIMEOUT,
        )  # fmt: skip
        self._answer(answer, request)

    @property
    def _translates(self) -> bool:
        return "/$translate" in self.path

    def _answer(self, answer: requests.Response, request: Json | None) -> None:
        status, type_, body = answer.status_code, answer.headers.get("Content-Type", ""), answer.content
        try:
            _check_type(type_)
            body = json.dumps(self._converted(json.loads(body), request)).encode()
        except convert.NotR4Error as problem:
            self.server.complaints.append(f"{self.headers.get('X-Request-Id')}: {problem}")
            status, type_, body = 502, "text/plain", str(problem).encode()
        self.send_response(status)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _converted(self, answer: Json, request: Json | None) -> Json:
        resource = convert.up(answer)
        if request is not None and self._translates and resource["resourceType"] == "Parameters":
            return translate.up(resource, request)
        return resource


def _check_type(type_: str) -> None:
    if "json" not in type_ or "fhirVersion=5" in type_:
        raise convert.NotR4Error(f"the answer's Content-Type is {type_}")
