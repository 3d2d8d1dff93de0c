"""Compares business versions: which is newer, and which ones a reference means. Pure text, no lookups.

The order follows `CodeSystem.versionAlgorithm[x]` (http://hl7.org/fhir/version-algorithm) where a publisher states one,
otherwise the first algorithm that fits all versions. Does not know what is loaded, pinned or in effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

WILDCARDS = frozenset({"x", "X", "*", "?"})
MOST_DIGITS = 1000

_NUMBERS = re.compile(r"\d+")
_RUNS = re.compile(r"\d+|\D+")
_SEMVER = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
_DATE = re.compile(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(T.*)?")

Key = tuple[Any, ...]
T = TypeVar("T")


class Release(NamedTuple):
    """What is compared of a resource: its version, and its publication `date` as a fallback."""

    version: str | None
    date: str | None = None


def is_pattern(version: str) -> bool:
    """Whether a version has wildcard parts: `1.x`, `1.0.*`, `1.?.?`, or ends in `?`."""
    return version.endswith("?") or any(part in WILDCARDS for part in version.split("."))


def matches(wanted: str, version: str) -> bool:
    """Whether a reference to version `wanted` can mean `version`.

    An equal version always does. `x`, `X`, `*` and `?` stand for one part, and as the last part for all that
    follow; a `?` at the end of a part stands for anything that continues it. `major.minor` means any patch of it.
    A single number is a version of its own, never the beginning of another. A URI means what continues it after a
    slash, as SNOMED CT editions do (`http://snomed.info/sct/<edition>` → `…/version/<date>`).
    """
    if wanted == version:
        return True
    if is_pattern(wanted):
        return _matches_pattern(wanted, version)
    if "://" in wanted:
        return version.startswith(wanted.rstrip("/") + "/")
    parts = wanted.split(".")
    return len(parts) == 2 and all(_NUMBERS.fullmatch(p) for p in parts) and version.startswith(wanted + ".")


def _matches_pattern(wanted: str, version: str) -> bool:
    if wanted.endswith("?") and wanted[:-1] and not wanted.endswith(".?"):
        return version.startswith(wanted[:-1])
    pattern, parts = wanted.split("."), version.split(".")
    parts += [""] * (len(pattern) - len(parts))
    if len(parts) > len(pattern) and pattern[-1] not in WILDCARDS:
        return False
    return all(p in WILDCARDS or p == part for p, part in zip(pattern, parts, strict=False))


def ordered(items: Iterable[T], key: Callable[[T], Release], algorithm: str | None = None) -> list[T]:
    """The items, oldest first; those without a version come before all others.

    `algorithm` is a code of version-algorithm. Where it does not fit every version (or is not given), the first of
    integer, semver and date that does is used; where none does because the publisher changed the scheme, the dates of
    publication decide if all are known, and the natural order of the texts otherwise.
    """
    found = list(items)
    releases = [key(item) for item in found]
    keys = _keys(releases, algorithm)
    ranks = sorted(range(len(found)), key=lambda i: (0,) if releases[i].version is None else (1, *keys[i]))
    return [found[i] for i in ranks]


def compare(one: str, other: str, algorithm: str | None = None) -> int:
    """Negative when `one` is older than `other`, positive when it is newer, 0 when they rank alike."""
    first, second = _keys([Release(one), Release(other)], algorithm)
    return (first > second) - (first < second)


def _keys(releases: Sequence[Release], algorithm: str | None) -> list[Key]:
    versions = [r.version or "" for r in releases]
    stated = [v for v in versions if v]
    for name in (algorithm, "integer", "semver", "date"):
        rank = ALGORITHMS.get(name or "")
        if rank and all(rank(v) is not None for v in stated):
            return [rank(v) or () for v in versions]
    if releases and all(r.date for r in releases):
        return [((r.date or "")[:10], *natural_key(v)) for r, v in zip(releases, versions, strict=True)]
    return [natural_key(v) for v in versions]


def semver_key(version: str) -> Key | None:
    """Semantic Versioning 2.0, §11, where the patch may be missing; None for another text. Build labels do not rank."""
    found = _SEMVER.fullmatch(version)
    if not found:
        return None
    major, minor, patch, label = found.groups()
    identifiers = (
        [(0, _number(i), "") if _NUMBERS.fullmatch(i) else (1, 0, i) for i in label.split(".")] if label else []
    )
    return (_number(major), _number(minor), _number(patch or "0"), not label, *identifiers)


def date_key(version: str) -> Key | None:
    """An ISO date of any precision, with or without hyphens and time; None for another text."""
    found = _DATE.fullmatch(version)
    return tuple(part or "" for part in found.groups()) if found else None


def integer_key(version: str) -> Key | None:
    """A whole number; None for another text."""
    return (_number(version),) if _NUMBERS.fullmatch(version) else None


def natural_key(version: str) -> Key:
    """Runs of digits compare as numbers, everything else as text without regard to case."""
    return tuple((0, _number(run), "") if run.isdecimal() else (1, 0, run.casefold()) for run in _RUNS.findall(version))


def _number(digits: str) -> int:
    """Digits as a number: the first MOST_DIGITS of them, since Python refuses texts of very many."""
    return int(digits[:MOST_DIGITS])


def alpha_key(version: str) -> Key:
    """The text itself."""
    return (version,)


ALGORITHMS = MappingProxyType(
    {"semver": semver_key, "integer": integer_key, "date": date_key, "natural": natural_key, "alpha": alpha_key}
)
"""Codes of http://hl7.org/fhir/version-algorithm."""
