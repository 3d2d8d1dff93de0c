"""ICD-10-CM: why a code does not exist, and which codes exist in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from terminology.codesystems.deleted import title_of_deleted
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.changes import Layer
from terminology.model.outcome import Issue

URL: Final = "http://hl7.org/fhir/sid/icd-10-cm"
CATEGORY: Final = 3
"""Characters before the dot."""
CODE: Final = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")
UNDOTTED: Final = re.compile(r"[A-Z][0-9A-Z]{3,6}")
NAMED = 12


class Icd10CmCodeSystem(StoredCodeSystem):
    """A release."""

    def layers(self) -> Sequence[Layer]:
        """What the tabular list and the lists of a release bring; a `model.protocols.HasLayers`."""
        names, abstract = self.codes(), self.abstract()
        above = frozenset(code for code in names if "-" in code or code.isdecimal())
        headers = frozenset(names[ordinal] for ordinal in abstract) - above
        accented = islice((one.code for one in self.placed(self.every()) if not (one.display or "").isascii()), 1)
        return (
            Layer("chapters and sections", "the tabular list (icd10cm_tabular_….xml)", above),
            Layer("categories", "the order file (icd10cm_order_….txt) or the tabular list", headers),
            Layer("accents in titles", "the tabular list (icd10cm_tabular_….xml)", frozenset(accented), "accents"),
        )

    def explain(self, code: str) -> Issue | None:
        """Its form, case, or missing dot; its deletion, or its place among the codes of a complete release."""
        upper = code.upper()
        written = f"{upper[:CATEGORY]}.{upper[CATEGORY:]}" if UNDOTTED.fullmatch(upper) else upper
        if written != code and self.locate(written) is not None:
            return _issue("ICD10CM_CODE_WRITTEN", code=code, right=written)
        known = CODE.fullmatch(written) and self.metadata.content == "complete"
        placed = (self._deleted(written) or self._place(written)) if known else None
        return placed if placed or CODE.fullmatch(code) else _issue("ICD10CM_CODE_SYNTAX", code=code)

    def _deleted(self, code: str) -> Issue | None:
        """A code that this release deleted, and what there is where it was."""
        if (title := title_of_deleted(self, code)) is None:
            return None
        since, version = self.metadata.effective_start or "", self.metadata.version or ""
        before, below = self._nearest(code)
        now = f" {_issue('ICD10CM_CODES_BELOW', before=before, below=below).text}" if below else ""
        return _issue("ICD10CM_CODE_DELETED", code=code, title=title, version=version, since=since, now=now)

    def _place(self, code: str) -> Issue | None:
        """Where a code would be, and what there is."""
        before, below = self._nearest(code)
        if not before:
            return None
        message = "ICD10CM_CODE_NONE_BELOW" if below else "ICD10CM_CODE_NOT_DIVIDED"
        return _issue(message, code=code, before=before, below=below)

    def _nearest(self, code: str) -> tuple[str, str]:
        """The longest beginning that exists, and what is below it; texts that may be empty."""
        for length in range(len(code) - 1, CATEGORY - 1, -1):
            beginning = code[:length].removesuffix(".")
            if (located := self.locate(beginning)) is not None:
                below = located.concept.children
                return beginning, ", ".join((*below[:NAMED], *(["…"] if len(below) > NAMED else [])))
        return "", ""


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, detail="invalid-code")
