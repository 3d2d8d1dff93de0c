"""The components of an edition in columns: concepts, descriptions, relationships, of one or several releases.

Of a full release, and where releases of one edition overlap, each component's newest state (not after `as_of`) counts.
Checks identifiers and references; what is broken raises TerminologyError with file and line. Makes no concepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

import numpy as np
import numpy.typing as npt

from loaders.rf2 import columns
from loaders.rf2.columns import Int64s, Rows
from loaders.rf2.files import Kind, Release, ReleaseFile, opened
from loaders.rf2.taxonomy import step_of_circle
from terminology.codesystems.snomed import ids

Bools = npt.NDArray[np.bool_]

_CONCRETE = re.compile(r'#[+-]?\d+(\.\d+)?|".*"|true|false', re.DOTALL)
"""A number, a text in quotes, or a boolean."""


@dataclass(frozen=True, slots=True)
class State:
    """Which rows count: `as_of` is a date as a number; `latest`: only the newest row of each component."""

    as_of: int | None = None
    latest: bool = False


@dataclass(slots=True)
class Table:
    """Rows of several files in columns, with where each came from, for messages."""

    numbers: dict[str, Int64s]
    texts: dict[str, list[str]]
    files: Sequence[ReleaseFile]
    file_of: npt.NDArray[np.int16]
    line_of: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.file_of)

    def __getitem__(self, name: str) -> Int64s:
        return self.numbers[name]

    def kept(self, which: Bools) -> Table:
        """Some of the rows."""
        if which.all():
            return self
        rows = np.flatnonzero(which).tolist()
        texts = {name: [values[row] for row in rows] for name, values in self.texts.items()}
        numbers = {name: values[which] for name, values in self.numbers.items()}
        return Table(numbers, texts, self.files, self.file_of[which], self.line_of[which])

    def place(self, row: int) -> tuple[str, int]:
        """File and line of a row."""
        return self.files[self.file_of[row]].path, int(self.line_of[row])


@dataclass(slots=True)
class _Collected:
    numbers: dict[str, list[Int64s]] = field(default_factory=dict)
    texts: dict[str, list[list[str]]] = field(default_factory=dict)
    file_of: list[npt.NDArray[np.int16]] = field(default_factory=list)
    line_of: list[npt.NDArray[np.int32]] = field(default_factory=list)
    uuids: list[columns.UInt64s] = field(default_factory=list)


def read_table(
    files: Sequence[ReleaseFile],
    numbers: Sequence[str],
    texts: Sequence[str] = (),
    state: State = State(),
    keep: Callable[[Rows], Bools] | None = None,
    *,
    members: bool = False,
) -> Table:
    """The named columns of some files; `keep` says which rows are wanted at all.

    The ids of `members` are UUIDs, which are read only to find the newest of each, or one that is there twice: that
    raises TerminologyError RF2_MEMBER_REPEATED.
    """
    collected = _Collected({name: [] for name in numbers}, {name: [] for name in texts})
    prepared = [opened(file) for file in files]
    for place, file in enumerate(prepared):
        for rows in columns.read(file.file, file.names):
            which = _wanted(rows, state, keep)
            _collect(collected, rows, which, place, with_uuids=members)
    table = Table(
        {name: np.concatenate([*parts, np.zeros(0, np.int64)]) for name, parts in collected.numbers.items()},
        {name: list(chain.from_iterable(parts)) for name, parts in collected.texts.items()},
        prepared,
        np.concatenate([*collected.file_of, np.zeros(0, np.int16)]),
        np.concatenate([*collected.line_of, np.zeros(0, np.int32)]),
    )
    if members:
        uuids = np.concatenate([*collected.uuids, np.zeros((0, 2), np.uint64)])
        if state.latest:
            table.numbers["id"] = _numbered(uuids)
        else:
            _refuse_repeated_members(table, uuids)
    return newest(table) if state.latest else table


def _refuse_repeated_members(table: Table, uuids: columns.UInt64s) -> None:
    """Raise TerminologyError RF2_MEMBER_REPEATED. Whole UUIDs are compared only where one number of each agrees."""
    halves = uuids[:, 0] ^ uuids[:, 1]
    order = np.argsort(halves, kind="stable")
    alike = halves[order[1:]] == halves[order[:-1]]
    seen: set[bytes] = set()
    for row in np.union1d(order[1:][alike], order[:-1][alike]).tolist():
        own = uuids[row].astype(">u8").tobytes()
        if own in seen:
            path, line = table.place(row)
            raise columns.error_at(path, line, "RF2_MEMBER_REPEATED", id=str(UUID(bytes=own)))
        seen.add(own)


def _numbered(uuids: columns.UInt64s) -> Int64s:
    """A number for each UUID, equal ones having the same."""
    order = np.lexsort((uuids[:, 1], uuids[:, 0]))
    in_order = uuids[order]
    found = np.zeros(len(uuids), dtype=np.int64)
    found[order[1:]] = (in_order[1:] != in_order[:-1]).any(axis=1).cumsum()
    return found


def _wanted(rows: Rows, state: State, keep: Callable[[Rows], Bools] | None) -> Bools | None:
    """Which rows are wanted; None means all of them."""
    which: Bools | None = None
    if state.as_of is not None:
        which = rows.numbers("effectiveTime") <= state.as_of
    if keep is not None:
        which = keep(rows) if which is None else which & keep(rows)
    return None if which is None or which.all() else which


def _collect(collected: _Collected, rows: Rows, which: Bools | None, file: int, *, with_uuids: bool) -> None:
    chosen = None if which is None else np.flatnonzero(which)
    if with_uuids:
        uuids = rows.uuids("id")
        collected.uuids.append(uuids if chosen is None else uuids[chosen])
    for name, parts in collected.numbers.items():
        values = rows.numbers(name)
        parts.append(values if chosen is None else values[chosen])
    for name, texts in collected.texts.items():
        texts.append(rows.texts(name, None if chosen is None else chosen.tolist()))
    lines = rows.lines().astype(np.int32)
    lines = lines if chosen is None else lines[chosen]
    collected.line_of.append(lines)
    collected.file_of.append(np.full(len(lines), file, dtype=np.int16))


def newest(table: Table) -> Table:
    """For each component the row with the latest effective time; of equal ones the last."""
    order = np.lexsort((np.arange(len(table)), table["effectiveTime"], table["id"]))
    sorted_ids = table["id"][order]
    last = np.append(sorted_ids[1:] != sorted_ids[:-1], np.ones(min(len(order), 1), dtype=np.bool_))
    which = np.zeros(len(table), dtype=np.bool_)
    which[order[last]] = True
    return table.kept(which)


def state_of(releases: Sequence[Release], as_of: int | None) -> State:
    """Which rows of some releases count."""
    full = any(release.type == "Full" for release in releases)
    return State(as_of, latest=full or len(releases) > 1)


def files_of(releases: Iterable[Release], *kinds: Kind) -> list[ReleaseFile]:
    """The files of some kinds of all releases."""
    return [file for release in releases for file in release.of(*kinds)]


class Concepts:
    """All concepts, and where each is found by its id: positions are those of the sorted ids."""

    def __init__(self, table: Table) -> None:
        order = np.argsort(table["id"], kind="stable")
        self.ids = table["id"][order]
        self.active = table["active"][order] == 1
        self.times = table["effectiveTime"][order]
        self.modules = table["moduleId"][order]
        self.statuses = table["definitionStatusId"][order]

    def __len__(self) -> int:
        return len(self.ids)

    def positions(self, wanted: Int64s) -> Int64s:
        """The position of each id, -1 for one that is no concept."""
        found = np.searchsorted(self.ids, wanted)
        found[found == len(self.ids)] = 0
        return np.where(self.ids[found] == wanted, found, -1) if len(self.ids) else np.full(len(wanted), -1)


def read_concepts(releases: Sequence[Release], state: State) -> Concepts:
    """The concepts of an edition. Raises TerminologyError RF2_REPEATED for one that is there twice."""
    names = ("id", "effectiveTime", "active", "moduleId", "definitionStatusId")
    table = read_table(files_of(releases, "concept"), names, state=state)
    _refuse_repeated(table, "RF2_REPEATED")
    return Concepts(table)


def read_descriptions(releases: Sequence[Release], state: State) -> Table:
    """Descriptions and text definitions, inactive ones too. Raises TerminologyError for one that is there twice."""
    names = ("id", "effectiveTime", "active", "moduleId", "conceptId", "typeId", "caseSignificanceId")
    texts = ("languageCode", "term")
    table = read_table(files_of(releases, "description", "definition"), names, texts, state)
    _refuse_repeated(table, "RF2_DESCRIPTION_REPEATED")
    return table


RELATED = ("id", "sourceId", "relationshipGroup", "typeId", "active")


def read_relationships(releases: Sequence[Release], state: State, concepts: Concepts) -> Table:
    """Active inferred relationships.

    Raises TerminologyError RF2_RELATIONSHIP_REPEATED for one that is there twice, RF2_DANGLING for one that leads
    nowhere, RF2_CIRCLE when a concept is its own ancestor.
    """
    table = read_table(files_of(releases, "relationship"), (*_related(state), "destinationId"), (), state, _inferred)
    _refuse_repeated(table, "RF2_RELATIONSHIP_REPEATED")
    table = checked(table.kept(table["active"] == 1), concepts, ("sourceId", "typeId", "destinationId"))
    _refuse_circle(table, concepts)
    return table


def read_concrete(releases: Sequence[Release], state: State, concepts: Concepts) -> Table:
    """Active inferred relationships with numbers and texts. Raises as `read_relationships`, and RF2_CONCRETE."""
    table = read_table(files_of(releases, "concrete"), _related(state), ("value",), state, _inferred)
    _refuse_repeated(table, "RF2_RELATIONSHIP_REPEATED")
    table = checked(table.kept(table["active"] == 1), concepts, ("sourceId", "typeId"))
    for row, text in enumerate(table.texts["value"]):
        if not _CONCRETE.fullmatch(text):
            path, line = table.place(row)
            raise columns.error_at(path, line, "RF2_CONCRETE", value=text)
    return table


def _related(state: State) -> tuple[str, ...]:
    return (*RELATED, "effectiveTime") if state.latest else RELATED


def _refuse_circle(table: Table, concepts: Concepts) -> None:
    is_a = table.kept(table["typeId"] == int(ids.IS_A))
    row = step_of_circle(len(concepts), concepts.positions(is_a["sourceId"]), concepts.positions(is_a["destinationId"]))
    if row is not None:
        path, line = is_a.place(row)
        concept, parent = str(is_a["sourceId"][row]), str(is_a["destinationId"][row])
        raise columns.error_at(path, line, "RF2_CIRCLE", concept=concept, parent=parent)


def checked(table: Table, concepts: Concepts, names: Sequence[str]) -> Table:
    """The table itself, after a check that all it refers to exists. Raises TerminologyError RF2_DANGLING."""
    for name in names:
        missing = concepts.positions(table[name]) < 0
        if missing.any():
            row = int(missing.argmax())
            path, line = table.place(row)
            raise columns.error_at(path, line, "RF2_DANGLING", column=name, concept=str(table[name][row]))
    return table


def _inferred(rows: Rows) -> Bools:
    inferred: Bools = rows.numbers("characteristicTypeId") == int(ids.INFERRED)
    return inferred


def _refuse_repeated(table: Table, message_id: str) -> None:
    order = np.argsort(table["id"], kind="stable")
    sorted_ids = table["id"][order]
    repeated = np.flatnonzero(sorted_ids[1:] == sorted_ids[:-1])
    if len(repeated):
        path, line = table.place(int(order[repeated[0] + 1]))
        raise columns.error_at(path, line, message_id, id=str(sorted_ids[repeated[0]]))
