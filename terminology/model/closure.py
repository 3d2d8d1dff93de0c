"""Closure tables (`$closure`): the concepts a client has named so far, and how they relate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ClosureConcept:
    """A concept of a table. `version` is the version of the code system it was compared in, which never changes."""

    system: str
    version: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRelation:
    """`narrower` is a kind of `broader`, or (`equivalent`) the same; `since` is the table's version that added it."""

    narrower: ClosureConcept
    broader: ClosureConcept
    equivalent: bool
    since: int


@dataclass(frozen=True, slots=True)
class ClosureTable:
    """A table; its version starts at 0 and rises by one with every addition."""

    version: int
    concepts: Sequence[ClosureConcept]


class ClosureTables(Protocol):
    """The closure tables of one owner in a database, by name; every process sees all changes."""

    def of(self, owner: str) -> ClosureTables:
        """The tables of another owner: identified callers have their own, anonymous ones ('') share theirs."""

    def begin(self, name: str) -> None:
        """Start a table again, at version 0."""

    def table(self, name: str) -> ClosureTable | None:
        """A table with its concepts, or None when it does not exist, or no longer."""

    def relations(self, name: str, after: int) -> Sequence[ClosureRelation]:
        """What later versions added, in order."""

    def extend(
        self, name: str, seen: int, concepts: Sequence[ClosureConcept], relations: Sequence[ClosureRelation]
    ) -> bool:
        """Add to a table that is still in the version `seen`, which then rises; False when it is not."""
