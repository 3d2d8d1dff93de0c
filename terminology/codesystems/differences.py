"""Comparing two versions of a code system, code by code. Says nothing of what is touched by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from terminology.model.changes import KINDS, Change, ChangeKind, Missing
from terminology.model.protocols import CodeSystem, HasLayers, Located, NotEnumerable

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
    change: groups that it cannot have, codes that do not lie below them, titles that are others for that reason.
    """
    if not all(one.enumerable or one.size for one in (old, new)):
        raise NotEnumerable
    left_out = frozenset[str]().union(*(one.layer.codes for one in without if not one.layer.titles))
    titled = not any(one.layer.titles for one in without)
    before = {code: ordinal for ordinal, code in enumerate(old.codes()) if code not in left_out}
    after = {code: ordinal for ordinal, code in enumerate(new.codes()) if code not in left_out}
    found = [_appeared("added", one) for one in new.located(o for code, o in after.items() if code not in before)]
    found += [_appeared("removed", one) for one in old.located(o for code, o in before.items() if code not in after)]
    kept = [code for code in after if code in before]
    for start in range(0, len(kept), BATCH):
        codes = kept[start : start + BATCH]
        pairs = zip(old.located(before[c] for c in codes), new.located(after[c] for c in codes), strict=True)
        for was, now in pairs:
            found.extend(change for change in _changed(was, now, left_out) if titled or change.kind != "retitled")
    return sorted(found, key=lambda change: KINDS.index(change.kind))


def _appeared(kind: ChangeKind, one: Located) -> Change:
    display = one.concept.display
    before, after = (None, display) if kind == "added" else (display, None)
    return Change(kind=kind, code=one.concept.code, before=before, after=after, group=one.abstract)


def _changed(was: Located, now: Located, left_out: AbstractSet[str]) -> Iterator[Change]:
    code, group = now.concept.code, now.abstract
    if was.concept.display != now.concept.display:
        yield Change(kind="retitled", code=code, before=was.concept.display, after=now.concept.display, group=group)
    if was.inactive != now.inactive:
        kind: ChangeKind = "inactivated" if now.inactive else "reactivated"
        yield Change(kind=kind, code=code, before=was.concept.display, after=now.concept.display, group=group)
    if set(was.concept.parents) - left_out != set(now.concept.parents) - left_out:
        parents = [", ".join(one.concept.parents) or None for one in (was, now)]
        yield Change(kind="moved", code=code, before=parents[0], after=parents[1], group=group)
