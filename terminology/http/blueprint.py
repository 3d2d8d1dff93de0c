"""The FHIR endpoints as a Flask blueprint, to mount in an application of your own.

    app.register_blueprint(terminology_blueprint(Terminology("terminology.db")), url_prefix="/terminology")

Your application's `before_request` functions, error handlers and middleware apply. The blueprint holds no state but
the `Terminology` it is given.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from terminology.http import wsgi
from terminology.http.access.callers import ANONYMOUS, Caller
from terminology.http.api import Api
from terminology.library import Terminology

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""All methods: those not allowed are answered with an OperationOutcome, not with Flask's page."""


def terminology_blueprint(
    terminology: Terminology, *, name: str = "terminology_fhir", caller: Callable[[], Caller] | None = None
) -> Blueprint:
    """A blueprint with /r4, /r4b, /r5 and /fhir. Give each its own name when mounting several.

    `caller` returns the caller of the current request, with scopes that your application grants; without it, or for
    `ANONYMOUS`, API keys and access tokens decide.
    """
    blueprint = Blueprint(name, __name__)
    api = Api(terminology)

    def fhir(path: str = "") -> Response:
        endpoint = str(request.endpoint).rpartition(".")[2]
        who = caller() if caller is not None else ANONYMOUS
        answered = wsgi.respond(api, request.environ, endpoint, path, mounted=_mounted(path, endpoint), caller=who)
        return Response(answered.body, answered.status, list(answered.headers))

    for endpoint in wsgi.ENDPOINTS:
        for rule in (f"/{endpoint}", f"/{endpoint}/", f"/{endpoint}/<path:path>"):
            blueprint.add_url_rule(rule, endpoint, fhir, provide_automatic_options=False, methods=METHODS)
    return blueprint


def _mounted(path: str, endpoint: str) -> str:
    """The part of the URL before the endpoint: where the blueprint is registered."""
    whole = request.path.rstrip("/")
    inner = f"/{endpoint}/{path}".rstrip("/")
    return whole.removesuffix(inner)
