"""Pages of a Bundle: `_count`, `_offset`, and the links that lead from one to the next (R5, 3.2.1.3.4).

An offset counts matches in an order that is total, so a link means the same until something is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from terminology.fhir.elements import integer_of
from terminology.fhir.json import Json
from terminology.operations.inputs import wrong_type

DEFAULT_COUNT = 50
MOST = 1000
OWN = frozenset({"_offset", "_count"})

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the matches is wanted."""

    offset: int
    count: int

    @classmethod
    def of(cls, pairs: Pairs) -> Page:
        """Read the parameters. Raises TerminologyError invalid for what is no number; a high count is lowered."""
        given = dict(reversed([pair for pair in pairs if pair[0] in OWN]))
        return cls(_number(given, "_offset", 0), min(_number(given, "_count", DEFAULT_COUNT), MOST))

    def links(self, url: str, pairs: Pairs, *, more: bool) -> list[Json]:
        """`self`, and `next` and `previous` where there are such pages."""
        asked = [(key, value) for key, value in pairs if key not in OWN]

        def link(relation: str, offset: int) -> Json:
            parameters = [*asked, ("_count", str(self.count))]
            if offset:
                parameters.append(("_offset", str(offset)))
            return {"relation": relation, "url": f"{url}?{urlencode(parameters)}"}

        links = [link("self", self.offset)]
        if self.count and more:
            links.append(link("next", self.offset + self.count))
        if self.count and self.offset:
            links.append(link("previous", max(0, self.offset - self.count)))
        return links


def _number(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    number = integer_of(text)
    if number is None or number < 0:
        raise wrong_type(name, "an integer of 0 or more", text)
    return number
