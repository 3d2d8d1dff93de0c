"""Error pages: what is wrong, and where to continue. Knows no store and no catalogue."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound, ServiceUnavailable
from werkzeug.wrappers import Response

from terminology.model.outcome import TerminologyError

log = logging.getLogger(__name__)

NOWHERE = "There is no page at this address. Search for a code, or choose from the lists above."
"""In place of what werkzeug says about an address that leads nowhere."""


class Elsewhere(NotFound):
    """404 for a code that this version of a system does not have; `versions` are links to the code in others."""

    def __init__(self, text: str, versions: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(text)
        self.versions = versions


def error_page(error: HTTPException) -> Response:
    """The page of an error, with a search form."""
    page = error.get_response()
    page.data = render_template(
        "terminology_web/error.html",
        heading=error.name.capitalize(),
        text=NOWHERE if error.description == NotFound.description else error.description,
        versions=error.versions if isinstance(error, Elsewhere) else (),
        fhir_base=below_root("/r4"),
    )
    page.content_type = "text/html; charset=utf-8"
    return page


def below_root(address: str) -> str:
    """An address with the path under which a proxy or server has mounted this application."""
    return f"{request.script_root}{address}" if address.startswith("/") else address


def refused(error: TerminologyError) -> Response:
    """The page of a TerminologyError. A failure of the database is logged, not shown: its text may name files."""
    if error.kind == "unavailable":
        log.error("%s failed", request.path, exc_info=error)
        return error_page(ServiceUnavailable("The server's database cannot be used at the moment. Try again later."))
    shown = {"not-found": NotFound, "forbidden": Forbidden}.get(error.kind, BadRequest)
    return error_page(shown(str(error)))
