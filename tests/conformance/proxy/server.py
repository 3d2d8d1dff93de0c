"""The proxy itself: HTTP/1.1, one thread per connection; R5 in JSON outside, the release and format wanted behind."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import requests

from tests.conformance.proxy import convert, translate, xml
from tests.conformance.proxy.elements import RELEASES

Json = dict[str, Any]

KEPT_HEADERS = ("Accept-Language", "X-Request-Id", "X-Cache-Id", "Prefer")
FHIR_VERSION = {"R4": "4.0", "R5": "5.0"}
TIMEOUT = 60


Name = Literal["R4", "R5"]
Format = Literal["json", "xml"]


class NotAskedForError(Exception):
    """An answer that says itself that it is something else."""


class Proxy(ThreadingHTTPServer):
    """In front of an endpoint, with which it speaks its release in one format.

    `complaints` are the answers that were neither, and requests that have no XML, with the test that asked.
    """

    daemon_threads = True

    def __init__(self, upstream: str, release: Name, format_: Format) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.release = release
        self.format = format_
        self.complaints: list[str] = []

    @property
    def media_type(self) -> str:
        """What is said to be wanted and sent."""
        return f"application/fhir+{self.format}; fhirVersion={FHIR_VERSION[self.release]}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/r5"


@contextlib.contextmanager
def as_r5(upstream: str, release: Name = "R4", format_: Format = "json") -> Iterator[Proxy]:
    """Run a proxy in front of an endpoint (`http://…/r4`)."""
    proxy = Proxy(upstream, release, format_)
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
        headers["Accept"] = self.server.media_type
        path = self.path.removeprefix("/r5").replace("_format=json", f"_format={self.server.format}")
        try:
            sent = None
            if request is not None:
                headers["Content-Type"] = self.server.media_type
                sent = self._written(request)
            answer = self.upstream.request(
                self.command, self.server.upstream + path, data=sent, headers=headers, timeout=TIMEOUT
            )
            body = json.dumps(self._converted(self._read(answer), request))
        except (NotAskedForError, convert.NotR4Error, xml.NotXmlError) as problem:
            self.server.complaints.append(f"{self.headers.get('X-Request-Id')}: {problem}")
            self._answer(502, "text/plain", str(problem))
        else:
            self._answer(answer.status_code, "application/fhir+json", body)

    def _answer(self, status: int, type_: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _written(self, request: Json) -> bytes:
        if self.server.release == "R4":
            request = convert.down(translate.down(request) if self._translates else request)
        if self.server.format == "xml":
            return xml.dumps(request, RELEASES[self.server.release])
        return json.dumps(request).encode()

    @property
    def _translates(self) -> bool:
        return "/$translate" in self.path

    def _read(self, answer: requests.Response) -> Json:
        type_ = answer.headers.get("Content-Type", "")
        other = FHIR_VERSION["R5" if self.server.release == "R4" else "R4"]
        if self.server.format not in type_ or f"fhirVersion={other}" in type_:
            raise NotAskedForError(f"the answer's Content-Type is {type_}")
        if self.server.format == "xml":
            return xml.loads(answer.content, RELEASES[self.server.release])
        read: Json = json.loads(answer.content)
        return read

    def _converted(self, answer: Json, request: Json | None) -> Json:
        if self.server.release == "R5":
            return answer
        resource = convert.up(answer)
        if request is not None and self._translates and resource["resourceType"] == "Parameters":
            return translate.up(resource, request)
        return resource
