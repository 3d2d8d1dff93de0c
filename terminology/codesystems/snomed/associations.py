"""Historical associations: reference sets that map inactive concepts to their replacements."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminology.codesystems.snomed import ids

SUCCESSORS: Mapping[str, str] = MappingProxyType(
    {
        ids.REPLACED_BY: "replacedBy",
        ids.SAME_AS: "sameAs",
        ids.POSSIBLY_REPLACED_BY: "possiblyReplacedBy",
        ids.POSSIBLY_EQUIVALENT_TO: "possiblyEquivalentTo",
        ids.PARTIALLY_EQUIVALENT_TO: "partiallyEquivalentTo",
        ids.WAS_A: "wasA",
        ids.ALTERNATIVE: "alternative",
    }
)
"""Historical association → the property of inactive concepts that leads to what may be used instead."""
