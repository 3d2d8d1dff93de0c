"""A manifest: a Library that says which versions to use, and with which parameters to expand (CRMI, R6 `manifest`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terminology.model.coding import Canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`parameters` are those of its expansion parameters, in JSON. `versions` are what it names with a version."""

    url: str
    version: str | None = None
    parameters: tuple[Mapping[str, Any], ...] = ()
    versions: tuple[Canonical, ...] = ()

    @property
    def canonical(self) -> Canonical:
        """Its url with its version."""
        return Canonical(self.url, self.version)
