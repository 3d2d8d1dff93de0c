"""Writes `$lookup` answers from cached parts, since most of an answer is the same for many codes.

A property and its value, the use and language of a designation, the header of the system: each is rendered by
`lookup_response` once and kept as JSON. `lookup_parts` decides which parts an answer has.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from terminology.model.concept import Concept, Property
from terminology.model.protocols import CodeSystem, KeepsWritten, Written, WrittenConcept
from terminology.model.remembering import Memo
from terminology.model.results import LookupResult
from terminology.model.status import property_code
from terminology.operations.lookup_parts import Implied, Wanted, is_implied, is_repeated
from terminology.operations.lookup_response import designation, head, property_
from terminology.operations.rendering import Output
from terminology.operations.templates import HOLES, Parts, Render, cut
from valuesets.languages import Term

HEADS = 8
DESIGNATIONS = 1024
LINKS = 1024
PROPERTIES = 2048
"""Cached properties that are not links to other codes, for each system and release."""
SHORT = 100
"""Bytes of those; longer ones (texts) are hardly shared by concepts."""
CODE, DISPLAY, DEFINITION = HOLES
OWN = b""
"""Key of the display as a designation in the system's language."""


class Writing:
    """Writes answers about one system, in one FHIR release. Threads share it."""

    def __init__(self, system: CodeSystem, concepts: KeepsWritten, render: Render) -> None:
        """`concepts` is the same system."""
        self._system = system
        self._concepts = concepts
        self._wanted = Wanted((), system.metadata.unasked)
        self._inactive = property_code(system.metadata, "inactive")
        self._parts = Parts(render)
        self._shows_designations = self._wanted.holds("designation")
        self._shows_definition = self._wanted.holds("definition")
        self._heads = Memo(self._write_head, HEADS)
        self._designations = Memo(self._write_designation, DESIGNATIONS)
        self._properties = Memo(self._write_property, PROPERTIES)
        self._links = Memo(self._write_link, LINKS)

    def answer(self, code: str | None) -> bytes | None:
        """The whole answer; None for a code that does not exist, or has no display."""
        concept = self._concepts.written(code) if code else None
        if concept is None or not concept.display:
            return None
        parts = [self._head(concept)]
        if self._shows_designations:
            parts += self._written_designations(concept)
        parts += self._written_properties(concept)
        return b"".join((self._parts.start, b",".join(parts), self._parts.end))

    def _head(self, concept: WrittenConcept) -> bytes:
        definition = concept.definition if self._shows_definition else None
        pieces = self._heads[definition is None, concept.abstract]
        code, display = orjson.dumps(concept.code), orjson.dumps(concept.display)
        if definition is None:
            return b"".join((pieces[0], code, pieces[1], display, pieces[2]))
        return b"".join((pieces[0], code, pieces[1], display, pieces[2], orjson.dumps(definition), pieces[3]))

    def _write_head(self, kind: tuple[bool, bool]) -> tuple[bytes, ...]:
        undefined, abstract = kind
        concept = Concept(CODE, DISPLAY, None if undefined else DEFINITION)
        result = LookupResult(
            code_system=self._system.metadata, concept=concept, display=DISPLAY, designations=(), properties=(),
            inactive=False, abstract=abstract,
        )  # fmt: skip
        return cut(self._parts.of(head(result).parameters), HOLES[:2] if undefined else HOLES)

    def _written_designations(self, concept: WrittenConcept) -> list[bytes]:
        display, language = concept.display or "", self._system.metadata.language
        found = [(orjson.dumps(others), value) for value, *others in concept.designations]
        if language and not is_repeated(display, language, map(_named, concept.designations)):
            found.insert(0, (OWN, display))
        around = self._designations
        return [around[key][0] + orjson.dumps(text) + around[key][1] for key, text in found]

    def _write_designation(self, key: bytes) -> tuple[bytes, ...]:
        """The JSON around the text of a designation."""
        if key == OWN:
            item = Term(CODE, self._system.metadata.language).as_designation()
        else:
            item = self._concepts.designation_of([CODE, *orjson.loads(key)])
        return cut(self._write("designation", designation(item)), (CODE,))

    def _written_properties(self, concept: WrittenConcept) -> list[bytes]:
        """As `implied` has them, but for the names of all codes that are values, which are read together."""
        stated = {item[0] for item in concept.properties}
        items = [(item, self._concepts.code_in(item)) for item in concept.properties if self._wanted.holds(item[0])]
        parents = concept.parents if is_implied("parent", stated, self._wanted) else ()
        children = concept.children if is_implied("child", stated, self._wanted) else ()
        names = self._concepts.names([code for _, code in items if code is not None] + [*parents, *children])
        written = [
            self._stated(item) if code is None else self._linked(item[0], code, names.get(code)) for item, code in items
        ]
        if is_implied(self._inactive, stated, self._wanted):
            written.append(self._properties[Implied(self._inactive, "boolean", concept.inactive)])
        written += [self._linked("parent", code, names.get(code)) for code in parents]
        return written + [self._linked("child", code, names.get(code)) for code in children]

    def _stated(self, item: Written) -> bytes:
        key = orjson.dumps(item)
        return self._properties[key] if len(key) < SHORT else self._write_property(key)

    def _linked(self, property_code: str, code: str, name: str | None) -> bytes:
        """A property whose value is another code, with that code's display."""
        pieces = self._links[property_code, name is not None]
        if name is None:
            return pieces[0] + orjson.dumps(code) + pieces[1]
        return b"".join((pieces[0], orjson.dumps(code), pieces[1], orjson.dumps(name), pieces[2]))

    def _write_link(self, kind: tuple[str, bool]) -> tuple[bytes, ...]:
        property_code, named = kind
        # What the property itself is called depends on no value; a hole would be looked for in the database.
        (property_alone,) = self._system.described([Property(property_code, "string", "")])
        found = replace(property_alone, property=Property(property_code, "code", CODE))
        if named:
            return cut(self._write("property", property_(replace(found, description=DISPLAY))), (CODE, DISPLAY))
        return cut(self._write("property", property_(found)), (CODE,))

    def _write_property(self, key: Implied | bytes) -> bytes:
        """Any other property, stored or implied; many concepts share it."""
        item = Property(*key) if isinstance(key, Implied) else self._concepts.property_of(orjson.loads(key))
        (found,) = self._system.described([item])
        return self._write("property", property_(found))

    def _write(self, name: str, parts: Output) -> bytes:
        return self._parts.of(Output().add_parts(name, parts).parameters)


def _named(written: Written) -> tuple[str, str | None]:
    return written[0], written[1] if len(written) > 1 else None
