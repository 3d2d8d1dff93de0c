"""The attributes that filters test, with two ways to read them: from one concept, and as sets of concepts.

Knows no operators. Sets come from `Indexed`; the values of one concept from the concept itself, without a query (except
for its parents, which have to exist in the system).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from pyroaring import BitMap

from terminology.codesystems.indexed import Indexed, Test, Texts
from terminology.model.concept import Concept
from terminology.model.deadline import in_time
from terminology.model.protocols import Located
from terminology.model.values import normal_text, value_key

TRUE, FALSE = "true", "false"


class Attribute(Protocol):
    """One thing a concept can have values of."""

    def normal(self, system: Indexed, text: str) -> str:
        """The form in which two values are equal."""

    def values(self, system: Indexed, located: Located) -> Iterable[str]:
        """The values of one concept."""

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """Concepts that have one of these values, given in their normal form."""

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """Concepts that have a value that passes."""

    def present(self, system: Indexed) -> BitMap:
        """Concepts that have any value."""


class Code:
    """`code` or `concept`: the concept's own code."""

    def normal(self, system: Indexed, text: str) -> str:
        """By the system's case rule."""
        return system.code_key(text)

    def values(self, _system: Indexed, located: Located) -> Iterable[str]:
        """The code as the system writes it."""
        return (located.concept.code,)

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """Looked up."""
        return BitMap(system.ordinals(values).values())

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """All codes are tried."""
        return BitMap(ordinal for ordinal, code in in_time(enumerate(system.codes())) if test(code))

    def present(self, system: Indexed) -> BitMap:
        """Every concept has one."""
        return system.every()


@dataclass(frozen=True, slots=True)
class Relative:
    """`parent` (`upwards`) or `child`: the codes of the direct neighbours."""

    upwards: bool

    def normal(self, system: Indexed, text: str) -> str:
        """By the system's case rule."""
        return system.code_key(text)

    def values(self, system: Indexed, located: Located) -> Iterable[str]:
        """The concept holds them; parents that the system does not have (a fragment's) do not count."""
        if not self.upwards:
            return located.concept.children
        return system.ordinals(located.concept.parents)

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """Whoever has a code as parent is its child."""
        return system.children(values) if self.upwards else system.parents(values)

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """From the codes that pass to their neighbours."""
        codes = system.codes()
        known = system.every() - (system.leaves() if self.upwards else system.roots())
        return self.with_value(system, [codes[ordinal] for ordinal in in_time(known) if test(codes[ordinal])])

    def present(self, system: Indexed) -> BitMap:
        """All but the roots have parents, all but the leaves children."""
        return system.every() - (system.roots() if self.upwards else system.leaves())


@dataclass(frozen=True, slots=True)
class Text:
    """`display`, `definition` or `designation`: prose, which no value index holds."""

    texts: Texts

    def normal(self, _system: Indexed, text: str) -> str:
        """As written."""
        return text

    def values(self, _system: Indexed, located: Located) -> Iterable[str]:
        """The concept holds them."""
        return self.texts(located.concept)

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """Every concept is read."""
        wanted = frozenset(values)
        return system.with_text(self.texts, wanted.__contains__)

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """Every concept is read."""
        return system.with_text(self.texts, test)

    def present(self, system: Indexed) -> BitMap:
        """Every concept is read."""
        return system.with_text(self.texts, lambda _text: True)


class Status:
    """`status`: the concept's status property, or its standards status."""

    def normal(self, _system: Indexed, text: str) -> str:
        """A code, as written."""
        return text

    def values(self, _system: Indexed, located: Located) -> Iterable[str]:
        """At most one."""
        return () if located.status is None else (located.status,)

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """By the status index."""
        return system.with_status(frozenset(values).__contains__)

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """By the status index."""
        return system.with_status(test)

    def present(self, system: Indexed) -> BitMap:
        """By the status index."""
        return system.with_status(lambda _status: True)


class Inactive:
    """`inactive`: true or false for every concept, since its definition gives it the default false."""

    def normal(self, _system: Indexed, text: str) -> str:
        """As written."""
        return text

    def values(self, _system: Indexed, located: Located) -> Iterable[str]:
        """Exactly one."""
        return (TRUE if located.inactive else FALSE,)

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """The inactive ones, the others, or both."""
        return self.with_match(system, frozenset(values).__contains__)

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """The inactive ones, the others, or both."""
        found = BitMap()
        if test(TRUE):
            found |= system.inactive()
        if test(FALSE):
            found |= system.every() - system.inactive()
        return found

    def present(self, system: Indexed) -> BitMap:
        """Every concept has it."""
        return system.every()


@dataclass(frozen=True, slots=True)
class Stated:
    """A property with the values that concepts state: a missing boolean is neither true nor false."""

    code: str
    kind: str | None

    def normal(self, _system: Indexed, text: str) -> str:
        """By the type the property is defined with."""
        return normal_text(self.kind, text)

    def values(self, _system: Indexed, located: Located) -> Iterable[str]:
        """The concept holds them."""
        return (value_key(p) for p in located.concept.properties if p.code == self.code)

    def with_value(self, system: Indexed, values: Collection[str]) -> BitMap:
        """By the value index."""
        return system.with_value(self.code, values)

    def with_match(self, system: Indexed, test: Test) -> BitMap:
        """By the value index."""
        return system.with_match(self.code, test)

    def present(self, system: Indexed) -> BitMap:
        """By the property index."""
        return system.with_property(self.code)


def _display(concept: Concept) -> Iterable[str]:
    return () if concept.display is None else (concept.display,)


def _definition(concept: Concept) -> Iterable[str]:
    return () if concept.definition is None else (concept.definition,)


def _designations(concept: Concept) -> Iterable[str]:
    return (designation.value for designation in concept.designations)


CODE = Code()
PARENT = Relative(upwards=True)
CHILD = Relative(upwards=False)
DISPLAY = Text(_display)
DEFINITION = Text(_definition)
DESIGNATION = Text(_designations)
STATUS = Status()
INACTIVE = Inactive()
