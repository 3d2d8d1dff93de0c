"""The header that all canonical resources share: reading and writing metadata and effective periods.

Does not decide which elements an operation may return.
"""

from __future__ import annotations

import calendar
import re
from typing import Any, TypedDict, cast

from terminology.fhir.elements import (
    Malformed,
    boolean,
    extension_value,
    objects,
    one_object,
    render_extensions,
    string,
)
from terminology.fhir.json import Json, dumps
from terminology.model.canonicalresource import CanonicalResource, PublicationStatus
from terminology.model.concept import Extension

EFFECTIVE_PERIOD_EXTENSIONS = (
    "http://hl7.org/fhir/StructureDefinition/artifact-effectivePeriod",
    "http://hl7.org/fhir/StructureDefinition/resource-effectivePeriod",
)
"""The extensions pack's (used by CRMI for resources without the element) and its name before R5."""

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}).*)?)?\Z", re.DOTALL)


class HeaderFields(TypedDict):
    """The fields of a CanonicalResource that are read alike from every resource."""

    version: str | None
    id: str | None
    name: str | None
    title: str | None
    status: PublicationStatus
    experimental: bool | None
    date: str | None
    publisher: str | None
    description: str | None
    copyright: str | None
    language: str | None


def header_fields(resource: Json) -> HeaderFields:
    """Read them. Raises Malformed for an element that is of another type."""
    return HeaderFields(
        version=string(resource, "version"),
        id=string(resource, "id"),
        name=string(resource, "name"),
        title=string(resource, "title"),
        status=cast("PublicationStatus", string(resource, "status") or "unknown"),
        experimental=boolean(resource, "experimental"),
        date=string(resource, "date"),
        publisher=string(resource, "publisher"),
        description=string(resource, "description"),
        copyright=string(resource, "copyright"),
        language=string(resource, "language"),
    )


def put(written: Json, name: str, value: Any) -> None:
    """Set a member unless the value is None."""
    if value is not None:
        written[name] = value


def as_published(resource: Json) -> bytes:
    """A published header as JSON text, without null members, which FHIR does not allow.

    Raises Malformed for a broken `meta`, since answers add to it.
    """
    meta = one_object(resource, "meta")
    if meta is not None:
        try:
            objects(meta, "tag")
        except Malformed as error:
            raise error.within("meta") from None
    return dumps({name: value for name, value in resource.items() if value is not None})


def add_header(written: Json, header: CanonicalResource) -> None:
    """Write the shared fields over `written`; extensions only if it has none."""
    put(written, "id", header.id)
    put(written, "language", header.language)
    if header.extensions and "extension" not in written:
        written["extension"] = render_extensions(header.extensions)
    put(written, "url", header.url or None)
    put(written, "version", header.version)
    put(written, "name", header.name)
    put(written, "title", header.title)
    if "status" in written or header.status != "unknown":
        written["status"] = header.status
    put(written, "experimental", header.experimental)
    put(written, "date", header.date)
    put(written, "publisher", header.publisher)
    put(written, "description", header.description)
    put(written, "copyright", header.copyright)


def effective_period(resource: Json, known: tuple[Extension, ...]) -> tuple[str | None, str | None]:
    """First and last day of validity as ISO dates: from `effectivePeriod`, else from the artifact extension."""
    period: Any = one_object(resource, "effectivePeriod")
    for url in EFFECTIVE_PERIOD_EXTENSIONS:
        period = period or extension_value(known, url)
    if not isinstance(period, dict):
        return None, None
    return first_day(string(period, "start")), last_day(string(period, "end"))


def first_day(date: str | None) -> str | None:
    """The first day that a FHIR date of any precision covers: `2026` → `2026-01-01`; None without a valid date."""
    found = _PARTIAL_DATE.match(date or "")
    if not found:
        return None
    year, month, day = found.groups()
    return f"{year}-{month or '01'}-{day or '01'}"


def last_day(date: str | None) -> str | None:
    """The last day that a FHIR date of any precision covers: `2026-02` → `2026-02-28`; None without a valid date."""
    found = _PARTIAL_DATE.match(date or "")
    if not found:
        return None
    year, month, day = found.groups()
    month = month or "12"
    if day is None and 1 <= int(month) <= 12 and int(year) > 0:
        day = str(calendar.monthrange(int(year), int(month))[1])
    return f"{year}-{month}-{day}"
