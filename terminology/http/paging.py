"""Pages of a Bundle: `_count` and the links from one to the next (R5, 3.2.1.3.4).

Links stay valid whatever is written meanwhile. A search continues from a `cursors.Cursor`; a history, in which nothing
ever changes, from an `_offset` in the state when its first page was made (`_generation`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from terminology.fhir.elements import integer_of
from terminology.fhir.json import Json
from terminology.http import cursors
from terminology.operations.inputs import wrong_type

DEFAULT_COUNT = 50
MOST = 1000
GENERATION = "_generation"
OWN = frozenset({"_offset", "_count", GENERATION, cursors.NAME})

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """The requested part of the matches."""

    offset: int
    count: int
    generation: int | None = None

    @classmethod
    def of(cls, pairs: Pairs) -> Page:
        """Read the parameters. Raises TerminologyError invalid for invalid numbers; a high count is lowered."""
        given = dict(reversed([pair for pair in pairs if pair[0] in OWN]))
        generation = _number(given, GENERATION, 0) if given.get(GENERATION) else None
        return cls(_number(given, "_offset", 0), min(_number(given, "_count", DEFAULT_COUNT), MOST), generation)


def link(relation: str, url: str, pairs: Pairs, count: int, **place: object) -> Json:
    """A link to another page; `place` are the parameters that differ."""
    asked = [(key, value) for key, value in pairs if key not in OWN]
    parameters = [*asked, ("_count", str(count)), *((key, str(value)) for key, value in place.items() if value)]
    return {"relation": relation, "url": f"{url}?{urlencode(parameters)}"}


def _number(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    number = integer_of(text)
    if number is None or number < 0:
        raise wrong_type(name, "an integer of 0 or more", text)
    return number
