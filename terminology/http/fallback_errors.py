"""Errors at addresses of no endpoint and no page: an OperationOutcome, or a page for browsers."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from terminology.fhir import outcome, xml
from terminology.fhir.json import dumps
from terminology.http import negotiation
from terminology.http.errors import HttpError
from terminology.http.wsgi import ENDPOINTS
from terminology.model.outcome import Issue

Page = Callable[[HTTPException], Response]


def answering(page: Page | None) -> Page:
    """An error handler that answers with an OperationOutcome, or with `page` where the client prefers HTML."""
    offered = negotiation.SENT_BACK if page is None else ("html", *negotiation.SENT_BACK)

    def answer(error: HTTPException) -> Response:
        try:
            wanted = negotiation.wanted(request.headers.get("Accept", ""), None, "R4", offered)
        except HttpError:
            wanted = offered[0]
        if wanted == "html" and page is not None:
            return page(error)
        resource = outcome.render((_issue(error),))
        response = error.get_response()
        response.data = xml.dumps(resource, "R4") if wanted == "xml" else dumps(resource)
        response.content_type = negotiation.CONTENT_TYPES[wanted]
        return response

    return answer


def _issue(error: HTTPException) -> Issue:
    if error.code == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        arguments = {"path": request.path, "method": request.method, "allowed": allowed}
        return Issue("error", "not-supported", "METHOD_NOT_ALLOWED", arguments)
    endpoints = ", ".join(f"/{endpoint}" for endpoint in ENDPOINTS)
    return Issue("error", "not-found", "PATH_UNKNOWN", {"path": request.path, "endpoints": endpoints})
