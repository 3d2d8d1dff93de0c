"""The catalogue of a store: one for the life of a process, from which each request gets its own view."""

from __future__ import annotations

from terminology.catalogue.choosing import Preferences
from terminology.catalogue.licences import Licences
from terminology.catalogue.opened import Opened
from terminology.catalogue.request import RequestCatalogue
from terminology.catalogue.snapshot import Snapshot
from terminology.catalogue.supplied import SuppliedSystems
from terminology.codesystems import registry
from terminology.model.protocols import CatalogueEntry
from terminology.model.requests import RequestContext
from terminology.settings import Settings
from terminology.store.protocol import Store


class StoreCatalogue:
    """What a store holds, and the caches over it. Threads share it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._preferences = Preferences(settings)
        self.licences = Licences(settings)
        self._opened = Opened(store)
        self._supplied = SuppliedSystems()
        self._snapshot = Snapshot(store, generation=-1)

    def for_request(self, context: RequestContext) -> RequestCatalogue:
        """The view of one request: one statement, which notices that something was published."""
        generation = self._store.generation()
        snapshot = self._snapshot
        if snapshot.generation != generation:
            snapshot = self._snapshot = Snapshot(self._store, generation)
        return RequestCatalogue(context, snapshot, self._opened, self._supplied, self._preferences, self.licences)

    def entries(self, context: RequestContext | None = None) -> list[CatalogueEntry]:
        """Every code system version that is loaded or built in, by url; versions from the oldest to the newest."""
        view = self.for_request(context or RequestContext())
        urls = sorted({*(entry.url for entry in self._store.versions()), *registry.BUILTIN})
        return [entry for url in urls for entry in view.entries(url)]
