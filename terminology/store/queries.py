"""The queries about resources that a store answers: searches, their pages, and histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from terminology.store.entries import ResourceEntry, ResourceType

Modifier = Literal["", "exact", "contains", "missing", "not", "below"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One search parameter: a field of `resource_search.PREDICATES` that has any of the values, as modified.

    With `missing`, the value is `true` or `false`. Use only modifiers that the field has.
    """

    field: str
    values: tuple[str, ...]
    modifier: Modifier = ""


Place = tuple[str | None, ...]
"""The position of a match: the values it is sorted by, then url, version and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """A search; strings match case-insensitively from the start unless `exact` (FHIR R5, 3.2.1.5.6).

    `mentions` is a text (a canonical) that the resource's JSON contains anywhere. All `conditions` must hold. `sort`
    lists fields of `resource_search.ORDERS`, most significant first, with `-` in front for descending.

    A page begins after the end of another page (`beyond`; at it, if `inclusive`), or ends before its beginning
    (`backwards`), in the order of an earlier `generation`: see `resource_pages`.
    """

    type: ResourceType
    id: str | None = None
    url: str | None = None
    version: str | None = None
    name: str | None = None
    title: str | None = None
    status: str | None = None
    date: str | None = None
    publisher: str | None = None
    mentions: str | None = None
    exact: bool = False
    conditions: tuple[Condition, ...] = ()
    sort: tuple[str, ...] = ()
    offset: int = 0
    count: int = 100
    beyond: Place | None = None
    backwards: bool = False
    inclusive: bool = False
    generation: int | None = None


class ResourcePage(NamedTuple):
    """One page of a search: the total, the matches on this page, and the position of each.

    `generation` is the one that defines the order: that of the query, else the current one.
    """

    total: int
    generation: int
    entries: tuple[ResourceEntry, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Versions of one resource, or of all of a type; times are in UTC, as `dates` writes them.

    `since` is the earliest time of a version, `at` a period in which it was current. `conditions` may use the fields
    `id`, `url`, `below` and `version`. `generation` excludes later versions.
    """

    type: ResourceType
    id: str | None = None
    version_id: int | None = None
    since: str | None = None
    at: tuple[str, str] | None = None
    conditions: tuple[Condition, ...] = ()
    generation: int | None = None
    offset: int = 0
    count: int = 100
