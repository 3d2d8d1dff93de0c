"""Reads the files of CPT: each becomes facts, one concept per code, with the file's texts and properties.

Decides nothing across files: `completing` does. Errors name file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from loaders import tables
from loaders.cpt import files
from loaders.cpt.files import Layout
from loaders.cpt.uses import CLINICIAN, CONSUMER, ENGLISH, LONG, MEDIUM, SHORT, SPANISH
from loaders.problems import problem
from terminology.codesystems.cpt.codes import CODE, MODIFIER
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile
from terminology.model.outcome import Issue

FILE: Final = "#file"
"""The property with the kind of file a fact is from: the name of a `files.Layout`."""

TEXTS: Mapping[str, tuple[Coding, str]] = MappingProxyType(
    {
        "long": (LONG, ENGLISH),
        "medium": (MEDIUM, ENGLISH),
        "short": (SHORT, ENGLISH),
        "consumer": (CONSUMER, ENGLISH),
        "spanish": (CONSUMER, SPANISH),
        "clinician": (CLINICIAN, ENGLISH),
    }
)
STRINGS = ("conceptId", "testName", "laboratory", "manufacturer", "section", "level", "deletionNote")
OF_DELETED = ("deletionDate", "deletionNote")
"""Columns that only apply to tables of deleted codes; elsewhere their headings mean something else."""
DATES = ("descriptorEffectiveDate", "deletionDate")
MODIFIER_LINE = re.compile(r"([0-9A-Z]{2})(?:\t+| +)(\S.*)")
FIRST_MODIFIER = re.compile(r"(?:[0-9][0-9A-Z]|[A-Z][0-9])[\t ]+\S.*")
SECTION = re.compile(r"[^.:;]*\bmodifiers?\b[^.:;]*", re.IGNORECASE)
"""A heading between modifiers."""
FIXED_WIDTH: Mapping[Layout, int] = MappingProxyType({Layout.MEDIUM: 54, Layout.SHORT: 34})
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?|(\d\d?)/(\d\d?)/(\d{4})")

Skip = Callable[[int, Issue], None]
"""Is told of a skipped line and the reason."""


def read(file: SourceFile, layout: Layout, skip: Skip) -> list[Concept]:
    """The facts of a file, in its order. Raises TerminologyError invalid that names file and line."""
    found: dict[str, Concept] = {}
    for line, concept in _READERS[layout](file, skip):
        before = found.get(concept.code)
        if before is None:
            found[concept.code] = _marked(concept, layout)
        elif layout is Layout.DELETED or layout is Layout.TELEMEDICINE:
            found[concept.code] = _marked(concept, layout)  # of several deletions the last one counts
        elif _repeats(concept):
            found[concept.code] = _joined(before, concept)
        else:
            raise problem(file.path, line, "CPT_CODE_TWICE", twice=concept.code)
    if not found:
        raise problem(file.path, 1, "CPT_NO_CODES")
    return list(found.values())


def layout_of(fact: Concept) -> Layout:
    """The layout of the file that a fact was read from."""
    return Layout[str(fact.properties[0].value)]


def _marked(concept: Concept, layout: Layout) -> Concept:
    properties = (Property(FILE, "string", layout.name), *concept.properties)
    return Concept(concept.code, concept.display, concept.definition, concept.designations, properties)


def _repeats(concept: Concept) -> bool:
    """Whether a repeated code is expected: it may have several clinician descriptors."""
    return bool(concept.designations) and all(d.use == CLINICIAN for d in concept.designations)


def _joined(concept: Concept, other: Concept) -> Concept:
    new = (d for d in other.designations if d not in concept.designations)
    return Concept(concept.code, None, None, (*concept.designations, *new), concept.properties)


# Texts without headings


def _lines(file: SourceFile, layout: Layout) -> Iterator[tuple[int, str]]:
    """The records of a text file, after its preamble."""
    begun = False
    for number, line in tables.text_lines(file):
        if files.is_record(layout, line):
            begun = True
            yield number, line
        elif begun and line.strip():
            raise problem(file.path, number, "CPT_LINE_WRONG", expected=layout.value)


def _long(file: SourceFile, _skip: Skip) -> Iterator[tuple[int, Concept]]:
    for number, line in _lines(file, Layout.LONG):
        code, *texts = line.split("\t")
        if len([text for text in texts if text.strip()]) != 1:
            raise problem(file.path, number, "CPT_CELLS", expected="2", found=str(len(texts) + 1))
        yield number, _described(code, "long", " ".join(texts))


def _fixed(layout: Layout, what: str) -> Callable[[SourceFile, Skip], Iterator[tuple[int, Concept]]]:
    def records(file: SourceFile, _skip: Skip) -> Iterator[tuple[int, Concept]]:
        for number, line in _lines(file, layout):
            if line[FIXED_WIDTH[layout] :].strip():
                raise problem(file.path, number, "CPT_LINE_LONG", length=str(FIXED_WIDTH[layout]))
            yield number, _described(line[:5], what, line[6:])

    return records


def _described(code: str, what: str, text: str) -> Concept:
    use, language = TEXTS[what]
    return Concept(code, designations=(Designation(" ".join(text.split()), language, use),))


def _modifier_text(file: SourceFile, _skip: Skip) -> Iterator[tuple[int, Concept]]:
    """Modifiers with their texts, which may span several lines; headings between them are their sections."""
    begun, section, open_ = False, "", None
    for number, line in tables.text_lines(file):
        begun = begun or FIRST_MODIFIER.fullmatch(line) is not None
        if not begun:
            section = line.strip() if SECTION.fullmatch(line.strip()) else section
            continue
        if found := MODIFIER_LINE.fullmatch(line.rstrip()):
            if open_:
                yield open_[0], _modifier(*open_[1:])
            open_ = (number, found[1], found[2], section)
        elif not line.strip():
            continue
        elif SECTION.fullmatch(line.strip()) and not line[:1].isspace():
            section = line.strip()
        elif open_:
            open_ = (open_[0], open_[1], f"{open_[2]} {line.strip()}", open_[3])
    if open_:
        yield open_[0], _modifier(*open_[1:])


def _modifier(code: str, text: str, section: str) -> Concept:
    name, colon, description = text.partition(":")
    properties = (Property("section", "string", section),) if section else ()
    return Concept(code, name.strip(), description.strip() or None if colon else None, properties=properties)


def _codes(file: SourceFile, _skip: Skip) -> Iterator[tuple[int, Concept]]:
    for number, line in tables.text_lines(file):
        if code := files.listed_code(line.strip()):
            yield number, Concept(code)


# Tables with headings


def _table(file: SourceFile, skip: Skip) -> Iterator[tuple[int, Concept]]:
    for number, concept in _described_rows(file, skip, without=OF_DELETED):
        if concept.designations or concept.values("testName"):
            yield number, concept
        else:
            skip(number, _issue("CPT_ROW_WITHOUT_TEXT", refused=concept.code))


def _deleted(file: SourceFile, skip: Skip) -> Iterator[tuple[int, Concept]]:
    yield from _described_rows(file, skip, without=("descriptorEffectiveDate",))


def _described_rows(file: SourceFile, skip: Skip, without: Collection[str]) -> Iterator[tuple[int, Concept]]:
    """Rows of codes with the texts and properties they have."""
    for number, cells in _rows(file, without):
        if not CODE.fullmatch(cells["code"]):
            skip(number, _issue("CPT_ROW_MALFORMED", refused=cells["code"]))
            continue
        designations = tuple(
            Designation(" ".join(cells[what].split()), language, use)
            for what, (use, language) in TEXTS.items()
            if what in cells
        )
        yield number, Concept(cells["code"], designations=designations, properties=_properties(cells, number, skip))


def _modifiers(file: SourceFile, skip: Skip) -> Iterator[tuple[int, Concept]]:
    for number, cells in _rows(file, OF_DELETED):
        code = cells["code"]
        if not MODIFIER.fullmatch(code):
            skip(number, _issue("CPT_MODIFIER_MALFORMED", refused=code))
            continue
        name = cells.get("modifierName") or cells.get("long")
        properties = _properties(cells, number, skip)
        yield number, Concept(code, name, cells.get("modifierDescription"), properties=properties)


def _rows(file: SourceFile, without: Collection[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table that have a code, with their line: cells by the meaning of their columns."""
    found = tables.rows(file)
    headings = files.headings(found)
    if headings is None:
        return
    columns = {
        what: name
        for what in files.COLUMNS
        if what not in without and (name := files.column(headings, what)) is not None
    }
    for row in found:
        if any(cell.strip() for cell in row.cells[len(headings.texts) :]):
            raise problem(
                file.path, row.number, "CPT_CELLS", expected=str(len(headings.texts)), found=str(len(row.cells))
            )
        cells = headings.cells(row)
        said = {what: cells[name] for what, name in columns.items() if name in cells}
        if "code" not in said:
            raise problem(file.path, row.number, "CPT_ROW_WITHOUT_CODE")
        yield row.number, said


def _properties(cells: Mapping[str, str], number: int, skip: Skip) -> tuple[Property, ...]:
    found = [Property(what, "string", cells[what]) for what in STRINGS if what in cells]
    for what in DATES:
        text = cells.get(what)
        day = iso_date(text) if text else None
        if day:
            found.append(Property(what, "dateTime", day))
        elif text:
            skip(number, _issue("CPT_DATE_WRONG", refused=cells["code"], value=text))
    return tuple(found)


def iso_date(text: str) -> str | None:
    """`20260101`, `2026-01-01` or `1/1/2026` as an ISO date; None for any other text."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 4, 5)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("warning", "incomplete", message_id, arguments)


_READERS: Mapping[Layout, Callable[[SourceFile, Skip], Iterator[tuple[int, Concept]]]] = MappingProxyType(
    {
        Layout.LONG: _long,
        Layout.MEDIUM: _fixed(Layout.MEDIUM, "medium"),
        Layout.SHORT: _fixed(Layout.SHORT, "short"),
        Layout.TABLE: _table,
        Layout.DELETED: _deleted,
        Layout.MODIFIERS: _modifiers,
        Layout.MODIFIER_TEXT: _modifier_text,
        Layout.TELEMEDICINE: _codes,
    }
)
