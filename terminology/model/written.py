"""Concepts as lines of JSON: for answers that are assembled from what is stored, without decoding it.

What is written of many concepts alike is in shapes, which they share; the rest is their own. A shape is compared by
identity, so that what was made of it is found at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from terminology.model.concept import Designation, PropertyKind

LINE = b",\n  "
"""What separates lines: an indented array has one for each item. JSON strings have no line breaks of their own."""

Written = list[Any]
"""A property or designation in stored form. A property begins with its code, a designation with its value, followed by
its language if it has one. Only the system itself knows the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class TextShape:
    """What belongs to the texts of a concept: its code, its display, a definition if it has one, and designations.

    One that has no display (`is_named`) has no designations either, and its code in place of the display.
    """

    is_named: bool
    is_defined: bool
    designations: tuple[Designation, ...]
    """Without their texts."""
    repeating: tuple[int, ...]
    """The places of those whose text is that of the display."""


class Likeness(NamedTuple):
    """What properties of one code have in common that differ in their values alone, which are texts."""

    kind: PropertyKind
    others: bytes = b""
    """What is stored of extensions and other members, if there are any; never of codes."""


@dataclass(frozen=True, slots=True, eq=False)
class ValueShape:
    """The codes of a concept's properties, and what each is like; None for those that are written whole."""

    names: tuple[str, ...]
    likes: tuple[Likeness | None, ...]


class WrittenConcept(NamedTuple):
    """A concept that has a display, or neither that nor designations. Lines are empty bytes where there are none."""

    text_shape: TextShape
    value_shape: ValueShape
    texts: bytes
    """JSON strings: code, display, definition if any, and the text of each designation."""
    values: bytes
    """Of each property the value, if its likeness is known, or the whole in stored form."""
    parents: bytes
    """Codes as JSON strings."""
    children: bytes
    """The same."""
    inactive: bool
    abstract: bool

    @property
    def size(self) -> int:
        """Bytes of its own."""
        return len(self.texts) + len(self.values) + len(self.parents) + len(self.children)


def lines(texts: Sequence[str]) -> bytes:
    """JSON strings, one a line: in one call, since this is done with every concept that is read."""
    return orjson.dumps(texts, option=orjson.OPT_INDENT_2)[4:-2] if texts else b""
