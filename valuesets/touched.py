"""Whether a new version of a code system changes what a value set means."""

from __future__ import annotations

from collections.abc import Collection

from terminology.model.changes import Change, TouchedValueSet
from terminology.model.coding import Canonical
from terminology.model.deadline import check
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, NotEnumerable
from terminology.model.requests import VersionRules
from terminology.model.valueset import ConceptSet, ValueSet
from valuesets.planning import plan
from valuesets.select import Selector

IN_PLACE = frozenset({"retitled", "inactivated", "reactivated"})
"""Changes that leave a code in a value set, but concern those who listed it."""


def touched(
    catalogue: Catalogue, value_set: ValueSet, system: str, versions: tuple[str, str], changes: Collection[Change]
) -> TouchedValueSet | None:
    """Evaluate a value set with the old and with the new version of `system`; None when nothing differs.

    A value set that cannot be evaluated with either version (another system is missing) counts as untouched. Raises
    TerminologyError too-costly when the time is up.
    """
    try:
        before, after = (_codes(catalogue, value_set, Canonical(system, version)) for version in versions)
    except (TerminologyError, NotEnumerable):
        check()
        return None
    names = catalogue.names_of(system)
    listed = {c.code for s in _includes(value_set) if s.system in names for c in s.concepts}
    changed = [c.code for c in changes if c.kind in IN_PLACE and c.code in listed]
    gained, lost = sorted(after - before), sorted(before - after)
    if not (gained or lost or changed):
        return None
    return TouchedValueSet(
        value_set=value_set.canonical,
        title=value_set.title or value_set.name,
        gained=tuple(gained),
        lost=tuple(lost),
        changed=tuple(dict.fromkeys(changed)),
    )


def _includes(value_set: ValueSet) -> tuple[ConceptSet, ...]:
    return value_set.compose.include if value_set.compose else ()


def _codes(catalogue: Catalogue, value_set: ValueSet, forced: Canonical) -> set[str]:
    planned = plan(catalogue, value_set, rules=VersionRules(force_system_version=(forced,)))
    segments = Selector().node(planned.root)
    return {code for segment in segments if segment.system == forced.url for code in segment.codes()}
