"""The addendum of an order file: what a release adds, deletes and revises, followed by the publisher's totals.

Each line has the action in columns 1–12, then flag, code, short and long title as in the order file. A revision takes
two consecutive lines. Totals are those of headers (flag 0) and of codes (flag 1).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loaders.icd10cm.lists import lines
from loaders.icd10cm.uses import ABBREVIATED, CATEGORY, PREVIOUS_TITLE, dotted
from loaders.problems import problem
from loaders.systems import ICD10CM
from terminology.codesystems.replacing import DELETED_CODE
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

_ROW = re.compile(r"([01]) ([A-Z][0-9A-Z]{2}[0-9A-Z ]{4}) (.{60}) (\S.*)")
_CHANGE = re.compile(r"(Add|Delete|Revise from|Revise to):")
_TOTAL = re.compile(r"\s*(\d+) (additions|deletions|revisions)")
_SUBJECT = re.compile(r"(Headers|Codes)")
_COUNTED = {"Add": "additions", "Delete": "deletions", "Revise to": "revisions"}


class Row(NamedTuple):
    """One line; `number` is its place in the file, `code` has its dot."""

    number: int
    action: str
    valid: bool
    code: str
    short: str
    long: str


class Addendum(NamedTuple):
    """All changes, and the totals the file states: (subject, what) → count."""

    rows: tuple[Row, ...]
    totals: dict[tuple[str, str], int]

    def counted(self) -> Counter[tuple[str, str]]:
        """The totals as they are."""
        subjects = ("Headers", "Codes")
        return Counter((subjects[row.valid], _COUNTED[row.action]) for row in self.rows if row.action in _COUNTED)


def read(file: SourceFile) -> Addendum:
    """Read an addendum and compare its totals. Raises TerminologyError invalid with file and line."""
    rows: list[Row] = []
    totals: dict[tuple[str, str], int] = {}
    subject = ""
    for number, line in lines(file):
        if _CHANGE.match(line):
            rows.append(_row(file.path, number, line))
        elif found := _SUBJECT.fullmatch(line):
            subject = found[1]
        elif (found := _TOTAL.fullmatch(line)) and subject:
            totals[subject, found[2]] = int(found[1])
    addendum = Addendum(tuple(rows), totals)
    counted = addendum.counted()
    for (kind, what), stated in totals.items():
        if counted[kind, what] != stated:
            raise TerminologyError.of(
                "invalid", "ICD10CM_ADDENDUM_TOTAL", path=file.path, stated=str(stated),
                found=str(counted[kind, what]), what=f"{what} of {kind.lower()}",
            )  # fmt: skip
    if not rows:
        raise TerminologyError.of("invalid", "ICD10CM_NOTHING", path=file.path)
    return addendum


def _row(path: str, number: int, line: str) -> Row:
    begin = line.find(":") + 1
    rest = line[begin:].lstrip()
    found = _ROW.fullmatch(rest)
    if found is None:
        raise problem(path, number, "ICD10CM_LINE", what="an addendum", line=line[:80])
    flag, code, short, long = found.groups()
    return Row(number, line[: begin - 1], flag == "1", dotted(code.rstrip()), short.rstrip(), long.rstrip())


def concepts(addendum: Addendum) -> Iterator[Concept]:
    """The changes as detail of codes that the release has; a deleted code is mentioned on its category."""
    before = {row.code: row for row in addendum.rows if row.action in {"Delete", "Revise from"}}
    gone = _by_category(addendum)
    for row in addendum.rows:
        if row.action not in {"Add", "Revise to"}:
            continue
        former = before.get(row.code)
        yield Concept(
            row.code,
            row.long,
            designations=tuple(_former_titles(row, former)),
            properties=(Property("change", "code", _change(row, former)), *gone.pop(row.code, ())),
        )
    for category, codes in gone.items():
        yield Concept(category, properties=tuple(codes))


def _by_category(addendum: Addendum) -> dict[str, list[Property]]:
    lost = {row.code for row in lost_categories(addendum)}
    codes: dict[str, list[Property]] = {}
    for row in _deleted(addendum):
        if (category := row.code[:CATEGORY]) not in lost:
            former = Coding(ICD10CM, row.code, display=row.long)
            codes.setdefault(category, []).append(Property(DELETED_CODE, "Coding", former))
    return codes


def lost_categories(addendum: Addendum) -> Sequence[Row]:
    """The categories that were deleted as a whole. No concept mentions them, since lists have none above categories."""
    return [row for row in _deleted(addendum) if len(row.code) == CATEGORY]


def _deleted(addendum: Addendum) -> Sequence[Row]:
    """The deleted codes. Codes that are deleted and added again are left out: only their flag has changed."""
    there = {row.code for row in addendum.rows if row.action == "Add"}
    return [row for row in addendum.rows if row.action == "Delete" and row.code not in there]


def _change(row: Row, former: Row | None) -> str:
    if former is None:
        return "added"
    if former.valid != row.valid:
        return "made-code" if row.valid else "made-header"
    return "retitled"


def _former_titles(row: Row, former: Row | None) -> Iterator[Designation]:
    if row.short != row.long:
        yield Designation(row.short, use=ABBREVIATED)
    if former is not None and former.long != row.long:
        yield Designation(former.long, use=PREVIOUS_TITLE)
