"""The Flask application: FHIR endpoints, and pages for people at other addresses."""

from __future__ import annotations

from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, abort, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from terminology.http import fallback_errors
from terminology.http.api import Api
from terminology.http.blueprint import terminology_blueprint
from terminology.http.cache_context import Epochs
from terminology.http.entries import Entries
from terminology.http.forwarded import Forwarded, client_of
from terminology.http.health import health_blueprint
from terminology.http.prepared import PreparedFirst
from terminology.http.response_cache import ResponseCache
from terminology.http.wsgi import FhirFirst
from terminology.library import Terminology
from terminology.settings import Settings
from terminology.web.errors import error_page
from terminology.web.pages import web_blueprint

PAGES = {"": "", "CodeSystem": "/systems", "ValueSet": "/value-sets", "ConceptMap": "/maps"}
"""Paths of `terminology.web` for resources of a type, below which each has a page by its id."""


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """Create an application on one database.

    `overrides` are settings by name (`database="sqlite:///x.db"`). Create one in each process, after forking. Jobs run
    after a call of `app.extensions["terminology_jobs"].begin()`, as `terminology serve` does. Raises TerminologyError
    unavailable when the database cannot be opened.
    """
    settings = settings or Settings.load()
    if overrides:
        settings = Settings.load(environment={}, **{**settings.values, **overrides})
    terminology = Terminology(settings=settings)
    app = Flask("terminology")
    api = Api(terminology)
    app.extensions["terminology"] = terminology
    app.extensions["terminology_upstream"] = api.upstream
    app.extensions["terminology_jobs"] = api.starter
    app.register_blueprint(terminology_blueprint(terminology))
    app.register_blueprint(health_blueprint(terminology))
    pages = PAGES if settings.open_reading else {}
    if pages:  # pages do not authenticate anybody
        web = web_blueprint(terminology, writable=settings.insecure_writes)
        web.before_request(partial(_limit, api))
        app.register_blueprint(web)
    for error in (NotFound, MethodNotAllowed):
        app.register_error_handler(error, fallback_errors.answering(error_page if pages else None))
    if pages:
        app.register_error_handler(HTTPException, error_page)
    answering: WSGIApplication = FhirFirst(api, app.wsgi_app, pages)
    epochs = Epochs(terminology.store, terminology.clock, api.guard, settings.kept_answers)
    if api.upstream is None:
        answering = PreparedFirst(answering, api, epochs)
        api.entries = Entries(terminology, epochs, api.guard)
    if settings.kept_answers:
        answering = ResponseCache(answering, epochs)
    app.extensions["terminology_epochs"] = epochs
    if settings.proxies:
        answering = Forwarded(answering, settings.proxies)
    app.wsgi_app = answering  # type: ignore[method-assign,assignment]
    return app


def _limit(api: Api) -> None:
    """Count a request for a page (but not for static files) against the limit of its address."""
    if request.endpoint is None or request.endpoint.endswith(".static"):
        return
    address = client_of(request.environ, api.terminology.settings.proxies)
    if wait := api.guard.admit_address(address):
        abort(429, description=f"Too many requests. Ask again in {wait} seconds.", retry_after=wait)
