"""The contribution of each table value to its codes: properties, names, a piece of the definition.

A code is composed from the pieces of its seven values; a value is looked up once per table, not once per code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from loaders.icd10pcs.definitions import Definitions, Term
from loaders.icd10pcs.index import Entry
from loaders.icd10pcs.tables import Table, Value
from loaders.icd10pcs.uses import property_code, term_use
from loaders.icd10pcs.vocabulary import Condition, Place, Vocabulary
from terminology.model.concept import Designation, Property


class Piece(NamedTuple):
    """The contribution of a value to a code. `properties` belong to its axis, `others` follow those of all axes."""

    character: str
    label: str
    properties: tuple[Property, ...]
    others: tuple[Property, ...]
    names: tuple[Designation, ...]
    definition: str | None


Pieces = tuple[Piece, ...]
Key = tuple[str, int, str]
"""Section, axis from 1 to 7, label."""

OPERATION, DEVICE = 3, 6
NOTHING_CHARACTER = "Z"
"""`No Device`, `No Qualifier`."""


class Meanings:
    """What definitions and index say about values. `unknown` are names that no table has."""

    def __init__(self, tables: Mapping[str, Table], definitions: Definitions, index: Iterable[Entry]) -> None:
        self._definitions = definitions
        self._vocabulary = Vocabulary(tables)
        self._terms: dict[Key, list[tuple[Condition, Term]]] = {}
        self._names: dict[Key, dict[Condition, dict[str, None]]] = {}
        self._made: dict[tuple[str, str], Designation] = {}
        self.unknown: list[str] = []
        for term in definitions.terms:
            for label in term.labels:
                self._define(term, label)
        for entry in index:
            if entry.kind == "use":
                self._use(entry)

    def _define(self, term: Term, label: str) -> None:
        places = self._vocabulary.find(label, term.section, term.position)
        for place in places:
            self._terms.setdefault(place[:3], []).append((place.condition, term))
            if place.position != OPERATION:
                self._name(place, place.condition, term.includes)
        if not places:
            self.unknown.append(label)

    def _use(self, entry: Entry) -> None:
        places = self._vocabulary.find(entry.target)
        for place in places:
            self._name(place, Condition(table=entry.table) if entry.table else place.condition, (entry.text,))
        if not places:
            self.unknown.append(entry.target)

    def _name(self, place: Place, condition: Condition, names: Iterable[str]) -> None:
        said = self._names.setdefault(place[:3], {}).setdefault(condition, {})
        said.update(dict.fromkeys(names))

    def term(self, table: Table, position: int, label: str) -> Term | None:
        """The definition of a value in a table."""
        found = self._terms.get((table.axes[0].character, position, label), ())
        return next((term for condition, term in found if condition.holds(table)), None)

    def piece(self, table: Table, position: int, value: Value) -> Piece:
        """Everything about a value in a table."""
        term = self.term(table, position, value.label)
        said = self._names.get((table.axes[0].character, position, value.label), {})
        names = {name: None for condition, texts in said.items() if condition.holds(table) for name in texts}
        return Piece(
            value.character,
            value.label,
            _properties(value),
            self._aggregate(table, value) if position == DEVICE else (),
            tuple([self._designation(name, value.axis) for name in names]),
            term.definition if term else None,
        )

    def _designation(self, name: str, axis: str) -> Designation:
        """The designation of a name; one shared object for all tables that have it, to save memory."""
        if (name, axis) not in self._made:
            self._made[name, axis] = Designation(name, use=term_use(axis))
        return self._made[name, axis]

    def _aggregate(self, table: Table, value: Value) -> tuple[Property, ...]:
        _, body_system, operation = (axis.label for axis in table.axes)
        for aggregate in self._definitions.aggregates:
            if aggregate.device == value.label and aggregate.applies(operation, body_system):
                return (
                    Property("aggregateDevice", "string", aggregate.parent.display or ""),
                    Property("aggregateDeviceCode", "string", aggregate.parent.code or ""),
                )
        return ()


@lru_cache(maxsize=10_000)
def _properties(value: Value) -> tuple[Property, ...]:
    code = property_code(value.axis)
    return Property(code, "string", value.label), Property(f"{code}Code", "string", value.character)


def heads(tables: Mapping[str, Table], meanings: Meanings) -> dict[str, Pieces]:
    """The pieces of section, body system and operation, by table."""
    made: dict[str, Pieces] = {}
    for code, table in tables.items():
        section, body_system, operation = (meanings.piece(table, n, value) for n, value in enumerate(table.axes, 1))
        definition = operation.definition or table.definition
        made[code] = (section, body_system, operation._replace(definition=definition, names=()))
    return made


def codes(tables: Mapping[str, Table], meanings: Meanings) -> Iterator[tuple[str, Pieces]]:
    """Every code that the tables make, with the pieces of its last four values."""
    for code, table in tables.items():
        known: dict[tuple[int, Value], Piece] = {}
        for row in table.rows:
            axes = [[_kept(known, meanings, table, n, v) for v in axis] for n, axis in enumerate(row.axes, 4)]
            for pieces in product(*axes):
                yield code + "".join([piece.character for piece in pieces]), pieces


def _kept(
    known: dict[tuple[int, Value], Piece], meanings: Meanings, table: Table, position: int, value: Value
) -> Piece:
    if (position, value) not in known:
        known[position, value] = meanings.piece(table, position, value)
    return known[position, value]


def title(head: Pieces, pieces: Pieces) -> str:
    """A title for a code that no list names: its operation, and its values without `No Device` and the like."""
    labels = (piece.label for piece in pieces if piece.character != NOTHING_CHARACTER)
    return f"{head[2].label}: {', '.join(labels)}"
