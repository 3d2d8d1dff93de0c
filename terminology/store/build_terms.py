"""Selects the texts of a concept that are indexed for search, with their languages. Works on stored documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from terminology.model.status import OUT_OF_USE as OUT_OF_USE_CODING
from terminology.store.documents import Frozen
from terminology.store.openjson import freeze_coding

ABSENT: tuple[Any, ...] = (None,) * 9
"""What the parts of a document are that it does not have: they are cut off at its end."""

OUT_OF_USE = freeze_coding(OUT_OF_USE_CODING)[:2]

Term = tuple[str, str | None]


def designation_terms(
    display: str | None, designations: Sequence[Frozen] | None, language: str | None
) -> dict[Term, None]:
    """The texts of designations with their languages, without repetition and without those that are out of use."""
    terms: dict[Term, None] = {}
    for designation in designations or ():
        parts = len(designation)
        if parts < 3 or not designation[2] or designation[2][:2] != OUT_OF_USE:
            terms[designation[0], (designation[1] or language) if parts > 1 else language] = None
    terms.pop((display or "", language), None)
    return terms


def property_terms(properties: Sequence[Frozen] | None, searched: Collection[str]) -> Iterator[str]:
    """Synonyms that are properties; those with extensions are in other languages, and only shown."""
    for code, _, text, extensions, *_ in ((*value, *ABSENT) for value in properties or ()):
        if code in searched and not extensions:
            yield str(text)
