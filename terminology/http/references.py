"""Conditional references in a transaction (R5, 3.2.0.11): `CodeSystem?url=…` stands for the one matching resource.

The search covers the state after the transaction: stored resources that stay as they are, and those that the
transaction writes, which are searched in a scratch store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from terminology import ingest
from terminology.http import conditions, licensed, naming, search_parameters, search_results
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.http.write_plans import Plan
from terminology.ingest import Put
from terminology.library import Terminology
from terminology.operations.table import RESOURCE_TYPES
from terminology.store.entries import ResourceEntry
from terminology.store.opening import open_store
from terminology.store.protocol import Store
from terminology.store.queries import Condition, ResourceQuery


def conditional(value: Any) -> Iterator[str]:
    """The conditional references in a resource."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and "?" in reference:
            yield reference
        for inner in value.values():
            yield from conditional(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from conditional(inner)


def resolved(value: Any, found: Mapping[str, str]) -> Any:
    """A copy of a resource with its conditional references resolved."""
    if isinstance(value, dict):
        copy = {name: resolved(inner, found) for name, inner in value.items()}
        if isinstance(reference := value.get("reference"), str) and reference in found:
            copy["reference"] = found[reference]
        return copy
    return [resolved(inner, found) for inner in value] if isinstance(value, list) else value


@dataclass(slots=True)
class Matches:
    """Resolves the conditional references of one transaction; `plans` are all of its writes."""

    terminology: Terminology
    request: Request
    plans: Collection[Plan]
    _written: Store | None = field(init=False, default=None)

    def of(self, resource: Any) -> dict[str, str]:
        """The conditional references in a resource, each with the reference it stands for.

        Raises HttpError 412 for one that does not match exactly one resource.
        """
        return {reference: self._meant(reference) for reference in set(conditional(resource))}

    def _meant(self, reference: str) -> str:
        type_, _, _ = reference.removeprefix(self.request.base).strip("/").partition("?")
        total, entries = self._search(type_, reference) if type_ in RESOURCE_TYPES else (0, [])
        if total != 1:
            raise HttpError(HTTPStatus.PRECONDITION_FAILED, "REFERENCE_NOT_ONE", count=str(total), reference=reference)
        return f"{entries[0].type}/{entries[0].id}"

    def _search(self, type_: str, reference: str) -> tuple[int, list[ResourceEntry]]:
        query = search_parameters.query(type_, conditions.criteria(reference), lenient=False)
        if not query.conditions:
            raise HttpError(HTTPStatus.PRECONDITION_FAILED, "CRITERIA_MISSING", what="reference")
        catalogue = self.terminology.catalogue(self.terminology.context(release=self.request.release))
        query = replace(naming.by_all_names(catalogue, query), offset=0, count=1)
        total, entries = self._staying(query)
        more, others = self._new().resources(query)
        return total + more, [*entries, *others]

    def _staying(self, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
        """Stored resources that are visible and not written by the transaction."""
        ids = tuple(plan.id for plan in self.plans if plan.type == query.type and plan.write is not None)
        others = (Condition("id", ids, "not"),) if ids else ()
        visible = licensed.conditions(self.terminology, self.request, query.type)
        found = search_results.page(
            self.terminology.store, replace(query, conditions=(*query.conditions, *others, *visible))
        )
        return found.total, [match.entry for match in found.found]

    def _new(self) -> Store:
        """A store with the resources that the transaction writes."""
        if self._written is None:
            self._written = open_store()
            puts = [replace(plan.write, seen=0) for plan in self.plans if isinstance(plan.write, Put)]
            if puts:
                ingest.write(self._written, puts)
        return self._written
