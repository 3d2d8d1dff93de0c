"""`check`: whether a database is intact, and repairs of derived data by deriving it again from its parts.

What cannot be derived (a part, a resource) is only reported: restore it from a backup, or load its source again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from terminology.fhir import searchable
from terminology.fhir.json import loads_object
from terminology.ingest.current import reads_what_is_current
from terminology.ingest.ids import Ids
from terminology.ingest.parts import PartChange, versions_of
from terminology.ingest.publishing import Change, derive_hidden, publish
from terminology.ingest.report import LoadReport, Progress, silent
from terminology.model.coding import Canonical
from terminology.model.outcome import Issue, TerminologyError
from terminology.store.entries import Damage, Misindexed, VersionEntry, Word
from terminology.store.protocol import Store

INDEXED_AT_ONCE = 500
"""Resources of which the words are written in one transaction, for which other writers wait."""


@dataclass(slots=True)
class CheckReport:
    """What was found, and what was repaired."""

    versions: int = 0
    found: list[Damage] = field(default_factory=list)
    derived_again: list[str] = field(default_factory=list)
    rows_removed: int = 0
    indexed_again: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.found

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; documented in docs/cli.md."""
        return {
            "versions": self.versions,
            "clean": self.clean,
            "found": [_written(damage.issue) for damage in self.found],
            "derivedAgain": self.derived_again,
            "rowsRemoved": self.rows_removed,
            "indexedAgain": self.indexed_again,
        }


def _written(issue: Issue) -> dict[str, str]:
    return {"id": issue.message_id, "severity": issue.severity, "text": issue.text}


@reads_what_is_current
def check(store: Store, *, deep: bool = False, repair: bool = False, progress: Progress = silent) -> CheckReport:
    """Check everything. `deep` also derives every version again and compares; `repair` repairs derived data."""
    entries = store.versions()
    report = CheckReport(len(entries))
    report.found += store.damage(lambda what: progress(f"Checking {what}", 0, None))
    report.found += _without_parts(store, entries)
    misindexed = list(store.misindexed(_words))
    report.found += _not_found(misindexed)
    broken = {damage.version for damage in report.found if damage.version is not None}
    if deep:
        report.found += _derived_otherwise(store, [e for e in entries if e.key not in broken], progress)
    if repair:
        _repair(store, entries, report, progress)
        report.indexed_again = _index(store, [resource.key for resource in misindexed if resource.readable])
    return report


def _words(body: bytes) -> tuple[Word, ...]:
    return searchable.words(loads_object(body))


def _not_found(misindexed: list[Misindexed]) -> Iterator[Damage]:
    """One for all resources of a type that were written before a program knew what it now finds them by."""
    by_type = sorted(misindexed, key=lambda resource: (not resource.readable, resource.type))
    for (unreadable, type_), group in groupby(by_type, lambda resource: (not resource.readable, resource.type)):
        ids = [resource.id for resource in group]
        message = "CHECK_RESOURCE_UNREADABLE" if unreadable else "CHECK_WORDS"
        yield Damage(Issue("error", "exception", message, {"type": type_, "count": str(len(ids)), "first": ids[0]}))


def _index(store: Store, keys: list[int]) -> int:
    """In publications, since answers to searches are kept until there is one."""
    written = 0
    for start in range(0, len(keys), INDEXED_AT_ONCE):
        with store.publication() as publication:
            written += publication.index(keys[start : start + INDEXED_AT_ONCE], _words)
    return written


def _without_parts(store: Store, entries: list[VersionEntry]) -> Iterator[Damage]:
    """Versions without parts, which cannot be derived again, and parts without their version."""
    for url in dict.fromkeys([*(entry.url for entry in entries), *(part.url for part in store.parts())]):
        derivable = versions_of(store.parts(url)).keys()
        there = {entry.version for entry in entries if entry.url == url}
        for version in there - derivable:
            yield _damage("CHECK_WITHOUT_PARTS", Canonical(url, version))
        for version in derivable - there:
            yield _damage("CHECK_NOT_PUBLISHED", Canonical(url, version))


def _derived_otherwise(store: Store, entries: list[VersionEntry], progress: Progress) -> Iterator[Damage]:
    for entry in entries:
        if entry.version not in versions_of(store.parts(entry.url)):
            continue
        canonical = Canonical(entry.url, entry.version)
        try:
            derived = derive_hidden(store, entry, Ids(store), progress)
        except TerminologyError as error:
            yield _damage("CHECK_UNDERIVABLE", canonical, reason=str(error))
            continue
        different = store.difference(entry.key, derived.writer.key)
        derived.abandon()
        if different is not None:
            yield _damage("CHECK_DERIVED_OTHERWISE", canonical, entry.key, place=different)


def _repair(store: Store, entries: list[VersionEntry], report: CheckReport, progress: Progress) -> None:
    store.collect_garbage()
    if any(damage.orphans for damage in report.found):
        report.rows_removed = store.remove_orphans()
    broken = {damage.version for damage in report.found if damage.version is not None}
    again = {(entry.url, entry.version) for entry in entries if entry.key in broken}
    for url, version in sorted(again, key=str):
        try:
            publish(store, Change(parts=PartChange(again={(url, version)})), LoadReport(), progress)
        except TerminologyError as error:
            report.found.append(_damage("CHECK_UNDERIVABLE", Canonical(url, version), reason=str(error)))
        else:
            report.derived_again.append(str(Canonical(url, version)))


def _damage(message: str, canonical: Canonical, version: int | None = None, **arguments: str) -> Damage:
    return Damage(Issue("error", "exception", message, {"version": str(canonical), **arguments}), version)
