"""Content negotiation: `_format`, `Accept`, `Content-Type` (R5, 3.2.0.1.10).

Decides the format; renders nothing. The FHIR version parameter must be that of the endpoint, since a client that
requires 4.0 cannot read R5.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal

from terminology.http.errors import HttpError
from terminology.model.remembering import remembering
from terminology.model.requests import FhirRelease

Format = Literal["json", "xml", "html"]

FHIR_VERSION: Mapping[FhirRelease, str] = MappingProxyType({"R4": "4.0.1", "R4B": "4.3.0", "R5": "5.0.0"})
"""CapabilityStatement.fhirVersion of each endpoint; media types carry its first two numbers."""

MEDIA_TYPES: Mapping[str, Format] = MappingProxyType(
    {
        "application/fhir+json": "json",
        "application/json": "json",
        "text/json": "json",
        "application/json+fhir": "json",
        "application/fhir+xml": "xml",
        "application/xml": "xml",
        "text/xml": "xml",
        "application/xml+fhir": "xml",
        "text/html": "html",
        "application/xhtml+xml": "html",
    }
)
SHORT_FORMATS: Mapping[str, Format] = MappingProxyType({"json": "json", "xml": "xml", "html": "html"})
FORM = "application/x-www-form-urlencoded"
CONTENT_TYPES: Mapping[Format, str] = MappingProxyType(
    {
        "json": "application/fhir+json; charset=utf-8",
        "xml": "application/fhir+xml; charset=utf-8",
        "html": "text/html; charset=utf-8",
    }
)


READ: tuple[Format, ...] = ("json", "xml", "html")
"""Formats of reads: a browser gets a page."""
SENT_BACK: tuple[Format, ...] = ("json", "xml")
"""Formats of all other answers."""


@remembering(256)
def wanted(accept: str, format_: str | None, release: FhirRelease, offered: tuple[Format, ...]) -> Format:
    """The format of the response. Raises HttpError 406 when nothing offered is acceptable.

    JSON where a client names it and XML with the same weight, in whatever order (HAPI's clients begin with XML): it
    takes a tenth of the time.
    """
    if format_ is not None:
        # In a query, `application/fhir+json` arrives as `application/fhir json`.
        media = _MediaRange.parse(format_.strip().replace(" ", "+"))
        found = SHORT_FORMATS.get(media.type) or MEDIA_TYPES.get(media.type)
        if found in offered and media.suits(release):
            return found
        raise _not_acceptable(format_, release)
    ranges = sorted((_MediaRange.parse(text) for text in accept.split(",") if text.strip()), key=lambda r: -r.weight)
    suiting = [
        (media, found)
        for media in ranges
        if media.weight > 0 and media.suits(release) and (found := media.format(offered))
    ]
    if suiting:
        best, found = suiting[0]
        named = [MEDIA_TYPES.get(media.type) for media, _ in suiting if media.weight == best.weight]
        return "json" if found == "xml" and "json" in named else found
    if ranges:
        raise _not_acceptable(accept, release)
    return offered[0]


def names_json(format_: str) -> bool:
    """Whether a `_format` names JSON and nothing else."""
    media = format_.strip().replace(" ", "+").lower()
    return "json" in {SHORT_FORMATS.get(media), MEDIA_TYPES.get(media)}


@remembering(256)
def sent(content_type: str, release: FhirRelease, readable: tuple[Format, ...]) -> Format | Literal["form"]:
    """The format of a request's body; JSON where the client does not say. Raises HttpError 415."""
    if not content_type.strip():
        return "json"
    media = _MediaRange.parse(content_type)
    if media.type == FORM:
        return "form"
    found = MEDIA_TYPES.get(media.type)
    if found in readable and media.suits(release):
        return found
    raise HttpError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "MEDIA_TYPE_UNSUPPORTED",
        found=content_type,
        known=", ".join(CONTENT_TYPES[f].partition(";")[0] for f in readable),
        version=FHIR_VERSION[release],
    )


class _MediaRange:
    """One entry of an Accept header (RFC 9110, 12.5.1), or a Content-Type."""

    __slots__ = ("fhir_version", "type", "weight")

    def __init__(self, type_: str, weight: float, fhir_version: str | None) -> None:
        self.type = type_
        self.weight = weight
        self.fhir_version = fhir_version

    @classmethod
    def parse(cls, text: str) -> _MediaRange:
        type_, *parameters = (part.strip() for part in text.split(";"))
        weight, version = 1.0, None
        for parameter in parameters:
            name, _, value = (piece.strip() for piece in parameter.partition("="))
            if name.lower() == "q":
                weight = _weight(value)
            elif name.lower() == "fhirversion":
                version = value.strip('"')
        return cls(type_.lower(), weight, version)

    def suits(self, release: FhirRelease) -> bool:
        return self.fhir_version is None or FHIR_VERSION[release].startswith(self.fhir_version)

    def format(self, offered: tuple[Format, ...]) -> Format | None:
        if self.type in {"*/*", "*"}:
            return offered[0]
        if self.type == "application/*":
            return next((f for f in offered if f != "html"), None)
        found = MEDIA_TYPES.get(self.type)
        return found if found in offered else None


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _not_acceptable(asked: str, release: FhirRelease) -> HttpError:
    known = ", ".join(content.partition(";")[0] for content in CONTENT_TYPES.values())
    return HttpError(
        HTTPStatus.NOT_ACCEPTABLE, "FORMAT_NOT_ACCEPTABLE", asked=asked, known=known, version=FHIR_VERSION[release]
    )
