"""The pages for people: search, code systems, codes. A Flask blueprint, with the pages of the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, jsonify, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, Located
from terminology.operations.find import Hit, default_versions, find
from terminology.store.entries import VersionEntry
from terminology.store.queries import ResourceQuery
from terminology.web import changes, content, sections
from terminology.web.errors import Elsewhere, error_page, refused
from terminology.web.maps import add_maps, mappings
from terminology.web.similar import similar
from terminology.web.site import FARTHEST, LIST_PAGE, Views, called, link, link_code, offset, paging, query, title_of
from terminology.web.valuesets import add_value_sets
from terminology.web.waiting import add_waiting
from valuesets.former import what_became

PAGE = 20
SUGGESTIONS = 10
CHILDREN = 100
"""Codes of a group on one page, or added to a tree at a time."""
CHOICES = 50
"""Code systems offered in the search form, the largest first; every system has a search form of its own."""
SYSTEMS = 8
"""Code systems on the first page: those with procedure documents, then the largest."""


def web_blueprint(
    terminology: Terminology, *, fhir_base: str = "/r4", prefix: str = "", writable: bool = False
) -> Blueprint:
    """The pages over an open database. `fhir_base` is the path of the FHIR endpoint that their JSON links point to.

    With `writable`, whoever can see the pages can also give codes to documents that have none.
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
    pages.add_url_rule("/systems/<id>/below/<path:code>", "below", site.below)
    add_value_sets(pages, terminology, fhir_base)
    add_maps(pages, terminology, fhir_base)
    if writable:
        add_waiting(pages, terminology, fhir_base)
    pages.register_error_handler(HTTPException, error_page)
    pages.register_error_handler(TerminologyError, refused)
    return pages


class _Site(Views):
    """The views of searches, systems and codes."""

    def search(self) -> str:
        catalogue = self._catalogue()
        text, chosen = query(), request.args.get("system", "")
        entries = default_versions(self._store, catalogue)
        offered = entries[:CHOICES] + [e for e in entries[CHOICES:] if e.resource_id == chosen]
        choices = self._choices(catalogue, offered)
        first = () if text else sorted(self._choices(catalogue, entries), key=lambda view: not view.described)
        asked = [e for e in entries if e.resource_id == chosen] if chosen else entries
        found = find(self._store, catalogue, text, asked, offset=offset(), count=PAGE) if text else None
        hits = found.hits if found else ()
        return self._render(
            "search.html", q=text, choices=choices, chosen=chosen, system_count=len(entries),
            first=first[:SYSTEMS],
            hits=[_hit(hit) for hit in hits], guessed=bool(found and found.guessed),
            total=found.total if found else 0,
            facets=[
                {"id": s.entry.resource_id, "title": content.short_title(s.metadata), "total": s.total}
                for s in (found.systems if found else ())
            ],
            copyrights=list(dict.fromkeys(h.metadata.copyright for h in hits if h.metadata.copyright)),
            **paging(PAGE, found.total if found else 0),
        )  # fmt: skip

    def suggest(self) -> Response:
        catalogue = self._catalogue()
        chosen = request.args.get("system", "")
        entries = [e for e in default_versions(self._store, catalogue) if not chosen or e.resource_id == chosen]
        found = find(self._store, catalogue, query(), entries, count=SUGGESTIONS)
        return jsonify([_hit(hit) for hit in found.hits])

    def systems(self) -> str:
        catalogue = self._catalogue()
        entries = default_versions(self._store, catalogue)
        if text := query():
            asked = ResourceQuery(type="CodeSystem", conditions=called(text), count=FARTHEST)
            named = {resource.url for resource in self._store.resources(asked)[1]}
            entries = [entry for entry in entries if entry.url in named]
        start = offset()
        rows = [
            {
                "href": url_for(".system", id=view.id), "title": view.title, "url": view.url,
                "version": view.version, "third": f"{view.size:,}",
            }
            for view in self._choices(catalogue, entries[start : start + LIST_PAGE])
        ]  # fmt: skip
        return self._list(
            "Code systems", "Every code system on this server, largest first.", "Codes", rows, len(entries)
        )

    def system(self, id: str) -> str:  # noqa: A002 - the name in the url rule
        entry, system = self._open(id)
        catalogue = self._catalogue()
        view = content.system_view(entry, system.metadata)
        codes = content.top_codes(system, self._store, entry, offset(), CHILDREN + 1)
        versions = list(catalogue.code_system_versions(entry.url))
        return self._render(
            "system.html", system=view, older=_older(versions, entry), q="", choices=[view], chosen=view.id,
            versions=self._siblings(entry.url, versions),
            codes=[_branch(entry, c) for c in codes[:CHILDREN]],
            hierarchical=any(c.concept.children for c in codes),
            json_href=self._resource("CodeSystem", entry.resource_id),
            **paging(CHILDREN, offset() + len(codes)),
        )  # fmt: skip

    def below(self, id: str, code: str) -> Response:  # noqa: A002
        """The first CHILDREN codes directly below one, as JSON for the trees; `more` is the page with the others."""
        entry, system = self._open(id)
        located = system.locate(code)
        if located is None:
            abort(404, description=f"{code} is not a code of {content.system_view(entry, system.metadata).named}.")
        found, more = content.children(system, located, 0, CHILDREN)
        further = f"{link(entry, located)['href']}?offset={CHILDREN}"
        return jsonify(codes=[_branch(entry, c) for c in found], more=further if more else None)

    def changes(self, id: str) -> str:  # noqa: A002
        entry, system = self._open(id)
        older = _older(self._catalogue().code_system_versions(entry.url), entry)
        old = request.args.get("from") or (older[-1] if older else "")
        if not old:
            abort(404, description="There is no earlier version of this code system here to compare it with.")
        try:
            found = self._terminology.diff(entry.url, old, entry.version or "")
        except TerminologyError as error:
            abort(404, description=str(error))
        asked = urlencode({"system": entry.url, "from": old, "to": entry.version or ""})
        return self._render(
            "changes.html", system=content.system_view(entry, system.metadata), old=old, new=entry.version,
            old_id=next((v.resource_id for v in self._store.versions(entry.url) if v.version == old), None),
            **changes.view(found, self._store), json_href=f"{self._fhir}/CodeSystem/$diff?{asked}",
        )  # fmt: skip

    def code(self, id: str, code: str) -> str:  # noqa: A002
        entry, system = self._open(id)
        located = system.locate(code)
        if located is None:
            why = what_became(self._catalogue(), system, code) or system.explain(code)
            text = f"{code} is not a code of {content.system_view(entry, system.metadata).named}."
            raise Elsewhere(f"{text} {why.text if why else ''}".rstrip(), self._in_other_versions(entry, code))
        concept, catalogue = located.concept, self._catalogue()
        read, facts = sections.sections(content.readable(system, concept))
        names, labelled_names = sections.names(concept)
        children, more = content.children(system, located, offset(), CHILDREN)
        asked = {"system": entry.url, "code": concept.code} | ({"version": entry.version} if entry.version else {})
        sets = content.value_sets_with(self._store, catalogue, system, located)
        return self._render(
            "code.html", system=content.system_view(entry, system.metadata), code=concept.code,
            display=concept.display or concept.code, definition=_more_than_the_display(concept),
            names=names, labelled_names=labelled_names,
            inactive=located.inactive, status=located.status, abstract=located.abstract,
            sections=read, facts=facts, glance=sections.at_a_glance(concept),
            ancestors=[link(entry, a) for a in content.ancestors(system, located)],
            children=[_branch(entry, c) for c in children], child_count=len(concept.children),
            maps=mappings(self._terminology, catalogue, entry.url, concept.code),
            versions=self._in_other_versions(entry, concept.code),
            similar=[
                {**link_code(entry, s.concept.code, s.concept.display), "reasons": s.reasons}
                for s in (() if located.abstract else similar(system, located))
            ],
            value_sets=[{"href": url_for(".value_set", id=r.id), "title": title_of(r)} for r in sets],
            json_href=f"{self._fhir}/CodeSystem/$lookup?{urlencode(asked)}",
            **paging(CHILDREN, offset() + len(children) + more),
        )  # fmt: skip

    def _siblings(self, url: str, versions: Iterable[str | None]) -> list[dict[str, Any]]:
        """Links to the pages of these versions of a system."""
        ids = {v.version: v.resource_id for v in self._store.versions(url) if v.content != "supplement"}
        return [{"version": v, "href": url_for(".system", id=ids[v])} for v in versions if v in ids]

    def _in_other_versions(self, entry: VersionEntry, code: str) -> list[dict[str, Any]]:
        """Links to a code in the other versions of its system that have it, the newest first."""
        found = content.in_other_versions(self._store, self._catalogue(), entry, code)
        return [{**link(other, located), "version": other.version} for other, located in found]

    def _choices(self, catalogue: Catalogue, entries: Iterable[VersionEntry]) -> list[content.SystemView]:
        systems = ((e, catalogue.code_system(Canonical(e.url, e.version))) for e in entries)
        return [content.system_view(entry, system.metadata) for entry, system in systems if system]


def _hit(hit: Hit) -> dict[str, Any]:
    concept = hit.located.concept
    return {
        **link(hit.entry, hit.located),
        "definition": _more_than_the_display(concept),
        "inactive": hit.located.inactive,
        "system": content.short_title(hit.metadata),
    }


def _more_than_the_display(concept: Concept) -> str | None:
    """The definition, unless it is the same as the display."""
    return concept.definition if concept.definition != concept.display else None


def _older(versions: Sequence[str], entry: VersionEntry) -> Sequence[str]:
    """The versions before this one, oldest first."""
    return versions[: versions.index(entry.version)] if entry.version in versions else ()


def _branch(entry: VersionEntry, located: Located) -> dict[str, Any]:
    """A code of a tree. `below` is the address to fetch the codes below it from, or None if there are none."""
    concept = located.concept
    below = url_for(".below", id=entry.resource_id, code=concept.code) if concept.children else None
    return {**link(entry, located), "inactive": located.inactive, "below": below, "count": len(concept.children)}
