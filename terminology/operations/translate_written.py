"""Writes `$translate` answers around the texts of their matches: all else in a match is written once for many.

Only for answers without a message, and matches that name no source; all others are rendered as usual.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from terminology.model.conceptmap import MappingAttribute
from terminology.model.remembering import Memo
from terminology.model.results import Match, TranslateResult
from terminology.operations.rendering import Output
from terminology.operations.templates import HOLES, Parts, Render, cut
from terminology.operations.translate_response import attribute_parts, attributes_of, head, match_parts, response, tail

KINDS = 1024
"""Matches with the same relationship and systems, and attributes of the same name, for each map and FHIR release."""
CODE, DISPLAY, TEXT = HOLES
SIMPLE = frozenset({str, int, bool})
"""Types of values: texts are put in, the others are few."""
MARK = MappingAttribute(TEXT)
"""Stands for the attributes of a match."""

Around = tuple[bytes, ...]


class Answers:
    """Writes answers in one FHIR release. Threads share it."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._parts = Parts(render)
        part = {"name": TEXT}
        around = self._parts.of([{"name": "match", "part": [part]}])
        self._start, _, self._end = around.partition(orjson.dumps(part))
        self._outside: Memo[TranslateResult, tuple[list[bytes], list[bytes]]] = Memo(self._write_outside, KINDS)
        self._matches: dict[tuple[object, ...], Around] = {}
        self._attributes: dict[tuple[object, ...], Around] = {}

    def write(self, result: TranslateResult) -> bytes:
        """The whole answer."""
        if result.message is not None:
            return self._render(response(result))
        before, after = self._outside[replace(result, matches=())]
        parts = [*before, *map(self._match, result.matches), *after]
        return b"".join((self._parts.start, b",".join(parts), self._parts.end))

    def _write_outside(self, result: TranslateResult) -> tuple[list[bytes], list[bytes]]:
        """What stands before the matches, and behind them."""
        before, after = head(result).parameters, tail(result).parameters
        return [self._parts.of(before)], [self._parts.of(after)] if after else []

    def _match(self, match: Match) -> bytes:
        concept, mapping = match.concept, match.mapping
        if match.source is not None or not concept.code:
            return self._write(match)
        texts = [concept.code] if concept.display is None else [concept.code, concept.display]
        written = [*map(orjson.dumps, texts)]
        if attributes := [one for one in [self._attribute(*named) for named in attributes_of(mapping)] if one]:
            written.append(b",".join(attributes))
        kind = (
            len(texts), bool(attributes), mapping.relationship, concept.system, concept.version, match.concept_map
        )  # fmt: skip
        around = self._matches.get(kind) or _keep(self._matches, kind, self._write_match(match, bool(attributes)))
        pieces = [piece for pair in zip(around, written, strict=False) for piece in pair]
        return b"".join((*pieces, around[-1]))

    def _write_match(self, match: Match, has_attributes: bool) -> Around:
        """What is around code, display and attributes of matches like this one."""
        named = match.concept.display is not None
        concept = replace(match.concept, code=CODE, display=DISPLAY if named else None)
        mapping = replace(match.mapping, properties=(MARK,) if has_attributes else (), products=(), depends_on=())
        body = self._write(replace(match, concept=concept, mapping=mapping))
        if has_attributes:
            body = body.replace(self._write_attribute("property", MARK), orjson.dumps(TEXT))
        return cut(body, [CODE, *([DISPLAY] if named else []), *([TEXT] if has_attributes else [])])

    def _attribute(self, name: str, attribute: MappingAttribute) -> bytes:
        """An attribute; nothing where the release has none of this name."""
        value = attribute.value
        if value is not None and type(value) not in SIMPLE:
            return self._write_attribute(name, attribute)
        text = type(value) is str
        kind = name, attribute.attribute, attribute.kind, None if text else (type(value), value)
        around = self._attributes.get(kind)
        if around is None:
            written = self._write_attribute(name, replace(attribute, value=TEXT) if text else attribute)
            around = _keep(self._attributes, kind, cut(written, (TEXT,)) if text and written else (written,))
        return orjson.dumps(value).join(around) if text else around[0]

    def _write_attribute(self, name: str, attribute: MappingAttribute) -> bytes:
        parts = Output().add_parts(name, attribute_parts(attribute))
        return self._parts.of(Output().add_parts("match", parts).parameters)[len(self._start) : -len(self._end)]

    def _write(self, match: Match) -> bytes:
        return self._parts.of(Output().add_parts("match", match_parts(match)).parameters)


def _keep(kept: dict[tuple[object, ...], Around], kind: tuple[object, ...], around: Around) -> Around:
    if len(kept) >= KINDS:
        kept.clear()
    kept[kind] = around
    return around
