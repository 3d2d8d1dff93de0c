"""The setting `upstream`: which server is asked in which FHIR release."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from terminology.model.outcome import TerminologyError
from terminology.model.requests import FhirRelease

RELEASES: Mapping[str, FhirRelease] = MappingProxyType({"r4": "R4", "r4b": "R4B", "r5": "R5"})


def addresses(setting: str) -> dict[FhirRelease, str]:
    """Base URLs by release: as in `R5=URL`, else by the last part of the path, else R4.

    Raises TerminologyError invalid for an invalid URL, or two of one release.
    """
    found: dict[FhirRelease, str] = {}
    for text in setting.split():
        stated, _, url = text.rpartition("=")
        release = RELEASES.get((stated or url.rstrip("/").rpartition("/")[2]).lower())
        release = release or (None if stated else "R4")
        if release is None or release in found or not _is_base(url):
            raise TerminologyError.of("invalid", "UPSTREAM_INVALID")
        found[release] = url.rstrip("/")
    return found


def _is_base(url: str) -> bool:
    """Whether a URL is usable, and may be shown to clients: it must have no credentials."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    fit = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return fit and not parts.query and not parts.fragment and parts.username is None
