"""JSON templates: answers that differ only in a few texts are written once, and then filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import permutations
from operator import itemgetter, ne
from typing import Any

import orjson

from terminology.fhir.json import Json

Render = Callable[[Json], bytes]
"""Renders a resource (R5) as the client's JSON, in its release."""

Piece = bytes | int
"""A piece of JSON, or the number of the text to insert."""

QUOTED = 1000
"""Characters of a text up to which messages are sure to quote it whole."""

HOLE = re.compile(rb'"\\u0000hole (\d+)\\u0000"')


def hole(number: int) -> str:
    """A placeholder text that no content has: U+0000 is not allowed in FHIR's strings."""
    return f"\x00hole {number}\x00"


HOLES = tuple(map(hole, range(3)))
"""The placeholders that `cut` knows."""


def form(body: bytes) -> tuple[bytes, tuple[int, ...]]:
    """A body with `%b` (see `bytes.__mod__`) instead of each placeholder, and the numbers of these."""
    pieces = HOLE.split(body)
    return b"%b".join([piece.replace(b"%", b"%%") for piece in pieces[::2]]), tuple(map(int, pieces[1::2]))


def cut(body: bytes, holes: Sequence[str]) -> tuple[bytes, ...]:
    """The pieces of a body around these placeholders. Raises ValueError unless each occurs once, in this order."""
    pieces = cut_in_order(body, [*map(orjson.dumps, holes)])
    if any(orjson.dumps(hole) in piece for hole in HOLES for piece in pieces):
        raise ValueError(f"a hole is in {body!r} twice")
    return pieces


def cut_in_order(body: bytes, holes: Sequence[bytes]) -> tuple[bytes, ...]:
    """The pieces of a body around these byte strings. Raises ValueError unless they occur in this order."""
    pieces, rest = [], body
    for hole in holes:
        before, found, rest = rest.partition(hole)
        if not found:
            raise ValueError(f"{hole!r} is not in {body!r}, or not in this order")
        pieces.append(before)
    return (*pieces, rest)


def filled(pieces: Sequence[bytes], texts: Sequence[bytes]) -> bytes:
    """These texts between the pieces of a body."""
    return b"".join([part for both in zip(pieces, (*texts, b""), strict=True) for part in both])


class Family:
    """A template for answers that differ only in a few texts.

    Learned from two answers that have no text in common: if one, with its own texts removed, equals the other, the rest
    is what all such answers share. Texts are first looked for as whole strings, then anywhere in the JSON, as messages
    quote them. Threads may share it.
    """

    def __init__(self) -> None:
        self._examples: dict[bool, tuple[Sequence[bytes], tuple[Piece, ...]]] = {}
        """The last answer, by whether texts are whole strings."""
        self._template: tuple[bytes, Callable[[Sequence[bytes]], Any]] | None = None
        """With `%b` for each text, and what picks the texts for these."""

    def member(self, *texts: str) -> bytes | None:
        """The answer with these texts, once the template is known."""
        if (template := self._template) is None:
            return None
        body, pick = template
        filled: bytes = body % pick([orjson.dumps(text)[1:-1] for text in texts])
        return filled

    def learn(self, texts: Sequence[str], body: bytes) -> bytes:
        """Learn from an answer made the usual way, with the texts that are its own; returns it."""
        written = [orjson.dumps(text) for text in texts]
        if not self._learned(written, body, whole=True):
            self._learned([text[1:-1] for text in written], body, whole=False)
        return body

    def _learned(self, written: Sequence[bytes], body: bytes, *, whole: bool) -> bool:
        if any(one in other for one, other in permutations(written, 2)):
            return False
        pieces, example = _without(body, written), self._examples.get(whole)
        self._examples[whole] = written, pieces
        if example is None or pieces != example[1] or not all(map(ne, written, example[0])):
            return False
        self._template = _template(pieces, b'"%b"' if whole else b"%b")
        return True


def _template(pieces: Sequence[Piece], hole: bytes) -> tuple[bytes, Callable[[Sequence[bytes]], Any]]:
    body = b"".join([hole if isinstance(piece, int) else piece.replace(b"%", b"%%") for piece in pieces])
    numbers = [piece for piece in pieces if isinstance(piece, int)]
    return body, itemgetter(*numbers) if numbers else lambda _: ()


def _without(body: bytes, texts: Sequence[bytes]) -> tuple[Piece, ...]:
    """A body split at these texts, each represented by its number."""
    found: list[Piece] = [body]
    for number, text in enumerate(texts):
        found = [part for piece in found for part in _cut_at(piece, text, number)]
    return tuple(found)


def _cut_at(piece: Piece, text: bytes, number: int) -> list[Piece]:
    if isinstance(piece, int):
        return [piece]
    first, *others = piece.split(text)
    return [first, *(part for other in others for part in (number, other))]


class Parts:
    """Parameters written one by one, for answers assembled from many."""

    def __init__(self, render: Render) -> None:
        self._render = render
        around = self.whole([{"name": HOLES[0]}])
        self.start, _, self.end = around.partition(orjson.dumps({"name": HOLES[0]}))

    def whole(self, parameters: list[Json]) -> bytes:
        """A Parameters resource."""
        return self._render({"resourceType": "Parameters", "parameter": parameters})

    def of(self, parameters: list[Json]) -> bytes:
        """The JSON of parameters without the brackets around them."""
        return self.whole(parameters)[len(self.start) : -len(self.end)]
