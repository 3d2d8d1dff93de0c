"""What a canonical means: `StoreCatalogue(store, settings).for_request(context)` is a `model.protocols.Catalogue`.

A canonical may be stored, built in, or supplied with the request: `request` combines them, `choosing` chooses versions,
`snapshot` knows what is published now, `opened` caches what never changes, `supplied` builds what comes with a request,
`implicit` knows value sets and maps that are defined by url patterns. Contains no operation and no value-set logic.
"""

from terminology.catalogue.store import StoreCatalogue

__all__ = ["StoreCatalogue"]
