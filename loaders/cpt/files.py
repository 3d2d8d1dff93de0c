"""Recognises the files of a CPT release by name and content.

The AMA's older layout has a file for each kind of descriptor, the newer one (from 2026) a consolidated table. A licence
text may precede either.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from types import MappingProxyType

from loaders import tables
from loaders.spreadsheet import Row
from loaders.tables import Headings
from terminology.codesystems.cpt.codes import CODE
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError


class Layout(Enum):
    """How a file is read."""

    LONG = "long descriptors"
    MEDIUM = "medium descriptors"
    SHORT = "short descriptors"
    TABLE = "descriptors"
    MODIFIERS = "modifiers"
    MODIFIER_TEXT = "modifiers as text"
    DELETED = "deleted codes"
    TELEMEDICINE = "telemedicine services"
    HISTORY = "history"


NAMES: tuple[tuple[re.Pattern[str], Layout], ...] = (
    (re.compile(r"longul?t(?:[^a-z].*)?\.txt"), Layout.LONG),
    (re.compile(r"medul?(?:[^a-z].*)?\.txt"), Layout.MEDIUM),
    (re.compile(r"shortul?(?:[^a-z].*)?\.txt"), Layout.SHORT),
    (re.compile(r"modul(?:[^a-z].*)?\.txt"), Layout.MODIFIER_TEXT),
    (re.compile(r"deleted.*\.(?:txt|tsv|csv|xlsx)"), Layout.DELETED),
    (re.compile(r"history(?:modifiers)?_?dtk.*\.(?:txt|tsv|csv|xlsx)"), Layout.HISTORY),
    (re.compile(r".*(?:tele(?:medicine|health)|appendix[ _-]?[pt]\b).*\.(?:txt|csv)"), Layout.TELEMEDICINE),
)

OWN = re.compile(
    r"(longul?t|medul?|shortul?)\.txt|(consumer|clinician)descriptors?\.txt|consolidatedcodelist\.txt"
    r"|(deleted|history|historymodifiers)_dtk_tab\.txt",
    re.IGNORECASE,
)
"""Names that only the AMA gives: a file with one of them is a file of CPT, whatever is in it."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "code": ("cptcode", "placode", "modifiercode", "modifier", "code"),
        "long": ("long", "longdescriptor", "longdescription", "descriptor", "cptdescriptor", "currentdescriptor"),
        "medium": ("medium", "mediumdescriptor"),
        "short": ("short", "shortdescriptor"),
        "consumer": ("consumer", "consumerdescriptor", "consumerfriendlydescriptor"),
        "spanish": ("spanishconsumer", "spanishconsumerdescriptor"),
        "clinician": ("cliniciandescriptor",),
        "conceptId": ("conceptid",),
        "descriptorEffectiveDate": ("currentdescriptoreffectivedate", "modifierdescriptoreffective", "effectivedate"),
        "testName": ("testname", "procedurename"),
        "laboratory": ("labname", "clinicallaboratory", "laboratory"),
        "manufacturer": ("manufacturername", "manufacturer"),
        "modifierName": ("modifiername", "modifier name"),
        "modifierDescription": ("modifierdescription",),
        "section": ("section",),
        "level": ("leveliii", "level"),
        "deletionDate": ("datedeleted", "deleteddate", "deletiondate", "dateofdeletion", "effectivedate"),
        "deletionNote": ("crosswalk", "replacement", "replacedby", "successor", "instruction", "instructions", "see"),
    }
)
"""Columns → their possible headings, folded."""

DESCRIPTORS = ("long", "medium", "short", "consumer", "spanish", "clinician", "testName")
_FIXED = re.compile(rf"{CODE.pattern} \S.*")
_TABBED = re.compile(rf"{CODE.pattern}\t\S.*")
_LISTED = re.compile(rf"\W*({CODE.pattern})(?!\w).*")
_MODIFIER_LINE = re.compile(r"([0-9][0-9A-Z]|[A-Z][0-9])[\t ]+\S.*")
"""Modifiers with a digit: in capitals, words of a licence look like the others."""
HEAD = 1 << 18
OURS = re.compile("cpt|pla|descriptor|codelist|modifier")
"""Names of large tables that may be CPT's; others are not opened."""
LINES = re.compile(r"\r\n|\n|\r")


def layout_of(file: SourceFile) -> Layout | None:
    """How a file is read; None if it is not a file of CPT."""
    name = file.name.lower()
    named = next((layout for pattern, layout in NAMES if pattern.fullmatch(name)), None)
    try:
        if named is not None:
            return named if _fits(file, named) else None
        if tables.is_table(file) and not _looks_binary(file) and (file.size < HEAD or OURS.search(name)):
            return _table_layout(file)
    except TerminologyError:  # somebody else's broken file; one of CPT is known by its name
        return named
    return None


def _fits(file: SourceFile, layout: Layout) -> bool:
    """Whether the content matches the name."""
    if layout in {Layout.DELETED, Layout.HISTORY}:
        found = headings(tables.rows(file))
        return found is not None and ("dtk" in file.name.lower() or "cptcode" in found.columns)
    if layout is Layout.TELEMEDICINE:
        filled = [line for line in head(file) if line.strip()]
        return 0 < len(filled) <= 2 * sum(_LISTED.fullmatch(line.strip()) is not None for line in filled)
    patterns = {
        Layout.LONG: _TABBED,
        Layout.MEDIUM: _FIXED,
        Layout.SHORT: _FIXED,
        Layout.MODIFIER_TEXT: _MODIFIER_LINE,
    }
    return any(patterns[layout].fullmatch(line) for line in head(file))


def _table_layout(file: SourceFile) -> Layout | None:
    found = headings(tables.rows(file))
    if found is None:
        return None
    names = set(found.columns)
    if "modifiercode" in names:
        return Layout.MODIFIERS
    if names & {"cptcode", "placode"} and any(column(found, what) for what in DESCRIPTORS):
        return Layout.TABLE
    return None


def headings(found: Iterator[Row]) -> Headings | None:
    """The row of headings: the first with a column of codes and one more known column; None if there is none."""
    return tables.find_headings(found, _is_heading)


def _is_heading(names: Collection[str]) -> bool:
    known = {what for what, headings_ in COLUMNS.items() if set(headings_) & set(names)}
    return "code" in known and len(known) > 1


def column(found: Headings, what: str) -> str | None:
    """The heading of a column in a table."""
    return next((name for name in COLUMNS[what] if name in found.columns), None)


def head(file: SourceFile) -> list[str]:
    """The first lines of a text."""
    text = file.head(HEAD).decode("utf-8", "replace").removeprefix("\ufeff")
    return LINES.split(text)


def preamble(file: SourceFile, layout: Layout) -> list[str]:
    """The lines before the codes of a text file: title and licence."""
    if not file.name.lower().endswith((".txt", ".tsv")):
        return []
    lines = head(file)
    if layout in {Layout.LONG, Layout.MEDIUM, Layout.SHORT}:
        pattern = _TABBED if layout is Layout.LONG else _FIXED
        end = next((n for n, line in enumerate(lines) if pattern.fullmatch(line)), len(lines))
        return lines[:end]
    if layout in {Layout.TABLE, Layout.MODIFIERS, Layout.DELETED}:
        found = headings(tables.rows(file))
        return lines[: found.number - 1] if found else []
    return []


def is_record(layout: Layout, line: str) -> bool:
    """Whether a line of a text file is one of its codes."""
    return (_TABBED if layout is Layout.LONG else _FIXED).fullmatch(line) is not None


def listed_code(line: str) -> str | None:
    """The code at the beginning of a line of a list."""
    found = _LISTED.fullmatch(line)
    return found[1] if found else None


def _looks_binary(file: SourceFile) -> bool:
    return not file.name.lower().endswith(".xlsx") and b"\0" in file.head(1024)
