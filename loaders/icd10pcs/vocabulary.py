"""Finds the axis values that a name stands for: `Spacer in Lower Joints` is the device `Spacer` of some tables.

A name is the label of a value, or a label with a condition on the table: "… in {body system or section}", "… for
{operation} in {body system}", "… (Assessment)".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from loaders.icd10pcs.tables import Table

_BRACKETED = re.compile(r"(.+) \((\w+)\)")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a table must be for a name to apply; "" means any. `ending` is the end of the operation's label."""

    operation: str = ""
    body_system: str = ""
    ending: str = ""
    table: str = ""

    def holds(self, table: Table) -> bool:
        """Whether a table meets the condition."""
        section, body_system, operation = (value.label for value in table.axes)
        return (
            self.operation in {"", operation}
            and self.body_system in {"", body_system, section}
            and operation.endswith(self.ending)
            and self.table in {"", table.code}
        )


ALWAYS = Condition()


class Place(NamedTuple):
    """A label of an axis (1 to 7) of a section, where the condition holds."""

    section: str
    position: int
    label: str
    condition: Condition = ALWAYS


class Vocabulary:
    """All labels of the tables."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._places: dict[str, dict[tuple[str, int], None]] = {}
        for table in tables.values():
            section = table.axes[0].character
            for position, value in enumerate(table.axes, 1):
                self._places.setdefault(value.label, {})[section, position] = None
            for row in table.rows:
                for position, axis in enumerate(row.axes, 4):
                    for value in axis:
                        self._places.setdefault(value.label, {})[section, position] = None

    def find(self, name: str, section: str | None = None, position: int | None = None) -> list[Place]:
        """The places of a name. In a stated section, another axis is taken when the stated one does not have it."""
        for label, condition in self._readings(name):
            places = [p for p in self._places.get(label, ()) if section is None or p[0] == section]
            places = [p for p in places if position is None or p[1] == position] or places
            if places:
                return [Place(*place, label, condition) for place in places]
        return []

    def _readings(self, name: str) -> Iterable[tuple[str, Condition]]:
        """The label and the condition that a name may consist of, the likeliest first."""
        yield name, ALWAYS
        label, found, body_system = name.rpartition(" in ")
        if found:
            condition = Condition(body_system=body_system)
            yield label, condition
            label, found, operation = label.rpartition(" for ")
            if found:
                yield label, replace(condition, operation=operation)
        if bracketed := _BRACKETED.fullmatch(name):
            yield bracketed[1], Condition(ending=bracketed[2])
