"""Pages of a search that go on where another one ended, in the order that the first page was made in.

What was written since the first page (after its generation) does not move anything: a resource that was changed stays
where it was, by what `resource_history` says of it, and one that was created is not among the matches. Whether a
resource matches is asked of what it is now.
"""

from __future__ import annotations

from collections.abc import Sequence

from terminology.store import resource_search
from terminology.store.database import Database
from terminology.store.protocol import Place, ResourcePage, ResourceQuery
from terminology.store.resources import COLUMNS, entry_of
from terminology.store.search_terms import Sql

AS_THEN = (
    "SELECT r.key, {places} FROM (SELECT * FROM resource WHERE {where} AND generation > ?) r"
    " JOIN resource_history h ON h.type = r.type AND h.id = r.id AND NOT h.deleted AND h.version_id ="
    " (SELECT max(x.version_id) FROM resource_history x WHERE x.type = r.type AND x.id = r.id AND x.generation <= ?)"
)
"""The places of resources that were changed since, if they were there: all conditions are about what they are now."""


def page(database: Database, query: ResourceQuery) -> ResourcePage:
    """The total and one page: two statements."""
    terms = _terms(query)
    where, values = resource_search.where(query)
    count = database.first(f"SELECT count(*) FROM resource WHERE {where}", values)  # noqa: S608 - conditions of our own
    found, parameters = _places(query, terms, where, values)
    bound, bounds = _beyond(query, terms)
    order = _order(terms, backwards=query.backwards)
    columns = ", ".join(f"r.{name}" for name in COLUMNS.split(", "))
    places = ", ".join(f"p.{_name(n)}" for n in range(len(terms)))
    limited = f"SELECT * FROM ({found}) f WHERE {bound} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - same
    rows = database.select(
        f"SELECT {places}, {columns} FROM ({limited}) p JOIN resource r ON r.key = p.key ORDER BY {order}",  # noqa: S608 - same
        (*parameters, *bounds, query.count, query.offset),
    )
    if query.backwards:
        rows.reverse()
    cut = len(terms)
    return ResourcePage(
        total=int(count[0]) if count else 0,
        entries=tuple(entry_of(row[cut:]) for row in rows),
        places=tuple(tuple(row[:cut]) for row in rows),
    )


def _terms(query: ResourceQuery) -> tuple[tuple[str, bool], ...]:
    """The columns that decide the order, and whether they fall; url, version and id make it total."""
    asked = ((resource_search.ORDERS[name.removeprefix("-")], name.startswith("-")) for name in query.sort)
    return (*asked, ("url", False), ("version", False), ("id", False))


def _name(number: int) -> str:
    return f"place_{number}"


def _places(
    query: ResourceQuery, terms: Sequence[tuple[str, bool]], where: str, values: Sequence[str]
) -> tuple[str, list[str | int]]:
    """The statement of all matches: keys and places."""
    now = ", ".join(f"{column} COLLATE BINARY AS {_name(n)}" for n, (column, _) in enumerate(terms))
    current = f"SELECT key, {now} FROM resource WHERE {where}"  # noqa: S608 - names and conditions of our own
    if query.generation is None:
        return current, [*values]
    then = ", ".join(f"h.{column} COLLATE BINARY AS {_name(n)}" for n, (column, _) in enumerate(terms))
    changed = AS_THEN.format(places=then, where=where)
    return (
        f"{current} AND generation <= ? UNION ALL {changed}",
        [*values, query.generation, *values, query.generation, query.generation],
    )


def _order(terms: Sequence[tuple[str, bool]], *, backwards: bool) -> str:
    """What has no value is last, whichever way a column is sorted; all the other way round when going back."""
    ordered: list[str] = []
    for number, (_, falling) in enumerate(terms):
        nothing = " DESC" if backwards else ""
        ordered += [
            f"{_name(number)} IS NULL{nothing}",
            f"{_name(number)}{' DESC' if falling is not backwards else ''}",
        ]
    return ", ".join(ordered)


def _beyond(query: ResourceQuery, terms: Sequence[tuple[str, bool]]) -> Sql:
    """The condition of what lies after the place where a page ended, or before it: the first that differs decides."""
    if query.beyond is None:
        return "1 = 1", ()
    alternatives: list[str] = []
    values: list[str] = []
    for number, (_, falling) in enumerate(terms):
        further = _further(number, query.beyond, falling=falling, backwards=query.backwards)
        if further is not None:
            same = [_same(n, query.beyond) for n in range(number)]
            alternatives.append(" AND ".join(sql for sql, _ in (*same, further)))
            values += [value for _, own in (*same, further) for value in own]
    if query.inclusive:
        same = [_same(n, query.beyond) for n in range(len(terms))]
        alternatives.append(" AND ".join(sql for sql, _ in same))
        values += [value for _, own in same for value in own]
    return "(" + " OR ".join(f"({sql})" for sql in alternatives) + ")", tuple(values)


def _same(number: int, place: Place) -> Sql:
    value = place[number]
    return (f"{_name(number)} IS NULL", ()) if value is None else (f"{_name(number)} = ?", (value,))


def _further(number: int, place: Place, *, falling: bool, backwards: bool) -> Sql | None:
    """One column beyond a value; None where nothing can be."""
    value, name = place[number], _name(number)
    if value is None:
        return (f"{name} IS NOT NULL", ()) if backwards else None
    sign = ">" if falling is backwards else "<"
    return (f"{name} {sign} ?", (value,)) if backwards else (f"({name} {sign} ? OR {name} IS NULL)", (value,))
