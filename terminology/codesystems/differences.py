"""Compares two versions of a code system code by code. Does not look at what uses the codes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from terminology.model.changes import KINDS, Change, ChangeKind, Missing
from terminology.model.protocols import CodeSystem, HasLayers, NotEnumerable, Placed, ReadsPlaces

BATCH = 4_096
"""Concepts that are read and compared at a time."""


def missing(old: CodeSystem, new: CodeSystem) -> list[Missing]:
    """What only one of the versions has because the other was loaded without the files that bring it."""
    if not (isinstance(old, HasLayers) and isinstance(new, HasLayers)):
        return []
    found: list[Missing] = []
    for before, after in zip(old.layers(), new.layers(), strict=True):
        if before.codes and not after.codes:
            found.append(Missing(before, new.metadata.version))
        elif after.codes and not before.codes:
            found.append(Missing(after, old.metadata.version))
    return found


def changes(old: CodeSystem, new: CodeSystem, without: Sequence[Missing] = ()) -> list[Change]:
    """All changes from one version to the other. Raises NotEnumerable for a grammar, whose codes nobody can list.

    Codes are compared as written. A code may change in several ways at once. What one version is `without` is no
    change: groups that it cannot have, codes that do not lie below them, titles that are others for that reason, or
    differ from one another in accents only.
    """
    if not all(one.enumerable or one.size for one in (old, new)):
        raise NotEnumerable
    left_out = frozenset[str]().union(*(one.layer.codes for one in without if one.layer.brings == "groups"))
    comparable = _comparable({one.layer.brings for one in without})
    before = {code: ordinal for ordinal, code in enumerate(old.codes()) if code not in left_out}
    after = {code: ordinal for ordinal, code in enumerate(new.codes()) if code not in left_out}
    found = [_appeared("added", one) for one in _placed(new, (o for code, o in after.items() if code not in before))]
    gone = (ordinal for code, ordinal in before.items() if code not in after)
    found += [_appeared("removed", one) for one in _placed(old, gone)]
    kept = [code for code in after if code in before]
    for start in range(0, len(kept), BATCH):
        codes = kept[start : start + BATCH]
        pairs = zip(_placed(old, (before[c] for c in codes)), _placed(new, (after[c] for c in codes)), strict=True)
        for was, now in pairs:
            found.extend(_changed(was, now, left_out, comparable))
    return sorted(found, key=lambda change: KINDS.index(change.kind))


def _placed(system: CodeSystem, ordinals: Iterable[int]) -> Iterator[Placed]:
    if isinstance(system, ReadsPlaces):
        yield from system.placed(ordinals)
        return
    for one in system.located(ordinals):
        concept = one.concept
        yield Placed(concept.code, concept.display, concept.parents, one.inactive, one.abstract)


def _appeared(kind: ChangeKind, one: Placed) -> Change:
    before, after = (None, one.display) if kind == "added" else (one.display, None)
    return Change(kind=kind, code=one.code, before=before, after=after, group=one.abstract)


def _comparable(without: AbstractSet[str]) -> Callable[[str], str]:
    """The part of a title that versions can be compared by, where one of them is without something of titles."""
    if "titles" in without:
        return lambda _: ""
    return _plain if "accents" in without else str


def _plain(title: str) -> str:
    """Without accents, as lists in ASCII have titles."""
    return "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))


def _changed(
    was: Placed, now: Placed, left_out: AbstractSet[str], comparable: Callable[[str], str]
) -> Iterator[Change]:
    code, group = now.code, now.abstract
    if was.display != now.display and comparable(was.display or "") != comparable(now.display or ""):
        yield Change(kind="retitled", code=code, before=was.display, after=now.display, group=group)
    if was.inactive != now.inactive:
        kind: ChangeKind = "inactivated" if now.inactive else "reactivated"
        yield Change(kind=kind, code=code, before=was.display, after=now.display, group=group)
    if was.parents != now.parents and {*was.parents} - left_out != {*now.parents} - left_out:
        parents = [", ".join(one.parents) or None for one in (was, now)]
        yield Change(kind="moved", code=code, before=parents[0], after=parents[1], group=group)
