"""What an inactive code says about its successors: the property `replacedBy` of releases that name them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from terminology.model.outcome import Issue
from terminology.model.protocols import Located

REPLACED_BY: Final = "replacedBy"


def with_successors(located: Located) -> Located:
    """An inactive code with a note that names the codes in whose place it stood; any other as it is."""
    if not located.inactive:
        return located
    named = [str(p.value) for p in located.concept.values(REPLACED_BY)]
    if not named:
        return located
    arguments = {"code": located.concept.code, "successors": ", ".join(named)}
    note = Issue("information", "business-rule", "CODE_REPLACED", arguments, "code-comment")
    return replace(located, notes=(*located.notes, note))
