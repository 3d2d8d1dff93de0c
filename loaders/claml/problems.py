"""Errors of ClaML files, by file and line."""

from __future__ import annotations

from terminology.model.outcome import Issue, TerminologyError


def problem(path: str, number: int, message_id: str, **arguments: str) -> TerminologyError:
    """An error about a line of a file."""
    return TerminologyError(
        "invalid", Issue("error", "invalid", message_id, {"place": f"{path}, line {number}", **arguments})
    )
