"""Errors about a line of a file."""

from __future__ import annotations

from terminology.model.outcome import Issue, TerminologyError


def problem(path: str, line: int | None, message_id: str, /, **arguments: str) -> TerminologyError:
    """An error about a line of a file, or (None) about the whole file; its message has the placeholder `{place}`."""
    where = path if line is None else place_of(path, line)
    return TerminologyError("invalid", Issue("error", "invalid", message_id, {"place": where, **arguments}))


def place_of(path: str, line: int) -> str:
    """How messages name a line of a file."""
    return f"{path}, line {line}"
