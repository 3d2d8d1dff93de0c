"""Servers in threads of the test, as upstream servers: what a WSGI application answers, or bytes that never end."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.http.serving import at_a_port

Answering = Callable[[Request], Any]
"""What a request is answered with: a response, or any other WSGI application."""


@dataclass
class Far:
    """A server that notes what it was asked; `answering` can be changed."""

    answering: Answering
    url: str = ""
    asked: list[Request] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        self.asked.append(request)
        return self.answering(request)(environ, start_response)


@contextmanager
def far(answering: Answering) -> Iterator[Far]:
    server = Far(answering)
    with at_a_port(server) as server.url:
        yield server


def fhir(resource: dict[str, Any], status: int = HTTPStatus.OK, **headers: str) -> Response:
    return Response(json.dumps(resource), status, headers, content_type="application/fhir+json")


@contextmanager
def dribbling() -> Iterator[str]:
    """A server that sends a byte of a header now and then, for ever."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                    while not over.wait(0.05):
                        connection.sendall(b"x")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()
