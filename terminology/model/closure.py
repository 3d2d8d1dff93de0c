"""Closure tables (`$closure`): the concepts a client has named so far, and how they relate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ClosureConcept:
    """A concept of a table. `version` is that of the code system it was compared in, which never changes."""

    system: str
    version: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRelation:
    """`narrower` is a kind of `broader`, or (`equivalent`) the same; `since` is the table's version that brought it."""

    narrower: ClosureConcept
    broader: ClosureConcept
    equivalent: bool
    since: int


@dataclass(frozen=True, slots=True)
class ClosureTable:
    """A table as it is: its version rises by one with every addition, from 0."""

    version: int
    concepts: Sequence[ClosureConcept]


class ClosureTables(Protocol):
    """The closure tables that one owner has in a database, by name; any process sees what another did."""

    def of(self, owner: str) -> ClosureTables:
        """The tables of another owner: all who say who they are have their own, all others ('') have some together."""

    def begin(self, name: str) -> None:
        """Let a table begin anew, at version 0."""

    def table(self, name: str) -> ClosureTable | None:
        """A table with its concepts, or None when it is not, or no longer, there."""

    def relations(self, name: str, after: int) -> Sequence[ClosureRelation]:
        """What versions after that one brought, in order."""

    def extend(
        self, name: str, seen: int, concepts: Sequence[ClosureConcept], relations: Sequence[ClosureRelation]
    ) -> bool:
        """Add to a table that is still in the version `seen`, which rises; False when it is not."""
