"""Calling a WSGI application without a client, to compare what two of them answer."""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication

from flask import Flask

from terminology.fhir.json import dumps
from terminology.http.fast_path import FastPath
from terminology.http.prepared import LINES

STAMPS = re.compile(
    rb'"timestamp": ?"[^"]+"|"urn:uuid:[^"]+"|<timestamp value="[^"]+"/>|<identifier value="urn:uuid:[^"]+"/>'
)


class Called(NamedTuple):
    """What an application answered; without the request id, and the stamps of expansions, which are always others."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def environ_of(target: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
    """GET a path with its query, or POST a body to it."""
    path, _, query = target.partition("?")
    posted = {} if body is None else {
        "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/fhir+json",
        "wsgi.input": io.BytesIO(body),
    }  # fmt: skip
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "test",
        "SERVER_PORT": "80", "HTTP_HOST": "test", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
        **posted, **headers,
    }  # fmt: skip


def body_of(*parameters: tuple[str, str, Any]) -> bytes:
    """Parameters as a body, each with its name, the suffix of its value (or `resource`), and its value."""
    given = [{"name": name, type_ if type_.islower() else f"value{type_}": value} for name, type_, value in parameters]
    return dumps({"resourceType": "Parameters", "parameter": given})


def call(app: WSGIApplication, target: str, body: bytes | None = None, **headers: str) -> Called:
    """GET a path with its query, or POST a body to it."""
    return called(app, environ_of(target, body, **headers))


def called(app: WSGIApplication, environ: dict[str, Any]) -> Called:
    """Send a request to an application."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, answered: list[tuple[str, str]], _info: Any = None) -> Any:
        begun.append((status, answered))

    body = b"".join(app(environ, start_response))
    return without_stamps(*begun[0], body)


def at_once(app: Flask, target: str, body: bytes | None = None, **headers: str) -> Called | None:
    """The answer of the fast path to the same."""
    found = FastPath(app.extensions["terminology_epochs"])(environ_of(target, body, **headers))
    return found and without_stamps(LINES[found[0]], *found[1:])


def without_stamps(status: str, headers: list[tuple[str, str]], body: bytes) -> Called:
    """An answer without what is another one each time."""
    apart = {"X-Request-Id"}
    if b"expansion" in body and STAMPS.search(body):
        body = STAMPS.sub(b"STAMP", body)
        apart.add("ETag")
    return Called(status, [pair for pair in headers if pair[0] not in apart], body)
