"""Determines the release of a HCPCS file, and the days it is in effect.

CMS published the whole set once a year until 2019, and each quarter since. Files are called `HCPC2019_CONTR_ANWEB.txt`
or `HCPC2025_OCT_ANWEB.xlsx`, archives `october-2025-alpha-numeric-hcpcs-file.zip`. Versions are the year (`2019`) or
year and month (`2025-10`), so that they sort as dates.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import replace

from loaders import systems
from loaders.releases import BY_DATE, MONTHS, Release, calendar_year
from terminology.model.codesystem import CodeSystemMetadata

_MONTH = rf"({'|'.join(MONTHS)})[a-z]*"
_YEAR_FIRST = re.compile(rf"(?<!\d)(?:hcpcs?_?)?(20\d\d)(?:[-_. ]*{_MONTH}(?![a-z]))?", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"(?<![a-z]){_MONTH}[-_. ]*(20\d\d)(?!\d)", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"hcpcs?_?(\d\d)(?!\d)", re.IGNORECASE)

DESCRIPTION = (
    "Codes and modifiers for items, supplies and services that CPT does not cover, maintained by the Centers for "
    "Medicare & Medicaid Services. The letters that codes begin with group them."
)
COPYRIGHT = (
    "HCPCS Level II is a work of the United States Government and in the public domain. It holds neither CPT (American "
    "Medical Association) nor CDT (American Dental Association)."
)


def quarter(year: int, month: int | None = None) -> Release:
    """The release of a year, or of the quarter that begins in a month."""
    if month is None:
        return calendar_year(year)
    last = min(month + 2, 12)
    day = calendar.monthrange(year, last)[1]
    return Release(f"{year}-{month:02}", f"{year}-{month:02}-01", f"{year}-{last:02}-{day:02}")


def release_in(text: str) -> Release | None:
    """The release one name speaks of."""
    if found := _MONTH_FIRST.search(text):
        return quarter(int(found[2]), _number(found[1]))
    if found := _YEAR_FIRST.search(text):
        return quarter(int(found[1]), _number(found[2]) if found[2] else None)
    if found := _SHORT_YEAR.search(text):
        return quarter(2000 + int(found[1]))
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
    return quarter(year, (month - 1) // 3 * 3 + 1)


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
