"""Identifiers of systems as naming systems publish them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueId:
    """One identifier of a system. `type` is a code of naming-system-identifier-type; OIDs and UUIDs are without `urn:`.

    `start` and `end` are FHIR dates as published; `preferred` is False where nothing is stated.
    """

    type: str
    value: str
    preferred: bool = False
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class NamedSystem:
    """The identifiers of one system, in the order of its naming system."""

    ids: tuple[UniqueId, ...]
