"""Determines the release of an ICD-10-CM file, and the days on which it is in effect.

Files are named after the fiscal year, which begins on 1 October of the previous year; an update (1 April, in recent
years) also after its month. Versions are the year (`2026`) and, for an update, year and month (`2026-04`): they sort as
dates.
"""

from __future__ import annotations

import re
from dataclasses import replace

from loaders import systems
from loaders.icd10cm.uses import DEFINITIONS
from loaders.release_names import names_around
from loaders.releases import BY_DATE, MONTHS, Release, agreed, fiscal_year
from terminology.model.codesystem import CodeSystemMetadata, Content

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_MONTH = re.compile(rf"(?<![a-z])({'|'.join(MONTHS)})[a-z]*(?![a-z])")
_OURS = re.compile(r"icd|cm")
COPYRIGHT = (
    "ICD-10-CM is a work of the United States Government and in the public domain. ICD-10 is copyright of the World "
    "Health Organization."
)


def release_of(path: str, stated_year: str | None, option: str | None) -> Release:
    """The release of a file, by the year in its content, by its names, and by what the user says.

    Raises TerminologyError invalid: ICD10CM_YEAR_UNKNOWN, ICD10CM_YEAR_CONTRADICTED.
    """
    return agreed(_named(path, stated_year), option, path, "ICD10CM")


def _named(path: str, stated_year: str | None) -> Release | None:
    """The nearest name with a year decides; a month in it makes an update."""
    for name in names_around(path, _OURS):
        if found := _YEAR.search(name):
            month = _MONTH.search(name)
            number = MONTHS.index(month[1]) + 1 if month else 10
            year = int(found[1])
            if month and number >= 10 and stated_year != found[1]:  # October 2025 begins the fiscal year 2026
                year += 1
            if stated_year in {None, str(year)}:
                return fiscal_year(year, number)
    return fiscal_year(int(stated_year)) if stated_year else None


def header(release: Release, content: Content = "complete") -> CodeSystemMetadata:
    """The header of a part of that release."""
    return replace(
        systems.header(systems.ICD10CM),
        version=release.version,
        version_algorithm=BY_DATE,
        content=content,
        language="en",
        description=(
            "Diagnosis codes of the United States: the WHO's ICD-10, modified for morbidity. Chapters, sections and "
            "categories that are divided further are headers and no codes to report."
        ),
        copyright=COPYRIGHT,
        hierarchy_meaning="is-a",
        effective_start=release.start,
        effective_end=release.end,
        properties=DEFINITIONS,
    )
