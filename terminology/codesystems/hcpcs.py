"""HCPCS Level II over a loaded version: why a code is none of its own, and what stands for a terminated one.

The form of its codes is fixed (a letter and four digits; modifiers of two characters), so that a code of another form
is wrong even in a fragment. D codes are CDT's, digits are CPT's.
"""

from __future__ import annotations

import re

from terminology.codesystems.hcpcs_codes import CODE, MODIFIER
from terminology.codesystems.replacing import with_successors
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.store.protocol import ConceptRow

URL = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
OTHERS = (
    (re.compile(r"[0-9]{4}[0-9A-Z]|[0-9]{2}"), "HCPCS_CODE_CPT"),
    (re.compile(r"D[0-9]{4}"), "HCPCS_CODE_CDT"),
)


class HcpcsCodeSystem(StoredCodeSystem):
    """A `model.protocols.CodeSystem`."""

    def explain(self, code: str) -> Issue | None:
        """Whose code it is, or that it has not the form of one."""
        if CODE.fullmatch(code) or MODIFIER.fullmatch(code):
            return None
        message = next((message for pattern, message in OTHERS if pattern.fullmatch(code)), "HCPCS_CODE_MALFORMED")
        return Issue("error", "code-invalid", message, {"code": code}, "invalid-code")

    def _located(self, row: ConceptRow) -> Located:
        return with_successors(super()._located(row))
