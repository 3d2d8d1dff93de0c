"""The history of resources: versions and deletions of one resource or of all of a type, newest first."""

from __future__ import annotations

from terminology.store.database import Database
from terminology.store.entries import HistoryEntry
from terminology.store.queries import HistoryQuery
from terminology.store.resource_search import MOMENT, sql_of
from terminology.store.resources import COLUMNS, entry_of

LATER = (
    "EXISTS (SELECT 1 FROM {table} n WHERE n.type = v.type AND n.id = v.id AND n.version_id > v.version_id AND {when})"
)


def page(database: Database, query: HistoryQuery) -> tuple[int, list[HistoryEntry]]:
    """The total and one page: two statements."""
    rows, values = _rows(query)
    where, more = _where(query)
    both = f"FROM ({rows}) v WHERE {where}"
    count = database.first(f"SELECT count(*) {both}", (*values, *more))
    order = "ORDER BY last_updated DESC, id, version_id DESC LIMIT ? OFFSET ?"
    found = database.select(
        f"SELECT {COLUMNS}, deleted {both} {order}",
        (*values, *more, query.count, query.offset),
    )
    return (int(count[0]) if count else 0), [HistoryEntry(entry_of(row[:-1]), bool(row[-1])) for row in found]


def _rows(query: HistoryQuery) -> tuple[str, list[str]]:
    """The SQL for current and earlier versions of the resources in question, with its values."""
    one = "" if query.id is None else " AND id = ?"
    values: list[str] = [query.type] if query.id is None else [query.type, query.id]
    now = f"SELECT {COLUMNS}, generation, (1 = 0) AS deleted FROM resource WHERE type = ?{one}"  # noqa: S608 - names of our own
    then = f"SELECT {COLUMNS}, generation, deleted FROM resource_history WHERE type = ?{one}"  # noqa: S608 - same
    return f"{now} UNION ALL {then}", values * 2


def _where(query: HistoryQuery) -> tuple[str, list[str | int]]:
    conditions: list[str] = ["1 = 1"]
    values: list[str | int] = []
    if query.version_id is not None:
        conditions.append("version_id = ?")
        values.append(query.version_id)
    if query.generation is not None:
        conditions.append("generation <= ?")
        values.append(query.generation)
    if query.since is not None:
        conditions.append(f"{MOMENT} >= ?")
        values.append(query.since)
    if query.at is not None:
        low, high = query.at
        when = f"{MOMENT.replace('last_updated', 'n.last_updated')} <= ?"
        gone = [f"NOT {LATER.format(table=table, when=when)}" for table in ("resource", "resource_history")]
        conditions += [f"{MOMENT} <= ?", *gone]
        values += [high, low, low]
    for asked in query.conditions:
        sql, more = sql_of(asked)
        conditions.append(sql)
        values += more
    return " AND ".join(conditions), values
