"""The addenda of order and codes files: what a release adds, deletes and retitles, followed by CMS's totals.

Columns from 1: 1–13 `Add:`, `Delete:`, `Revise from:`, `Revise to:`; 14–20 code; then, in the order file's addendum,
22–81 short title and 83– long title, in that of the codes file 22– long title. A summary ends the file: for each kind
of row ("Headers", "Codes") the numbers before and after, added, deleted, revised. Addenda change no list: the complete
file of the same release contains everything. They are checked against it, and provide what it lacks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from loaders.icd10pcs.lists import CHARACTER
from loaders.problems import problem
from loaders.tables import text_lines
from terminology.model.concept import Concept, Property
from terminology.model.loading import SourceFile

Action = Literal["added", "deleted", "retitled"]
COUNTED: Mapping[Action, str] = {"added": "additions", "deleted": "deletions", "retitled": "revisions"}

CHANGE_LINE = re.compile(rf"(Add|Delete|Revise from|Revise to):\s+({CHARACTER}{{3}}(?:    |{CHARACTER}{{4}})) (\S.*)")
FILE_TOTAL = re.compile(r"\s*(\d+) (?:headers|codes) in (?:\S*?)((?:19|20)\d\d)\.txt")
TOTAL = re.compile(r"\s*(\d+) (additions|deletions|revisions)")
DETAIL = re.compile(r"\s*(?:of which|\d+ revisions to .*)")
KINDS = {"Headers": 3, "Codes": 7}
"""What a block of the summary counts, by the length of the codes."""


class Change(NamedTuple):
    """One change; `was` is the long title that a retitled code had."""

    action: Action
    code: str
    short: str
    long: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Addendum:
    """All changes, and the numbers of headers and codes that the new file must have, where the summary says."""

    changes: tuple[Change, ...]
    headers: int | None = None
    codes: int | None = None


def parse(file: SourceFile, *, with_short: bool) -> Addendum:
    """Read an addendum and check its totals. Raises TerminologyError invalid that names the line.

    `with_short`: whether it is the order file's, whose lines have short titles.
    """
    reading = _Reading(file.path, with_short)
    for number, line in text_lines(file):
        if line.strip():
            reading.line(number, line.rstrip())
    return reading.result()


class _Reading:
    def __init__(self, path: str, with_short: bool) -> None:
        self._path = path
        self._with_short = with_short
        self._changes: list[Change] = []
        self._from: Change | None = None
        self._block = ""
        self._totals: dict[tuple[str, str], tuple[int, int]] = {}
        self._files: dict[str, list[int]] = {}

    def line(self, number: int, line: str) -> None:
        if (found := CHANGE_LINE.fullmatch(line)) is not None:
            self._change(number, *found.groups())
        elif line.strip() in KINDS:
            self._block = line.strip()
        elif (found := FILE_TOTAL.fullmatch(line)) is not None and self._block:
            self._files.setdefault(self._block, []).append(int(found[1]))
        elif (found := TOTAL.fullmatch(line)) is not None and self._block:
            self._totals[self._block, found[2]] = number, int(found[1])
        elif DETAIL.fullmatch(line) is None:
            raise problem(self._path, number, "PCS_ADDENDUM_LINE", line=line[:80])

    def _change(self, number: int, action: str, code: str, titles: str) -> None:
        short, long = (titles[:60].rstrip(), titles[61:].strip()) if self._with_short else ("", titles)
        change = Change("retitled", code.rstrip(), short, long)
        if (action == "Revise to") != (self._from is not None):
            raise problem(self._path, number, "PCS_ADDENDUM_REVISION", code=change.code)
        if not long:
            raise problem(self._path, number, "RELEASE_LINE_CUT", line=titles[:80])
        match action:
            case "Revise from":
                self._from = change
            case "Revise to" if self._from is not None:
                if self._from.code != change.code:
                    raise problem(self._path, number, "PCS_ADDENDUM_REVISION", code=change.code)
                self._changes.append(change._replace(was=self._from.long))
                self._from = None
            case _:
                self._changes.append(change._replace(action="added" if action == "Add" else "deleted"))

    def result(self) -> Addendum:
        """Everything read, after the totals have been compared."""
        if self._from is not None:
            raise problem(self._path, None, "PCS_ADDENDUM_REVISION", code=self._from.code)
        made = Counter((len(change.code), COUNTED[change.action]) for change in self._changes)
        for (block, counted), (line, stated) in self._totals.items():
            if made[KINDS[block], counted] != stated:
                found = str(made[KINDS[block], counted])
                raise problem(
                    self._path, line, "PCS_ADDENDUM_TOTAL", stated=str(stated), what=f"{block}, {counted}", found=found
                )
        after = {block: numbers[-1] for block, numbers in self._files.items() if len(numbers) == 2}
        return Addendum(tuple(self._changes), after.get("Headers"), after.get("Codes"))


TOTALS = "totals"


def to_facts(addendum: Addendum) -> Iterator[Concept]:
    """The addendum as facts: the totals, and one for each change."""
    totals = (("headers", addendum.headers), ("codes", addendum.codes))
    yield Concept(
        TOTALS, properties=tuple(Property(name, "integer", count) for name, count in totals if count is not None)
    )
    for change in addendum.changes:
        values = (("code", change.code), ("short", change.short), ("was", change.was))
        properties = tuple(Property(name, "string", value) for name, value in values if value)
        yield Concept(change.action, change.long, properties=properties)


def from_facts(facts: Iterable[Concept]) -> Addendum:
    """The reverse of `to_facts`."""
    changes, totals = [], dict[str, int]()
    for fact in facts:
        if fact.code == TOTALS:
            totals = {value.code: int(str(value.value)) for value in fact.properties}
        else:
            read = {value.code: str(value.value) for value in fact.properties}
            action = cast("Action", fact.code)
            changes.append(Change(action, read["code"], read.get("short", ""), fact.display or "", read.get("was", "")))
    return Addendum(tuple(changes), totals.get("headers"), totals.get("codes"))
