"""Which release a file belongs to: the fiscal year, or an update within it, and the days it is in effect.

CMS names files after the fiscal year, which begins on 1 October of the year before. An update (1 April, lately also
1 January) carries the same file names; only the archive or folder names the day ("april-1-2025-…"). Versions are the
year (`2025`) and, for an update, year and month (`2025-04`), so that they order as dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from loaders import systems
from loaders.release_names import names_around
from terminology.model.codesystem import CodeSystemMetadata, Content, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "(" + "|".join(rf"{month[:3]}(?:{month[3:]})?" for month in MONTHS) + ")"
_DAY = re.compile(
    rf"(?<![a-z]){_MONTH}[-_ .,]*(?:\d{{1,2}}[-_ .,]+)?(20\d\d)(?!\d)|(?<!\d)(20\d\d)[-_ .,]*{_MONTH}(?![a-z])"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_STATED = re.compile(r"(20\d\d)(?:-(\d\d))?")
_OURS = re.compile("icd|pcs|gem")
"""Folders count only when their name speaks of the release: `/home/april/2019` does not."""

DESCRIPTION = (
    "Procedure codes for hospital inpatients in the United States. Each of the seven characters is a value of an axis, "
    "whose meaning depends on the table that the first three make."
)
COPYRIGHT = "ICD-10-PCS is a work of the United States Government and in the public domain."
BY_DATE = Coding("http://hl7.org/fhir/version-algorithm", "date")


@dataclass(frozen=True, slots=True)
class Release:
    """A version with the days it is in effect, both inclusive; None where its text says nothing about that."""

    version: str
    start: str | None = None
    end: str | None = None

    @classmethod
    def of(cls, year: int, month: int | None = None) -> Release:
        """A fiscal year's release of October, or its update of another month."""
        end = f"{year}-09-30"
        if month is None or month == 10:
            return cls(str(year), f"{year - 1}-10-01", end)
        return cls(f"{year}-{month:02}", f"{year - (month > 10)}-{month:02}-01", end)

    @classmethod
    def parse(cls, version: str) -> Release:
        """What a version means that a user states."""
        found = _STATED.fullmatch(version)
        if found is None or not 1 <= int(found[2] or 1) <= 12:
            return cls(version)
        return cls.of(int(found[1]), int(found[2]) if found[2] else None)

    @property
    def year(self) -> str:
        """The fiscal year, as the file names have it."""
        return self.version[:4]


def release_of(file: SourceFile, stated_year: str | None, option: str | None) -> Release:
    """The release of a file: by its content (`stated_year`), its names, and what the user says (`option`).

    The user may say which update of the year it is, or the year that nothing states. Raises TerminologyError invalid:
    PCS_YEAR_UNKNOWN, PCS_YEAR_CONTRADICTED.
    """
    found = release_in_names(file, stated_year)
    if option is None:
        if found is None:
            raise TerminologyError.of("invalid", "PCS_YEAR_UNKNOWN", path=file.path)
        return found
    wanted = Release.parse(option)
    if found is not None and wanted.start is not None and wanted.year != found.year:
        raise TerminologyError.of(
            "invalid", "PCS_YEAR_CONTRADICTED", path=file.path, stated=found.version, wanted=option
        )
    return wanted


def release_in_names(file: SourceFile, stated_year: str | None = None) -> Release | None:
    """The release that a file states, in its content or its names."""
    names = names_of(file.path)
    year = stated_year or next((found[1] for name in names if (found := _YEAR.search(name))), None)
    for name in names:
        if (found := _DAY.search(name)) is not None:
            month = next(n for n, long in enumerate(MONTHS, 1) if long.startswith(found[1] or found[4]))
            fiscal = int(found[2] or found[3]) + (month >= 10)
            if year is None or year in {str(fiscal), found[2] or found[3]}:
                return Release.of(fiscal, month)
    return Release.of(int(year)) if year else None


def names_of(path: str) -> list[str]:
    """The names that may say what a file is, nearest first."""
    return names_around(path, _OURS)


def header(
    release: Release, content: Content = "complete", properties: tuple[PropertyDefinition, ...] = ()
) -> CodeSystemMetadata:
    """The header of a part of that release."""
    return replace(
        systems.header(systems.ICD10PCS),
        id=f"icd-10-pcs-{release.version}",
        version=release.version,
        version_algorithm=BY_DATE,
        content=content,
        language="en",
        description=DESCRIPTION,
        copyright=COPYRIGHT,
        hierarchy_meaning="is-a",
        effective_start=release.start,
        effective_end=release.end,
        properties=properties,
    )
