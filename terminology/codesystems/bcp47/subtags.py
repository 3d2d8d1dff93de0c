"""IANA's Language Subtag Registry (RFC 5646, section 3), read from an installed package when first needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from terminology.codesystems.installed import data_file

PACKAGE = "language-tags"
FILE = "language_tags/data/json/registry.json"


@dataclass(frozen=True, slots=True)
class Subtag:
    """One record. `text` is written as the registry does; `names` has the usual one first."""

    text: str
    names: tuple[str, ...]
    deprecated: bool = False

    @property
    def name(self) -> str:
        """The usual name."""
        return self.names[0]


class Subtags:
    """The subtags of one type, found without regard to case; private use is registered in ranges (`qaa..qtz`)."""

    def __init__(self, records: Iterable[Subtag]) -> None:
        self._single: dict[str, Subtag] = {}
        self._ranges: list[tuple[str, str, Subtag]] = []
        for record in records:
            low, _, high = record.text.lower().partition("..")
            if high:
                self._ranges.append((low, high, record))
            else:
                self._single[low] = record

    def get(self, text: str) -> Subtag | None:
        """The record of a subtag."""
        key = text.lower()
        return self._single.get(key) or next(
            (r for low, high, r in self._ranges if len(key) == len(low) and low <= key <= high), None
        )

    def all(self) -> Iterable[Subtag]:
        """Those that are not ranges, in the order of the registry."""
        return self._single.values()


@dataclass(frozen=True, slots=True)
class SubtagRegistry:
    """All subtags by type; `tags` are whole tags registered before there was a grammar (grandfathered, redundant)."""

    languages: Subtags
    extended: Subtags
    scripts: Subtags
    regions: Subtags
    variants: Subtags
    grandfathered: Subtags
    redundant: Subtags


def installed() -> Path:
    """The file. Raises TerminologyError unavailable when the package that carries it is not installed."""
    return data_file(PACKAGE, FILE)


def read(path: Path) -> SubtagRegistry:
    """Read the registry, as JSON of its records."""
    records: list[Mapping[str, Any]] = orjson.loads(path.read_bytes())

    def of(type_: str) -> Subtags:
        return Subtags(_subtag(record) for record in records if record["Type"] == type_)

    return SubtagRegistry(
        of("language"), of("extlang"), of("script"), of("region"), of("variant"), of("grandfathered"), of("redundant")
    )


def _subtag(record: Mapping[str, Any]) -> Subtag:
    return Subtag(record.get("Subtag") or record["Tag"], tuple(record["Description"]), "Deprecated" in record)
