"""The tables: each is named by three characters, and its rows list the allowed combinations of the other four.

The codes of a row are the product of its values. Meanings are defined per row: the same character may stand for several
substances in one table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple

from loaders.icd10pcs import xml
from loaders.icd10pcs.lists import CHARACTER
from loaders.icd10pcs.uses import axis_properties
from loaders.xml_stream import Element, children
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.model.loading import SourceFile


class Value(NamedTuple):
    """A value of an axis: `Approach`, `4`, `Percutaneous Endoscopic`."""

    axis: str
    character: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """The values of axes 4 to 7 that a row allows."""

    axes: tuple[tuple[Value, ...], ...]

    def codes(self, table: str) -> Iterator[tuple[str, tuple[Value, ...]]]:
        """Every code of the row with its four values."""
        for values in product(*self.axes):
            yield table + "".join([value.character for value in values]), values


@dataclass(frozen=True, slots=True)
class Table:
    """Section, body system and operation (`axes`), the operation's definition, and the rows."""

    axes: tuple[Value, Value, Value]
    definition: str | None
    rows: tuple[Row, ...]

    @property
    def code(self) -> str:
        """The three characters."""
        return "".join(value.character for value in self.axes)


def parse(file: SourceFile) -> tuple[Table, ...]:
    """All tables of a file. Raises TerminologyError invalid that names the line."""
    reader = _Tables(file.path)
    return tuple(reader.table(element) for element in children(file, ["pcsTable"]))


class _Tables(xml.Reader):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._seen: set[str] = set()
        self._values: dict[Value, Value] = {}

    def table(self, element: Element) -> Table:
        head = [self._axis(axis, position) for position, axis in enumerate(element.iterfind("axis"), 1)]
        if [len(values) for values in head] != [1, 1, 1]:
            raise self.problem(element, "PCS_TABLE_AXES")
        rows = tuple(self._row(row) for row in element.iterfind("pcsRow"))
        table = Table((head[0][0], head[1][0], head[2][0]), xml.optional(element, "axis[@pos='3']/definition"), rows)
        self._check(table, element)
        return table

    def _check(self, table: Table, element: Element) -> None:
        if table.code in self._seen:
            raise self.problem(element, "PCS_CODE_TWICE", code=table.code)
        self._seen.add(table.code)
        codes: set[str] = set()
        for row, node in zip(table.rows, element.iterfind("pcsRow"), strict=True):
            for code, _ in row.codes(table.code):
                if code in codes:
                    raise self.problem(node, "PCS_CODE_TWICE", code=code)
                codes.add(code)

    def _row(self, element: Element) -> Row:
        axes = tuple(self._axis(axis, position) for position, axis in enumerate(element.iterfind("axis"), 4))
        if len(axes) != 4:
            raise self.problem(element, "PCS_ROW_AXES", found=str(len(axes)))
        stated, made = element.get("codes"), prod(map(len, axes))
        if stated is not None and stated != str(made):
            raise self.problem(element, "PCS_ROW_COUNT", stated=stated, made=str(made))
        return Row(axes)

    def _axis(self, element: Element, position: int) -> tuple[Value, ...]:
        if element.get("pos") != str(position):
            raise self.problem(element, "PCS_AXIS_ORDER", found=element.get("pos", ""), expected=str(position))
        title = self.text(element, "title")
        values = tuple(self._value(label, title) for label in element.iterfind("label"))
        stated = element.get("values")
        if stated is not None and stated != str(len(values)):
            raise self.problem(element, "PCS_AXIS_COUNT", stated=stated, found=str(len(values)))
        return values

    def _value(self, element: Element, title: str) -> Value:
        value = Value(title, self.attribute(element, "code"), self.own_text(element))
        if not re.fullmatch(CHARACTER, value.character):
            raise self.problem(element, "PCS_VALUE_SYNTAX", character=value.character, label=value.label)
        return self._values.setdefault(value, value)


def property_definitions(tables: Iterable[Table]) -> tuple[PropertyDefinition, ...]:
    """The properties for the axes, in the order in which their titles come."""
    titles: dict[str, None] = {}
    for table in tables:
        titles.update((value.axis, None) for value in table.axes)
        for row in table.rows:
            titles.update((axis[0].axis, None) for axis in row.axes if axis)
    return tuple(definition for title in titles for definition in axis_properties(title))


def to_facts(tables: Iterable[Table]) -> Iterator[Concept]:
    """The tables as facts: one for each table, followed by one for each of its rows."""
    for table in tables:
        yield Concept(
            table.code, definition=table.definition, properties=_frozen([(value,) for value in table.axes], 1)
        )
        for row in table.rows:
            yield Concept(ROW, properties=_frozen(row.axes, 4))


def from_facts(facts: Iterable[Concept]) -> dict[str, Table]:
    """The reverse of `to_facts`: tables by code."""
    heads: dict[str, Concept] = {}
    rows: dict[str, list[Row]] = {}
    code, known = "", dict[Value, Value]()
    for fact in facts:
        if fact.code == ROW:
            rows[code].append(Row(_thawed(fact, known)))
        else:
            code = fact.code
            heads[code], rows[code] = fact, []
    tables = {}
    for code, fact in heads.items():
        section, body_system, operation = (axis[0] for axis in _thawed(fact, known))
        tables[code] = Table((section, body_system, operation), fact.definition, tuple(rows[code]))
    return tables


ROW = "row"
"""The code of facts that are rows."""


def _frozen(axes: Iterable[tuple[Value, ...]], first: int) -> tuple[Property, ...]:
    return tuple(
        Property(f"{position} {value.axis}", "Coding", Coding(code=value.character, display=value.label))
        for position, axis in enumerate(axes, first)
        for value in axis
    )


def _thawed(fact: Concept, known: dict[Value, Value]) -> tuple[tuple[Value, ...], ...]:
    axes: dict[str, list[Value]] = {}
    for property_ in fact.properties:
        coding = property_.value
        assert isinstance(coding, Coding)
        value = Value(property_.code[2:], coding.code or "", coding.display or "")
        axes.setdefault(property_.code, []).append(known.setdefault(value, value))
    return tuple(tuple(values) for values in axes.values())
