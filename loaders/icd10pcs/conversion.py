"""The conversion table: a workbook of the codes that CMS replaced by others, year by year.

Each row pairs a current code (or none, `NoPCS`) with a previous one and the change: `Deleted` (the current code is the
equivalent of the deleted previous one), `Revised` (code or title), `New` (the previous code was used for this before).
The table becomes a ConceptMap from previous to current codes, which also answers for codes that a release no longer
has; deletions become facts about the replacing codes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from loaders import spreadsheet
from loaders.concept_maps import MapProperty, concept_map
from loaders.icd10pcs.lists import CODE
from loaders.icd10pcs.uses import former
from loaders.problems import problem
from loaders.systems import ICD10PCS
from terminology.codesystems.icd10pcs_properties import REPLACES
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Property
from terminology.model.conceptmap import EFFECTIVE_DATE, ConceptMap, Group, Mapping, MappingAttribute, Relationship
from terminology.model.loading import SourceFile

COLUMNS = (
    "current code(s) assignment", "code title", "effective year", "previous code(s) assignment",
    "predecessor code title", "change type", "comment", "effective month/day",
)  # fmt: skip
NO_CODE = "NoPCS"
DELETED, REVISED, NEW = "Deleted", "Revised", "New"

PROPERTIES = (
    MapProperty("changeType", "string", "What happened: Deleted, Revised or New (CMS's words)."),
    MapProperty(EFFECTIVE_DATE, "dateTime", "The day from which the current code is used."),
)


class Pair(NamedTuple):
    """A row. `effective` is an ISO date."""

    previous: str
    previous_title: str
    current: str
    current_title: str
    change: str
    comment: str
    effective: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """The pairs, and how many rows name new codes that had no predecessor."""

    pairs: tuple[Pair, ...]
    without_predecessor: int


def is_conversion(file: SourceFile) -> bool:
    """Whether a workbook is a conversion table, by its name."""
    return "conversion" in file.name.lower() and spreadsheet.is_workbook(file)


def parse(file: SourceFile) -> Conversion:
    """Read a conversion table. Raises TerminologyError invalid that names the row."""
    rows = spreadsheet.rows(file)
    head = next(rows, spreadsheet.Row(1, ()))
    names = tuple(re.sub(r"\s*\[.*", "", " ".join(cell.lower().split())) for cell in head.cells[: len(COLUMNS)])
    if names != COLUMNS:
        raise problem(file.path, head.number, "PCS_CONVERSION_COLUMNS", expected=" | ".join(COLUMNS))
    pairs, new = [], 0
    for number, cells in rows:
        pair = _pair(file.path, number, (*cells, *[""] * len(COLUMNS)))
        if pair is None:
            new += 1
        else:
            pairs.append(pair)
    return Conversion(tuple(pairs), new)


def _pair(path: str, number: int, cells: tuple[str, ...]) -> Pair | None:
    current, title, year, previous, previous_title, change, comment, day = (c.strip() for c in cells[: len(COLUMNS)])
    for code in (current, previous):
        if code != NO_CODE and not CODE.fullmatch(code):
            raise problem(path, number, "PCS_CODE_SYNTAX", code=code)
    if change not in {DELETED, REVISED, NEW}:
        raise problem(path, number, "PCS_CONVERSION_CHANGE", change=change)
    return None if previous == NO_CODE else Pair(
        previous, previous_title, current, title, change, comment, _effective(path, number, year, day)
    )  # fmt: skip


def _effective(path: str, number: int, year: str, day: str) -> str:
    """Year (of the calendar, not the fiscal one) with month and day (`10.01`) as a date."""
    found = re.fullmatch(r"(0?[1-9]|1[0-2])\.(0[1-9]|[12]\d|3[01])", day)
    if found is None or not re.fullmatch(r"20\d\d", year):
        raise problem(path, number, "PCS_CONVERSION_DATE", year=year, day=day)
    return f"{year}-{int(found[1]):02}-{found[2]}"


def to_map(conversion: Conversion, version: str) -> ConceptMap:
    """The table as a concept map from previous to current codes."""
    merged = _merged(conversion.pairs)
    targets = Counter(pair.previous for pair in merged if pair.change == DELETED and pair.current != NO_CODE)
    mappings = (_mapping(pair, targets[pair.previous]) for pair in merged)
    group = Group(source=Canonical(ICD10PCS), target=Canonical(ICD10PCS), mappings=tuple(mappings))
    return concept_map(
        "icd-10-pcs-conversion",
        version=version,
        name="ICD10PCSConversion",
        title=f"ICD-10-PCS conversion table {version}: previous codes to current codes",
        groups=(group,),
        properties=PROPERTIES,
    )


def _merged(pairs: Iterable[Pair]) -> list[Pair]:
    """One row for each pair of codes, sorted by previous code; of several changes of a pair, a deletion counts."""
    rank = {DELETED: 0, REVISED: 1, NEW: 2}
    found: dict[tuple[str, str], Pair] = {}
    for pair in sorted(pairs, key=lambda p: (p.previous, p.current, rank[p.change], p.effective)):
        found.setdefault((pair.previous, pair.current), pair)
    return list(found.values())


def _mapping(pair: Pair, targets: int) -> Mapping:
    """The mapping of a row. Without a current code it has no target, and so no place for the date and the change."""
    if pair.current == NO_CODE:
        return Mapping(source_code=pair.previous, source_display=pair.previous_title)
    values = (("changeType", "String", pair.change), (EFFECTIVE_DATE, "DateTime", pair.effective))
    return Mapping(
        source_code=pair.previous,
        source_display=pair.previous_title,
        target_code=pair.current,
        target_display=pair.current_title,
        relationship=_relationship(pair, targets),
        comment=pair.comment or None,
        properties=tuple(MappingAttribute(name, kind, value) for name, kind, value in values),
    )


def _relationship(pair: Pair, targets: int) -> Relationship:
    """`equivalent` if CMS says so and there is one target, and for a code whose title was revised."""
    same = pair.change == REVISED and pair.previous == pair.current
    return "equivalent" if same or (pair.change == DELETED and targets == 1) else "related-to"


def to_facts(conversion: Conversion) -> Iterator[Concept]:
    """The current codes that replace deleted ones, as facts about the current codes."""
    replaced: dict[str, dict[str, str]] = {}
    for pair in conversion.pairs:
        if pair.current not in {pair.previous, NO_CODE} and pair.change in {DELETED, REVISED}:
            replaced.setdefault(pair.current, {})[pair.previous] = pair.previous_title
    for code, previous in replaced.items():
        yield Concept(
            code, properties=tuple(Property(REPLACES, "Coding", former(old, title)) for old, title in previous.items())
        )


def from_facts(facts: Iterable[Concept]) -> dict[str, tuple[Coding, ...]]:
    """The reverse of `to_facts`: deleted codes by the code that replaces them."""
    return {f.code: tuple(v.value for v in f.properties if isinstance(v.value, Coding)) for f in facts}
