"""Which display of a concept suits a client's languages."""

from __future__ import annotations

from terminology.model.concept import Concept, Designation
from terminology.model.language import Languages

PREFERRED = frozenset({"preferredForLanguage", "display", "preferred"})
"""Codes of `designation.use` that mark what to show in a language."""


def best_display(concept: Concept, language: str | None, languages: Languages) -> str | None:
    """The display in the first asked-for language there is, else the concept's own display.

    `language` is that of the code system's displays. Among designations of one language, a preferred one counts
    before one without a use, and that before the rest.
    """
    for wanted in languages.wanted:
        if concept.display is not None and language and wanted.matches(language):
            return concept.display
        offered = [d for d in concept.designations if d.language and wanted.matches(d.language)]
        if offered:
            return min(offered, key=_rank).value
    return concept.display


def _rank(designation: Designation) -> int:
    if designation.use is None:
        return 1
    return 0 if designation.use.code in PREFERRED else 2
