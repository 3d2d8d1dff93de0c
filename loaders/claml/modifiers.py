"""Multiplies out modifiers: the codes that a class makes together with classes of its modifiers.

A modifier applies to the class that names it and all below, unless a class there excludes it (ExcludeModifier) or names
it itself, with other valid classes. Codes are made at the leaves of the hierarchy, since modifiers are appended last.
Several modifiers are appended in turn: by `position` where stated, else those of the class itself first, then those of
the nearest class above. A class that represents a combination itself (`F10.0` below `F10`) has used that modifier. The
Meta `excludeOnPrecedingModifier` ("M M1"), as in BfArM's files, forbids a combination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loaders.claml.hierarchy import Hierarchy
from loaders.claml.model import Classification, ModifiedBy, Node

EXCLUDE_ON_PRECEDING = "excludeOnPrecedingModifier"


@dataclass(frozen=True, slots=True)
class Applied:
    """A modifier in force for a class, and the class that names it."""

    by: ModifiedBy
    origin: str


@dataclass(frozen=True, slots=True)
class Modified:
    """A code that modifiers make of a class: `chain` are the modifier classes, in the order of appending."""

    code: str
    parent: str
    base: Node
    chain: tuple[Node, ...]


def in_force(found: Classification, hierarchy: Hierarchy) -> dict[str, tuple[Applied, ...]]:
    """The modifiers of each class, own and inherited, in the order of appending."""
    applied: dict[str, tuple[Applied, ...]] = {}
    for code in hierarchy.downwards():
        node = found.classes[code]
        own = {by.modifier: Applied(by, code) for by in node.modified_by}
        for parent in hierarchy.parents[code]:
            for above in applied[parent]:
                modifier = above.by.modifier
                if modifier not in node.excluded and not _is_used(found, above, code):
                    own.setdefault(modifier, above)
        applied[code] = tuple(own.values())
    return applied


def _is_used(found: Classification, above: Applied, code: str) -> bool:
    return any(above.origin + appended == code for appended in found.modifiers[above.by.modifier])


class Multiplier:
    """Makes the modified codes of classes, except codes that the file defines itself."""

    def __init__(self, found: Classification, hierarchy: Hierarchy) -> None:
        self._found = found
        self._hierarchy = hierarchy
        self._applied = in_force(found, hierarchy)
        self.made: set[str] = set()

    def of(self, code: str) -> Iterator[Modified]:
        """The codes made of a class, each after its parent; none for a class with classes below it."""
        if not self._hierarchy.children[code]:
            applied = sorted(self._applied[code], key=lambda a: (a.by.position is None, a.by.position or 0))
            yield from self._appended(code, (), [a.by for a in applied], self._found.classes[code])

    def _appended(
        self, code: str, chain: tuple[Node, ...], waiting: Sequence[ModifiedBy], base: Node
    ) -> Iterator[Modified]:
        if not waiting:
            return
        usable = [node for node in self._usable(waiting[0]) if not _is_excluded(node, chain)]
        if not usable:
            yield from self._appended(code, chain, waiting[1:], base)
        codes = {node.code for node in usable}
        for node in usable:
            made = code + node.code
            if made in self._found.classes or made in self.made:
                continue
            self.made.add(made)
            above = next((name for name in node.supers if name in codes), "")
            longer = (*chain, node)
            yield Modified(made, code + above, base, longer)
            if not any(name in codes for name in node.subs):
                yield from self._appended(made, longer, waiting[1:], base)

    def _usable(self, by: ModifiedBy) -> list[Node]:
        classes = self._found.modifiers[by.modifier]
        return [node for node in classes.values() if by.valid is None or node.code in by.valid]


def _is_excluded(node: Node, chain: tuple[Node, ...]) -> bool:
    before = {f"{other.modifier} {other.code}" for other in chain}
    return any(name == EXCLUDE_ON_PRECEDING and " ".join(value.split()) in before for name, value in node.metas)
