"""Mappings of concept maps, indexed both ways, and aliases of naming systems: rows that belong to a resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from terminology.store.database import Database, Row
from terminology.store.entries import MappingRow

COLUMNS = (
    "map_key", "number", "group_number", "source_system", "source_code", "target_system", "target_code", "document",
)  # fmt: skip
SELECT = f"SELECT {', '.join(COLUMNS)} FROM mapping WHERE "  # noqa: S608 - names of our own
PAGE_ROWS = 2048


def put_mappings(database: Database, map_key: int, rows: Iterable[MappingRow]) -> None:
    """Replace the mappings of a map; they keep the order in which they come."""
    database.execute("DELETE FROM mapping WHERE map_key = ?", (map_key,))
    stored = (
        (map_key, n, m.group, m.source_system, m.source_code, m.target_system, m.target_code, m.document)
        for n, m in enumerate(rows)
    )
    database.insert("mapping", COLUMNS, stored)


def mappings(
    database: Database,
    *,
    code: str | None,
    reverse: bool,
    source_systems: Sequence[str],
    target_systems: Sequence[str],
    map_key: int | None,
) -> list[MappingRow]:
    """Mappings of a code, or (None) those without one: one statement. No systems, or a map of None, ask for any."""
    maps = () if map_key is None else (map_key,)
    codes = () if code is None else (code,)
    statement = _statement(len(codes), reverse, len(source_systems), len(target_systems), len(maps))
    return [_mapping(row) for row in database.select(statement, (*codes, *source_systems, *target_systems, *maps))]


@lru_cache(maxsize=64)
def _statement(codes: int, reverse: bool, sources: int, targets: int, maps: int) -> str:
    """What selects mappings by so many values of each column."""
    side = "target_code" if reverse else "source_code"
    columns = ((side, codes), ("source_system", sources), ("target_system", targets), ("map_key", maps))
    conditions = [f"{column} {_among(count)}" for column, count in columns if count or column == side]
    return f"{SELECT}{' AND '.join(conditions)} ORDER BY map_key, number"


def of_map(database: Database, map_key: int, start: int) -> Iterator[MappingRow]:
    """The mappings of a map in order, from the one with the number `start` on, page by page."""
    number = start
    while page := database.select(
        f"{SELECT}map_key = ? AND number >= ? ORDER BY number LIMIT ?", (map_key, number, PAGE_ROWS)
    ):
        yield from map(_mapping, page)
        number = page[-1][1] + 1


def put_aliases(database: Database, resource_key: int, aliases: Iterable[tuple[str, str]]) -> None:
    """Replace the aliases of a naming system; of one that is given twice, the last counts."""
    database.execute("DELETE FROM alias WHERE resource_key = ?", (resource_key,))
    rows = [(resource_key, alias, canonical) for alias, canonical in dict(aliases).items()]
    database.insert("alias", ("resource_key", "alias", "canonical"), rows)


def aliases(database: Database) -> dict[str, str]:
    """All aliases; where naming systems disagree, the one stored first wins."""
    rows = database.select("SELECT alias, canonical FROM alias ORDER BY resource_key DESC")
    return dict(rows)


def _among(count: int) -> str:
    """The condition that a column has one of some values, or (0) none."""
    if count == 0:
        return "IS NULL"
    return "= ?" if count == 1 else f"IN ({', '.join('?' * count)})"


def _mapping(row: Row) -> MappingRow:
    map_key, _, group, source_system, source_code, target_system, target_code, document = row
    return MappingRow(
        map_key=map_key, group=group, source_system=source_system, source_code=source_code,
        target_system=target_system, target_code=target_code, document=bytes(document),
    )  # fmt: skip
