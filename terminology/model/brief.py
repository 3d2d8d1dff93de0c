"""What lists show of a concept, as JSON: code and display, so that pages just join them; and a status, if it has one.

Only of concepts that have a display and no extensions.
"""

from __future__ import annotations

import orjson

from terminology.model.status import SAYS_NOTHING, ConceptStatus

Brief = bytes
"""The JSON text of the code, BETWEEN, and that of the display. Before those that have a status: BETWEEN, its JSON,
BETWEEN."""
BETWEEN = b"\0"
"""No JSON has this byte."""
TEXTS = 2
"""Parts of one without a status."""


def brief(code: str, display: str) -> Brief:
    """Code and display of a concept about which a list has nothing else to show: selectable, in use, of no status."""
    return orjson.dumps(code) + BETWEEN + orjson.dumps(display)


def brief_with(status: ConceptStatus, code: str, display: str) -> Brief:
    """The same with a status, unless it says nothing that users must know of."""
    if not (status.inactive or status.abstract or (status.status or "active").lower() != "active"):
        return brief(code, display)
    return BETWEEN.join((b"", orjson.dumps([*status]), brief(code, display)))


def parts_of(one: Brief) -> tuple[ConceptStatus, str, str]:
    """Status (SAYS_NOTHING if it has none), code and display."""
    parts = orjson.loads(b"[" + one.lstrip(BETWEEN).replace(BETWEEN, b",") + b"]")
    return SAYS_NOTHING if len(parts) == TEXTS else ConceptStatus(*parts[0]), parts[-2], parts[-1]


def divided(one: Brief) -> tuple[bytes, Brief]:
    """The JSON of the status, and code and display without it, of one that has a status."""
    _, status, texts = one.split(BETWEEN, 2)
    return status, texts
