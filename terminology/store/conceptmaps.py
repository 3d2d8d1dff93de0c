"""Mappings of concept maps, indexed both ways, and aliases of naming systems: rows that belong to a resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    source_system: str | None,
    target_system: str | None,
    map_key: int | None,
) -> list[MappingRow]:
    """Mappings of a code, or (None) those without one: one statement. A system or map of None asks for any."""
    side = "target_code" if reverse else "source_code"
    wanted = {side: code, "source_system": source_system, "target_system": target_system, "map_key": map_key}
    given = {column: value for column, value in wanted.items() if value is not None}
    conditions = [f"{column} = ?" for column in given]
    where = " AND ".join(conditions if code is not None else [f"{side} IS NULL", *conditions])
    rows = database.select(f"{SELECT}{where} ORDER BY map_key, number", tuple(given.values()))
    return [_mapping(row) for row in rows]


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


def _mapping(row: Row) -> MappingRow:
    map_key, _, group, source_system, source_code, target_system, target_code, document = row
    return MappingRow(
        map_key=map_key, group=group, source_system=source_system, source_code=source_code,
        target_system=target_system, target_code=target_code, document=bytes(document),
    )  # fmt: skip
