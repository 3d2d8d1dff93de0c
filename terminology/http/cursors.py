"""Cursors of searches: the word `_cursor` in the links of a Bundle, which clients pass on unchanged.

A cursor names the match where a page ended and the generation in which the first page was made, so that writes between
two pages neither repeat a match nor leave one out (`store.resource_pages`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from terminology.operations.inputs import wrong_type
from terminology.store.queries import Place

NAME = "_cursor"
LARGEST = 2**62
"""The largest generation: databases have 64-bit numbers."""

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The matches after a place, or before it; `source` is 0 for stored resources and 1 for built-in ones."""

    generation: int
    source: int
    place: Place
    backwards: bool = False

    def __str__(self) -> str:
        written = orjson.dumps([self.generation, self.source, int(self.backwards), *self.place])
        return base64.urlsafe_b64encode(written).decode().rstrip("=")


def of(pairs: Pairs, length: int) -> Cursor | None:
    """The cursor of a request, whose places have `length` values.

    Raises TerminologyError invalid for a malformed one.
    """
    text = next((value for name, value in pairs if name == NAME and value), None)
    if text is None:
        return None
    try:
        match orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))):
            case [int(generation), 0 | 1 as source, 0 | 1 as backwards, *place] if (
                0 <= generation < LARGEST
                and len(place) == length
                and all(map(_is_value, place))
                and None not in place[-3:]
            ):
                return Cursor(generation, source, tuple(place), bool(backwards))
    except (binascii.Error, ValueError):
        pass
    raise wrong_type(NAME, "the cursor of a link for this search", text)


def _is_value(value: Any) -> bool:
    return value is None or (isinstance(value, str) and "\0" not in value)
