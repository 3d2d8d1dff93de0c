"""Plain codes: spelled as their system spells them, with nothing to say about them but their status.

Most calls of `$validate-code` ask about the same value set or system, and get one of a few verdicts that differ only in
the code and its display; so do calls about codes that do not exist. Here is what tells which codes those are and which
verdict they get; `plain_requests` finds it for a request. It words no message: `validate` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

from terminology.model.concept import Concept, Designation
from terminology.model.language import Languages
from terminology.model.protocols import Catalogue, CodeSystem, PlainCode, ReadPlain, ReadsPlainly
from terminology.model.valueset import ConceptReference, Filter, ValueSet
from valuesets.displays import WRONG_DISPLAY, check_display, collect
from valuesets.former import in_other_release, what_became
from valuesets.languages import choose_display
from valuesets.selections import Selection


@dataclass(frozen=True, slots=True)
class UnknownCodes:
    """The codes that a code system does not have, and of which it is not known what became of them."""

    catalogue: Catalogue
    system: CodeSystem

    def has(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that it does not exist."""
        system, catalogue = self.system, self.catalogue
        if system.metadata.content != "complete" or system.metadata.compositional:
            return False
        told = system.locate(code) or what_became(catalogue, system, code) or system.explain(code)
        return told is None and in_other_release(catalogue, system, code) is None


class Named(NamedTuple):
    """A judgement on a code with another display than the one to show; `right` says what is, if it is wrong."""

    judged: PlainCode
    right: str | None


class Codes(Protocol):
    """Codes of which little is said, as a request may name them."""

    def judge(self, code: str, given: str | None) -> PlainCode | None:
        """The judgement on a code, or None where it is not plain or its display differs from `given`."""

    def named(self, code: str, given: str) -> Named | None:
        """The judgement on a code that is plain but for its display, which is not the one to show; else None."""

    def is_unknown(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that it is not there."""


class CodesOfNoSystem:
    """Codes whose system is not named, or not here in the version it would be: that is all there is to say of each.

    Whether a value set lists them does not matter: without its system nobody can say whether a code is right.
    """

    def judge(self, _code: str, _given: str | None) -> PlainCode | None:
        """None: no code is plain."""
        return None

    def named(self, _code: str, _given: str) -> Named | None:
        """None: no display is known."""
        return None

    def is_unknown(self, _code: str) -> bool:
        """True: none is there."""
        return True


@dataclass(frozen=True, slots=True)
class PlainCodes:
    """The plain codes of one code system, of which a value set selects some; without a value set, all.

    `read` reads those that come without a display, `read_named` those that come with the one to show; they differ where
    that is right only with a remark. Where the value set makes several selections, or lists codes, `selections` are
    these, and a judgement says which of them have the code; codes listed with texts of their own are not plain.
    """

    system: ReadsPlainly
    unknown: UnknownCodes
    languages: Languages
    read: ReadPlain
    read_named: ReadPlain
    selections: tuple[Selection, ...] = ()

    @classmethod
    def of(
        cls,
        system: ReadsPlainly,
        unknown: UnknownCodes,
        languages: Languages,
        filters: Sequence[Filter] = (),
        among: tuple[Selection, ...] = (),
    ) -> Self:
        """Those that pass these filters, or may be among selections, with displays in the requested languages."""
        if not languages.ranges:
            read = system.plain_reader(filters)
            return cls(system, unknown, languages, read, read, among)
        read, read_named = (
            system.plain_reader(filters, Shown(system.metadata.language, languages, named)) for named in (False, True)
        )
        return cls(system, unknown, languages, read, read_named, among)

    def judge(self, code: str, given: str | None) -> PlainCode | None:
        """The judgement on a code, or None where it is not plain or its display differs from `given`. Reads one row."""
        found = self.read(code) if given is None else self.read_named(code)
        if found is None or (given is not None and given != found.display):
            return None
        return self._among_selections(code, found) if self.selections else found

    def named(self, code: str, given: str) -> Named | None:
        """The judgement on a code that is plain but for its display, which is not the one to show; else None."""
        found = self.read(code)
        judged = self._among_selections(code, found) if found is not None and self.selections else found
        return None if judged is None else self.with_names(code, given, judged)

    def with_names(
        self,
        code: str,
        given: str,
        judged: PlainCode,
        reference: ConceptReference | None = None,
        value_set: ValueSet | None = None,
    ) -> Named | None:
        """A judgement, and whether the display is right; None if it is wrong in an unusual way.

        A value set may have more of those that are, by its `reference` to the code.
        """
        located = self.unknown.system.locate(code)
        if located is None:
            return None
        displays = collect(located.concept, self.system.metadata.language, reference, value_set)
        issue = check_display(given, displays, self.languages, {}, lenient=False, user_assigned=located.user_assigned)
        if issue is None:
            return Named(judged, None)
        return Named(judged, issue.arguments["valid"]) if issue.message_id == WRONG_DISPLAY else None

    def _among_selections(self, code: str, found: PlainCode) -> PlainCode | None:
        """The judgement on a code that is plain in its system, by the selections that have it."""
        key = self.system.code_key(code)
        had = []
        for selection in self.selections:
            has = selection.has(code, key)
            if has is None:
                return None
            had.append(has)
        return found._replace(member=tuple(had))

    def is_unknown(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that its system does not have it."""
        key = self.system.code_key(code)
        return not any(key in selection.listed for selection in self.selections) and self.unknown.has(code)


@dataclass(frozen=True, slots=True)
class Shown:
    """A `Choose`: which designation to show, if whoever gives it is right without a remark (`named`)."""

    home: str | None
    languages: Languages
    named: bool

    def __call__(self, designations: Sequence[Designation]) -> int | None:
        """The number, of these; -1 for the concept's own display, None for neither."""
        displays = collect(Concept("", "-", designations=tuple(designations)), self.home)
        shown = choose_display(displays.terms, self.languages)
        if self.named and not any(term is shown for term in displays.in_languages(self.languages)):
            return None
        return next((place for place, term in enumerate(displays.terms, -1) if term is shown), None)
