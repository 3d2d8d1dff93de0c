"""Releases named after a year or one of its months: their versions, and the days on which they are in effect.

A version is the year (`2025`) or year and month (`2025-04`), so that versions sort as dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError

BY_DATE: Final = Coding("http://hl7.org/fhir/version-algorithm", "date")
"""The version algorithm of code systems with such versions."""
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STATED = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2]))?")
OCTOBER: Final = 10


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A version and its first and last day (ISO dates, both inclusive); None where nothing says so."""

    version: str
    start: str | None = None
    end: str | None = None

    @property
    def year(self) -> str:
        """The year that the version belongs to."""
        return self.version[:4]

    @property
    def is_annual(self) -> bool:
        """Whether the version is a year."""
        return len(self.version) == len("2025")


def calendar_year(year: int) -> Release:
    """A release that is in effect from 1 January to 31 December."""
    return Release(str(year), f"{year}-01-01", f"{year}-12-31")


def fiscal_year(year: int, month: int | None = None) -> Release:
    """The release of a fiscal year of the United States, which begins in October, or its update of another month."""
    end = f"{year}-09-30"
    if month is None or month == OCTOBER:
        return Release(str(year), f"{year - 1}-10-01", end)
    return Release(f"{year}-{month:02}", f"{year - (month > OCTOBER)}-{month:02}-01", end)


def parse(version: str, dated: Callable[[int, int | None], Release]) -> Release:
    """The release that a user's version means; one of another form says nothing about days."""
    found = _STATED.fullmatch(version)
    if found is None:
        return Release(version)
    return dated(int(found[1]), int(found[2]) if found[2] else None)


def agreed(found: Release | None, option: str | None, path: str, messages: str) -> Release:
    """The release of a file by what it states and what the user says, who may name an update of the same year.

    Raises TerminologyError invalid: `{messages}_YEAR_UNKNOWN`, `{messages}_YEAR_CONTRADICTED`.
    """
    if option is None:
        if found is None:
            raise TerminologyError.of("invalid", f"{messages}_YEAR_UNKNOWN", path=path)
        return found
    wanted = parse(option, fiscal_year)
    if found is not None and wanted.start is not None and wanted.year != found.year:
        raise TerminologyError.of(
            "invalid", f"{messages}_YEAR_CONTRADICTED", path=path, stated=found.version, wanted=option
        )
    return wanted
