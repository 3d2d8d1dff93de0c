"""Determines the release of a file: the fiscal year, or an update within it, and the days it is in effect.

CMS names files after the fiscal year, which begins on 1 October of the previous year. The files of an update (1 April,
recently also 1 January) have the same names; only the archive or folder states the day ("april-1-2025-…"). Versions are
the year (`2025`) and, for an update, year and month (`2025-04`), so that they sort as dates.
"""

from __future__ import annotations

import re
from dataclasses import replace

from loaders import systems
from loaders.release_names import names_around
from loaders.releases import BY_DATE, Release, agreed, fiscal_year
from terminology.model.codesystem import CodeSystemMetadata, Content, PropertyDefinition
from terminology.model.loading import SourceFile

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "(" + "|".join(rf"{month[:3]}(?:{month[3:]})?" for month in MONTHS) + ")"
_DAY = re.compile(
    rf"(?<![a-z]){_MONTH}[-_ .,]*(?:\d{{1,2}}[-_ .,]+)?(20\d\d)(?!\d)|(?<!\d)(20\d\d)[-_ .,]*{_MONTH}(?![a-z])"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_OURS = re.compile("icd|pcs|gem")
"""Folders count only when their name speaks of the release: `/home/april/2019` does not."""

DESCRIPTION = (
    "Procedure codes for hospital inpatients in the United States. Each of the seven characters is a value of an axis, "
    "whose meaning depends on the table that the first three make."
)
COPYRIGHT = "ICD-10-PCS is a work of the United States Government and in the public domain."


def release_of(file: SourceFile, stated_year: str | None, option: str | None) -> Release:
    """The release of a file: by its content (`stated_year`), its names, and what the user says (`option`).

    The user may say which update of the year it is, or the year that nothing states. Raises TerminologyError invalid:
    PCS_YEAR_UNKNOWN, PCS_YEAR_CONTRADICTED.
    """
    return agreed(release_in_names(file, stated_year), option, file.path, "PCS")


def release_in_names(file: SourceFile, stated_year: str | None = None) -> Release | None:
    """The release that a file states, in its content or its names."""
    names = names_of(file.path)
    year = stated_year or next((found[1] for name in names if (found := _YEAR.search(name))), None)
    for name in names:
        if (found := _DAY.search(name)) is not None:
            month = next(n for n, long in enumerate(MONTHS, 1) if long.startswith(found[1] or found[4]))
            fiscal = int(found[2] or found[3]) + (month >= 10)
            if year is None or year in {str(fiscal), found[2] or found[3]}:
                return fiscal_year(fiscal, month)
    return fiscal_year(int(year)) if year else None


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
