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
from terminology.http.access.standing import CALLER
from terminology.http.api import Api
from terminology.http.cache_context import Epochs
from terminology.http.entries import Entries
from terminology.http.environ import Environ
from terminology.http.prepared import PreparedAnswers
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
    epochs = Epochs(terminology.store, terminology.clock, api.guard, answers=0)
    prepared = PreparedAnswers(api, epochs) if api.upstream is None else None
    if prepared is not None:
        api.entries = Entries(terminology, epochs, api.guard)

    def fhir(path: str = "") -> Response:
        endpoint = str(request.endpoint).rpartition(".")[2]
        who = caller() if caller is not None else ANONYMOUS
        environ = _inner(request.environ, _mounted(path, endpoint), api)
        if who.is_known:
            environ[CALLER] = who
        found = prepared.answer(environ) if prepared is not None else None
        if found is None:
            answered = wsgi.respond(api, environ, endpoint, path, caller=who)
            found = answered.status, [*answered.headers], answered.body
        status, headers, body = found
        return Response(body, status, headers)

    for endpoint in wsgi.ENDPOINTS:
        for rule in (f"/{endpoint}", f"/{endpoint}/", f"/{endpoint}/<path:path>"):
            blueprint.add_url_rule(rule, endpoint, fhir, provide_automatic_options=False, methods=METHODS)
    return blueprint


def _mounted(path: str, endpoint: str) -> str:
    """The part of the URL before the endpoint: where the blueprint is registered."""
    whole = request.path.rstrip("/")
    inner = f"/{endpoint}/{path}".rstrip("/")
    return whole.removesuffix(inner)


def _inner(environ: Environ, mounted: str, api: Api) -> Environ:
    """The environ of a request as an application has it that is mounted there."""
    place = mounted.encode().decode("latin-1")  # the form of texts in an environ
    return {
        **environ,
        wsgi.BASE: wsgi.public_base(api, environ) + mounted,
        "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + place,
        "PATH_INFO": environ["PATH_INFO"].removeprefix(place),
    }
