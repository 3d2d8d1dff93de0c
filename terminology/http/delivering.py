"""The last steps of a response: validators, cache control, gzip (RFC 9110, 9111; R5, 3.2.0.1).

An answer without an ETag gets one of its content, so that any GET can be revalidated. This module treats bodies as
bytes and knows nothing of FHIR.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from xxhash import xxh64_hexdigest

from terminology.http.environ import Headers
from terminology.http.exchange import Response
from terminology.model.remembering import remembering

PACKED_FROM = 14_000
"""Bytes: what fits into the ten packets that a connection sends at once (RFC 6928) is not compressed. It would arrive
no sooner, and compressing the answer to a lookup takes twice as long as making it."""
LEVEL = 4
"""zlib's level: JSON shrinks nearly as much as at 9, in a third of the time."""
ASK_AGAIN = "private, no-cache"
"""For GET: it may be cached, but must be revalidated (304), since content can be loaded at any time."""
NOT_KEPT = "no-store"
"""For errors, and for answers to POST, which no URL names."""
FOR_EVER = "private, max-age=31536000, immutable"
"""For what never changes. Private, since an application around this one may require credentials."""

OF_CONTENT = frozenset({"Content-Type", "Content-Encoding", "Content-Length"})
"""Headers that an answer without a body does not have."""


def deliver(response: Response, method: str, headers: Mapping[str, str]) -> Response:
    """The response to a client that sent these headers (names in lower case)."""
    if response.status not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED} or method not in {"GET", "HEAD"}:
        return packed(_with_default(response, "Cache-Control", NOT_KEPT), headers)
    named = dict(response.headers)
    more = () if "Cache-Control" in named else (("Cache-Control", ASK_AGAIN),)
    if response.status == HTTPStatus.NOT_MODIFIED:  # determined without rendering a body
        return Response(response.status, response.headers + more)
    tag = named.get("ETag")
    if tag is None:
        tag = tag_of(response.body)
        more = (*more, ("ETag", tag))
    if not_modified(headers, tag, named.get("Last-Modified")):
        kept = tuple((name, value) for name, value in (*response.headers, *more) if name != "Content-Type")
        return Response(HTTPStatus.NOT_MODIFIED, kept)
    return packed(Response(response.status, response.headers + more, response.body), headers)


def not_modified(headers: Mapping[str, str], tag: str, changed: str | None) -> bool:
    """Whether the client has the current version: by `If-None-Match`, and only without it by `If-Modified-Since`."""
    if (known := headers.get("if-none-match")) is not None:
        return _is_among(tag, known)
    if "if-modified-since" not in headers:
        return False
    since, last = _moment(headers["if-modified-since"]), _moment(changed)
    return since is not None and last is not None and last <= since


def unless_known(status: int, headers: Headers, body: bytes, known: str) -> tuple[int, Headers, bytes]:
    """An answer that is ready to be sent, or 304 instead where the client's `If-None-Match` (`known`) names its tag."""
    tag = next((value for name, value in headers if name == "ETag"), None)
    if status != HTTPStatus.OK or tag is None or not _is_among(tag, known):
        return status, headers, body
    return int(HTTPStatus.NOT_MODIFIED), [pair for pair in headers if pair[0] not in OF_CONTENT], b""


def _is_among(tag: str, known: str) -> bool:
    tags = {text.strip().removeprefix("W/") for text in known.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags


def packed(response: Response, headers: Mapping[str, str]) -> Response:
    """The response, gzipped where the client accepts that and it is worthwhile."""
    if len(response.body) < PACKED_FROM or not takes_gzip(headers.get("accept-encoding", "")):
        return response
    body = gzip.compress(response.body, LEVEL, mtime=0)
    return Response(response.status, (*response.headers, ("Content-Encoding", "gzip")), body)


@remembering(256)
def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip, or everything, with a weight above 0."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = (piece.strip() for piece in part.partition(";"))
        weights["gzip" if name == "x-gzip" else name] = _weight(parameter)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def tag_of(body: bytes) -> str:
    """The ETag of a body: weak, since it may be sent gzipped.

    It tells versions of one answer apart, for which 64 bits are plenty. SHA-256 takes a tenth of a lookup, and so do
    the newer xxHashes between other work: processors are slow to begin with their wide registers.
    """
    return f'W/"{xxh64_hexdigest(body)}"'


def _moment(text: str | None) -> datetime | None:
    """An HTTP date; None for an invalid one, which HTTP requires to be ignored."""
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _value(response: Response, name: str) -> str | None:
    return next((value for key, value in response.headers if key == name), None)


def _with_default(response: Response, name: str, value: str) -> Response:
    if _value(response, name) is not None:
        return response
    return Response(response.status, (*response.headers, (name, value)), response.body)
