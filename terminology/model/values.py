"""Values of properties as text, in one normal form: the key of value bitmaps, and what filters compare.

A Coding is represented by its code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from terminology.model.coding import Coding
from terminology.model.concept import Property


def value_key(value: Property) -> str:
    """The text of a stored value."""
    if isinstance(value.value, Coding):
        return value.value.code or ""
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    return normal_text(value.kind, str(value.value))


def normal_text(kind: str | None, text: str) -> str:
    """A value as written by a person, in the form `value_key` gives; unreadable values stay as they are.

    Numbers lose superfluous zeros and signs (`+1.50` → `1.5`), dateTimes with a zone become UTC.
    """
    match kind:
        case "integer" | "decimal":
            return _number(text)
        case "dateTime":
            return _date(text)
        case _:
            return text


def _number(text: str) -> str:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return text
    if not value.is_finite() or abs(value.adjusted()) > 64:
        return text
    return format(value.normalize(), "f") if value else "0"


def _date(text: str) -> str:
    if "T" not in text:
        return text
    try:
        moment = datetime.fromisoformat(text)
        universal = moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # no such day, or a moment before the year 1 in UTC
        return text
    return universal.isoformat().replace("+00:00", "Z") if universal else text
