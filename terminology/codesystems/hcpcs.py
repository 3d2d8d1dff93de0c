"""HCPCS Level II on top of a loaded version: why a code is invalid, and what replaces a terminated one.

The form of codes is fixed (a letter and four digits; modifiers of two characters), so a code of another form is invalid
even in a fragment. D codes belong to CDT, codes of digits to CPT.
"""

from __future__ import annotations

import re
from dataclasses import replace

from terminology.codesystems.hcpcs_codes import CODE, MODIFIER
from terminology.codesystems.replacing import with_successors
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.store.entries import ConceptRow

URL = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
TERMINATION = "terminationDate"
OTHERS = (
    (re.compile(r"[0-9]{4}[0-9A-Z]|[0-9]{2}"), "HCPCS_CODE_CPT"),
    (re.compile(r"D[0-9]{4}"), "HCPCS_CODE_CDT"),
)


class HcpcsCodeSystem(StoredCodeSystem):
    """A `model.protocols.CodeSystem`."""

    def explain(self, code: str) -> Issue | None:
        """Whose code it is, that it is written otherwise, or that it has not the form of one."""
        if CODE.fullmatch(code) or MODIFIER.fullmatch(code):
            return None
        if code != code.upper() and self.locate(code.upper()) is not None:
            arguments = {"code": code, "right": code.upper()}
            return Issue("error", "code-invalid", "HCPCS_CODE_CASE", arguments, "invalid-code")
        message = next((message for pattern, message in OTHERS if pattern.fullmatch(code)), "HCPCS_CODE_MALFORMED")
        return Issue("error", "code-invalid", message, {"code": code}, "invalid-code")

    def _located(self, row: ConceptRow) -> Located:
        located = with_successors(super()._located(row))
        last = next((str(p.value) for p in located.concept.values(TERMINATION)), None) if located.inactive else None
        if last is None:
            return located
        arguments = {"code": located.concept.code, "date": last}
        message = "HCPCS_TERMINATED"
        if located.successors is not None:
            arguments["successors"] = located.successors.arguments["successors"]
            message = "HCPCS_REPLACED"
        return replace(located, successors=Issue("information", "business-rule", message, arguments, "code-comment"))
