"""CMS's record layout: the labels of coded values, and the positions of columns.

The layout is prose for people, in columns of its own: numbered elements with `LENGTH BEG END`, lists of `CODES`, and
tables at the end that elements refer to (`CODE TABLE : BETOS_TB`). Only these are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from loaders.hcpcs.fields import FIELDS, Field

ELEMENT = re.compile(r"\s{0,4}\d+\.\s+(\S.*)")
POSITIONS = re.compile(r"\s*(\d+)\s+(\d+)\s+(\d+)\s+(?:CHAR|NUM|GRP)\b")
TABLE = re.compile(r"\s*([A-Z_]+_TB)\s{2,}\S.*")
REFERENCE = re.compile(r"\s*CODE TABLE\s*:\s*([A-Z_]+_TB)\s*")
VALUE = re.compile(r"(\s*)([0-9A-Z]{1,3})\s*=\s*(\S.*)")
HEADING = re.compile(r"\s*[A-Z][A-Z ]+:.*|.*-{5,}.*")
"""What ends a label: the next item of the element, or an underlined heading."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`labels`: property → value → label. `moved`: headings of columns that lie elsewhere than this loader reads."""

    labels: Mapping[str, Mapping[str, str]]
    moved: tuple[str, ...] = ()


@dataclass(slots=True)
class _Element:
    name: str
    begin: int = 0
    width: int = 0
    table: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def parse(lines: Iterable[str]) -> Layout:
    """Read a layout."""
    elements, tables = _parts(lines)
    labels: dict[str, Mapping[str, str]] = {}
    moved: list[str] = []
    for known, element in _matched(elements):
        found = tables[element.table].labels if element.table in tables else element.labels
        if found:
            labels[known.code] = found
        if element.width and (element.begin, element.width) != (known.begin, known.width):
            moved.append(known.headings[0])
    return Layout(labels, tuple(moved))


def _matched(elements: Iterable[_Element]) -> Iterator[tuple[Field, _Element]]:
    wanted = {f"HCPCS {f.element}".casefold(): f for f in FIELDS if f.element}
    for element in elements:
        if (known := wanted.get(element.name.casefold())) is not None:
            yield known, element


def _parts(lines: Iterable[str]) -> tuple[list[_Element], dict[str, _Element]]:
    elements: list[_Element] = []
    tables: dict[str, _Element] = {}
    current: _Element | None = None
    label, indent = "", 0
    for line in lines:
        if not line.strip():
            label = ""
        elif found := ELEMENT.fullmatch(line.rstrip()):
            current, label = _Element(found[1].strip()), ""
            elements.append(current)
        elif found := TABLE.fullmatch(line.rstrip()):
            current, label = tables.setdefault(found[1], _Element(found[1])), ""
        elif current is None:
            continue
        elif found := POSITIONS.match(line):
            width, begin, _ = map(int, found.groups())
            current.begin, current.width = current.begin or begin, current.width or width
        elif found := REFERENCE.fullmatch(line.rstrip()):
            current.table = found[1]
        elif found := VALUE.fullmatch(line.rstrip()):
            label, indent = found[2], len(found[1].expandtabs())
            current.labels.setdefault(label, " ".join(found[3].split()))
        elif label and not HEADING.fullmatch(line.rstrip()) and _indent(line) > indent:
            current.labels[label] += " " + " ".join(line.split())
        else:
            label = ""
    return elements, tables


def _indent(line: str) -> int:
    return len(line.expandtabs()) - len(line.expandtabs().lstrip())
