"""Searching resources: the SQL conditions of each parameter with its modifiers, and the sort orders.

Strings match from the start, ignoring case and accents (FHIR R5, 3.2.1.5.6); dates are periods, see `dates`. Data
stored beside a resource (a system's content and codes, a map's mappings) is queried with EXISTS. Bodies are not read,
except that `mentions` looks for a text in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType

import orjson

from terminology.store import resource_words
from terminology.store.database import after_prefix
from terminology.store.queries import Condition, Modifier, ResourceQuery
from terminology.store.search_terms import STRING, TOKEN, Match, Predicate, Sql, dated, folded, joined, literally


def _token(column: str) -> Predicate:
    return Predicate(lambda value, _: (f"{column} = ?", (value,)), f"coalesce({column}, '') = ''", TOKEN)


def _string(column: str) -> Predicate:
    def match(value: str, modifier: Modifier) -> Sql:
        if modifier == "exact":
            return f"{column} = ?", (value,)
        wanted = folded(value)
        if modifier == "contains":
            return f"{column}_folded LIKE ? ESCAPE '!'", (f"%{literally(wanted)}%",)
        return f"({column}_folded >= ? AND {column}_folded < ?)", (wanted, after_prefix(wanted))

    return Predicate(match, f"coalesce({column}, '') = ''", STRING)


def _called(value: str, _: Modifier) -> Sql:
    """All words of a text, each of them anywhere in the title, the name or the url."""
    words = folded(value).split() or [""]
    one = " OR ".join(f"{column} LIKE ? ESCAPE '!'" for column in ("title_folded", "name_folded", "lower(url)"))
    return joined("AND", [f"({one})"] * len(words)), tuple(f"%{literally(word)}%" for word in words for _ in range(3))


def _canonical(value: str, modifier: Modifier) -> Sql:
    """A canonical, with its version after `|`; `below` is every url that begins so, at the end of a part of it."""
    if modifier == "below":
        start = value.rstrip("/") + "/"
        return "(url = ? OR (url >= ? AND url < ?))", (value, start, after_prefix(start))
    url, _, version = value.partition("|")
    return ("(url = ? AND version = ?)", (url, version)) if version else ("url = ?", (url,))


def _mentions(value: str, _: Modifier) -> Sql:
    return "instr(body, CAST(? AS BLOB)) > 0", (value,)


def _states(member: str) -> Match:
    """A canonical as the value of a member anywhere in the JSON, which is written without blanks; with any version."""

    def match(value: str, _: Modifier) -> Sql:
        text = f'"{member}":{orjson.dumps(value).decode()[:-1]}'
        mention = "instr(body, CAST(? AS BLOB)) > 0"
        ends = (f'{text}"',) if "|" in value else (f'{text}"', f"{text}|")
        return f"({' OR '.join(mention for _ in ends)})", ends

    return match


OWN_VERSION = (
    "EXISTS (SELECT 1 FROM code_system_version v {join}WHERE v.state = 'active'"
    " AND v.url = resource.url AND v.version = resource.version AND {condition})"
)
"""Asks the code system version that a CodeSystem resource is the header of."""


def _content(value: str, _: Modifier) -> Sql:
    return OWN_VERSION.format(join="", condition="v.content = ?"), (value,)


def _below(value: str, _: Modifier) -> Sql:
    """A canonical and those below it, which continue it after `/`, `?`, `#` or `|`."""
    ranges = [(value + mark, after_prefix(value + mark)) for mark in "/?#|"]
    sql = " OR ".join(("url = ?", *("(url >= ? AND url < ?)" for _ in ranges)))
    return f"({sql})", (value, *(bound for both in ranges for bound in both))


def _supplements(value: str, _: Modifier) -> Sql:
    start = f"{value}|"  # what is supplemented may be named with its version, which a search may leave out
    condition = "(v.supplements = ? OR (v.supplements >= ? AND v.supplements < ?))"
    return OWN_VERSION.format(join="", condition=condition), (value, start, after_prefix(start))


def _code(value: str, _: Modifier) -> Sql:
    condition = "c.key = CASE WHEN v.case_sensitive THEN ? ELSE ? END"
    sql = OWN_VERSION.format(join="JOIN concept c ON c.version = coalesce(v.base, v.key) ", condition=condition)
    return sql, (value, value.casefold())


def _language(value: str, _: Modifier) -> Sql:
    """A language that some name of the system's concepts is in; a layer has those that it lays over its base."""
    join = "JOIN bitmap b ON (b.version = v.key OR b.version = v.base) "
    return OWN_VERSION.format(join=join, condition="b.kind = 'language' AND b.key = ?"), (value,)


def _mapped(side: str) -> Match:
    """`code`, or `system|code`, on one side of a map."""

    def match(value: str, _: Modifier) -> Sql:
        system, code = value.rpartition("|")[::2]
        if system and not code:
            return _mapped_system(side)(system, "")
        own = f"m.{side}_code = ?" + (f" AND m.{side}_system = ?" if system else "")
        sql = f"EXISTS (SELECT 1 FROM mapping m WHERE m.map_key = resource.key AND {own})"  # noqa: S608 - our own
        return sql, ((code, system) if system else (code,))

    return match


def _mapped_system(side: str) -> Match:
    sql = f"EXISTS (SELECT 1 FROM mapping m WHERE m.map_key = resource.key AND m.{side}_system = ?)"  # noqa: S608 - our own
    return lambda value, _: (sql, (value,))


MOMENT = "(substr(last_updated, 1, 23) || '000')"
"""`last_updated` without its Z, and to the microsecond, as `dates` writes moments."""

PREDICATES: Mapping[str, Predicate] = MappingProxyType(
    {
        "id": _token("id"),
        "url": Predicate(lambda value, _: ("url = ?", (value,))),
        "canonical": Predicate(_canonical, "url = ''", frozenset({"", "below", "missing"})),
        "version": _token("version"),
        "name": _string("name"),
        "title": _string("title"),
        "called": Predicate(_called),
        "status": _token("status"),
        "date": Predicate(dated("date_low", "date_high"), "date_low IS NULL", frozenset({"", "missing"})),
        "publisher": _string("publisher"),
        "mentions": Predicate(_mentions),
        "last_updated": Predicate(dated(MOMENT, MOMENT)),
        "below": Predicate(_below, modifiers=frozenset({"", "not"})),
        "supplemented": Predicate(_supplements, modifiers=frozenset({"", "not"})),
        "bound_value_set": Predicate(_states("valueSet")),
        "base_definition": Predicate(_states("baseDefinition")),
        "content": Predicate(_content, modifiers=frozenset({"", "not"})),
        "supplements": Predicate(_supplements),
        "code": Predicate(_code),
        "language": Predicate(_language),
        "source_code": Predicate(_mapped("source")),
        "target_code": Predicate(_mapped("target")),
        "source_system": Predicate(_mapped_system("source")),
        "target_system": Predicate(_mapped_system("target")),
        **resource_words.PREDICATES,
    }
)
"""What can be asked, by the name of a Condition's field."""

FIELDS = ("id", "url", "version", "name", "title", "status", "date", "publisher", "mentions")
"""Fields of a ResourceQuery that are conditions of their own."""

_stated = attrgetter(*FIELDS)

ORDERS: Mapping[str, str] = MappingProxyType(
    {
        "id": "id", "url": "url", "version": "version", "name": "name_folded", "title": "title_folded",
        "status": "status", "date": "date_low", "publisher": "publisher_folded", "last_updated": "last_updated",
    }
)  # fmt: skip
"""Columns by which results can be sorted."""


def where(query: ResourceQuery) -> tuple[str, list[str]]:
    """The whole condition of a query, and its values. Raises TerminologyError invalid for a date that is none."""
    plain: Modifier = "exact" if query.exact else ""
    stated = zip(FIELDS, _stated(query), strict=True)
    conditions = [Condition(field, (value,), plain) for field, value in stated if value is not None]
    texts, values = ["type = ?"], [str(query.type)]
    for sql, own in map(sql_of, (*conditions, *query.conditions)):
        texts.append(sql)
        values += own
    return joined("AND", texts), values


def order(query: ResourceQuery) -> str:
    """The columns to sort by; url, version and id at last, so that pages never overlap. What has no value is last."""
    terms: list[str] = []
    for name in query.sort:
        column = ORDERS[name.removeprefix("-")]
        terms += [f"{column} IS NULL", f"{column} DESC" if name.startswith("-") else column]
    return ", ".join((*terms, "url", "version", "id"))


def sql_of(asked: Condition) -> Sql:
    """One condition: any of its values, or none of them with `not` (which rows without a value fulfil)."""
    predicate = PREDICATES[asked.field]
    if asked.modifier == "missing":
        absent = asked.values == ("true",)
        return (predicate.missing if absent else f"NOT ({predicate.missing})"), ()
    matches = [predicate.match(value, asked.modifier) for value in asked.values]
    sql = "(" + joined("OR", [sql for sql, _ in matches]) + ")"
    values = tuple([value for _, values in matches for value in values])
    return (f"CASE WHEN {sql} THEN 0 ELSE 1 END = 1" if asked.modifier == "not" else sql), values
