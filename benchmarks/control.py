"""The control: the same WSGI server answering a constant body, the most this machine can do per request."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

with suppress(AttributeError, OSError):  # as our workers do (`terminology.http.server.take_turns`)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))

BODY = b"x" * int(os.environ.get("CONTROL_BYTES", "1500"))
HEADERS = [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(BODY)))]


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]
