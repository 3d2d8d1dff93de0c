"""Displays of property values, as `$lookup` returns them, and what is all to say of most codes.

The former is the default; a code system with other rules overrides `described`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from terminology.model.concept import Property
from terminology.model.protocols import CodeSystem, Located, PlainCode
from terminology.model.results import FoundProperty
from terminology.model.status import ConceptStatus

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


def plain_code(located: Located, display: str, *, member: bool) -> PlainCode | None:
    """A code to show so, if there is no more to say about it than its status and what it was replaced by.

    Both do not concern anybody where it is outside the value set.
    """
    if located.notes or located.user_assigned:
        return None
    if not member:
        return PlainCode(display, member)
    status = ConceptStatus(located.inactive, located.abstract, located.status)
    return PlainCode(display, member, status, located.successors)
