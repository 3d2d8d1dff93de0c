"""Writes `$lookup` answers from cached parts, since most of an answer is the same for many codes.

A property and its value, the use and language of a designation, the header of the system: each is rendered by
`lookup_response` once and kept as JSON. `lookup_parts` decides which parts an answer has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import compress
from typing import NamedTuple

import orjson

from terminology.model.concept import Concept, Designation, Property
from terminology.model.language import Languages
from terminology.model.protocols import CodeSystem, KeepsWritten, Written, WrittenConcept
from terminology.model.remembering import Memo
from terminology.model.results import LookupResult
from terminology.model.status import property_code
from terminology.operations.lookup_parts import Wanted, is_implied, is_repeated
from terminology.operations.lookup_response import designation, head, property_
from terminology.operations.rendering import Output
from terminology.operations.templates import HOLES, Parts, Render, cut
from valuesets.languages import Term, place_of_display

HEADS = 8
DESIGNATIONS = 1024
LINKS = 1024
STATED = 1024
"""Cached languages and uses of designations, and combinations of them, kinds of links, and combinations of names of
properties, for each system and release."""
PROPERTIES = 2048
"""Cached properties that are not links to other codes, for each system and release."""
SHORT = 100
"""Bytes of those; longer ones (texts) are hardly shared by concepts."""
CODE, DISPLAY, DEFINITION = HOLES


class Stated(NamedTuple):
    """Which properties of a concept are returned, and which ones that it does not state are implied."""

    wanted: tuple[bool, ...]
    are_all_wanted: bool
    implies_inactive: bool
    implies_parents: bool
    implies_children: bool


class Writing:
    """Writes answers about one system to questions of one kind. Threads share it."""

    def __init__(self, written: WrittenParts, wanted: Wanted, languages: Languages) -> None:
        """`languages` are those of the display."""
        self._written = written
        self._concepts = written.concepts
        self._language = written.system.metadata.language
        self._wanted = wanted
        self._languages = languages
        self._shows_designations = wanted.holds("designation")
        self._shows_definition = wanted.holds("definition")
        self._stated = Memo(self._implied_beside, STATED)
        self._places = Memo(self._place_of_display, STATED)

    def answer(self, code: str | None) -> bytes | None:
        """The whole answer; None for a code that does not exist, or has no display."""
        concept = self._concepts.written(code) if code else None
        if concept is None or not concept.display:
            return None
        parts = [self._head(concept)]
        if self._shows_designations:
            parts += self._written_designations(concept)
        parts += self._written_properties(concept)
        return b"".join((self._written.start, b",".join(parts), self._written.end))

    def _head(self, concept: WrittenConcept) -> bytes:
        definition = concept.definition if self._shows_definition else None
        shown = self._shown(concept) if self._languages.ranges else concept.display
        pieces = self._written.heads[definition is None, concept.abstract]
        code, display = orjson.dumps(concept.code), orjson.dumps(shown)
        if definition is None:
            return b"".join((pieces[0], code, pieces[1], display, pieces[2]))
        return b"".join((pieces[0], code, pieces[1], display, pieces[2], orjson.dumps(definition), pieces[3]))

    def _shown(self, concept: WrittenConcept) -> str | None:
        """The display that fits the languages, or else the concept's own."""
        designations = concept.designations
        place = self._places[orjson.dumps([item[1:] for item in designations])]
        shown: str | None = concept.display if place is None or place < 0 else designations[place][0]
        return shown

    def _place_of_display(self, others: bytes) -> int | None:
        """Which designation is the display, by what is written of each beside its text."""
        designations = [self._concepts.designation_of([CODE, *written]) for written in orjson.loads(others)]
        return place_of_display(designations, self._language, self._languages)

    def _written_designations(self, concept: WrittenConcept) -> list[bytes]:
        designations, language, written = concept.designations, self._language, self._written
        display, texts = concept.display or "", [item[0] for item in designations]
        around = written.designations[orjson.dumps([item[1:] for item in designations])]
        if language and not (display in texts and is_repeated(display, language, map(_named, designations))):
            around, texts = (written.own, *around), [display, *texts]
        return [pieces[0] + orjson.dumps(text) + pieces[1] for pieces, text in zip(around, texts, strict=True)]

    def _written_properties(self, concept: WrittenConcept) -> list[bytes]:
        """As `implied` has them, but for the names of all codes that are values, which are read together."""
        properties = concept.properties
        stated = self._stated[tuple([item[0] for item in properties])]
        if not stated.are_all_wanted:
            properties = [*compress(properties, stated.wanted)]
        codes = self._concepts.code_values(properties)
        parents = concept.parents if stated.implies_parents else ()
        children = concept.children if stated.implies_children else ()
        names = self._concepts.names([*filter(None, codes), *parents, *children])
        parts, written = self._written, list[bytes]()
        for item, code in zip(properties, codes, strict=True):
            if code is None:
                written.append(parts.property(item))
            else:
                written += parts.links_to(item[0], (code,), names)
        if stated.implies_inactive:
            written.append(parts.inactive[concept.inactive])
        if parents:
            written += parts.links_to("parent", parents, names)
        if children:
            written += parts.links_to("child", children, names)
        return written

    def _implied_beside(self, names: tuple[str, ...]) -> Stated:
        """What properties of these names leave to be implied."""
        holds = self._wanted.holds
        return Stated(
            wanted := tuple(map(holds, names)),
            all(wanted),
            *(is_implied(name, names, self._wanted) for name in (self._written.inactive_name, "parent", "child")),
        )


class WrittenParts:
    """Parts of answers about one system, in one FHIR release, whatever is asked about it. Threads share it."""

    def __init__(self, system: CodeSystem, concepts: KeepsWritten, render: Render) -> None:
        """`concepts` is the same system."""
        self.system = system
        self.concepts = concepts
        self.inactive_name = property_code(system.metadata, "inactive")
        self._parts = Parts(render)
        self.start, self.end = self._parts.start, self._parts.end
        self.heads = Memo(self._write_head, HEADS)
        """By whether there is no definition, and whether the concept is abstract."""
        self.designations = Memo(self._write_designations, DESIGNATIONS)
        self._designation = Memo(self._write_designation, DESIGNATIONS)
        self.inactive = Memo(self._write_inactive, 2)
        self._properties = Memo(self._write_property, PROPERTIES)
        self._links = Memo(self._write_link, LINKS)

    def _write_head(self, kind: tuple[bool, bool]) -> tuple[bytes, ...]:
        undefined, abstract = kind
        concept = Concept(CODE, DISPLAY, None if undefined else DEFINITION)
        result = LookupResult(
            code_system=self.system.metadata, concept=concept, display=DISPLAY, designations=(), properties=(),
            inactive=False, abstract=abstract,
        )  # fmt: skip
        return cut(self._parts.of(head(result).parameters), HOLES[:2] if undefined else HOLES)

    def _write_designations(self, others: bytes) -> tuple[tuple[bytes, ...], ...]:
        """The JSON around the texts of a concept's designations, by what is written of each beside its text."""
        return tuple([self._designation[orjson.dumps(written)] for written in orjson.loads(others)])

    def _write_designation(self, others: bytes) -> tuple[bytes, ...]:
        return self._around(self.concepts.designation_of([CODE, *orjson.loads(others)]))

    @cached_property
    def own(self) -> tuple[bytes, ...]:
        """The JSON around the display as a designation in the system's language."""
        return self._around(Term(CODE, self.system.metadata.language).as_designation())

    def _around(self, item: Designation) -> tuple[bytes, ...]:
        return cut(self._write("designation", designation(item)), (CODE,))

    def property(self, item: Written) -> bytes:
        """A property that is no link to another code."""
        key = orjson.dumps(item)
        return self._properties[key] if len(key) < SHORT else self._write_property(key)

    def links_to(self, property_code: str, codes: Sequence[str], names: Mapping[str, str | None]) -> list[bytes]:
        """Properties whose values are other codes, with the displays of those that have one."""
        start, middle, end = self._links[property_code, True]
        written = []
        for code in codes:
            name = names.get(code)
            if name is None:
                start_alone, end_alone = self._links[property_code, False]
                written.append(start_alone + orjson.dumps(code) + end_alone)
            else:
                written.append(b"".join((start, orjson.dumps(code), middle, orjson.dumps(name), end)))
        return written

    def _write_link(self, kind: tuple[str, bool]) -> tuple[bytes, ...]:
        property_code, named = kind
        # What the property itself is called depends on no value; a hole would be looked for in the database.
        (property_alone,) = self.system.described([Property(property_code, "string", "")])
        found = replace(property_alone, property=Property(property_code, "code", CODE))
        if named:
            return cut(self._write("property", property_(replace(found, description=DISPLAY))), (CODE, DISPLAY))
        return cut(self._write("property", property_(found)), (CODE,))

    def _write_property(self, key: bytes) -> bytes:
        """Any other property; many concepts share it."""
        return self._write_described(self.concepts.property_of(orjson.loads(key)))

    def _write_inactive(self, inactive: bool) -> bytes:
        return self._write_described(Property(self.inactive_name, "boolean", inactive))

    def _write_described(self, item: Property) -> bytes:
        (found,) = self.system.described([item])
        return self._write("property", property_(found))

    def _write(self, name: str, parts: Output) -> bytes:
        return self._parts.of(Output().add_parts(name, parts).parameters)


def _named(written: Written) -> tuple[str, str | None]:
    return written[0], written[1] if len(written) > 1 else None
