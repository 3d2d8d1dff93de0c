"""Chooses the display and the designations of a concept for a client's languages.

Follows the terminology ecosystem's language rules: the language of the request comes before that of the value set, the
`Accept-Language` header and the value set's own language. A missing translation falls back to the system's display,
unless the client turned that off (`*;q=0`). Does not read resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from terminology.model.coding import Coding
from terminology.model.concept import Designation
from terminology.model.language import WILDCARD, LanguageRange, Languages
from terminology.model.status import STANDARDS_STATUS

MAINTENANCE = "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra"
PREFERRED = Coding(MAINTENANCE, "preferredForLanguage", display="Preferred For Language")
OBSOLETE = frozenset({"deprecated", "withdrawn"})
BCP47 = "urn:ietf:bcp:47"

SNOMED_PREFERRED = "900000000000548007"
SNOMED_SYNONYM = "900000000000013009"
SNOMED_FULLY_SPECIFIED = "900000000000003001"
USE_RANKS = {
    "preferredForLanguage": 0, SNOMED_PREFERRED: 0, "display": 0,
    SNOMED_SYNONYM: 2, "synonym": 2, SNOMED_FULLY_SPECIFIED: 3, "fully-specified": 3,
}  # fmt: skip
"""Rank of a designation's use as a display, best first; 1 is for no use and for all other uses."""


class Term(NamedTuple):
    """A possible display. `designation` is None for the concept's own display."""

    value: str
    language: str | None
    designation: Designation | None = None

    @property
    def rank(self) -> int:
        """Lower ranks are better displays; the concept's own display is best."""
        if self.designation is None:
            return -1
        uses = [u for u in (self.designation.use, *self.designation.additional_uses) if u is not None]
        return min((USE_RANKS.get(u.code or "", 1) for u in uses), default=1)

    @property
    def obsolete(self) -> bool:
        """Whether the standards-status extension marks the designation as deprecated or withdrawn."""
        return self.designation is not None and any(
            e.url == STANDARDS_STATUS and e.value in OBSOLETE for e in self.designation.extensions
        )

    def as_designation(self) -> Designation:
        """The term as a designation; the concept's own display becomes the preferred term of its language."""
        return self.designation or Designation(self.value, self.language, PREFERRED)


def choose_display(terms: Sequence[Term], languages: Languages) -> Term | None:
    """The term to show; `terms` begins with the concept's own displays, which are the fallback.

    None when the client accepts only the requested languages, or there is no display.
    """
    base = terms[0] if terms and terms[0].designation is None else None
    for wanted in languages.ranges:
        if not wanted.weight:
            continue
        if wanted.tag == WILDCARD:
            return base
        if found := _in_language(terms, wanted):
            return found
    return None if languages.refuses_others else base


def place_of_display(designations: Sequence[Designation], home: str | None, languages: Languages) -> int | None:
    """The number of the designation to show; -1 for the concept's own display, which is in `home`; None for neither.

    The same as `choose_display`, which does not look at texts either.
    """
    terms = [Term("", home), *(Term(d.value, d.language, d) for d in designations)]
    shown = choose_display(terms, languages)
    return next((place for place, term in enumerate(terms, -1) if term is shown), None)


def reaches(languages: Languages, language: str) -> bool:
    """Whether a text in a language is shown, or a better one, rather than what there is for lack of any."""
    for wanted in languages.ranges:
        if wanted.weight and wanted.tag == WILDCARD:
            return False
        if wanted.weight and _in_language([Term("", language)], wanted):
            return True
    return False


def _in_language(terms: Sequence[Term], wanted: LanguageRange) -> Term | None:
    """The best term in a language: an exact match before more specific tags, then less specific ones."""
    tag = wanted.tag.lower()
    offered = [(t.language.lower(), t) for t in terms if t.language]
    while tag:
        longer = tag + "-"
        fitting = [one for one in offered if one[0] == tag or one[0].startswith(longer) or tag == WILDCARD]
        usable = [one for one in fitting if not one[1].obsolete]
        if usable:
            return min(usable, key=lambda one: (one[0] != tag, one[1].rank))[1]
        tag = tag.rpartition("-")[0]
    return None


@dataclass(frozen=True, slots=True)
class DesignationFilter:
    """The `designation` parameter (R5, ValueSet-expand): tokens for languages and uses; without tokens, all match."""

    tokens: tuple[tuple[str | None, str], ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> DesignationFilter:
        """Read `system|code` tokens. A bare code is a language or a use; `|code` is a use without a system."""
        tokens = []
        for text in texts:
            system, separator, code = text.rpartition("|")
            tokens.append((system if separator else None, code))
        return cls(tuple(tokens))

    def wants(self, designation: Designation) -> bool:
        """Whether a designation is to be returned."""
        return not self.tokens or any(_meant(designation, system, code) for system, code in self.tokens)


def _meant(designation: Designation, system: str | None, code: str) -> bool:
    if system in {BCP47, None} and (designation.language or "").lower() == code.lower():
        return True
    uses = (designation.use, *designation.additional_uses)
    return any(u is not None and u.code == code and system in {u.system or "", None} for u in uses)


def echoed(languages: Languages) -> str:
    """The languages as an expansion echoes them: as given, or in one spelling (`de, *; q=0`) if they have weights."""
    if all(r.weight == 1 for r in languages.ranges):
        return languages.source
    return ", ".join(f"{r.tag}; q={r.weight:g}" if r.weight != 1 else r.tag for r in languages.ranges)
