"""What differs between two versions of a code system, and what on a server is affected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical

ChangeKind = Literal["added", "removed", "retitled", "inactivated", "reactivated", "moved"]

KINDS: tuple[ChangeKind, ...] = ("added", "removed", "retitled", "inactivated", "reactivated", "moved")
"""In the order they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one code. `before` and `after` are displays, or the parents' codes of a moved code.

    `group` says that the code is an abstract heading, which is not used for coding.
    """

    kind: ChangeKind
    code: str
    before: str | None = None
    after: str | None = None
    group: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """What only some files of a release contain, so that a version loaded without them lacks it.

    `what` and `files` are words for people. `codes` are the groups that these files name, or (`titles`) codes that have
    their title from them; empty where the version was loaded without them.
    """

    what: str
    files: str
    codes: frozenset[str]
    brings: Literal["groups", "titles", "accents"] = "groups"


@dataclass(frozen=True, slots=True)
class Missing:
    """A layer that only one of two versions has, so that it cannot be compared."""

    layer: Layer
    version: str | None
    """The one that was loaded without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedValueSet:
    """A value set whose codes differ between the versions, or that lists codes which were retitled or inactivated."""

    value_set: Canonical
    title: str | None
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedConceptMap:
    """A concept map with mappings of codes that were removed or inactivated."""

    concept_map: Canonical
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Everything `$diff` answers. `changes` are ordered by kind, then as the newer version orders its codes."""

    old: CodeSystemMetadata
    new: CodeSystemMetadata
    changes: tuple[Change, ...]
    value_sets: tuple[TouchedValueSet, ...] = ()
    concept_maps: tuple[TouchedConceptMap, ...] = ()
    missing: tuple[Missing, ...] = ()

    def of(self, kind: ChangeKind, *, group: bool = False) -> tuple[Change, ...]:
        """The changes of one kind: of codes, or of groups."""
        return tuple(c for c in self.changes if c.kind == kind and c.group == group)
