"""Writes pages of `$expand` around what all pages of an expansion have in common, which is written once.

Only for pages whose entries have a code and a display and nothing else; all others are rendered as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import orjson

from terminology.fhir.expansion import render_expansion
from terminology.model.results import ExpandResult
from terminology.model.valueset import Contains, Expansion, ExpansionParameter
from terminology.operations.templates import HOLES, Render, cut, cut_in_order
from valuesets.prepared import Prepared

PAGED = frozenset({"filter", "count", "offset"})
"""Parameters that a page echoes with values of its own."""
NUMBER = 7_000_000_000_000_000_000
"""Placeholders for the numbers of a page: no value set has this many codes."""
NOTHING_ELSE = Contains()[4:]
CODE, DISPLAY, _ = HOLES

Around = tuple[bytes, ...]


class Pages:
    """The pages of one expansion, in one release. Threads share it."""

    def __init__(self, made: Prepared, render: Render) -> None:
        self._made = made
        self._render = render
        self._frames: dict[tuple[object, ...], Around | None] = {}
        self._entries: dict[tuple[str | None, str | None], Around] = {}

    def write(self, result: ExpandResult) -> bytes:
        """One page."""
        expansion = result.expansion
        frame = self._frame(result) if self._is_plain(expansion) else None
        if frame is None:
            return self._render(render_expansion(result))
        texts = [*map(orjson.dumps, _own(expansion)), b",".join(map(self._entry, expansion.contains))]
        pieces = [piece for pair in zip(frame, texts, strict=False) for piece in pair]
        return b"".join((*pieces, frame[-1]))

    def _is_plain(self, expansion: Expansion) -> bool:
        return (
            expansion.extensions is self._made.closing
            and not self._made.echo.supplements
            and bool(expansion.contains)
            and not expansion.properties
            and all(entry.code and entry.display and entry[4:] == NOTHING_ELSE for entry in expansion.contains)
        )

    def _frame(self, result: ExpandResult) -> Around | None:
        """The text around the variable parts of a page like this one; None where these are not in this order."""
        expansion = result.expansion
        names = [parameter.name for parameter in expansion.parameters]
        key = expansion.total is None, expansion.offset is None, *names
        if key not in self._frames:
            self._frames[key] = self._write_frame(result)
        return self._frames[key]

    def _write_frame(self, result: ExpandResult) -> Around | None:
        expansion = result.expansion
        parameters = tuple(
            ExpansionParameter(one.name, one.kind, _hole(place, one.value)) if one.name in PAGED else one
            for place, one in enumerate(expansion.parameters)
        )
        like = replace(
            expansion,
            identifier=HOLES[0],
            timestamp=HOLES[1],
            total=None if expansion.total is None else NUMBER - 1,
            offset=None if expansion.offset is None else NUMBER - 2,
            parameters=parameters,
            contains=(Contains(code=HOLES[2]),),
        )
        body = self._render(render_expansion(replace(result, expansion=like)))
        try:
            return cut_in_order(body, [*map(orjson.dumps, _own(like)), orjson.dumps({"code": HOLES[2]})])
        except ValueError:
            return None

    def _entry(self, entry: Contains) -> bytes:
        key = entry[:2]
        around = self._entries.get(key)
        if around is None:
            around = self._entries[key] = self._write_entry(*key)
        return b"".join((around[0], orjson.dumps(entry.code), around[1], orjson.dumps(entry.display), around[2]))

    def _write_entry(self, system: str | None, version: str | None) -> Around:
        one = Contains(system, version, CODE, DISPLAY)
        whole = ExpandResult(self._made.plan.value_set, Expansion(identifier="", timestamp="", contains=(one,)))
        written = orjson.loads(self._render(render_expansion(whole)))["expansion"]["contains"][0]
        return cut(orjson.dumps(written), (CODE, DISPLAY))


def _own(expansion: Expansion) -> Sequence[str | int]:
    """The variable parts of a page except its entries, in the order in which they are written."""
    numbers = [number for number in (expansion.total, expansion.offset) if number is not None]
    paged = [parameter.value for parameter in expansion.parameters if parameter.name in PAGED]
    return [expansion.identifier, expansion.timestamp, *numbers, *paged]


def _hole(place: int, value: str | int | bool) -> str | int:
    return f"\0text {place}\0" if isinstance(value, str) else NUMBER + place
