"""`/health/live` and `/health/ready` for operators: not FHIR, and without any content.

Live: the process answers at all. Ready: its database answers, so a load balancer may send requests. During a rolling
upgrade, servers of the older version stay ready as long as they can read.
"""

from __future__ import annotations

import logging

from flask import Blueprint

from terminology.library import Terminology
from terminology.model.outcome import TerminologyError

log = logging.getLogger(__name__)

Reply = tuple[dict[str, str], int, dict[str, str]]
HEADERS = {"Cache-Control": "no-store"}
OTHER_SCHEMA = frozenset({"STORE_NEWER", "STORE_OLDER"})


def health_blueprint(terminology: Terminology) -> Blueprint:
    """A blueprint with the two addresses."""
    blueprint = Blueprint("terminology_health", __name__, url_prefix="/health")

    @blueprint.get("/live")
    def live() -> Reply:
        return {"status": "live"}, 200, HEADERS

    @blueprint.get("/ready")
    def ready() -> Reply:
        try:
            terminology.store.generation()
        except TerminologyError as error:  # its text names files of this machine: for the log only
            log.warning("not ready: %s", error)
            other_schema = error.issues[0].message_id in OTHER_SCHEMA
            return {"status": "database has another schema" if other_schema else "database unavailable"}, 503, HEADERS
        if terminology.store.is_upgraded:
            return {"status": "ready", "writing": "refused: a newer version has changed the schema"}, 200, HEADERS
        return {"status": "ready"}, 200, HEADERS

    return blueprint
