"""Merges what two sources of a release state about one code. Knows nothing of particular sources."""

from __future__ import annotations

from dataclasses import replace

from terminology.model.concept import Concept


def united(concept: Concept, other: Concept) -> Concept:
    """Display, definition and parents of the first win where it has them; lists are united without repetition."""
    said = {(d.value, d.language, d.use) for d in concept.designations}
    values = {(p.code, p.kind, p.value) for p in concept.properties}
    return replace(
        concept,
        display=concept.display or other.display,
        definition=concept.definition or other.definition,
        designations=(
            *concept.designations,
            *(d for d in other.designations if (d.value, d.language, d.use) not in said),
        ),
        properties=(*concept.properties, *(p for p in other.properties if (p.code, p.kind, p.value) not in values)),
        parents=concept.parents or other.parents,
        extensions=(*concept.extensions, *(e for e in other.extensions if e not in concept.extensions)),
        extra={**other.extra, **concept.extra},
    )
