"""SNOMED CT versions: the URIs that name them, and the editions that modules stand for.

URIs follow the SNOMED CT URI Standard: `http://snomed.info/sct/{module}/version/{date}`, with `xsct` for what was not
released. Which versions are loaded is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminology.codesystems.snomed.ids import CORE_MODULE, SYSTEM, UNPUBLISHED
from terminology.model.remembering import remembering

_VERSION = re.compile(r"http://snomed\.info/(x?)sct(?:/(\d{6,18})(?:/version/(\d{8}))?)?")

EDITIONS: Mapping[str, str] = MappingProxyType(
    {
        CORE_MODULE: "International Edition",
        "11000221109": "Argentine Edition",
        "32506021000036107": "Australian Edition",
        "11000234105": "Austrian Edition",
        "11000172109": "Belgian Edition",
        "20621000087109": "Canadian Edition (English)",
        "20611000087101": "Canadian Edition",
        "11000279109": "Czech Edition",
        "554471000005108": "Danish Edition",
        "11000181102": "Estonian Edition",
        "11000229106": "Finnish Edition",
        "11000315107": "French Edition",
        "11000274103": "German Edition",
        "1121000189102": "Indian Edition",
        "11000220105": "Irish Edition",
        "11000267109": "Korean Edition",
        "11000146104": "Netherlands Edition",
        "21000210109": "New Zealand Edition",
        "51000202101": "Norwegian Edition",
        "449081005": "Spanish Edition",
        "900000001000122104": "Spanish National Edition",
        "45991000052106": "Swedish Edition",
        "2011000195101": "Swiss Edition",
        "83821000000107": "United Kingdom Edition",
        "999000041000000102": "United Kingdom Clinical Edition",
        "731000124108": "United States Edition",
        "5991000124107": "United States Edition with ICD-10-CM maps",
        "5631000179106": "Uruguayan Edition",
        "827022005": "International Patient Summary",
    }
)
"""Module → the edition it stands for."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a version URI says; `date` is that of the release (20250731)."""

    module: str | None = None
    date: str | None = None
    published: bool = True

    @property
    def uri(self) -> str:
        """The URI."""
        base = SYSTEM if self.published else UNPUBLISHED
        parts = [base, *([self.module] if self.module else []), *(["version", self.date] if self.date else [])]
        return "/".join(parts)

    @property
    def iso_date(self) -> str | None:
        """The date as FHIR writes it."""
        return f"{self.date[:4]}-{self.date[4:6]}-{self.date[6:]}" if self.date else None


@remembering(1024)
def parse(uri: str) -> Version | None:
    """Read the URI of SNOMED CT, of an edition or of a version; None for another one."""
    found = _VERSION.fullmatch(uri)
    if found is None:
        return None
    unpublished, module, date = found.groups()
    return Version(module, date, not unpublished)
