"""What a canonical means: `StoreCatalogue(store, settings).for_request(context)` is a `model.protocols.Catalogue`.

Stored, built in, or supplied with the request: `request` brings them together, `choosing` says which version is
meant, `snapshot` what is published now, `opened` keeps what never changes, `supplied` builds what travels with a
request, `implicit` knows value sets that nobody wrote down. No operation and no value-set logic is here.
"""

from terminology.catalogue.store import StoreCatalogue

__all__ = ["StoreCatalogue"]
