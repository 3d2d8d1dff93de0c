"""The common base of code systems, value sets, concept maps and structures (R5, CanonicalResource)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.model.coding import Canonical
from terminology.model.concept import Extension

PublicationStatus = Literal["draft", "active", "retired", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalResource:
    """A resource identified by its url and version.

    The typed fields are what the engine uses. `resource` is the R5 JSON as published, empty for resources that were not
    published; `read` returns it, so that narrative and extensions survive.
    """

    url: str
    version: str | None = None
    id: str | None = None
    name: str | None = None
    title: str | None = None
    status: PublicationStatus = "active"
    experimental: bool | None = None
    date: str | None = None
    publisher: str | None = None
    description: str | None = None
    copyright: str | None = None
    language: str | None = None
    extensions: tuple[Extension, ...] = ()
    resource: bytes = b""

    @property
    def canonical(self) -> Canonical:
        """The url with the version."""
        return Canonical(self.url, self.version)
