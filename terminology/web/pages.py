"""The pages for people: search, code, code system, value set. A Flask blueprint over store and catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, Located
from terminology.model.requests import VersionRules
from terminology.operations.find import Hit, default_versions, find
from terminology.store.protocol import Condition, ResourceQuery, VersionEntry
from terminology.web import changes, content, sections
from terminology.web.content import short_title
from terminology.web.errors import Elsewhere, below_root, error_page, refused
from terminology.web.similar import similar
from terminology.web.waiting import add_waiting

PAGE = 20
SUGGESTIONS = 10
CHILDREN = 15
LIST_PAGE = 100
CHOICES = 50
"""Code systems offered in the search form, the largest first; every system has a search form of its own."""
LONGEST_QUERY = 500
FARTHEST = 2**31 - 1
LATEST = VersionRules(default_to_latest_version=True)
"""People rather see a newer version of a system than nothing."""


def web_blueprint(
    terminology: Terminology, *, fhir_base: str = "/r4", prefix: str = "", writable: bool = False
) -> Blueprint:
    """The pages over an open database; `fhir_base` is where, below the application, their JSON links point.

    `writable`: anybody who sees the pages may give codes to documents that wait for one.
    """
    pages = Blueprint(
        "terminology_web", __name__, url_prefix=prefix or None, template_folder="templates", static_folder="static",
        static_url_path="/static/terminology",
    )  # fmt: skip
    site = _Site(terminology, fhir_base)
    pages.add_url_rule("/", "search", site.search)
    pages.add_url_rule("/suggest", "suggest", site.suggest)
    pages.add_url_rule("/systems", "systems", site.systems)
    pages.add_url_rule("/systems/<id>", "system", site.system)
    pages.add_url_rule("/systems/<id>/changes", "changes", site.changes)
    pages.add_url_rule("/systems/<id>/codes/<path:code>", "code", site.code)
    pages.add_url_rule("/value-sets", "value_sets", site.value_sets)
    pages.add_url_rule("/value-sets/<id>", "value_set", site.value_set)
    if writable:
        add_waiting(pages, terminology, fhir_base)
    pages.register_error_handler(HTTPException, error_page)
    pages.register_error_handler(TerminologyError, refused)
    return pages


class _Site:
    """The views. Each gathers plain data and renders one template."""

    def __init__(self, terminology: Terminology, fhir_base: str) -> None:
        self._terminology = terminology
        self._store = terminology.store
        self._fhir_base = fhir_base

    @property
    def _fhir(self) -> str:
        return below_root(self._fhir_base)

    def search(self) -> str:
        catalogue = self._catalogue()
        query, chosen, offset = _query(), request.args.get("system", ""), _offset()
        entries = default_versions(self._store, catalogue)
        offered = entries[:CHOICES] + [e for e in entries[CHOICES:] if e.resource_id == chosen]
        choices = self._choices(catalogue, offered)
        asked = [e for e in entries if e.resource_id == chosen] if chosen else entries
        found = find(self._store, catalogue, query, asked, offset=offset, count=PAGE) if query else None
        hits = found.hits if found else ()
        return self._render(
            "search.html", q=query, choices=choices, chosen=chosen,
            hits=[_hit(hit) for hit in hits], guessed=bool(found and found.guessed),
            total=found.total if found else 0,
            facets=[
                {"id": s.entry.resource_id, "title": short_title(s.metadata), "total": s.total}
                for s in (found.systems if found else ())
            ],
            copyrights=list(dict.fromkeys(h.metadata.copyright for h in hits if h.metadata.copyright)),
            **_paging(offset, PAGE, found.total if found else 0),
        )  # fmt: skip

    def suggest(self) -> Response:
        catalogue = self._catalogue()
        chosen = request.args.get("system", "")
        entries = [e for e in default_versions(self._store, catalogue) if not chosen or e.resource_id == chosen]
        found = find(self._store, catalogue, _query(), entries, count=SUGGESTIONS)
        return jsonify([_hit(hit) for hit in found.hits])

    def systems(self) -> str:
        catalogue = self._catalogue()
        entries = default_versions(self._store, catalogue)
        offset = _offset()
        rows = [
            {
                "href": url_for(".system", id=view.id), "title": view.title, "url": view.url,
                "version": view.version, "third": f"{view.size:,}",
            }
            for view in self._choices(catalogue, entries[offset : offset + LIST_PAGE])
        ]  # fmt: skip
        return self._render(
            "list.html", heading="Code systems", lead="Every code system on this server, largest first.",
            third="Codes", rows=rows, **_paging(offset, LIST_PAGE, len(entries)),
        )  # fmt: skip

    def system(self, id: str) -> str:  # noqa: A002 - the name in the url rule
        entry, system = self._open(id)
        catalogue = self._catalogue()
        view, offset = content.system_view(entry, system.metadata), _offset()
        codes = content.top_codes(system, self._store, entry, offset, PAGE + 1)
        versions = list(catalogue.code_system_versions(entry.url))
        older = versions[: versions.index(entry.version)] if entry.version in versions else []
        return self._render(
            "system.html", system=view, older=older, q="", choices=[view], chosen=view.id,
            versions=self._siblings(entry.url, versions),
            codes=[_link(entry, c) for c in codes[:PAGE]], hierarchical=any(c.concept.children for c in codes),
            json_href=f"{self._fhir}/CodeSystem/{entry.resource_id}",
            **_paging(offset, PAGE, offset + len(codes)),
        )  # fmt: skip

    def changes(self, id: str) -> str:  # noqa: A002
        entry, system = self._open(id)
        old = request.args.get("from", "")
        try:
            found = self._terminology.diff(entry.url, old, entry.version or "")
        except TerminologyError as error:
            abort(404, description=str(error))
        query = urlencode({"system": entry.url, "from": old, "to": entry.version or ""})
        return self._render(
            "changes.html", system=content.system_view(entry, system.metadata), old=old, new=entry.version,
            old_id=next((v.resource_id for v in self._store.versions(entry.url) if v.version == old), None),
            **changes.view(found), json_href=f"{self._fhir}/CodeSystem/$diff?{query}",
        )  # fmt: skip

    def code(self, id: str, code: str) -> str:  # noqa: A002
        entry, system = self._open(id)
        located = system.locate(code)
        if located is None:
            why = system.explain(code)
            text = f"{code} is not a code of {content.system_view(entry, system.metadata).named}."
            raise Elsewhere(f"{text} {why.text if why else ''}".rstrip(), self._in_other_versions(entry, code))
        concept = located.concept
        read, facts = sections.sections(content.readable(system, concept))
        names, labelled_names = sections.names(concept)
        children, more = content.children(system, located, CHILDREN)
        query = {"system": entry.url, "code": concept.code} | ({"version": entry.version} if entry.version else {})
        sets = content.value_sets_with(self._store, self._catalogue(), system, located)
        return self._render(
            "code.html", system=content.system_view(entry, system.metadata), code=concept.code,
            display=concept.display or concept.code, definition=_more_than_the_display(concept),
            names=names, labelled_names=labelled_names,
            inactive=located.inactive, status=located.status, abstract=located.abstract,
            sections=read, facts=facts,
            ancestors=[_link(entry, a) for a in content.ancestors(system, located)],
            children=[_link(entry, c) for c in children], more_children=more,
            versions=self._in_other_versions(entry, concept.code),
            similar=[
                {**_link_concept(entry, s.concept.code, s.concept.display), "reasons": s.reasons}
                for s in similar(system, located)
            ],
            value_sets=[{"href": url_for(".value_set", id=r.id), "title": r.title or r.name or r.url} for r in sets],
            json_href=f"{self._fhir}/CodeSystem/$lookup?{urlencode(query)}",
        )  # fmt: skip

    def value_sets(self) -> str:
        offset = _offset()
        closed = self._terminology.licences.closed(self._terminology.entitlements)
        seen = (Condition("below", closed, "not"),) if closed else ()
        query = ResourceQuery(type="ValueSet", conditions=seen, offset=offset, count=LIST_PAGE)
        total, found = self._store.resources(query)
        rows = [
            {
                "href": url_for(".value_set", id=r.id), "title": r.title or r.name or r.url, "url": r.url,
                "version": r.version, "third": r.status or "",
            }
            for r in found
        ]  # fmt: skip
        return self._render(
            "list.html", heading="Value sets", lead="Every value set on this server.", third="Status", rows=rows,
            **_paging(offset, LIST_PAGE, total),
        )  # fmt: skip

    def value_set(self, id: str) -> str:  # noqa: A002
        resource = self._store.resource("ValueSet", id)
        catalogue = self._catalogue()
        value_set = catalogue.value_set(Canonical(resource.url or "", resource.version)) if resource else None
        if resource is None or value_set is None:
            abort(404, description=f"There is no value set {id}.")
        offset, total, codes, problem, text = _offset(), None, [], None, _query()
        try:
            expansion = self._terminology.expand(
                value_set, filter=text or None, offset=offset, count=PAGE, exclude_nested=True, versions=LATEST
            ).expansion
            total, codes = expansion.total, [self._contains(c.system, c.code, c.display) for c in expansion.contains]
        except TerminologyError as error:
            problem = str(error)
        return self._render(
            "value_set.html", value_set=value_set, total=total, codes=codes, problem=problem, q=text,
            json_href=f"{self._fhir}/ValueSet/{id}", expand_href=f"{self._fhir}/ValueSet/{id}/$expand?count={PAGE}",
            **_paging(offset, PAGE, total or 0),
        )  # fmt: skip

    def _siblings(self, url: str, versions: Iterable[str | None]) -> list[dict[str, Any]]:
        """Links to the pages of these versions of a system."""
        ids = {v.version: v.resource_id for v in self._store.versions(url) if v.content != "supplement"}
        return [{"version": v, "href": url_for(".system", id=ids[v])} for v in versions if v in ids]

    def _in_other_versions(self, entry: VersionEntry, code: str) -> list[dict[str, Any]]:
        """Links to a code in the other versions of its system that have it, the newest first."""
        found = content.in_other_versions(self._store, self._catalogue(), entry, code)
        return [{**_link(other, located), "version": other.version} for other, located in found]

    def _contains(self, url: str | None, code: str | None, display: str | None) -> dict[str, Any]:
        versions = self._store.versions(url) if url else []
        if not versions or code is None:
            return {"href": None, "code": code, "display": display}
        return _link_concept(versions[-1], code, display)

    def _catalogue(self) -> Catalogue:
        return self._terminology.catalogue(self._terminology.context())

    def _open(self, resource_id: str) -> tuple[VersionEntry, CodeSystem]:
        entry = content.entry_of(self._store, resource_id)
        found = self._catalogue().code_system(Canonical(entry.url, entry.version)) if entry else None
        if entry is None or found is None:
            abort(404, description=f"There is no code system {resource_id}.")
        return entry, found

    def _choices(self, catalogue: Catalogue, entries: Iterable[VersionEntry]) -> list[content.SystemView]:
        systems = ((e, catalogue.code_system(Canonical(e.url, e.version))) for e in entries)
        return [content.system_view(entry, system.metadata) for entry, system in systems if system]

    def _render(self, template: str, **values: Any) -> str:
        return render_template(f"terminology_web/{template}", fhir_base=self._fhir, **values)


def _query() -> str:
    """What is searched for, without what nobody can type and no page can show."""
    return "".join(c for c in request.args.get("q", "") if c.isprintable()).strip()[:LONGEST_QUERY]


def _offset() -> int:
    return min(max(0, request.args.get("offset", 0, type=int)), FARTHEST)


def _paging(offset: int, size: int, total: int) -> dict[str, str | None]:
    def at(start: int) -> str:
        others = {k: v for k, v in request.args.items() if k != "offset"}
        return f"{request.path}?{urlencode(others | ({'offset': start} if start else {}))}"

    return {
        "previous": at(max(0, offset - size)) if offset else None,
        "next": at(offset + size) if offset + size < total else None,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    concept = hit.located.concept
    return {
        **_link(hit.entry, hit.located),
        "definition": _more_than_the_display(concept),
        "inactive": hit.located.inactive,
        "system": short_title(hit.metadata),
    }


def _more_than_the_display(concept: Concept) -> str | None:
    """The definition, unless it only says the display again."""
    return concept.definition if concept.definition != concept.display else None


def _link(entry: VersionEntry, located: Located) -> dict[str, Any]:
    return _link_concept(entry, located.concept.code, located.concept.display)


def _link_concept(entry: VersionEntry, code: str, display: str | None) -> dict[str, Any]:
    return {"href": url_for(".code", id=entry.resource_id, code=code), "code": code, "display": display or code}
