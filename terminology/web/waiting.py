"""The page of documents that wait for a code, where each can be given one; only on servers that anybody may write to.

A browser sends no key, so the page is not there on other servers: `terminology pending` and `assign` do the same. Forms
of other sites are refused.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loaders.systems import SYSTEMS
from terminology import ingest
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.operations.find import default_versions
from terminology.web.content import short_title
from terminology.web.errors import below_root

STATUS = {"not-found": 404, "conflict": 409}


def add_waiting(pages: Blueprint, terminology: Terminology, fhir_base: str) -> None:
    """The page, and its place in the navigation of all pages."""
    waiting = _Waiting(terminology, fhir_base)
    pages.add_url_rule("/documents", "documents", waiting.shown)
    pages.add_url_rule("/documents/<id>", "assign", waiting.assign, methods=["POST"])
    pages.context_processor(lambda: {"waiting": True})


class _Waiting:
    """The views."""

    def __init__(self, terminology: Terminology, fhir_base: str) -> None:
        self._terminology = terminology
        self._fhir_base = fhir_base

    def shown(self, problem: str | None = None, document: str | None = None) -> str:
        """The list; `problem` is what was wrong with the code given to a `document`."""
        entries = ingest.pending(self._terminology.store)
        return render_template(
            "terminology_web/documents.html", fhir_base=below_root(self._fhir_base), problem=problem, document=document,
            entries=[(entry, entry.path.rpartition("/")[2]) for entry in entries], systems=self._systems(),
            given=request.form,
        )  # fmt: skip

    def assign(self, id: str) -> Response | tuple[str, int]:  # noqa: A002 - the name in the url rule
        """Give a document the code of the form, and go and see it; or say what is wrong with it."""
        _refuse_others()
        code, system = (request.form.get(name, "").strip() for name in ("code", "system"))
        if not code:
            return self.shown("Write the code.", id), 400
        try:
            ingest.assign(self._terminology.store, id, code, system=system or None)
        except TerminologyError as error:
            return self.shown(str(error), id), STATUS.get(error.kind, 400)
        return redirect(url_for(".search", q=code), 303)

    def _systems(self) -> list[tuple[str, str]]:
        """Canonical and name of those that are loaded, and of those that documents speak of."""
        catalogue = self._terminology.catalogue(self._terminology.context())
        found = {system.url: system.labels[0] for system in SYSTEMS}
        for entry in default_versions(self._terminology.store, catalogue):
            if entry.url not in found and (system := catalogue.code_system(Canonical(entry.url))):
                found[entry.url] = short_title(system.metadata)
        return sorted(found.items(), key=lambda pair: pair[1].casefold())


def _refuse_others() -> None:
    """403 for what the page of another site sends, in the name of whoever is looking at it."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"} or (
        origin and urlsplit(origin).netloc != request.host
    ):
        abort(403, description="This form was sent by another site.")
