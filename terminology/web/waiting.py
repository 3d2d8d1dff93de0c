"""Pages of documents without a code, where one can be assigned.

Only on servers that allow anonymous writing, since browsers send no key; elsewhere use `terminology pending` and
`assign`. Forms that other sites send are refused.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from loaders.systems import SYSTEMS
from terminology import ingest
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.operations.find import default_versions, find
from terminology.store.entries import DocumentEntry
from terminology.web import sections
from terminology.web.content import short_title
from terminology.web.site import Views, link, link_coding, offset, paging

STATUS = {"not-found": 404, "conflict": 409}
PAGE = 25
CANDIDATES = 6
LONGEST_TEXT = 20_000
"""Characters shown of a document that no parser could read."""


def add_waiting(pages: Blueprint, terminology: Terminology, fhir_base: str) -> None:
    """Add the pages, and a link to them in the navigation of all pages."""
    waiting = _Waiting(terminology, fhir_base)
    pages.add_url_rule("/documents", "documents", waiting.listed)
    pages.add_url_rule("/documents/<id>", "document", waiting.shown)
    pages.add_url_rule("/documents/<id>", "assign", waiting.assign, methods=["POST"])
    pages.context_processor(lambda: {"waiting": True})


class _Waiting(Views):
    """The list of documents without a code, and the page of one with its form."""

    def listed(self) -> str:
        entries = ingest.pending(self._store)
        return self._render(
            "documents.html", total=len(entries),
            entries=[(entry, _file(entry)) for entry in entries[offset() : offset() + PAGE]],
            **paging(PAGE, len(entries)),
        )  # fmt: skip

    def shown(self, id: str, problem: str | None = None) -> str:  # noqa: A002 - the name in the url rule
        """The content of a document, codes that it may describe, and the form. `problem`: why a code was refused."""
        entry, record, raw = ingest.kept(self._store, id)
        if entry.state != "pending":
            abort(404, description=f"The document “{id}” does not wait for a code.")
        read, facts = sections.sections(record.concept)
        return self._render(
            "document.html", entry=entry, file=_file(entry), problem=problem, given=request.form,
            definition=record.concept.definition, sections=read, facts=facts,
            names=sections.names(record.concept)[0],
            text=raw.decode("utf-8", "replace")[:LONGEST_TEXT] if record.problem and _is_text(entry) else None,
            candidates=self._candidates(entry, record.concept), systems=self._systems(),
        )  # fmt: skip

    def assign(self, id: str) -> Response | tuple[str, int]:  # noqa: A002
        """Give a document the code of the form and redirect to the code's page, or show the form with the problem."""
        _refuse_other_sites()
        code, system = (request.form.get(name, "").strip() for name in ("code", "system"))
        if not code:
            return self.shown(id, "Write the code."), 400
        try:
            ingest.assign(self._store, id, code, system=system or None)
        except TerminologyError as error:
            return self.shown(id, str(error)), STATUS.get(error.kind, 400)
        entry, _, _ = ingest.kept(self._store, id)
        versions = [v for v in self._store.versions(entry.system) if v.content != "supplement"]
        return redirect(link_coding(versions, entry.code, None)["href"] or url_for(".search", q=code), 303)

    def _candidates(self, entry: DocumentEntry, concept: Concept) -> list[dict[str, Any]]:
        """The codes found by the first of the document's names that finds any."""
        catalogue = self._catalogue()
        systems = {entry.system} if entry.system else {system.url for system in SYSTEMS}
        asked = [v for v in default_versions(self._store, catalogue) if v.url in systems]
        for name in filter(None, (concept.display, *sections.names(concept)[0])):
            found = find(self._store, catalogue, name, asked, count=CANDIDATES)
            if found.hits and not found.guessed:
                return [
                    {**link(hit.entry, hit.located), "system": hit.entry.url, "called": short_title(hit.metadata)}
                    for hit in found.hits
                ]
        return []

    def _systems(self) -> list[tuple[str, str]]:
        """(canonical, name) of the loaded code systems and of those that documents know by a label."""
        catalogue = self._catalogue()
        found = {system.url: system.labels[0] for system in SYSTEMS}
        for entry in default_versions(self._store, catalogue):
            if entry.url not in found and (system := catalogue.code_system(Canonical(entry.url))):
                found[entry.url] = short_title(system.metadata)
        return sorted(found.items(), key=lambda pair: pair[1].casefold())


def _file(entry: DocumentEntry) -> str:
    """The name of a document's file, without folders: they are not for everybody to see."""
    return entry.path.rpartition("/")[2]


def _is_text(entry: DocumentEntry) -> bool:
    return entry.media_type.startswith("text/") or entry.media_type.endswith(("json", "xml"))


def _refuse_other_sites() -> None:
    """Abort with 403 if the form was sent by a page of another site (cross-site request forgery)."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"} or (
        origin and urlsplit(origin).netloc != request.host
    ):
        abort(403, description="This form was sent by another site.")
