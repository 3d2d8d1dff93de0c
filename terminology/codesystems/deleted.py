"""Codes that a release deleted, recorded as a property of their former parents."""

from __future__ import annotations

from terminology.codesystems.replacing import DELETED_CODE
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.coding import Coding


def title_of_deleted(system: StoredCodeSystem, code: str) -> str | None:
    """The title of a code that this release deleted (the code itself where it had none); None for any other code."""
    for above in system.concepts(system.with_value(DELETED_CODE, [code])):
        values = (value.value for value in above.values(DELETED_CODE))
        return next((v.display for v in values if isinstance(v, Coding) and v.code == code and v.display), code)
    return None
