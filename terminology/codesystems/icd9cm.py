"""ICD-9-CM: one system for diagnoses and procedures, of which often only the procedures (volume 3) are loaded.

Such a version is a fragment; still, codes of the form of a procedure are invalid if it does not contain them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.changes import Layer
from terminology.model.outcome import Issue

URL: Final = "http://hl7.org/fhir/sid/icd-9-cm"
CHAPTER: Final = re.compile(r"\d{2}-\d{2}")
PROCEDURE: Final = re.compile(r"\d{2}(\.\d{1,2})?")
CODE: Final = re.compile(r"\d{2}(\.\d{1,2})?|[\dV]\d{2}(\.\d{1,2})?|E\d{3}(\.\d)?")
UNDOTTED: Final = re.compile(r"[\dEV]\d{2,4}")
DOTS: Final = (2, 3, 4)


class Icd9CmCodeSystem(StoredCodeSystem):
    """One version."""

    def layers(self) -> Sequence[Layer]:
        """What the tabular list brings; a `model.protocols.HasLayers`."""
        names = self.codes()
        groups = frozenset(names[ordinal] for ordinal in self.abstract())
        if not any(CHAPTER.fullmatch(code) for code in groups):
            groups = frozenset()
        return (Layer("chapters, and titles of categories", "the tabular list (Ptab….rtf as text)", groups),)

    def explain(self, code: str) -> Issue | None:
        """What is wrong with a code that does not exist: its form, a missing dot, or that volume 3 has no such code."""
        if UNDOTTED.fullmatch(code):
            dotted = (f"{code[:place]}.{code[place:]}" for place in DOTS if place < len(code))
            right = next((candidate for candidate in dotted if self.locate(candidate)), None)
            if right is not None:
                return _issue("ICD9_CODE_DOT", code=code, right=right)
        if not CODE.fullmatch(code):
            return _issue("ICD9_CODE_SYNTAX", code=code)
        if self._has_procedures and PROCEDURE.fullmatch(code):
            return _issue("ICD9_NO_PROCEDURE", code=code)
        return None

    @cached_property
    def _has_procedures(self) -> bool:
        return any(PROCEDURE.fullmatch(code) for code in self.codes())


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, detail="invalid-code")
