"""Names of code systems: canonicals, and the OIDs and other names that stand for them.

Combines names from the request, the store and built-in systems. Does not choose versions.
"""

from __future__ import annotations

from collections.abc import Sequence

from terminology.catalogue.snapshot import Snapshot
from terminology.codesystems import registry
from terminology.model.codesystem import CodeSystemMetadata


class SystemNames:
    """The names that apply to one request; `supplied` are the headers of the systems it supplies."""

    def __init__(self, supplied: Sequence[CodeSystemMetadata], snapshot: Snapshot) -> None:
        self._supplied = supplied
        self._snapshot = snapshot

    def canonical_of(self, name: str) -> str:
        """See Catalogue. Supplied systems come first, then a system that has exactly this url."""
        if name.startswith("urn:"):
            brought = next((header.url for header in self._supplied if name in header.identifiers), None)
            if brought is not None:
                return brought
        return name if self._is_here(name) else self._snapshot.canonical_of(name) or name

    def names_of(self, url: str) -> Sequence[str]:
        """See Catalogue."""
        canonical = self.canonical_of(url)
        brought = [name for header in self._supplied if header.url == canonical for name in header.identifiers]
        urns = [name for name in brought if name.startswith("urn:")]
        return tuple(dict.fromkeys((canonical, *urns, *self._snapshot.names_of(canonical))))

    def _is_here(self, url: str) -> bool:
        return (
            bool(self._snapshot.versions(url))
            or any(header.url == url for header in self._supplied)
            or registry.builtin(url) is not None
        )
