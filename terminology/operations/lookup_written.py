"""Writes `$lookup` answers from cached parts, since most of an answer is the same for many codes.

What surrounds the texts of a concept, a property and its value, another code with its display: each is rendered by
`lookup_response` once and kept as JSON. `lookup_parts` decides which parts an answer has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import compress
from operator import itemgetter
from typing import NamedTuple, cast

import orjson

from terminology.model.concept import Concept, Designation, Property
from terminology.model.language import Languages
from terminology.model.protocols import CodeSystem, KeepsWritten
from terminology.model.remembering import Memo
from terminology.model.results import FoundProperty, LookupResult
from terminology.model.status import property_code
from terminology.model.written import LINE, Likeness, TextShape, ValueShape
from terminology.operations.lookup_parts import Wanted, is_implied, is_repeated
from terminology.operations.lookup_response import designation, head, property_
from terminology.operations.rendering import Output
from terminology.operations.templates import HOLES, Parts, Render, cut
from terminology.store.cache import AgeingCache, Budget
from valuesets.languages import Term, place_of_display

LAYOUTS = 2048
"""Layouts of each sort kept for a system: for each shape of its concepts and each kind of question."""
STARTS = 1024
PROPERTIES = 2048
"""Cached codes of properties whose values are codes, and properties with values that are no texts, for each system."""
SHORT = 100
"""Bytes of those; longer ones (texts) are hardly shared by concepts."""
NAMED = Budget(12 * 1024 * 1024)
"""For codes with their displays, of all systems."""
CODE, DISPLAY, DEFINITION = HOLES
CODE_LINE, DISPLAY_LINE, DEFINITION_LINE = range(3)
COMMA = b","


class TextLayout(NamedTuple):
    """How the texts of concepts of one shape are written."""

    pieces: list[bytes]
    """What is constant, with a place after each but the last one for a text."""
    texts: Callable[[list[bytes]], Sequence[bytes]]
    """What picks the texts for these places from the concept's lines."""


class ValueLayout(NamedTuple):
    """How the properties of concepts of one shape are written, stated ones and those that follow from others.

    Parameters begin with a comma here. What ends with a code, and its display, begins as `WrittenParts.starts` says;
    empty bytes stand for what is not returned, or does not begin so.
    """

    wanted: tuple[bool, ...] | None
    """Which lines are returned; None for all."""
    links: tuple[bool, ...]
    """Which of these are codes."""
    around: tuple[tuple[bytes, bytes], ...]
    """What is before each, and after a text; both are empty where the line is the whole property."""
    inactive: tuple[bytes, bytes]
    """By whether the concept is inactive."""
    parent: bytes
    child: bytes


class Writing:
    """Writes answers about one system to questions of one kind. Threads share it."""

    def __init__(self, written: WrittenParts, wanted: Wanted, languages: Languages) -> None:
        """`languages` are those of the display."""
        self._written = written
        self._concepts = written.concepts
        self._language = written.system.metadata.language
        self._wanted = wanted
        self._languages = languages

    def answer(self, code: str) -> bytes | None:
        """The whole answer; None for a code that does not exist, or of which more is to be said."""
        concept = self._concepts.written(code)
        if concept is None:
            return None
        written = self._written
        pieces, texts = written.text_layouts[self, concept.text_shape, concept.abstract]
        parts = pieces.copy()
        parts[1::2] = texts(concept.texts.split(LINE))
        wanted, are_links, around, inactive, parent, child = written.value_layouts[self, concept.value_shape]
        values = concept.values.split(LINE) if around else []
        if wanted:
            values = [*compress(values, wanted)]
        links = [*compress(values, are_links)]
        parents = concept.parents.split(LINE) if parent and concept.parents else []
        children = concept.children.split(LINE) if child and concept.children else []
        named = written.named(links + parents + children)
        place = 0
        for (start, end), value in zip(around, values, strict=True):
            if end:
                parts += start, value, end
            elif start:
                parts += start, named[place]
                place += 1
            else:
                parts.append(written.property(value))
        parts.append(inactive[concept.inactive])
        if parents:
            parts += parent, parent.join(named[place : place + len(parents)])
        if children:
            parts += child, child.join(named[place + len(parents) :])
        parts.append(written.end)
        return b"".join(parts)

    def lay_out_texts(self, shape: TextShape, *, abstract: bool) -> TextLayout:
        """How the texts of concepts of a shape are written, which may be abstract."""
        written, designations = self._written, shape.designations
        first = DEFINITION_LINE + shape.is_defined
        shown, defines = self._shown(shape), shape.is_defined and self._wanted.holds("definition")
        lines = [CODE_LINE, DISPLAY_LINE if shown is None else first + shown, *[DEFINITION_LINE][:defines]]
        pieces = [*written.head(abstract=abstract, defines=defines)]
        if self._wanted.holds("designation"):
            around = [written.around(item) for item in designations]
            places = [*range(first, first + len(designations))]
            if self._language and shape.is_named and not self._is_repeated(shape):
                around, places = [written.own, *around], [DISPLAY_LINE, *places]
            lines += places
            for before, after in around:
                pieces[-1] += COMMA + before
                pieces.append(after)
        pieces[0] = written.start + pieces[0]
        spaced = [part for piece in pieces for part in (piece, b"")]
        return TextLayout(spaced[:-1], itemgetter(*lines))

    def _shown(self, shape: TextShape) -> int | None:
        """The place of the designation that is the display; None for the concept's own."""
        if not self._languages.ranges:
            return None
        place = place_of_display(shape.designations, self._language, self._languages)
        return None if place is None or place < 0 else place

    def _is_repeated(self, shape: TextShape) -> bool:
        repeating = [("", shape.designations[place].language) for place in shape.repeating]
        return is_repeated("", self._language or "", repeating)

    def lay_out_values(self, shape: ValueShape) -> ValueLayout:
        """Stated properties, then implied ones, as `lookup_parts.implied` has them."""
        written, names = self._written, shape.names
        wanted = tuple(map(self._wanted.holds, names))
        lines = [*compress(zip(names, shape.likes, strict=True), wanted)]
        inactive, parent, child = (
            is_implied(name, names, self._wanted) for name in (written.inactive_name, "parent", "child")
        )
        return ValueLayout(
            None if all(wanted) else wanted,
            tuple([like is not None and like.kind == "code" for _, like in lines]),
            tuple([written.around_value(name, like) for name, like in lines]),
            (written.inactive[False], written.inactive[True]) if inactive else (b"", b""),
            written.starts["parent"] if parent else b"",
            written.starts["child"] if child else b"",
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
        self.text_layouts: Memo[tuple[Writing, TextShape, bool], TextLayout] = Memo(
            lambda key: key[0].lay_out_texts(key[1], abstract=key[2]), LAYOUTS
        )
        self.value_layouts: Memo[tuple[Writing, ValueShape], ValueLayout] = Memo(
            lambda key: key[0].lay_out_values(key[1]), LAYOUTS
        )
        self.starts = Memo(self._write_start, STARTS)
        """What comes before the value of a property if that is a code, by the property's code."""
        self.inactive = Memo(self._write_inactive, 2)
        self._properties = Memo(self._write_property, PROPERTIES)
        self._named: AgeingCache[bytes, bytes] = AgeingCache(NAMED)

    def head(self, *, abstract: bool, defines: bool) -> tuple[bytes, ...]:
        """What surrounds code, display, and the definition if there is one to write, before all other parameters."""
        concept = Concept(CODE, DISPLAY, DEFINITION if defines else None)
        result = LookupResult(
            code_system=self.system.metadata, concept=concept, display=DISPLAY, designations=(), properties=(),
            inactive=False, abstract=abstract,
        )  # fmt: skip
        return cut(self._parts.of(head(result).parameters), HOLES if defines else HOLES[:2])

    @cached_property
    def own(self) -> tuple[bytes, ...]:
        """What surrounds the display as a designation in the system's language."""
        return self.around(Term("", self.system.metadata.language).as_designation())

    def around(self, item: Designation) -> tuple[bytes, ...]:
        """What surrounds the text of a designation, which is given without."""
        return cut(self._write("designation", designation(replace(item, value=CODE))), (CODE,))

    def around_value(self, property_code: str, like: Likeness | None) -> tuple[bytes, bytes]:
        """What is before the value of a property, and after it unless a code is there; empty if that is not enough."""
        if like is None:
            return b"", b""
        if like.kind == "code":
            return self.starts[property_code], b""
        found = self._named_alone(self.concepts.property_like(property_code, like, CODE))
        start, end = cut(self._write("property", property_(found)), (CODE,))
        return COMMA + start, end

    def property(self, line: bytes) -> bytes:
        """A stated property whose value is not just a text; many concepts share it."""
        return self._properties[line] if len(line) < SHORT else self._write_property(line)

    def named(self, codes: Sequence[bytes]) -> list[bytes]:
        """How properties with these values go on after their start: the code, its display if it has one, the end."""
        known = self._named.get_each(codes)
        if None in known:
            return self._read_names(codes, known)
        return cast("list[bytes]", known)

    def _read_names(self, codes: Sequence[bytes], known: Sequence[bytes | None]) -> list[bytes]:
        unknown = [code for code, written in zip(codes, known, strict=True) if written is None]
        after_code, (before, after) = self._after_code, self._around_name
        read = {
            code: b"".join((code, before, name, after)) if name else code + after_code
            for code, name in zip(unknown, self.concepts.names(unknown), strict=True)
        }
        self._named.put_all(read.items())
        return [read[code] if written is None else written for code, written in zip(codes, known, strict=True)]

    @cached_property
    def _after_code(self) -> bytes:
        return cut(self._write("property", property_(self._link("parent"))), (CODE,))[1]

    @cached_property
    def _around_name(self) -> tuple[bytes, ...]:
        named = replace(self._link("parent"), description=DISPLAY)
        return cut(self._write("property", property_(named)), (CODE, DISPLAY))[1:]

    def _write_start(self, property_code: str) -> bytes:
        return COMMA + cut(self._write("property", property_(self._link(property_code))), (CODE,))[0]

    def _link(self, property_code: str) -> FoundProperty:
        """A property whose value is a code, without a display."""
        return self._named_alone(Property(property_code, "code", CODE))

    def _named_alone(self, item: Property) -> FoundProperty:
        """A property as the system calls it, but with nothing about its value: a hole would be looked for there."""
        (found,) = self.system.described([Property(item.code, "string", "")])
        return replace(found, property=item)

    def _write_property(self, line: bytes) -> bytes:
        return self._write_described(self.concepts.property_of(orjson.loads(line)))

    def _write_inactive(self, inactive: bool) -> bytes:
        return self._write_described(Property(self.inactive_name, "boolean", inactive))

    def _write_described(self, item: Property) -> bytes:
        (found,) = self.system.described([item])
        return COMMA + self._write("property", property_(found))

    def _write(self, name: str, parts: Output) -> bytes:
        return self._parts.of(Output().add_parts(name, parts).parameters)
