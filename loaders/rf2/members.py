"""Members of reference sets: language reference sets as acceptabilities, all others as tables.

A table `refset/<id>` holds the members of one reference set, inactive ones too, with all fields but the member's own
id. What the tables are for, `terminology.codesystems.snomed` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from loaders.rf2.columns import Int64s
from loaders.rf2.components import State, Table, files_of, read_table
from loaders.rf2.files import Kind, Release, ReleaseFile, opened
from terminology.codesystems.snomed.tables import REFSET
from terminology.model.records import Column, TableBatch

COMMON = ("refsetId", "referencedComponentId", "active", "effectiveTime", "moduleId")
ACCEPTABILITY = ("refsetId", "referencedComponentId", "active", "acceptabilityId")
ASSOCIATION = ("refsetId", "referencedComponentId", "active", "targetComponentId")
LETTERS_OF_NUMBERS = "ci"


def alike(releases: Sequence[Release], *kinds: Kind) -> list[list[ReleaseFile]]:
    """The files of some kinds, those with the same columns together: a release may change members of another one."""
    found: dict[tuple[tuple[str, str], ...], list[ReleaseFile]] = defaultdict(list)
    for file in map(opened, files_of(releases, *kinds)):
        found[tuple(file.fields)].append(file)
    return list(found.values())


def read_members(files: Sequence[ReleaseFile], state: State, names: Sequence[str] | None = None) -> Table:
    """The members that files with the same columns hold, with all fields but their own ids, or those named."""
    own = dict(files[0].fields)
    wanted = (*COMMON, *own) if names is None else tuple(names)
    if state.latest:
        wanted = tuple(dict.fromkeys((*wanted, "effectiveTime")))
    texts = [name for name in wanted if own.get(name, "c") not in LETTERS_OF_NUMBERS]
    return read_table(files, [name for name in wanted if name not in texts], texts, state, members=True)


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
    for files in alike(releases, "language"):
        table = read_members(files, state, ACCEPTABILITY)
        table = table.kept(table["active"] == 1)
        parts.append((table["refsetId"], table["referencedComponentId"], table["acceptabilityId"]))
    empty = np.zeros(0, dtype=np.int64)
    refsets, descriptions, values = (
        (np.concatenate([*column, empty]) for column in zip(*parts, strict=True)) if (parts) else (empty, empty, empty)
    )
    return Acceptabilities(refsets, descriptions, values)


def tables(releases: Sequence[Release], state: State) -> Iterator[TableBatch]:
    """The members of all other reference sets, one batch for each set that files have members of."""
    for files in alike(releases, "refset"):
        table = read_members(files, state)
        for refset in np.unique(table["refsetId"]).tolist():
            members = table.kept(table["refsetId"] == refset)
            held: dict[str, Column] = {name: members[name] for name in COMMON[1:]}
            for name, letter in files[0].fields:
                held[name] = members[name] if letter in LETTERS_OF_NUMBERS else members.texts[name]
            yield TableBatch(f"{REFSET}{refset}", held)


def read_associations(
    releases: Sequence[Release], state: State, wanted: Collection[str]
) -> Iterator[tuple[int, int, int]]:
    """(reference set, component, target) of the active members of some association reference sets."""
    refsets = [int(refset) for refset in wanted]
    for files in alike(releases, "refset"):
        if ASSOCIATION[-1] in files[0].names:
            table = read_members(files, state, ASSOCIATION)
            table = table.kept((table["active"] == 1) & np.isin(table["refsetId"], refsets))
            columns = (table[name].tolist() for name in (*ASSOCIATION[:2], ASSOCIATION[-1]))
            yield from zip(*columns, strict=True)
