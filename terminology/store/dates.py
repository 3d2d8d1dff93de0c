"""FHIR dates as periods that compare as text, and the conditions of date search prefixes (R5, 3.2.1.5.9).

`2024-05` is the period from its first to its last moment. Times with an offset are converted to UTC; without one they
are taken as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
FIRST = "-01-01T00:00:00.000000"
LAST = "-12-31T23:59:59.999999"
YEAR_DIGITS = 4

Period = tuple[str, str]


def period(text: str) -> Period:
    """The first and the last moment of a FHIR date, dateTime or instant. Raises ValueError for anything else."""
    if DATE.fullmatch(text):
        tail = len(text) - YEAR_DIGITS
        return text + FIRST[tail:], text + LAST[tail:]
    if "T" not in text:
        raise ValueError(f"'{text}' is not a FHIR date")
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    whole = moment.replace(tzinfo=None).isoformat(timespec="microseconds")
    return whole, whole if "." in text else whole[:-6] + "999999"


def _within(low: str, high: str) -> tuple[str, tuple[str, ...]]:
    return "(date_low >= ? AND date_high <= ?)", (low, high)


CONDITIONS: Mapping[str, Callable[[str, str], tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "eq": _within,
        "ne": lambda low, high: ("NOT (date_low >= ? AND date_high <= ?)", (low, high)),
        "gt": lambda _, high: ("date_high > ?", (high,)),
        "lt": lambda low, _: ("date_low < ?", (low,)),
        "ge": lambda low, high: ("(date_high > ? OR (date_low >= ? AND date_high <= ?))", (high, low, high)),
        "le": lambda low, high: ("(date_low < ? OR (date_low >= ? AND date_high <= ?))", (low, low, high)),
        "sa": lambda _, high: ("date_low > ?", (high,)),
        "eb": lambda low, _: ("date_high < ?", (low,)),
        "ap": lambda low, high: ("(date_low <= ? AND date_high >= ?)", (high, low)),
    }
)
"""By prefix: from the searched period to a condition on the columns date_low and date_high, with its values."""


def condition(value: str) -> tuple[str, tuple[str, ...]]:
    """The condition of a search value such as `ge2024-05`. Raises ValueError for one that is no date."""
    prefix, text = (value[:2], value[2:]) if value[:2] in CONDITIONS else ("eq", value)
    return CONDITIONS[prefix](*period(text))
