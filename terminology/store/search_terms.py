"""Building blocks of search conditions: SQL and its values, by value and modifier. Knows no table.

Strings are compared ignoring case and accents (FHIR R5, 3.2.1.5.6); dates are periods, see `dates`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from terminology.model.outcome import TerminologyError
from terminology.store import dates
from terminology.store.queries import Modifier

Sql = tuple[str, tuple[str, ...]]
"""A condition and its values."""
Match = Callable[[str, Modifier], Sql]
"""From one value of a parameter, and its modifier, to what it asks."""

STRING: frozenset[Modifier] = frozenset({"", "exact", "contains", "missing"})
TOKEN: frozenset[Modifier] = frozenset({"", "not", "missing"})
PLAIN: frozenset[Modifier] = frozenset({""})


@dataclass(frozen=True, slots=True)
class Predicate:
    """One searchable field. `missing` is the condition of rows without it; "" if that cannot be searched for."""

    match: Match
    missing: str = ""
    modifiers: frozenset[Modifier] = PLAIN


def folded(text: str) -> str:
    """A text as searches compare it: no case, no accents, compatible characters alike."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def literally(text: str) -> str:
    """A text for LIKE with ESCAPE '!', in which no character is a wildcard."""
    for character in "!%_":
        text = text.replace(character, f"!{character}")
    return text


def dated(low: str, high: str) -> Match:
    """A date in, before or after the period of two columns. Raises TerminologyError invalid for what is no date."""

    def match(value: str, _: Modifier) -> Sql:
        try:
            condition, values = dates.condition(value)
        except ValueError as error:
            raise TerminologyError.of("invalid", "STORE_DATE_INVALID", value=value) from error
        return condition.replace("date_low", low).replace("date_high", high), values

    return match


def joined(operator: str, conditions: Sequence[str]) -> str:
    """Conditions joined by an operator. Halves are bracketed, since SQLite refuses expressions 1000 levels deep."""
    if len(conditions) < 3:
        return f" {operator} ".join(conditions)
    half = len(conditions) // 2
    return f"({joined(operator, conditions[:half])}) {operator} ({joined(operator, conditions[half:])})"
