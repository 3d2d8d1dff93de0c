"""All codes of a release in their stored order: terms, parts, answer lists, answers, groups.

The first of two passes over the tables. The order is by code as text, so that pages of an expansion are the same as
those of other LOINC servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loaders.columns import named
from loaders.loinc import layout
from loaders.loinc.layout import Release
from loaders.problems import place_of
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

TERM = re.compile(r"[0-9]{1,7}-[0-9]")
OTHER = re.compile(r"(LP|LL|LA|LG|MTHU)[0-9]{1,9}(-[0-9])?")


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of each kind, sorted, and the place of each among all of them."""

    terms: tuple[str, ...]
    parts: tuple[str, ...]
    lists: tuple[str, ...]
    answers: tuple[str, ...]
    groups: tuple[str, ...]
    positions: dict[str, int]

    def __len__(self) -> int:
        return len(self.positions)

    def __iter__(self) -> Iterator[str]:
        return iter(self.positions)


def codes(release: Release, main: SourceFile) -> Codes:
    """Read every table for codes. Raises TerminologyError invalid for codes given twice, or that are none."""
    tables = release.tables
    terms = _unique(main, "LOINC_NUM", TERM)
    parts: set[str] = set()
    if layout.PARTS in tables:
        parts = _unique(tables[layout.PARTS], "PartNumber", OTHER)
    else:
        for name in (layout.PRIMARY_LINKS, layout.SUPPLEMENTARY_LINKS, layout.OLD_LINKS):
            parts |= _all(tables[name], "PartNumber") if name in tables else set()
    for name in (layout.HIERARCHY, layout.OLD_HIERARCHY):
        if name in tables:
            parts |= {code for code in _all(tables[name], "CODE", "IMMEDIATE_PARENT") if OTHER.fullmatch(code)}
    lists: set[str] = set()
    answers: set[str] = set()
    if layout.ANSWERS in tables:
        lists = _all(tables[layout.ANSWERS], "AnswerListId")
        answers = _all(tables[layout.ANSWERS], "AnswerStringId")
    groups: set[str] = set()
    for name, column in ((layout.PARENT_GROUPS, "ParentGroupId"), (layout.GROUPS, "GroupId")):
        if name in tables:
            groups |= _all(tables[name], column)
    kinds = [tuple(sorted(kind)) for kind in (terms, parts, lists, answers, groups)]
    return Codes(kinds[0], kinds[1], kinds[2], kinds[3], kinds[4], _numbered(kinds))


def _numbered(kinds: Iterable[Iterable[str]]) -> dict[str, int]:
    positions: dict[str, int] = {}
    for kind in kinds:
        for code in kind:
            positions.setdefault(code, len(positions))
    return positions


def _unique(file: SourceFile, column: str, pattern: re.Pattern[str]) -> set[str]:
    """The codes a table lists once each."""
    lines: dict[str, int] = {}
    for number, (code,) in named(file, [column]):
        if not pattern.fullmatch(code):
            raise TerminologyError.of(
                "invalid", "RELEASE_CODE_MALFORMED", place=place_of(file.path, number), code=code, system="LOINC"
            )
        if code in lines:
            raise TerminologyError.of(
                "conflict", "RELEASE_CODE_TWICE", code=code, place=place_of(file.path, number), first=str(lines[code])
            )  # fmt: skip
        lines[code] = number
    return set(lines)


def _all(file: SourceFile, *columns: str) -> set[str]:
    return {code for _, cells in named(file, columns) for code in cells if code}
