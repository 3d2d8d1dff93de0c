"""`$lookup` answers put together from parts that are written already: most of one is said of many other codes, too.

A property and its value, the use and language of a designation, all that is said of the system: each is shaped by
`lookup_response` once, and kept as JSON. Which parts an answer has is `lookup_parts`' to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from terminology.model.concept import Concept, Property
from terminology.model.protocols import CodeSystem, KeepsWritten, Written, WrittenConcept
from terminology.model.results import LookupResult
from terminology.model.status import property_code
from terminology.operations.lookup_parts import Implied, Wanted, implied, is_repeated
from terminology.operations.lookup_response import designation, head, property_
from terminology.operations.rendering import Output
from terminology.operations.templates import HOLES, Parts, Render, cut
from terminology.store.cache import BoundedCache
from valuesets.languages import Term

KEPT_BYTES = 2 * 1024 * 1024
"""Of properties, for each system and release."""
OVERHEAD = 300
HEADS = 8
DESIGNATIONS = 1024
CODE, DISPLAY, DEFINITION = HOLES
OWN = b""
"""The display, said as the designation that it is in the system's language."""

PropertyKey = Implied | bytes
"""A property that follows from others, or one that is stated, as it is stored."""


class Writing:
    """Answers about one system, in one release. Threads share it."""

    def __init__(self, system: CodeSystem, concepts: KeepsWritten, render: Render) -> None:
        """`concepts` is the same system."""
        self._system = system
        self._concepts = concepts
        self._wanted = Wanted((), system.metadata.unasked)
        self._inactive = property_code(system.metadata, "inactive")
        self._parts = Parts(render)
        self._heads: BoundedCache[tuple[bool, bool], tuple[bytes, ...]] = BoundedCache(HEADS)
        self._designations: BoundedCache[bytes, tuple[bytes, ...]] = BoundedCache(DESIGNATIONS)
        self._properties: BoundedCache[PropertyKey, bytes] = BoundedCache(KEPT_BYTES)

    def answer(self, code: str | None) -> bytes | None:
        """All of it. None for a code that is not there, or has no display."""
        concept = self._concepts.written(code) if code else None
        if concept is None or not concept.display:
            return None
        parts = [self._head(concept)]
        if self._wanted.holds("designation"):
            parts += self._written_designations(concept)
        parts += self._written_properties([*self._keys(concept)])
        return b"".join((self._parts.start, b",".join(parts), self._parts.end))

    def _head(self, concept: WrittenConcept) -> bytes:
        definition = concept.definition if self._wanted.holds("definition") else None
        key = definition is None, concept.abstract
        kept = self._heads.get(key)
        pieces = self._heads.put(key, self._write_head(*key), 1) if kept is None else kept[0]
        code, display = orjson.dumps(concept.code), orjson.dumps(concept.display)
        if definition is None:
            return b"".join((pieces[0], code, pieces[1], display, pieces[2]))
        return b"".join((pieces[0], code, pieces[1], display, pieces[2], orjson.dumps(definition), pieces[3]))

    def _write_head(self, undefined: bool, abstract: bool) -> tuple[bytes, ...]:
        concept = Concept(CODE, DISPLAY, None if undefined else DEFINITION)
        result = LookupResult(
            code_system=self._system.metadata, concept=concept, display=DISPLAY, designations=(), properties=(),
            inactive=False, abstract=abstract,
        )  # fmt: skip
        return cut(self._parts.of(head(result).parameters), HOLES[:2] if undefined else HOLES)

    def _written_designations(self, concept: WrittenConcept) -> Iterator[bytes]:
        display, language = concept.display or "", self._system.metadata.language
        if language and not is_repeated(display, language, map(_named, concept.designations)):
            yield self._said(OWN, display)
        for value, *others in concept.designations:
            yield self._said(orjson.dumps(others), value)

    def _said(self, key: bytes, text: str) -> bytes:
        """A designation; those that are alike but for their texts are written once."""
        kept = self._designations.get(key)
        before, after = self._around(key) if kept is None else kept[0]
        return b"".join((before, orjson.dumps(text), after))

    def _around(self, key: bytes) -> tuple[bytes, ...]:
        if key == OWN:
            item = Term(CODE, self._system.metadata.language).as_designation()
        else:
            item = self._concepts.designation_of([CODE, *orjson.loads(key)])
        return self._designations.put(key, cut(self._write("designation", designation(item)), (CODE,)), 1)

    def _keys(self, concept: WrittenConcept) -> Iterator[PropertyKey]:
        wanted = self._wanted
        yield from (orjson.dumps(item) for item in concept.properties if wanted.holds(item[0]))
        stated = {item[0] for item in concept.properties}
        yield from implied(stated, wanted, (self._inactive, concept.inactive), concept.parents, concept.children)

    def _written_properties(self, keys: Sequence[PropertyKey]) -> list[bytes]:
        """Those that are not there yet are described together, since that may take a statement."""
        found = [self._properties.get(key) for key in keys]
        if None not in found:
            return [kept[0] for kept in found if kept is not None]
        properties = [self._property(key) for key in keys]
        written = []
        for key, described in zip(keys, self._system.described(properties), strict=True):
            body = self._write("property", property_(described))
            written.append(self._properties.put(key, body, len(body) + OVERHEAD))
        return written

    def _property(self, key: PropertyKey) -> Property:
        return Property(*key) if isinstance(key, Implied) else self._concepts.property_of(orjson.loads(key))

    def _write(self, name: str, parts: Output) -> bytes:
        return self._parts.of(Output().add_parts(name, parts).parameters)


def _named(written: Written) -> tuple[str, str | None]:
    return written[0], written[1] if len(written) > 1 else None
