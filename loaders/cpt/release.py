"""Determines the release (year) of CPT files, from names and from what the files say of themselves.

CPT is in effect from 1 January. The year of a copyright notice is ignored: it is often that of the printing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from loaders.releases import Release, calendar_year

_NAMED = re.compile(
    r"cpt[^0-9a-z]{0,3}(?:data[^0-9a-z]?)?(20\d\d)(?!\d)|(?<!\d)(20\d\d)[^0-9a-z]{0,3}cpt", re.IGNORECASE
)
_YEAR = re.compile(r"20\d\d")
_SAID = re.compile(r"\bCPT(?:®|™|\(R\))?\s+(?:data\s+files?\s+)?(20\d\d)\b|\b(20\d\d)\s+CPT\b", re.IGNORECASE)
_DATED = re.compile(r"(20\d\d)-(\d\d)-(\d\d)")
NEAR = 4
"""How many names at the end of a path may state the release."""


def release_of(version: str) -> Release:
    """A year is in effect from its first to its last day, a date from that day."""
    if _YEAR.fullmatch(version):
        return calendar_year(int(version))
    return Release(version, version if _DATED.fullmatch(version) else None)


def year_in_path(path: str) -> str | None:
    """The year beside "CPT" in a path, or as the name of a folder; the nearest first."""
    names = re.split(r"!/|/", path)[-NEAR:]
    for name in reversed(names):
        if found := _NAMED.search(name):
            return found[1] or found[2]
        if _YEAR.fullmatch(name):
            return name
    return None


def year_in_text(lines: Iterable[str]) -> str | None:
    """The year that a licence or title states: "CPT® 2026", "2026 CPT"."""
    found = (_SAID.search(line) for line in lines)
    return next((f[1] or f[2] for f in found if f), None)
