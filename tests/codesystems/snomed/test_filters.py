"""Filters of SNOMED CT: what is kept of what they select."""

from __future__ import annotations

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.model.valueset import Filter


def test_sets_of_constraints_are_kept_by_their_bytes(snomed: SnomedCodeSystem) -> None:
    constraint = f"<< {ids.ROOT}" + " " * 10_000
    before = snomed._selected.used
    found = snomed.select(Filter("constraint", "=", constraint))
    assert snomed._selected.used - before > len(constraint)
    assert snomed.select(Filter("constraint", "=", constraint)) is found
