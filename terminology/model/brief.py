"""What lists show of a concept, as JSON: code and display, so that pages just join them; and a status, if it has one.

Only of concepts that have a display and no extensions.
"""

from __future__ import annotations

import orjson

from terminology.model.status import ConceptStatus

Brief = bytes
"""The JSON text of the code, BETWEEN, and that of the display. Before those that have a status: BETWEEN, its JSON,
BETWEEN."""
BETWEEN = b"\0"
"""No JSON has this byte."""


def brief(code: str, display: str) -> Brief:
    """Code and display of a concept about which a list has nothing else to show: selectable, in use, of no status."""
    return orjson.dumps(code) + BETWEEN + orjson.dumps(display)


def brief_with(status: ConceptStatus, code: str, display: str) -> Brief:
    """The same with a status, unless it says nothing that users must know of."""
    if not (status.inactive or status.abstract or (status.status or "active").lower() != "active"):
        return brief(code, display)
    return BETWEEN.join((b"", orjson.dumps([*status]), brief(code, display)))


def texts_of(one: Brief) -> tuple[str, str]:
    """Code and display of one without a status."""
    code, display = orjson.loads(b"[" + one.replace(BETWEEN, b",") + b"]")
    return code, display


def status_and_texts_of(one: Brief) -> tuple[ConceptStatus, str, str]:
    """The parts of one with a status."""
    status, code, display = orjson.loads(b"[" + one[1:].replace(BETWEEN, b",") + b"]")
    return ConceptStatus(*status), code, display
