"""What the views of all pages share: the open database, links, lists in pages, and rendering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from flask import abort, render_template, request, url_for

from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.protocols import Catalogue, CodeSystem, Located
from terminology.store.entries import ResourceEntry, ResourceType, VersionEntry
from terminology.store.protocol import Store
from terminology.store.queries import Condition, ResourceQuery
from terminology.web import content
from terminology.web.errors import below_root

LIST_PAGE = 100
MANY = 10
"""Lists that are longer offer a search."""
LONGEST_QUERY = 500
FARTHEST = 2**31 - 1
SHOWN_BY: Mapping[ResourceType, str] = MappingProxyType({"ValueSet": ".value_set", "ConceptMap": ".concept_map"})
"""The endpoint of the page that shows a resource, by the resource's type."""


class Views:
    """Base of the views. Each gathers plain data and renders one template."""

    def __init__(self, terminology: Terminology, fhir_base: str) -> None:
        self._terminology = terminology
        self._store = terminology.store
        self._fhir_base = fhir_base

    @property
    def _fhir(self) -> str:
        return below_root(self._fhir_base)

    def _catalogue(self) -> Catalogue:
        return self._terminology.catalogue(self._terminology.context())

    def _open(self, resource_id: str) -> tuple[VersionEntry, CodeSystem]:
        entry = content.entry_of(self._store, resource_id)
        found = self._catalogue().code_system(Canonical(entry.url, entry.version)) if entry else None
        if entry is None or found is None:
            abort(404, description=f"There is no code system “{resource_id}” here.")
        return entry, found

    def _list_of(self, type_: ResourceType, heading: str) -> str:
        """One page of the list of resources of a type, or of those that `query` names.

        Those whose licence the caller lacks are left out.
        """
        closed = self._terminology.licences.closed(self._terminology.entitlements)
        seen = (Condition("below", closed, "not"),) if closed else ()
        total, found = self._store.resources(
            ResourceQuery(type=type_, conditions=(*seen, *called(query())), offset=offset(), count=LIST_PAGE)
        )
        rows = [
            {
                "href": url_for(SHOWN_BY[type_], id=r.id), "title": title_of(r), "url": r.url, "version": r.version,
                "third": r.status or "",
            }
            for r in found
        ]  # fmt: skip
        lead = f"Every {heading.lower().removesuffix('s')} on this server."
        return self._list(heading, lead, "Status", rows, total)

    def _list(self, heading: str, lead: str, third: str, rows: Sequence[Mapping[str, Any]], total: int) -> str:
        """One page of a list of `total` rows."""
        return self._render(
            "list.html", heading=heading, lead=lead, third=third, rows=rows, q=query(), many=total > MANY,
            **paging(LIST_PAGE, total),
        )  # fmt: skip

    def _resource(self, type_: ResourceType, resource_id: str) -> str:
        """The address of a resource's JSON. `_format` is needed: without it, browsers are sent back to the page."""
        return f"{self._fhir}/{type_}/{resource_id}?_format=html"

    def _render(self, template: str, **values: Any) -> str:
        return render_template(f"terminology_web/{template}", fhir_base=self._fhir, **values)


def query() -> str:
    """The text that is searched for, without unprintable characters, at most LONGEST_QUERY characters."""
    return "".join(c for c in request.args.get("q", "") if c.isprintable()).strip()[:LONGEST_QUERY]


def called(text: str) -> tuple[Condition, ...]:
    """The condition of resources that a text names; none without text."""
    return (Condition("called", (text,)),) if text else ()


def offset() -> int:
    """The number of entries before this page of a list; 0 if the request's is not a number."""
    return min(max(0, request.args.get("offset", 0, type=int)), FARTHEST)


def paging(size: int, total: int) -> dict[str, str | None]:
    """The addresses of the previous and the next page of a list, None where there is none."""
    here = offset()

    def at(start: int) -> str:
        others = {k: v for k, v in request.args.items() if k != "offset"}
        return f"{request.path}?{urlencode(others | ({'offset': start} if start else {}))}"

    return {
        "previous": at(max(0, here - size)) if here else None,
        "next": at(here + size) if here + size < total else None,
    }


def named(store: Store, type_: ResourceType, ref: Canonical) -> dict[str, str | None]:
    """Title and page of a value set or concept map; if it is not stored, its canonical and no page."""
    entry = next((e for e in store.resources_by_url(type_, ref.url) if e.version == ref.version), None)
    if entry is None:
        return {"title": str(ref), "href": None}
    return {"title": title_of(entry), "href": url_for(SHOWN_BY[type_], id=entry.id)}


def title_of(resource: ResourceEntry) -> str:
    """The most readable name that a value set or concept map has."""
    return resource.title or resource.name or resource.url or resource.id


def link(entry: VersionEntry, located: Located) -> dict[str, Any]:
    """A concept's code and display with the address of its page."""
    return link_code(entry, located.concept.code, located.concept.display)


def link_code(entry: VersionEntry, code: str, display: str | None) -> dict[str, Any]:
    """A code with the address of its page in this version of the system."""
    return {"href": url_for(".code", id=entry.resource_id, code=code), "code": code, "display": display or code}


def link_coding(versions: list[VersionEntry], code: str | None, display: str | None) -> dict[str, Any]:
    """A code with the address of its page in the newest of these versions; without address if there is no version."""
    if not versions or code is None:
        return {"href": None, "code": code, "display": display}
    return link_code(versions[-1], code, display)
