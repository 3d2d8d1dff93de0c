"""Pages of a search that continue where the previous page ended, in the order of the first page.

Writes after the first page (after its generation) do not move results: `resource_history` tells where a changed
resource was, and resources created since are excluded. Whether a resource matches is decided by its current content. If
nothing was written since, which the generation tells, the history is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from terminology.store import resource_search
from terminology.store.database import Database, Row
from terminology.store.queries import ResourcePage, ResourceQuery
from terminology.store.resources import COLUMNS, entry_of
from terminology.store.search_terms import Sql

Terms = tuple[tuple[str, bool], ...]
"""The columns that decide the order, and whether they fall."""

TOLD = "(SELECT value FROM generation), EXISTS (SELECT 1 FROM resource c WHERE c.type = ? AND c.generation > ?)"
"""With each row: the generation, and whether anything of the type was written after another one."""
ORDERS = 256
"""Orders of which it is remembered how they are written: clients choose them."""
LAST = 2**62
"""A generation that nothing is written after."""
THEN = (
    "SELECT r.key, {places} FROM (SELECT * FROM resource WHERE {where} AND generation > ?) r"
    " JOIN resource_history h ON h.type = r.type AND h.id = r.id AND NOT h.deleted AND h.version_id ="
    " (SELECT max(x.version_id) FROM resource_history x WHERE x.type = r.type AND x.id = r.id AND x.generation <= ?)"
)
"""The places of resources that were changed since, if they were there: all conditions are about what they are now."""


def page(database: Database, query: ResourceQuery) -> ResourcePage:
    """The total and one page: one statement where the page has the last match, else two.

    Another one where something was written since the first page.
    """
    where, values = resource_search.where(query)
    terms = _terms(query.sort)
    rows = _as_now(database, query, terms, where, values)
    if query.generation is not None and (not rows or rows[0][1]):
        rows = _as_then(database, query, query.generation, terms, where, values)
    if query.backwards:
        rows.reverse()
    first, cut = 2, 2 + len(terms)
    return ResourcePage(
        total=_total(database, query, len(rows), where, values),
        generation=query.generation if query.generation is not None else int(rows[0][0]) if rows else 0,
        entries=tuple([entry_of(row[cut:]) for row in rows]),
        places=tuple([tuple(row[first:cut]) for row in rows]),
    )


def _total(database: Database, query: ResourceQuery, found: int, where: str, values: Sequence[str]) -> int:
    """How many match, of which `found` are on the page; counted only if that does not tell."""
    if query.beyond is None and found < query.count and (found or not query.offset):
        return query.offset + found
    count = database.first(f"SELECT count(*) FROM resource WHERE {where}", values)  # noqa: S608 - conditions of our own
    return int(count[0]) if count else 0


@lru_cache(maxsize=ORDERS)
def _terms(sort: tuple[str, ...]) -> Terms:
    """The columns to sort by; url, version and id come last, so that the order is total."""
    asked = ((resource_search.ORDERS[name.removeprefix("-")], name.startswith("-")) for name in sort)
    return (*asked, ("url", False), ("version", False), ("id", False))


def _as_now(database: Database, query: ResourceQuery, terms: Terms, where: str, values: Sequence[str]) -> list[Row]:
    """The page in the current order."""
    bound, bounds = _beyond(query, terms)
    order = _order(terms, backwards=query.backwards)
    places = ", ".join([column for column, _ in terms])
    return database.select(
        f"SELECT {TOLD}, {places}, {COLUMNS} FROM resource"  # noqa: S608 - names and conditions of our own
        f" WHERE {where} AND {bound} ORDER BY {order} LIMIT ? OFFSET ?",
        (query.type, _since(query), *values, *bounds, query.count, query.offset),
    )


def _as_then(
    database: Database, query: ResourceQuery, generation: int, terms: Terms, where: str, values: Sequence[str]
) -> list[Row]:
    """The page in the order of an earlier generation."""
    named = tuple((f"place_{number}", falling) for number, (_, falling) in enumerate(terms))
    now, then = (
        ", ".join(f"{of}{column} COLLATE BINARY AS {name}" for (column, _), (name, _) in zip(terms, named, strict=True))
        for of in ("", "h.")
    )
    every = f"SELECT key, {now} FROM resource WHERE {where} AND generation <= ? UNION ALL " + THEN.format(  # noqa: S608 - same
        places=then, where=where
    )
    bound, bounds = _beyond(query, named)
    order = _order(named, backwards=query.backwards)
    places = ", ".join(f"p.{name}" for name, _ in named)
    columns = ", ".join(f"r.{name}" for name in COLUMNS.split(", "))
    limited = f"SELECT * FROM ({every}) f WHERE {bound} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - same
    return database.select(
        f"SELECT {TOLD}, {places}, {columns}"  # noqa: S608 - same
        f" FROM ({limited}) p JOIN resource r ON r.key = p.key ORDER BY {order}",
        (
            query.type, LAST, *values, generation, *values, generation, generation, *bounds, query.count, query.offset,
        ),
    )  # fmt: skip


def _since(query: ResourceQuery) -> int:
    return LAST if query.generation is None else query.generation


@lru_cache(maxsize=ORDERS)
def _order(terms: Terms, *, backwards: bool) -> str:
    """ORDER BY: rows without a value come last in either direction; going backwards reverses everything."""
    ordered: list[str] = []
    for name, falling in terms:
        if name not in NEVER_ABSENT:
            ordered.append(f"{name} IS NULL{' DESC' if backwards else ''}")
        ordered.append(f"{name}{' DESC' if falling is not backwards else ''}")
    return ", ".join(ordered)


NEVER_ABSENT = frozenset({"url", "version", "id"})
"""Columns that an index orders by as they are."""


def _beyond(query: ResourceQuery, terms: Terms) -> Sql:
    """The condition of what lies after the place where a page ended, or before it: the first that differs decides."""
    if query.beyond is None:
        return "1 = 1", ()
    same = [_same(name, value) for (name, _), value in zip(terms, query.beyond, strict=True)]
    alternatives: list[list[Sql]] = []
    for number, (name, falling) in enumerate(terms):
        further = _further(name, query.beyond[number], falling=falling, backwards=query.backwards)
        if further is not None:
            alternatives.append([*same[:number], further])
    if query.inclusive:
        alternatives.append(same)
    sql = " OR ".join(f"({' AND '.join(condition for condition, _ in parts)})" for parts in alternatives)
    return f"({sql})", tuple(value for parts in alternatives for _, values in parts for value in values)


def _same(name: str, value: str | None) -> Sql:
    return (f"{name} IS NULL", ()) if value is None else (f"{name} = ?", (value,))


def _further(name: str, value: str | None, *, falling: bool, backwards: bool) -> Sql | None:
    """The condition that a column is beyond a value; None if nothing can be."""
    if value is None:
        return (f"{name} IS NOT NULL", ()) if backwards else None
    sign = ">" if falling is backwards else "<"
    return (f"{name} {sign} ?", (value,)) if backwards else (f"({name} {sign} ? OR {name} IS NULL)", (value,))
