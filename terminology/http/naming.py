"""Other names in searches: `url=urn:oid:…` finds what the canonical finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.store.entries import ResourceType
from terminology.store.queries import Condition, ResourceQuery

SYSTEMS = frozenset({"source_system", "target_system"})
CODES = frozenset({"source_code", "target_code", "listed_code"})
CANONICALS = frozenset({"reference", "supplements", "source_scope", "target_scope"})
"""Fields that refer to systems or value sets, with or without a version."""
NAMING = SYSTEMS | CODES | CANONICALS
URN = "urn:"


def by_all_names(catalogue: Catalogue, query: ResourceQuery) -> ResourceQuery:
    """The same search, with other names of systems and value sets as further values."""
    conditions = widened(catalogue, query.type, query.conditions)
    return query if conditions == query.conditions else replace(query, conditions=conditions)


def widened(catalogue: Catalogue, type_: ResourceType, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Conditions with other names of what they name as further values."""
    return tuple([_widened(catalogue, type_, condition) for condition in conditions])


def _widened(catalogue: Catalogue, type_: ResourceType, condition: Condition) -> Condition:
    if condition.modifier or not _may_be_named(condition):
        return condition
    values = (name for value in condition.values for name in _names(catalogue, type_, condition.field, value))
    return replace(condition, values=tuple(dict.fromkeys(values)))


def _may_be_named(condition: Condition) -> bool:
    """Whether the values of a condition may have other names."""
    if condition.field == "canonical":
        return any(value.startswith(URN) for value in condition.values)
    return condition.field in NAMING


def _names(catalogue: Catalogue, type_: ResourceType, field: str, value: str) -> Iterator[str]:
    yield value
    if field in SYSTEMS:
        yield from catalogue.names_of(value)
    elif field in CODES and "|" in value:
        system, _, code = value.rpartition("|")
        yield from (f"{name}|{code}" for name in catalogue.names_of(system))
    elif field in CANONICALS:
        url, bar, version = value.partition("|")
        yield from (f"{name}{bar}{version}" for name in catalogue.names_of(url))
        yield from _value_set(catalogue, value)
    elif field == "canonical" and value.startswith(URN):
        url, bar, version = value.partition("|")
        if type_ == "CodeSystem":
            yield from (f"{name}{bar}{version}" for name in catalogue.names_of(url))
        elif type_ == "ValueSet":
            yield from _value_set(catalogue, value)


def _value_set(catalogue: Catalogue, name: str) -> Iterator[str]:
    """The canonical of the value set that a URN stands for; none for a withheld one."""
    if not name.startswith(URN):
        return
    try:
        found = catalogue.value_set(Canonical.parse(name))
    except TerminologyError:
        return
    if found is not None:
        _, bar, version = name.partition("|")
        yield f"{found.url}{bar}{version}"
