"""Successors of retired codes: properties that name them, and deleted codes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from terminology.model.outcome import Issue
from terminology.model.protocols import Located

REPLACED_BY: Final = "replacedBy"
DELETED_CODE: Final = "deletedCode"
"""A code (Coding) that a release deleted, as a property of what it stood below."""


def with_successors(located: Located, property_code: str = REPLACED_BY) -> Located:
    """An inactive code with a note that names the codes in whose place it stood; any other as it is."""
    named = [str(p.value) for p in located.concept.values(property_code)] if located.inactive else []
    return _with_note(located, "CODE_REPLACED", named)


def with_alternatives(located: Located, properties: Collection[str]) -> Located:
    """The same where several properties lead to what may be used instead: the note says by which one."""
    stated = (p for p in located.concept.properties if p.code in properties) if located.inactive else ()
    return _with_note(located, "CODE_ALTERNATIVES", [f"{p.value} ({p.code})" for p in stated])


def _with_note(located: Located, message_id: str, named: list[str]) -> Located:
    if not named:
        return located
    arguments = {"code": located.concept.code, "successors": ", ".join(named)}
    return replace(located, successors=Issue("information", "business-rule", message_id, arguments, "code-comment"))
