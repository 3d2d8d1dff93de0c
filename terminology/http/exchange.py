"""A request and its response, independent of any web framework: what `api` works on.

Made by Flask (`blueprint`), a bare WSGI server (`wsgi`) and batch entries alike. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from terminology.fhir.json import Json
from terminology.http.access.callers import ANONYMOUS, Caller
from terminology.model.requests import FhirRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request below an endpoint.

    `segments` is the decoded path below the endpoint (`("CodeSystem", "$lookup")`), `query` the decoded pairs in order,
    `headers` has lower-case names, `base` is the endpoint's own URL without a slash at the end. `resource` is the JSON
    body, if it has been parsed already. `nested` marks an entry of a Bundle, whose answer becomes part of another one.
    `upload` is the file with the body, if that is a file to load.
    """

    method: str
    release: FhirRelease
    segments: tuple[str, ...]
    base: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    resource: Json | None = None
    caller: Caller = ANONYMOUS
    address: str = ""
    nested: bool = False
    upload: Path | None = None

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of an interaction: an R5 resource (an empty one means no body), not yet in the client's format."""

    resource: Json
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What goes over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=())
    body: bytes = b""
