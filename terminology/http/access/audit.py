"""The audit log: who wrote what, and who was refused; one JSON object per line.

Never contains keys, tokens, queries or bodies. A failure to write the log is reported in the server's log and fails no
request, since the logged action is done by then.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from terminology.fhir.json import dumps
from terminology.http.exchange import Request

STANDARD_ERROR = "-"

log = logging.getLogger(__name__)


class Audit:
    """Writes lines to a file, opened for each so that it may be rotated, or to standard error (`-`); '' disables it."""

    def __init__(self, where: str) -> None:
        self._where = where

    def written(self, request: Request, status: int, resource: str) -> None:
        """Log a completed write; `resource` is type, id and version."""
        self._line("write", request, status=status, resource=resource)

    def denied(self, request: Request, status: int, reason: str) -> None:
        """Log a request that was refused because of its caller; `reason` is a message id."""
        self._line("denied", request, status=status, reason=reason)

    def _line(self, event: str, request: Request, **fields: Any) -> None:
        if not self._where:
            return
        noted = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
            "caller": request.caller.name,
            "kind": request.caller.kind,
            "address": request.address,
            "request_id": request.headers.get("x-request-id"),
            "method": request.method,
            "path": "/" + "/".join(request.segments),
            **fields,
        }
        line = dumps(noted).decode() + "\n"
        if self._where == STANDARD_ERROR:
            sys.stderr.write(line)
            return
        try:
            with Path(self._where).open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            log.exception("the audit log cannot be written; it misses %s", line)
