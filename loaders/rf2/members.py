"""Members of reference sets: language reference sets as acceptabilities, all others as tables, file by file.

A table `refset/<id>` holds the members of one reference set, inactive ones too, with all fields but the member's own
id. What the tables are for, `terminology.codesystems.snomed` says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from loaders.rf2 import columns
from loaders.rf2.columns import Int64s, Rows
from loaders.rf2.components import Bools, State, Table, files_of, newest
from loaders.rf2.files import Release, ReleaseFile, opened
from terminology.codesystems.snomed.tables import REFSET
from terminology.model.records import Column, TableBatch

COMMON = ("refsetId", "referencedComponentId", "active", "effectiveTime", "moduleId")
ACCEPTABILITY = ("refsetId", "referencedComponentId", "active", "acceptabilityId")
ASSOCIATION = ("refsetId", "referencedComponentId", "active", "targetComponentId")
LETTERS_OF_NUMBERS = "ci"


def read_members(file: ReleaseFile, state: State, names: Sequence[str] | None = None) -> Table:
    """The members a file holds, with all fields but their own ids, or those named."""
    own = dict(file.fields)
    wanted = (*COMMON, *own) if names is None else tuple(names)
    if state.latest:
        wanted = tuple(dict.fromkeys((*wanted, "effectiveTime")))
    texts = [name for name in wanted if own.get(name, "c") not in LETTERS_OF_NUMBERS]
    table = _read(file, [name for name in wanted if name not in texts], texts, state)
    return newest(table) if state.latest else table


def _read(file: ReleaseFile, numbers: Sequence[str], texts: Sequence[str], state: State) -> Table:
    """The rows of one file, those of a full release with a number for each member's id (a UUID)."""
    values: dict[str, list[Int64s]] = {name: [] for name in numbers}
    words: dict[str, list[str]] = {name: [] for name in texts}
    lines: list[Int64s] = []
    uuids: list[str] = []
    for rows in columns.read(file.file, file.names):
        which = _counting(rows, state)
        for name, parts in values.items():
            parts.append(rows.numbers(name)[which])
        chosen = np.flatnonzero(which).tolist()
        for name, texts_ in words.items():
            texts_.extend(rows.texts(name, chosen))
        uuids += rows.texts("id", chosen) if state.latest else ()
        lines.append(rows.lines()[which])
    table = Table(
        {name: np.concatenate([*parts, np.zeros(0, np.int64)]) for name, parts in values.items()},
        words,
        [file],
        np.zeros(sum(map(len, lines)), dtype=np.int16),
        np.concatenate([*lines, np.zeros(0, np.int64)]).astype(np.int32),
    )
    if state.latest:
        table.numbers["id"] = np.unique(np.array(uuids, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
    return table


def _counting(rows: Rows, state: State) -> Bools:
    if state.as_of is None:
        return np.ones(len(rows), dtype=np.bool_)
    return rows.numbers("effectiveTime") <= state.as_of


class Acceptabilities:
    """What language reference sets say of descriptions: active members only."""

    def __init__(self, refsets: Int64s, descriptions: Int64s, acceptabilities: Int64s) -> None:
        order = np.argsort(descriptions, kind="stable")
        self._refsets = refsets[order]
        self._descriptions = descriptions[order]
        self._acceptabilities = acceptabilities[order]
        self.refsets = [int(refset) for refset in np.unique(refsets)]

    def of(self, refset: int, descriptions: Int64s) -> Int64s:
        """The acceptability of each description in a language reference set; 0 for none."""
        chosen = self._refsets == refset
        members, values = self._descriptions[chosen], self._acceptabilities[chosen]
        if not len(members):
            return np.zeros(len(descriptions), dtype=np.int64)
        places = np.searchsorted(members, descriptions)
        places[places == len(members)] = 0
        return np.where(members[places] == descriptions, values[places], 0)


def read_acceptabilities(releases: Sequence[Release], state: State) -> Acceptabilities:
    """All language reference sets."""
    parts: list[tuple[Int64s, Int64s, Int64s]] = []
    for file in map(opened, files_of(releases, "language")):
        table = read_members(file, state, ACCEPTABILITY)
        table = table.kept(table["active"] == 1)
        parts.append((table["refsetId"], table["referencedComponentId"], table["acceptabilityId"]))
    empty = np.zeros(0, dtype=np.int64)
    refsets, descriptions, values = (
        (np.concatenate([*column, empty]) for column in zip(*parts, strict=True)) if (parts) else (empty, empty, empty)
    )
    return Acceptabilities(refsets, descriptions, values)


def tables(releases: Sequence[Release], state: State) -> Iterator[TableBatch]:
    """The members of all other reference sets, one batch for each set that a file has members of."""
    for file in map(opened, files_of(releases, "refset")):
        table = read_members(file, state)
        for refset in np.unique(table["refsetId"]).tolist():
            members = table.kept(table["refsetId"] == refset)
            held: dict[str, Column] = {name: members[name] for name in COMMON[1:]}
            for name, letter in file.fields:
                held[name] = members[name] if letter in LETTERS_OF_NUMBERS else members.texts[name]
            yield TableBatch(f"{REFSET}{refset}", held)


def read_associations(
    releases: Sequence[Release], state: State, wanted: Collection[str]
) -> Iterator[tuple[int, int, int]]:
    """(reference set, component, target) of the active members of some association reference sets."""
    refsets = [int(refset) for refset in wanted]
    for file in map(opened, files_of(releases, "refset")):
        if ASSOCIATION[-1] in file.names:
            table = read_members(file, state, ASSOCIATION)
            table = table.kept((table["active"] == 1) & np.isin(table["refsetId"], refsets))
            columns = (table[name].tolist() for name in (*ASSOCIATION[:2], ASSOCIATION[-1]))
            yield from zip(*columns, strict=True)
