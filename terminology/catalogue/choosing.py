"""Chooses one of several versions. Pure: works on candidates only, not on the store or the request.

In order: the requested version (exact, else by wildcard or prefix); content before headers, and built-in systems before
fragments; supplied resources before stored ones; and where no version is requested, preferred ones (pinned, of the
endpoint's release); what is in effect today; the newest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, Literal, Protocol, TypeVar

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.requests import FhirRelease
from terminology.model.versions import Release, matches, ordered
from terminology.settings import Settings
from terminology.store.entries import VersionEntry

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Origin = Literal["stored", "supplied", "builtin"]

SNOMED = "http://snomed.info/sct"
CORE = re.compile(r"http://hl7\.org/fhir/(?:(?:CodeSystem|ValueSet|ConceptMap|StructureDefinition)/)?[^/]+")
"""Canonicals of FHIR itself; guides and tests have longer paths."""
RELEASE_VERSIONS: Mapping[FhirRelease, tuple[str, ...]] = MappingProxyType(
    {"R4": ("4.0.x", "4.3.x"), "R4B": ("4.3.x", "4.0.x"), "R5": ("5.0.x",)}
)
"""Versions of FHIR's own content that an endpoint prefers, best first: R4 and R4B can stand in for each other."""
HEADERS_ONLY = frozenset({"not-present", "example"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[T_co]):
    """One version; `item` is what the caller gets back. Dates are ISO, the period inclusive."""

    item: T_co
    version: str | None
    origin: Origin = "stored"
    content: str = "complete"
    date: str | None = None
    algorithm: str | None = None
    start: str | None = None
    end: str | None = None

    @property
    def release(self) -> Release:
        """What it is sorted by."""
        return Release(self.version, self.date)


def of_header(item: T, header: CodeSystemMetadata, origin: Origin) -> Candidate[T]:
    """A candidate described by the header of a code system."""
    algorithm = header.version_algorithm
    return Candidate(
        item=item,
        version=header.version,
        origin=origin,
        content=header.content,
        date=header.date,
        algorithm=algorithm if isinstance(algorithm, str) or algorithm is None else algorithm.code,
        start=header.effective_start,
        end=header.effective_end,
    )


def of_entry(item: T, entry: VersionEntry) -> Candidate[T]:
    """A candidate described by its row alone, for a version that is not compared with others."""
    return Candidate(
        item=item,
        version=entry.version,
        content=entry.content,
        start=entry.effective_start,
        end=entry.effective_end,
    )


class Dated(Protocol):
    """Resources and stored rows that have a version and a date."""

    @property
    def version(self) -> str | None:
        """Business version."""

    @property
    def date(self) -> str | None:
        """Date of the last change."""


D = TypeVar("D", bound=Dated)
E = TypeVar("E", bound=Dated)


def of_resources(supplied: Iterable[D], stored: Iterable[E]) -> list[Candidate[D | E]]:
    """Candidates for a resource other than a code system: supplied and stored ones."""
    return [
        *(Candidate(item=r, version=r.version, date=r.date, origin="supplied") for r in supplied),
        *(Candidate(item=r, version=r.version, date=r.date) for r in stored),
    ]


def choose(
    candidates: Sequence[Candidate[T]],
    wanted: str | None = None,
    *,
    preferred: Iterable[str] = (),
    today: str | None = None,
) -> Candidate[T] | None:
    """The best candidate, or None when no version fits `wanted`.

    `preferred` are versions (or patterns) that come before all others, most preferred first.
    """
    pool = _fitting(candidates, wanted) if wanted else list(candidates)
    pool = _those(pool, lambda c: c.content not in HEADERS_ONLY or c.origin == "builtin")
    if any(c.origin == "builtin" for c in pool):
        pool = _those(pool, lambda c: c.content != "fragment" or c.origin == "builtin")
    pool = _those(pool, lambda c: c.origin == "supplied")
    if not wanted:
        for version in preferred:
            if liked := [c for c in pool if c.version and matches(version, c.version)]:
                pool = liked
                break
    if today:
        pool = _in_effect(pool, today)
    return in_order(pool)[-1] if pool else None


def in_order(candidates: Iterable[Candidate[T]]) -> list[Candidate[T]]:
    """Oldest first; among equal versions the supplied one last, so that it wins."""
    found = sorted(candidates, key=lambda c: c.origin == "supplied")
    return ordered(found, lambda c: c.release, next((c.algorithm for c in reversed(found) if c.algorithm), None))


def _fitting(candidates: Sequence[Candidate[T]], wanted: str) -> list[Candidate[T]]:
    exact = [c for c in candidates if c.version == wanted]
    return exact or [c for c in candidates if c.version and matches(wanted, c.version)]


def _those(pool: list[Candidate[T]], test: Callable[[Candidate[T]], bool]) -> list[Candidate[T]]:
    """The candidates that pass a test, or all when none does."""
    return [c for c in pool if test(c)] or pool


def _in_effect(pool: list[Candidate[T]], today: str) -> list[Candidate[T]]:
    """The candidates in effect today; else those in the past; else, when all are in the future, the earliest."""
    begun = [c for c in pool if c.start is None or c.start <= today]
    if begun:
        return _those(begun, lambda c: c.end is None or c.end >= today)
    first = min((c.start or "" for c in pool), default="")
    return [c for c in pool if c.start == first]


class Preferences:
    """The versions of a canonical that the settings and the endpoint's release prefer."""

    def __init__(self, settings: Settings) -> None:
        self._pinned: dict[str, tuple[str, ...]] = {}
        for text in settings.default_versions.replace(",", " ").split():
            url, _, version = text.partition("|")
            self._pin(url, version)
        self._pin(SNOMED, f"{SNOMED}/{settings.snomed_default_edition}")

    def _pin(self, url: str, *versions: str) -> None:
        """Prefer versions of a canonical, after earlier preferences."""
        self._pinned = {**self._pinned, url: (*self._pinned.get(url, ()), *versions)}

    @property
    def named(self) -> bool:
        """Whether anything is pinned by a name other than its canonical."""
        return any(url.startswith("urn:") for url in self._pinned)

    def with_meanings(self, meanings: Callable[[str], Iterable[str]]) -> Preferences:
        """The same preferences, applied also to the canonicals that their names stand for."""
        found = copy(self)
        for name, versions in self._pinned.items():
            for url in meanings(name):
                found._pin(url, *versions)  # noqa: SLF001 - its own kind
        return found

    def of(self, url: str, release: FhirRelease) -> tuple[str, ...]:
        """The most preferred first."""
        pinned = self._pinned.get(url, ())
        return (*pinned, *RELEASE_VERSIONS[release]) if CORE.fullmatch(url) else pinned
