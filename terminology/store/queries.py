"""The queries about resources that a store answers: searches, their pages, and histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from terminology.store.entries import ResourceEntry, ResourceType

Modifier = Literal["", "exact", "contains", "missing", "not", "below"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One search parameter: a field of `resource_search.PREDICATES` that has any of the values, as the modifier says.

    With `missing`, the value is `true` or `false`. Modifiers a field does not have are not to be given.
    """

    field: str
    values: tuple[str, ...]
    modifier: Modifier = ""


Place = tuple[str | None, ...]
"""Where a match stands: the values it is sorted by, then url, version and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """A search; strings match case-insensitively from the start unless `exact` (FHIR R5, 3.2.1.5.6).

    `mentions` is text (a canonical) that the resource's JSON contains anywhere. `conditions` must hold as well. `sort`
    names fields of `resource_search.ORDERS`, the first decides first, with `-` in front for descending.

    A page begins after the place where another one ended (`beyond`; at it, if `inclusive`), or ends before it
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
    """One page of a search: how many matches there are, the matches on it, and where each stands.

    `generation` is the one that the order is of: that of the query, else the one it was read in.
    """

    total: int
    generation: int
    entries: tuple[ResourceEntry, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Versions of one resource, or of all of a type; moments are in UTC, as `dates` writes them.

    `since` is the first moment at which they were made, `at` a period in which they were current. `conditions` may ask
    for the fields `id`, `url`, `below` and `version`. `generation` leaves out what was written after it.
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
