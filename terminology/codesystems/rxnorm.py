"""RxNorm: a stored code system with the relationship filters that HL7 Terminology defines.

`has_ingredient = CUI:161` selects the concepts with this ingredient. A relationship may be named by its general name
(REL, `RO`) or its own (RELA); the loader writes both into the uri of the property. `AUI:` means the concept that an
atom belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from pyroaring import BitMap

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.protocols import Located
from terminology.model.valueset import Filter

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CONCEPT, ATOM = "CUI:", "AUI:"


class RxNormCodeSystem(StoredCodeSystem):
    """A version of RxNorm."""

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter that RxNorm does not have."""
        for meant in self._meant(f):
            super().must_understand(meant)

    def select(self, f: Filter) -> BitMap:
        """The set a filter means."""
        select = super().select
        return BitMap.union(BitMap(), *(select(one) for one in self._meant(f)))

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        holds = super().holds
        return any(holds(located, one) for one in self._meant(f))

    def _meant(self, f: Filter) -> list[Filter]:
        """The filters of which one must be passed."""
        if f.op != "=":
            return [f]
        names = self._relationships.get(f.property, [f.property])
        return [Filter(name, f.op, self._concept(f.value)) for name in names]

    @cached_property
    def _relationships(self) -> Mapping[str, list[str]]:
        """General name → properties that are such relationships."""
        found: dict[str, list[str]] = {}
        for defined in self.metadata.properties:
            general, separator, name = (defined.uri or "").removeprefix(f"{RXNORM}#").partition("-")
            if separator and name == defined.code:
                found.setdefault(general, []).append(name)
        return found

    def _concept(self, value: str) -> str:
        """The code that a value with a prefix means; other values are themselves."""
        if value.startswith(CONCEPT):
            return value.removeprefix(CONCEPT)
        if value.startswith(ATOM):
            found = self.with_value("RXAUI", [value.removeprefix(ATOM)])
            return next((concept.code for concept in self.concepts(found)), value)
        return value
