"""Which release a HCPCS file belongs to, and the days it is in effect.

CMS published the whole set once a year until 2019 and does so each quarter since. Files are called
`HCPC2019_CONTR_ANWEB.txt` or `HCPC2025_OCT_ANWEB.xlsx`, archives `october-2025-alpha-numeric-hcpcs-file.zip`. Versions
are the year (`2019`) or year and month (`2025-10`), so that they order as dates.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loaders import systems
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(MONTHS)})[a-z]*"
_YEAR_FIRST = re.compile(rf"(?<!\d)(?:hcpcs?_?)?(20\d\d)(?:[-_. ]*{_MONTH}(?![a-z]))?", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"(?<![a-z]){_MONTH}[-_. ]*(20\d\d)(?!\d)", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"hcpcs?_?(\d\d)(?!\d)", re.IGNORECASE)
_STATED = re.compile(r"(20\d\d)(?:-(\d\d))?")

DESCRIPTION = (
    "Codes and modifiers for items, supplies and services that CPT does not cover, maintained by the Centers for "
    "Medicare & Medicaid Services. The letters that codes begin with group them."
)
COPYRIGHT = (
    "HCPCS Level II is a work of the United States Government and in the public domain. It holds neither CPT (American "
    "Medical Association) nor CDT (American Dental Association)."
)
BY_DATE = Coding("http://hl7.org/fhir/version-algorithm", "date")


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A version, and the period it is in effect: ISO dates, both inclusive; None where nothing says so."""

    version: str
    start: str | None = None
    end: str | None = None

    @classmethod
    def of(cls, year: int, month: int | None = None) -> Release:
        """That of a year, or of the quarter that begins in a month."""
        if month is None:
            return cls(str(year), f"{year}-01-01", f"{year}-12-31")
        last = min(month + 2, 12)
        day = calendar.monthrange(year, last)[1]
        return cls(f"{year}-{month:02}", f"{year}-{month:02}-01", f"{year}-{last:02}-{day:02}")

    @classmethod
    def parse(cls, version: str) -> Release:
        """What a version means that the user states."""
        found = _STATED.fullmatch(version)
        if found is None or not 1 <= int(found[2] or 1) <= 12:
            return cls(version)
        return cls.of(int(found[1]), int(found[2]) if found[2] else None)

    @property
    def year(self) -> str:
        """The year it belongs to."""
        return self.version[:4]

    @property
    def is_annual(self) -> bool:
        """Whether the version is a year."""
        return len(self.version) == 4


def release_in(text: str) -> Release | None:
    """The release one name speaks of."""
    if found := _MONTH_FIRST.search(text):
        return Release.of(int(found[2]), _number(found[1]))
    if found := _YEAR_FIRST.search(text):
        return Release.of(int(found[1]), _number(found[2]) if found[2] else None)
    if found := _SHORT_YEAR.search(text):
        return Release.of(2000 + int(found[1]))
    return None


def release_in_path(path: str) -> Release | None:
    """The release that a path speaks of: the name of the file itself, else of what it lies in, nearest first.

    Where the file says the year alone, what it lies in may say the month.
    """
    *outer, name = re.split(r"!/|/", path)
    near = [name, *reversed(outer[-3:])]
    found = [release for text in near if (release := release_in(text)) is not None]
    if not found:
        return None
    exact = (r for r in found if not r.is_annual and r.year == found[0].year)
    return next(exact, found[0])


def release_of_dates(dates: Sequence[str]) -> Release | None:
    """The release whose newest action took effect on the last of these ISO dates: the quarter that it lies in."""
    newest = max(dates, default="")
    if not newest:
        return None
    year, month = int(newest[:4]), int(newest[5:7])
    return Release.of(year, (month - 1) // 3 * 3 + 1)


def header(release: Release) -> CodeSystemMetadata:
    """The header of a release."""
    return replace(
        systems.header(systems.HCPCS),
        version=release.version,
        version_algorithm=BY_DATE,
        content="complete",
        language="en",
        description=DESCRIPTION,
        copyright=COPYRIGHT,
        hierarchy_meaning="grouped-by",
        effective_start=release.start,
        effective_end=release.end,
    )


def _number(month: str) -> int:
    return MONTHS.index(month.lower()[:3]) + 1
