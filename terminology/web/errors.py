"""Error pages: what is wrong, and where to go on. Knows no store and no catalogue."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound, ServiceUnavailable
from werkzeug.wrappers import Response

from terminology.model.outcome import TerminologyError

log = logging.getLogger(__name__)


class Elsewhere(NotFound):
    """A code that is not here, but in other versions: `versions` are links to it there."""

    def __init__(self, text: str, versions: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(text)
        self.versions = versions


def error_page(error: HTTPException) -> Response:
    """The page of an error, with the search form."""
    page = error.get_response()
    page.data = render_template(
        "terminology_web/error.html",
        heading=error.name.capitalize(),
        text=error.description,
        versions=error.versions if isinstance(error, Elsewhere) else (),
        fhir_base=below_root("/r4"),
    )
    page.content_type = "text/html; charset=utf-8"
    return page


def below_root(address: str) -> str:
    """An address of this application as a browser finds it: proxies and servers may have mounted it under a path."""
    return f"{request.script_root}{address}" if address.startswith("/") else address


def refused(error: TerminologyError) -> Response:
    """A failure of the database is logged, not shown: its text names files of this machine."""
    if error.kind == "unavailable":
        log.error("%s failed", request.path, exc_info=error)
        return error_page(ServiceUnavailable("The server's database cannot be used at the moment. Try again later."))
    shown = {"not-found": NotFound, "forbidden": Forbidden}.get(error.kind, BadRequest)
    return error_page(shown(str(error)))
