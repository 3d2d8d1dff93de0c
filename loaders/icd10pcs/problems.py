"""Errors of release files, by file and line."""

from __future__ import annotations

from terminology.model.outcome import Issue, TerminologyError


def problem(path: str, number: int | None, message_id: str, /, **arguments: str) -> TerminologyError:
    """An error about a line of a file (None: about the file)."""
    place = path if number is None else f"{path}, line {number}"
    return TerminologyError("invalid", Issue("error", "structure", message_id, {"place": place, **arguments}))
