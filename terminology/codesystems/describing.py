"""Displays of property values, as `$lookup` returns them, and the status of a concept where that is all to say of it.

The former is the default; a code system with other rules overrides `described`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from terminology.model.concept import Property
from terminology.model.protocols import CodeSystem, Located
from terminology.model.results import FoundProperty
from terminology.model.status import SAYS_NOTHING, ConceptStatus

Displays = Callable[[Iterable[str]], Mapping[str, str | None] | Mapping[str, str]]
"""The displays of those codes that exist and have one; the others are missing, or None."""


def described(properties: Sequence[Property], displays: Displays) -> list[FoundProperty]:
    """Values, and properties, that are codes of the system itself, with their displays."""
    found = displays([*(str(p.value) for p in properties if p.kind == "code"), *(p.code for p in properties)])
    return [
        FoundProperty(
            item,
            description=found.get(str(item.value)) if item.kind == "code" else None,
            code_display=found.get(item.code),
        )
        for item in properties
    ]


def displays_of(system: CodeSystem, codes: Iterable[str]) -> dict[str, str]:
    """The displays of those codes that exist and have one."""
    ordinals = system.ordinals(codes)
    by_ordinal = {ordinal: code for code, ordinal in ordinals.items()}
    concepts = zip(by_ordinal.values(), system.concepts(by_ordinal), strict=True)
    return {code: concept.display for code, concept in concepts if concept.display}


def status_alone(located: Located, *, concerns: bool) -> ConceptStatus | None:
    """The status of a concept, unless there is more to say about it than that.

    That of a code outside a value set does not concern anybody, nor does what it was replaced by.
    """
    if located.notes or located.user_assigned or (concerns and located.successors):
        return None
    if not concerns:
        return SAYS_NOTHING
    return ConceptStatus(located.inactive, located.abstract, located.status)
