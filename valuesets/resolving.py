"""Finding the value set a request is about."""

from __future__ import annotations

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import VersionRules
from terminology.model.valueset import ValueSet
from valuesets.versions import check_value_set, choose_asked


def resolved(catalogue: Catalogue, asked: ValueSet | Canonical, rules: VersionRules) -> ValueSet:
    """The value set itself, in the version that the rules want where the reference states none.

    Raises TerminologyError not-found for a reference to one that is not there, invalid for one whose version is not
    allowed.
    """
    if isinstance(asked, ValueSet):
        return asked
    reference, _ = choose_asked(rules, asked)
    found = catalogue.value_set(reference)
    if found is None:
        raise TerminologyError.of("not-found", "Unable_to_resolve_value_Set_", detail="not-found", url=str(reference))
    if issue := check_value_set(rules, found.canonical):
        raise TerminologyError("invalid", issue)
    return found
