"""Writes one concept map as a ConceptMap: its header, then the elements group by group, as the store returns them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice

from terminology.fhir import conceptmap, r4
from terminology.fhir.json import Json
from terminology.fhir.stream import Pen
from terminology.model.requests import FhirRelease
from terminology.store.entries import MappingRow
from terminology.store.mapping_documents import decode_mapping

AT_ONCE = 500
"""Elements that are brought to an older release together."""


def write(header: Json, rows: Iterable[MappingRow], begin: Callable[[Json], Pen], release: FhirRelease) -> int:
    """Write the resource; `begin` takes its header. Gives the number of mappings."""
    concept_map = conceptmap.parse({"resourceType": "ConceptMap", **header})
    whole = r4.from_r5(conceptmap.render_header(concept_map), release)
    groups: list[Json] = whole.pop("group", [])
    pen = begin(whole)
    counted = _Counted(rows)
    by_group = groupby(counted, key=lambda row: row.group)
    number, mine = next(by_group, (len(groups), iter(())))
    for index, group in enumerate(groups):
        after = {name: group.pop(name) for name in ("unmapped",) if name in group}
        pen.open("group", group)
        if index == number:
            for element in _elements(mine, header, release):
                pen.open("element", element)
                pen.close()
            number, mine = next(by_group, (len(groups), iter(())))
        pen.close(after)
    pen.close()
    return counted.count


class _Counted:
    """Rows, and how many there were."""

    def __init__(self, rows: Iterable[MappingRow]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[MappingRow]:
        for row in self._rows:
            self.count += 1
            yield row


def _elements(rows: Iterable[MappingRow], header: Json, release: FhirRelease) -> Iterator[Json]:
    elements = conceptmap.render_elements(decode_mapping(row.document) for row in rows)
    if release == "R5":
        yield from elements
        return
    declared = {name: header[name] for name in ("additionalAttribute",) if name in header}
    while some := list(islice(elements, AT_ONCE)):
        yield from r4.from_r5({"resourceType": "ConceptMap", **declared, "group": [{"element": some}]}, release)[
            "group"
        ][0]["element"]
