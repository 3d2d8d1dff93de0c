"""Writes entries of `$expand` with designations around their texts: the rest is the same for many codes.

What is written of designations beside their texts decides which of them are shown, and how; so an entry with
placeholders is made once for each combination, the usual way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import orjson

from terminology.fhir.expansion import render_expansion
from terminology.model.concept import Concept
from terminology.model.protocols import ListsWritten, Located
from terminology.model.remembering import Memo
from terminology.model.results import ExpandResult
from terminology.model.valueset import Contains, Expansion, ValueSet
from terminology.model.written import Written
from terminology.operations.templates import Render, cut_in_order, form, hole
from valuesets.entries import EntryWriter, Wishes
from valuesets.segments import Segment

COMBINATIONS = 128
"""Combinations of designations that are known at a time, for each version of a system in an expansion."""
LISTS = 16
"""Versions of systems in an expansion for which any are known."""
CODE, DISPLAY, FIRST = range(3)
"""Numbers of placeholders: for code and display, and for the first designation's text."""


Key = tuple[str, str, str | None]
"""A version of a code system, and the system and version that its entries state."""


class Template(NamedTuple):
    """An entry with `%b` for its texts, and which text belongs at each."""

    body: bytes
    numbers: tuple[int, ...]


class NamedEntries:
    """The entries of expansions of which the same is wished, in one release; `value_set` is like theirs.

    Threads share it.
    """

    def __init__(self, value_set: ValueSet, wishes: Wishes, render: Render) -> None:
        self._value_set = value_set
        self._wishes = wishes
        self._render = render
        self._templates: dict[Key, Memo[bytes, Template]] = {}

    def of(self, writer: EntryWriter, segment: Segment, ordinals: Sequence[int]) -> list[bytes] | None:
        """The entries of codes of a segment; None where its system cannot list them so."""
        system = segment.code_system
        if system is None or not isinstance(system, ListsWritten):
            return None
        templates = self._templates_of((system.key, segment.system, writer.version(segment)), segment, system)
        references = segment.references
        own = {number: references[number] for number in ordinals if number in references} if references else {}
        located = dict(zip(own, system.located(own), strict=True)) if own else {}
        found = []
        for number, one in zip(ordinals, system.written_entries(ordinals), strict=True):
            if isinstance(one, Located) or number in own:
                known = one if isinstance(one, Located) else located[number]
                found.append(self._rendered(writer.entry(segment, known, own.get(number))))
                continue
            code, display, designations = one
            body, numbers = templates[orjson.dumps([written[1:] for written in designations])]
            texts = (code, display, *[written[0] for written in designations])
            found.append(body % tuple([orjson.dumps(texts[number]) for number in numbers]))
        return found

    def _templates_of(self, key: Key, segment: Segment, system: ListsWritten) -> Memo[bytes, Template]:
        """The entries with placeholders, by all that is written of designations but their texts."""
        if (templates := self._templates.get(key)) is None:
            if len(self._templates) >= LISTS:
                self._templates.clear()

            def made(others: bytes) -> Template:
                return self._template(segment, system, orjson.loads(others))

            templates = self._templates[key] = Memo(made, COMBINATIONS)
        return templates

    def _template(self, segment: Segment, system: ListsWritten, others: Sequence[Written]) -> Template:
        designations = [system.designation_of([hole(place), *written]) for place, written in enumerate(others, FIRST)]
        concept = Concept(hole(CODE), hole(DISPLAY), designations=tuple(designations))
        entry = EntryWriter(self._wishes).entry(segment, Located(ordinal=None, concept=concept), None)
        return Template(*form(self._rendered(entry)))

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
