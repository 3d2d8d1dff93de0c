"""Checks and reads a value set's definition without looking anything up."""

from __future__ import annotations

from terminology.model.outcome import TerminologyError
from terminology.model.valueset import ConceptReference, ConceptSet, Contains, ValueSet


def refuse_nonsense(definition: ConceptSet) -> None:
    """Raise TerminologyError invalid for a definition that makes no sense."""
    if definition.system is None:
        if definition.concepts or definition.filters:
            raise _invalid(definition, "VALUESET_SYSTEM_MISSING", path=definition.path)
        if not definition.value_sets:
            raise _invalid(definition, "VALUESET_INCLUDE_EMPTY", path=definition.path)
    for f in definition.filters:
        if not f.value:
            raise TerminologyError.of(
                "invalid", "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE", detail="vs-invalid", expression=f.expression,
                system=definition.system or "", property=f.property, op=f.op,
            )  # fmt: skip


def _invalid(definition: ConceptSet, message: str, **arguments: str) -> TerminologyError:
    return TerminologyError.of("invalid", message, detail="vs-invalid", expression=(definition.path,), **arguments)


def stored_codes(value_set: ValueSet) -> list[ConceptSet]:
    """The codes of a stored expansion as includes that list them, one for each system and version."""
    grouped: dict[tuple[str, str | None], dict[str, ConceptReference]] = {}
    stack = list(reversed(value_set.expansion.contains)) if value_set.expansion else []
    while stack:
        entry: Contains = stack.pop()
        if entry.system and entry.code:
            reference = ConceptReference(entry.code, entry.display, entry.designations, entry.extensions)
            grouped.setdefault((entry.system, entry.version), {}).setdefault(entry.code, reference)
        stack.extend(reversed(entry.contains))
    return [
        ConceptSet(system, version, tuple(codes.values()), path="ValueSet.expansion")
        for (system, version), codes in grouped.items()
    ]
