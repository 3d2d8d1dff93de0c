"""Parses filter values for all operators: a list, a boolean or a concept; reports what is wrong with others."""

from __future__ import annotations

from terminology.codesystems.filters.attributes import CODE, FALSE, TRUE
from terminology.codesystems.filters.naming import attribute
from terminology.codesystems.indexed import Indexed
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.valueset import Filter


def listed(f: Filter) -> list[str]:
    """The items of a comma-separated list."""
    return [item.strip() for item in f.value.split(",") if item.strip()]


def truth(system: Indexed, f: Filter) -> bool:
    """A boolean, written as FHIR writes it. Raises TerminologyError."""
    if f.value in {TRUE, FALSE}:
        return f.value == TRUE
    raise refusal("FILTER_VALUE_NOT_BOOLEAN", system, f)


def concept(system: Indexed, f: Filter) -> str:
    """The code a hierarchical filter starts from. Raises TerminologyError for a property that has no hierarchy."""
    if attribute(system, f) is not CODE:
        raise refusal("FILTER_PROPERTY_NOT_CONCEPT", system, f)
    return f.value


def refusal(message_id: str, system: Indexed, f: Filter, **arguments: str) -> TerminologyError:
    """An error about a filter, as invalid content of the value set."""
    described = {"system": system.metadata.url, "property": f.property, "op": f.op, "value": f.value, **arguments}
    return TerminologyError("invalid", Issue("error", "invalid", message_id, described, "vs-invalid", f.expression))
