"""The table of code systems that need no loading. Each is read or built on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminology.codesystems import hgvs, iso3166, iso4217, m49, mimetypes, uris, usps
from terminology.codesystems.bcp47 import system as bcp47
from terminology.codesystems.ucum import system as ucum
from terminology.model.protocols import CodeSystem

SYSTEMS: Mapping[str, Callable[[], CodeSystem]] = MappingProxyType(
    {
        ucum.URL: ucum.UcumCodeSystem,
        bcp47.URL: bcp47.LanguageTags,
        mimetypes.URL: mimetypes.MimeTypes,
        uris.URL: uris.Uris,
        hgvs.URL: lambda: hgvs.Hgvs(hgvs.URL),
        hgvs.OLDER_URL: lambda: hgvs.Hgvs(hgvs.OLDER_URL),
        iso3166.COUNTRIES: iso3166.Countries,
        iso3166.SUBDIVISIONS: iso3166.subdivisions_system,
        iso4217.URL: iso4217.currencies_system,
        m49.URL: m49.areas_system,
        usps.URL: usps.states_system,
    }
)
"""Canonical → what makes the system; it is made once."""
