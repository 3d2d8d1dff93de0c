"""Writes entries of `$expand` with designations and properties around their texts: the rest is the same for many codes.

What is written of designations beside their texts decides which of them are shown, and how; so an entry with
placeholders is made once for each combination, the usual way. So it is with properties and their values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from terminology.fhir.expansion import render_expansion
from terminology.model.concept import Concept
from terminology.model.protocols import CodeSystem, ListsWritten, Located
from terminology.model.remembering import Memo
from terminology.model.results import ExpandResult
from terminology.model.status import property_named
from terminology.model.valueset import Contains, Expansion, ValueSet
from terminology.model.written import Written
from terminology.operations.templates import Render, cut_in_order, form, hole
from valuesets.entries import ALL_PROPERTIES, EntryWriter, Wishes
from valuesets.segments import Segment

COMBINATIONS = 128
"""Combinations of designations and properties that are known at a time, for each version of a system in an
expansion."""
LISTS = 16
"""Versions of systems in an expansion for which any are known."""
CODE, DISPLAY, FIRST = range(3)
"""Numbers of placeholders: for code and display, and for the first text or value after them."""
NOT_STATED = frozenset({ALL_PROPERTIES, "definition", "parent", "child"})
"""Wishes for more than the properties that are stated under these names."""
VALUE = 2
"""The place of the value in what is written of a property."""
PLAIN = frozenset({str, int, bool})
"""Types of values that JSON has as they are; others belong to a combination."""


Key = tuple[str, str, str | None]
"""A version of a code system, and the system and version that its entries state."""


class Template(NamedTuple):
    """An entry with `%b` for its texts and values, which of these belongs at each, and the properties it declares."""

    body: bytes
    numbers: tuple[int, ...]
    declared: Mapping[str, str | None]


class Templates(NamedTuple):
    """Those of a version of a system, by what is written beside texts and values; and the properties that are shown."""

    made: Memo[bytes, Template]
    shown: frozenset[str]


class NamedEntries:
    """The entries of expansions of which the same is wished, in one release; `value_set` is like theirs.

    Threads share it.
    """

    def __init__(self, value_set: ValueSet, wishes: Wishes, render: Render) -> None:
        self._value_set = value_set
        self._wishes = wishes
        self._render = render
        self._needs_designations = wishes.designations is not None or bool(wishes.languages)
        self._templates: dict[Key, Templates | None] = {}

    def of(self, writer: EntryWriter, segment: Segment, ordinals: Sequence[int]) -> list[bytes] | None:
        """The entries of codes of a segment; None where its system cannot list them so."""
        system = segment.code_system
        if system is None or not isinstance(system, ListsWritten):
            return None
        templates = self._templates_of((system.key, segment.system, writer.version(segment)), segment, system)
        if templates is None:
            return None
        references = segment.references
        own = {number: references[number] for number in ordinals if number in references} if references else {}
        located = dict(zip(own, system.located(own), strict=True)) if own else {}
        found = []
        for number, one in zip(ordinals, system.written_entries(ordinals), strict=True):
            if isinstance(one, Located) or number in own:
                known = one if isinstance(one, Located) else located[number]
                found.append(self._rendered(writer.entry(segment, known, own.get(number))))
                continue
            code, display, designations, properties = one
            if not self._needs_designations:
                designations = ()
            shown = [stated for stated in properties if stated[0] in templates.shown] if templates.shown else ()
            others = [written[1:] for written in designations], [*map(_without_value, shown)]
            body, numbers, declared = templates.made[orjson.dumps(others)]
            writer.declared.update(declared)
            texts = code, display, *[written[0] for written in designations], *[stated[VALUE] for stated in shown]
            found.append(body % tuple([orjson.dumps(texts[number]) for number in numbers]))
        return found

    def _templates_of(self, key: Key, segment: Segment, system: ListsWritten) -> Templates | None:
        """The entries with placeholders; None if more of properties is wished than is stated under their names."""
        if key not in self._templates:
            if len(self._templates) >= LISTS:
                self._templates.clear()

            def made(others: bytes) -> Template:
                return self._template(segment, system, *orjson.loads(others))

            shown = self._shown(segment.code_system)
            self._templates[key] = Templates(Memo(made, COMBINATIONS), shown) if shown.isdisjoint(NOT_STATED) else None
        return self._templates[key]

    def _shown(self, system: CodeSystem | None) -> frozenset[str]:
        headers = () if system is None else (system.metadata, *system.supplements)
        return frozenset(property_named(headers, name) for name in self._wishes.properties)

    def _template(
        self, segment: Segment, system: ListsWritten, designations: Sequence[Written], properties: Sequence[Written]
    ) -> Template:
        named = [system.designation_of([hole(place), *one]) for place, one in enumerate(designations, FIRST)]
        stated = [
            system.property_of([_or_hole(part, place) if at == VALUE else part for at, part in enumerate(one)])
            for place, one in enumerate(properties, FIRST + len(named))
        ]
        concept = Concept(hole(CODE), hole(DISPLAY), designations=tuple(named), properties=tuple(stated))
        writer = EntryWriter(self._wishes)
        entry = writer.entry(segment, Located(ordinal=None, concept=concept), None)
        return Template(*form(self._rendered(entry)), writer.declared)

    def _rendered(self, entry: Contains) -> bytes:
        start, end = self._around
        return self._page_with(entry)[len(start) : -len(end)]

    @cached_property
    def _around(self) -> tuple[bytes, ...]:
        """What is around the entries of a page of this value set that has nothing else."""
        return cut_in_order(self._page_with(Contains(code=hole(CODE))), [orjson.dumps({"code": hole(CODE)})])

    def _page_with(self, entry: Contains) -> bytes:
        expansion = Expansion(identifier="", timestamp="", contains=(entry,))
        return self._render(render_expansion(ExpandResult(self._value_set, expansion)))


def _without_value(stated: Written) -> Written:
    """What is written of a property without its value, if that is plain."""
    return [*stated[:VALUE], None, *stated[VALUE + 1 :]] if type(stated[VALUE]) in PLAIN else stated


def _or_hole(value: Any, place: int) -> Any:
    return hole(place) if value is None else value
