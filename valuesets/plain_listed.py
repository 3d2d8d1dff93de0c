"""Plain codes that a value set lists with texts of its own, which come before those of their system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from terminology.model.concept import Designation
from terminology.model.protocols import PlainCode, ReadPlain
from terminology.model.valueset import ConceptReference, ValueSet
from valuesets.plain import Named, PlainCodes, Shown
from valuesets.selections import says_more

OWN = -1
"""Where `Shown` finds a concept's own display."""


@dataclass(frozen=True, slots=True)
class ListedCodes:
    """The plain codes of one code system, some of which a value set lists with a display.

    Such a display is in the language of the system's and comes before it: it is shown wherever that would be, and right
    as well. `read_own` and `read_own_named` read the codes of which it would be shown, as `PlainCodes` has them.
    """

    codes: PlainCodes
    value_set: ValueSet
    listed: Mapping[str, ConceptReference]
    read_own: ReadPlain
    read_own_named: ReadPlain

    @classmethod
    def of(cls, codes: PlainCodes, value_set: ValueSet, listed: Mapping[str, ConceptReference]) -> Self | None:
        """Those of a value set; None where its displays are in another language than the system's."""
        home, system = codes.system.metadata.language, codes.system
        if (value_set.language or home) != home:
            return None
        if not codes.languages.ranges:
            return cls(codes, value_set, listed, codes.read, codes.read_named)
        read, read_named = (
            system.plain_reader((), _OwnShown(Shown(home, codes.languages, named))) for named in (False, True)
        )
        return cls(codes, value_set, listed, read, read_named)

    def judge(self, code: str, given: str | None) -> PlainCode | None:
        """See `Codes`."""
        reference = self._with_text(code)
        if reference is None:
            return self.codes.judge(code, given)
        found = self._read(code, reference, named=given is not None)
        return None if found is None or (given is not None and given != found.display) else found

    def named(self, code: str, given: str) -> Named | None:
        """See `Codes`."""
        reference = self._with_text(code)
        if reference is None:
            return self.codes.named(code, given)
        found = self._read(code, reference, named=False)
        return None if found is None else self.codes.with_names(code, given, found, reference, self.value_set)

    def is_unknown(self, code: str) -> bool:
        """See `Codes`."""
        return self.codes.is_unknown(code)

    def _with_text(self, code: str) -> ConceptReference | None:
        reference = self.listed.get(self.codes.system.code_key(code))
        return reference if reference is not None and reference.display else None

    def _read(self, code: str, reference: ConceptReference, *, named: bool) -> PlainCode | None:
        """What is read of a code that is listed with a display, and the text to show."""
        if says_more(reference):
            return None
        own = (self.read_own_named if named else self.read_own)(code)
        found = own or (self.codes.read_named if named else self.codes.read)(code)
        display = reference.display if own is not None else found and found.display
        return None if found is None or not display else found._replace(display=display, member=(True,))


@dataclass(frozen=True, slots=True)
class _OwnShown:
    """A `Choose`: the concept's own display where that is shown, else nothing."""

    shown: Shown

    def __call__(self, designations: Sequence[Designation]) -> int | None:
        return OWN if self.shown(designations) == OWN else None
