"""References to codes and to canonical resources: the smallest nouns of the model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Canonical:
    """A canonical URL with an optional version (FHIR R5, 2.1.27.0.5 `canonical`)."""

    url: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> Canonical:
        """Read `url|version`; a fragment (`#id`) stays part of the url."""
        url, _, version = text.partition("|")
        return cls(url, version or None)

    def __str__(self) -> str:
        return f"{self.url}|{self.version}" if self.version else self.url


@dataclass(frozen=True, slots=True)
class Coding:
    """A code in a system, as FHIR's Coding: every element may be absent in what clients send."""

    system: str | None = None
    code: str | None = None
    version: str | None = None
    display: str | None = None
    user_selected: bool | None = None


@dataclass(frozen=True, slots=True)
class CodeableConcept:
    """Alternative codings of one meaning, with the text the user saw."""

    codings: tuple[Coding, ...] = ()
    text: str | None = None
