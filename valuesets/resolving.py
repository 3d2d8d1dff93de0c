"""Finding the value set a request is about."""

from __future__ import annotations

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.valueset import ValueSet


def resolved(catalogue: Catalogue, asked: ValueSet | Canonical) -> ValueSet:
    """The value set itself. Raises TerminologyError not-found for a reference to one that is not there."""
    if isinstance(asked, ValueSet):
        return asked
    found = catalogue.value_set(asked)
    if found is None:
        raise TerminologyError.of("not-found", "Unable_to_resolve_value_Set_", detail="not-found", url=str(asked))
    return found
