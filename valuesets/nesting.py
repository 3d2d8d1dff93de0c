"""A hierarchical expansion: entries below their nearest ancestor in the expansion.

Only trees nest. Where a code has several parents, a nested view would have to repeat it or hide a parent, so such sets
stay flat; so do trees too deep for JSON readers. Needs all entries of a set: pages do not nest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terminology.model.protocols import CodeSystem, Located
from terminology.model.valueset import Contains

MOST_LEVELS = 90
"""JSON readers (ours included) stop at about 200 nested objects and arrays; a level is one of each."""


def nested(entries: Sequence[tuple[Located, Contains]], code_system: CodeSystem) -> list[Contains]:
    """The entries as trees, in the same order; unchanged where the hierarchy is not a tree, or too deep."""
    flat = [entry for _, entry in entries]
    if not any(located.concept.parents for located, _ in entries):
        return flat
    present = {located.concept.code: located for located, _ in entries}
    above: dict[str, str | None] = {}
    for located, _ in entries:
        try:
            above[located.concept.code] = _nearest(located, present, code_system)
        except _SeveralParentsError:
            return flat
    if _levels(above) > MOST_LEVELS:
        return flat
    below: dict[str | None, list[Contains]] = {}
    for (located, _), entry in zip(entries, flat, strict=True):
        below.setdefault(above[located.concept.code], []).append(entry)
    return [_with_children(entry, below) for entry in below.get(None, ())]


class _SeveralParentsError(Exception):
    """The hierarchy is not a tree."""


def _nearest(located: Located, present: Mapping[str, Located], code_system: CodeSystem) -> str | None:
    """The code of the nearest ancestor in the set, or None for a root."""
    current: Located | None = located
    while current is not None and current.concept.parents:
        if len(current.concept.parents) > 1:
            raise _SeveralParentsError
        parent = current.concept.parents[0]
        if parent in present:
            return parent
        current = code_system.locate(parent)
    return None


def _levels(above: Mapping[str, str | None]) -> int:
    """How many levels there are, given what each code is below."""
    levels: dict[str | None, int] = {None: 0}
    for code in above:
        path: list[str] = []
        current: str | None = code
        while current is not None and current not in levels:
            path.append(current)
            current = above[current]
        levels.update((one, level) for level, one in enumerate(reversed(path), levels[current] + 1))
    return max(levels.values())


def _with_children(entry: Contains, below: Mapping[str | None, list[Contains]]) -> Contains:
    children = below.get(entry.code, ())
    return entry._replace(contains=tuple(_with_children(c, below) for c in children)) if children else entry
