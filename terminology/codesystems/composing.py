"""Codes composed by a grammar are codes of a system only where it says so (`CodeSystem.compositional`)."""

from __future__ import annotations

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.outcome import Issue


def not_compositional(metadata: CodeSystemMetadata) -> Issue:
    """Why a composed code is none of a system that does not say that it has such codes."""
    arguments = {"system": str(metadata.canonical)}
    return Issue("error", "code-invalid", "CODESYSTEM_NOT_COMPOSITIONAL", arguments, "invalid-code", ("code",))
