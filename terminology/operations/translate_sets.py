"""Value sets that concept maps name instead of codes (R5: `valueSet` of elements, targets, `unmapped` and `dependsOn`).

All codes of such a set are mapped, or mapped to, and a dependency may be on any of them. A set that is not here, or
that cannot be listed, is told of by name, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from terminology.model import messages
from terminology.model.coding import Canonical, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ExpandRequest, RequestContext
from terminology.model.valueset import Contains
from valuesets.expand import Limits, expand
from valuesets.plan import Plan
from valuesets.planning import plan


@dataclass(frozen=True, slots=True)
class ValueSets:
    """The value sets of one call. `unusable` has a message for each that a map needs and that is of no use."""

    catalogue: Catalogue
    context: RequestContext
    limits: Limits
    unusable: dict[str, None] = field(default_factory=dict)
    plans: dict[Canonical, Plan | None] = field(default_factory=dict)

    def has(self, value_set: Canonical, coding: Coding) -> bool | None:
        """Whether a code is in a value set; None where nobody can say: it, or something it refers to, is not here."""
        planned = self._plan(value_set)
        if planned is None:
            return None
        found = planned.contains(coding.system or "", coding.code or "", coding.version)
        return found is not None and found.outcome == "in"

    def lets(self, map_: Canonical, named: str | None, coding: Coding) -> bool:
        """Whether a code is certainly in a value set that a map names."""
        if named is None:
            return False
        found = self.has(Canonical.parse(named), coding)
        if found is None:
            self._report(map_, named, "CONCEPTMAP_VALUE_SET_MISSING")
        return found or False

    def codings(self, map_: Canonical, named: str, system: Canonical | None) -> Sequence[Coding]:
        """The codes of a value set that a map names, those of one system where the map states it."""
        try:
            asked = ExpandRequest(value_set=Canonical.parse(named))
            expansion = expand(self.catalogue, asked, self.context, self.limits).expansion
        except TerminologyError as error:
            self._report(map_, named, "CONCEPTMAP_VALUE_SET_UNLISTED", reason=error.issues[0].text)
            return ()
        listed = (Coding(c.system, c.code, c.version, c.display) for c in _flat(expansion.contains) if c.code)
        return [coding for coding in listed if system is None or self._is_of(coding, system)]

    def _plan(self, wanted: Canonical) -> Plan | None:
        if wanted not in self.plans:
            value_set = self.catalogue.value_set(wanted)
            made = plan(self.catalogue, value_set, passes_withheld=True) if value_set else None
            self.plans[wanted] = made if made and not made.problems else None
        return self.plans[wanted]

    def _is_of(self, coding: Coding, system: Canonical) -> bool:
        return coding.system is not None and self.catalogue.canonical_of(system.url) == coding.system

    def _report(self, map_: Canonical, named: str, message: str, **arguments: str) -> None:
        self.unusable[messages.text(message, {"map": str(map_), "value_set": named, **arguments})] = None


def _flat(entries: Sequence[Contains]) -> Iterator[Contains]:
    """An expansion's entries without their nesting."""
    stack = list(reversed(entries))
    while stack:
        entry = stack.pop()
        yield entry
        stack.extend(reversed(entry.contains))
