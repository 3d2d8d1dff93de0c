"""The URIs of ICD-11: `…/icd/entity/257068234` (foundation), `…/icd/release/11/2025-01/mms/257068234` (a release).

A linearization (MMS, ICF…) is a code system, the release its version; the foundation is a system of its own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from terminology.codesystems.icd11_codes import FOUNDATION, RELEASES

_URI = re.compile(
    r"https?://id\.who\.int/icd/(?:entity|release/11/(?:(?P<release>\d{4}-\d\d)/)?(?P<linearization>[a-z]+))"
    r"(?:/(?P<id>[^?#]+))?/?"
)


class Uri(NamedTuple):
    """What a URI says; `id` is '' for the system itself (its root), and may end in `/other` or `/unspecified`."""

    system: str
    release: str | None
    id: str


def parse(text: str) -> Uri | None:
    """Read a URI of the foundation or of a release; None for anything else."""
    found = _URI.fullmatch(text.strip())
    if found is None:
        return None
    linearization = found["linearization"]
    system = RELEASES + linearization if linearization else FOUNDATION
    return Uri(system, found["release"], found["id"] or "")
