"""The page that shows the result of `$diff`."""

from __future__ import annotations

from typing import Any

from terminology.model.changes import KINDS, Differences
from terminology.operations.diff import not_compared
from terminology.store.protocol import Store
from terminology.web.site import named

SHOWN = 300
"""Changes of each kind on the page; their number is exact, and the JSON has all."""


def view(found: Differences, store: Store) -> dict[str, Any]:
    """The values of the template: changes by kind, and the value sets and maps that they touch, in words."""
    return {
        "not_compared": not_compared(found),
        "kinds": [
            {
                "name": kind,
                "total": len(codes := found.of(kind)),
                "groups": len(found.of(kind, group=True)),
                "changes": codes[:SHOWN],
                "both": kind in {"retitled", "moved"},
            }
            for kind in KINDS
            if found.of(kind) or found.of(kind, group=True)
        ],
        "value_sets": [
            {
                **named(store, "ValueSet", v.value_set),
                "told": _told(gained=len(v.gained), lost=len(v.lost), changed=len(v.changed)),
            }
            for v in found.value_sets
        ],
        "concept_maps": [
            {**named(store, "ConceptMap", m.concept_map), "told": f"maps {len(m.codes):,} codes that are gone"}
            for m in found.concept_maps
        ],
    }


def _told(**counts: int) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
