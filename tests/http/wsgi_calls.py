"""Calling a WSGI application without a client, to compare what two of them answer."""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication

STAMPS = re.compile(
    rb'"timestamp":"[^"]+"|"urn:uuid:[^"]+"|<timestamp value="[^"]+"/>|<identifier value="urn:uuid:[^"]+"/>'
)


class Called(NamedTuple):
    """What an application answered; without the request id, and the stamps of expansions, which are always others."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def environ_of(target: str, **headers: str) -> dict[str, Any]:
    """GET a path with its query."""
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "test",
        "SERVER_PORT": "80", "HTTP_HOST": "test", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), **headers,
    }  # fmt: skip


def call(app: WSGIApplication, target: str, **headers: str) -> Called:
    """GET a path with its query."""
    environ = environ_of(target, **headers)
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, answered: list[tuple[str, str]], _info: Any = None) -> Any:
        begun.append((status, [pair for pair in answered if pair[0] != "X-Request-Id"]))

    body = b"".join(app(environ, start_response))
    status, found = begun[0]
    if b"expansion" in body and STAMPS.search(body):
        body, found = STAMPS.sub(b"STAMP", body), [pair for pair in found if pair[0] != "ETag"]
    return Called(status, found, body)
