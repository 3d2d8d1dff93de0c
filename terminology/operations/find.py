"""Finds codes by words in all code systems at once, for the search page, its suggestions and the command line.

Not a FHIR operation: those search one value set (`$expand` with `filter`).

Each system ranks its own hits, and they are merged here: exact codes first, then displays with all words (or synonyms
of them) whole, then displays that begin with the text, then others; within each, procedures before diagnoses and
shorter displays first. Only systems that have the words are searched; when none has, all are, for similar words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.language import ANY_LANGUAGE
from terminology.model.protocols import Catalogue, CodeSystem, Located
from terminology.store.entries import VersionEntry
from terminology.store.protocol import Store
from terminology.store.text_fold import words as words_of
from terminology.store.wordings import wordings

MOST_MERGED = 1_000
"""The most hits taken from one system when several are merged; totals stay exact."""

MOST_GUESSED = 50
"""The most systems, largest first, in which typing errors are corrected when no system has the words."""


WHOLE = 1
"""Rank of displays that have all words whole; higher numbers rank lower."""
DIAGNOSES = frozenset(
    {"http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"}
)
"""Systems that only have diagnoses: a search for a kidney transplant means the operation, not the state after it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One concept found and the system it belongs to."""

    entry: VersionEntry
    metadata: CodeSystemMetadata
    located: Located


@dataclass(frozen=True, slots=True)
class SystemTotal:
    """How many concepts of one system match."""

    entry: VersionEntry
    metadata: CodeSystemMetadata
    total: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, the exact total, and the totals per system (largest first).

    `guessed`: no system has the words, so typing errors were corrected.
    """

    hits: Sequence[Hit]
    total: int
    systems: Sequence[SystemTotal]
    guessed: bool = False


def find(
    store: Store, catalogue: Catalogue, query: str, entries: Sequence[VersionEntry], *, offset: int = 0, count: int = 20
) -> Found:
    """Search the given versions; `entries` are those the user may choose from, or the chosen one."""
    asked = [
        (entry, system, system.search(query, ANY_LANGUAGE, None))
        for entry, system in _systems_with(store, catalogue, query, entries)
    ]
    sure = [one for one in asked if not one[2].guessed]
    ranked: list[tuple[tuple[bool, bool, bool, int, int, str], Hit]] = []
    wanted = [words for ways in wordings(query) for words in ways]
    totals: list[SystemTotal] = []
    for entry, system, found in sure or asked:
        ordinals = list(found.page(0, min(MOST_MERGED, offset + count)))
        exact = system.locate(query.strip())
        total = found.total
        if exact and exact.ordinal is not None:
            total += exact.ordinal not in found.members()
            ordinals = [exact.ordinal, *(o for o in ordinals if o != exact.ordinal)]
        if not ordinals:
            continue
        totals.append(SystemTotal(entry, system.metadata, total))
        ranked += (
            (_rank(query, wanted, entry.url, located), Hit(entry, system.metadata, located))
            for located in system.located(ordinals)
        )
    ranked.sort(key=lambda pair: pair[0])
    totals.sort(key=lambda t: -t.total)
    hits = [hit for _, hit in ranked[offset : offset + count]]
    return Found(hits, sum(t.total for t in totals), totals, guessed=bool(totals) and not sure)


def default_versions(store: Store, catalogue: Catalogue) -> list[VersionEntry]:
    """The default version of each system that has concepts and is visible to the caller, largest first."""
    by_url: dict[str, list[VersionEntry]] = {}
    for entry in store.versions():
        if entry.content != "supplement" and entry.size and not catalogue.withholds(entry.url):
            by_url.setdefault(entry.url, []).append(entry)
    chosen = (_default(catalogue, versions) for versions in by_url.values())
    return sorted(chosen, key=lambda v: (-v.size, v.url))


def _default(catalogue: Catalogue, versions: Sequence[VersionEntry]) -> VersionEntry:
    if len(versions) == 1:
        return versions[0]
    system = catalogue.code_system(Canonical(versions[0].url))
    wanted = system.metadata.version if system else None
    return next((v for v in versions if v.version == wanted), versions[-1])


def _systems_with(
    store: Store, catalogue: Catalogue, query: str, entries: Sequence[VersionEntry]
) -> Iterator[tuple[VersionEntry, CodeSystem]]:
    keys = store.versions_with(query) if len(entries) > 1 else set()
    chosen = [entry for entry in entries if entry.key in keys] or entries[:MOST_GUESSED]
    for entry in chosen:
        system = catalogue.code_system(Canonical(entry.url, entry.version))
        if system is not None:
            yield entry, system


def _rank(
    query: str, wanted: Sequence[Sequence[str]], url: str, located: Located
) -> tuple[bool, bool, bool, int, int, str]:
    concept = located.concept
    asked, display = query.strip().casefold(), (concept.display or "").casefold()
    if f"{display} ".startswith(f"{asked} "):
        merit = 0
    elif any(set(words).issubset(words_of(concept.display or "")) for words in wanted):
        merit = WHOLE
    else:
        merit = 2 if display.startswith(asked) else 3
    return concept.code.casefold() != asked, merit > WHOLE, url in DIAGNOSES, merit, len(display), concept.code
