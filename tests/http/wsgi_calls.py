"""Calling a WSGI application without a client, to compare what two of them answer."""

from __future__ import annotations

import io
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication


class Called(NamedTuple):
    """What an application answered; without the request id, which is always another."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def call(app: WSGIApplication, target: str, **headers: str) -> Called:
    """GET a path with its query."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "test",
        "SERVER_PORT": "80", "HTTP_HOST": "test", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), **headers,
    }  # fmt: skip
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, answered: list[tuple[str, str]], _info: Any = None) -> Any:
        begun.append((status, [pair for pair in answered if pair[0] != "X-Request-Id"]))

    body = b"".join(app(environ, start_response))
    return Called(*begun[0], body)
