"""JSON with holes: answers that are alike but for a few texts are written once, and then only filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from terminology.fhir.json import Json

Render = Callable[[Json], bytes]
"""A resource (R5) as the JSON that the client gets, in its release."""

HOLES = tuple(f"\x00hole {number}\x00" for number in range(3))
"""Texts that no content has: U+0000 is not allowed in FHIR's strings."""


def cut(body: bytes, holes: Sequence[str]) -> tuple[bytes, ...]:
    """The pieces of a body around these holes. Raises ValueError unless each is there once, in this order."""
    pieces, rest = [], body
    for hole in holes:
        before, found, rest = rest.partition(orjson.dumps(hole))
        if not found:
            raise ValueError(f"{hole!r} is not in {body!r}")
        pieces.append(before)
    if any(orjson.dumps(hole) in piece for hole in HOLES for piece in (*pieces, rest)):
        raise ValueError(f"a hole is in {body!r} twice")
    return (*pieces, rest)


class Parts:
    """Parameters, each written by itself, for answers that are put together from many."""

    def __init__(self, render: Render) -> None:
        self._render = render
        around = self.whole([{"name": HOLES[0]}])
        self.start, _, self.end = around.partition(orjson.dumps({"name": HOLES[0]}))

    def whole(self, parameters: list[Json]) -> bytes:
        """A Parameters resource."""
        return self._render({"resourceType": "Parameters", "parameter": parameters})

    def of(self, parameters: list[Json]) -> bytes:
        """What is between the brackets."""
        return self.whole(parameters)[len(self.start) : -len(self.end)]
