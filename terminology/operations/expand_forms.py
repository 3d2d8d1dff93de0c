"""What pages of `$expand` have in common, written once: the JSON around their numbers and names, and around codes.

Pages differ in what `Page` asks for, in their entries, and in what their value sets are called: implicit value sets, of
which each constraint is another one, share all else.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from terminology.fhir.expansion import render_expansion
from terminology.model.brief import Brief, divided
from terminology.model.concept import Property
from terminology.model.results import ExpandResult
from terminology.model.status import ConceptStatus
from terminology.model.valueset import Contains, Expansion, ExpansionParameter, ValueSet
from terminology.operations.expand_named import NamedEntries
from terminology.operations.templates import HOLES, Render, cut, cut_in_order, form, hole
from valuesets.entries import EntryWriter, located_with
from valuesets.expand import Limits, Listing, Stamp, page_with
from valuesets.page import Page
from valuesets.prepared import Prepared
from valuesets.segments import Segment

PAGED = frozenset({"filter", "count", "offset"})
"""Parameters that a page echoes with values of its own."""
NUMBER = 7_000_000_000_000_000_000
"""Placeholders for the numbers of a page: no value set has this many codes."""
KINDS = 256
"""The most kinds of entries that are known at a time."""
FORMS = 16
FORM_BYTES = 4096
"""The most forms that are known at a time, and the memory of one."""
CODE, DISPLAY, _ = HOLES

TEXT_OR_OBJECT = frozenset({b'"', b"{"})
"""How JSON begins that is no number."""

Around = tuple[bytes, ...]

NAMES = ("url", "name", "title")
"""What an unpublished value set is called; a published one has these within JSON of its own, too."""
FIRST_NAME = len(HOLES)
names_of = attrgetter(*NAMES)
_heading = attrgetter("id", "language", "version", "status", "experimental", "date", "immutable")
"""All else that an expansion says of such a value set (`fhir.expansion`)."""


class Frame(NamedTuple):
    """A page with `%b` for each text and `%d` for each number, and which names come first, by their place in NAMES."""

    body: bytes
    names: tuple[int, ...]


class Forms:
    """The forms of expansions that are asked for alike, in one release. Threads share it."""

    def __init__(self, limits: Limits, render: Render) -> None:
        self.limits = limits
        self.render = render
        self.stamp = Stamp()
        self._known: dict[Hashable, Form] = {}

    def of(self, made: Prepared) -> tuple[Form, bool]:
        """The form of an expansion, and whether others may have the same."""
        value_set = made.plan.value_set
        if value_set.heading or value_set.resource or made.with_definition:
            return Form(made, value_set, self), False
        named = tuple([text is not None for text in names_of(value_set)])
        key = id(made.shown), bool(made.stand_ins), named, _heading(value_set)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= FORMS:
                self._known.clear()
            holes: dict[str, Any] = {name: hole(FIRST_NAME + n) for n, name in enumerate(NAMES) if named[n]}
            found = self._known[key] = Form(made, replace(value_set, **holes), self)
        return found, True


class Form:
    """The form of some expansions; `value_set` has placeholders for what differs. Threads share it."""

    def __init__(self, made: Prepared, value_set: ValueSet, forms: Forms) -> None:
        self.shown = made.shown  # kept, so that no other object gets its id
        self._value_set = value_set
        self._render = forms.render
        self._stamp = forms.stamp
        self._frames: dict[tuple[object, ...], Frame | None] = {}
        self._around: dict[tuple[object, ...], Around] = {}
        self._around_plain: dict[tuple[str, str | None], Around] = {}
        self._of_status: dict[tuple[object, ...], tuple[Around | None, Mapping[str, str | None]]] = {}
        self.may_be_plain = not made.shown.echo.supplements
        wishes = made.shown.wishes
        asks = wishes.designations is not None or bool(wishes.properties)
        self.named = NamedEntries(value_set, wishes, forms.render) if asks else None

    # What is around the entries

    def frame(
        self,
        made: Prepared,
        wanted: Page,
        listed: Listing,
        writer: EntryWriter,
        *,
        empty: bool,
    ) -> Frame | None:
        """The text around the variable parts of a page like this one, whose entries a writer has written.

        None where these are not in this order.
        """
        asked = bool(wanted.filter), wanted.count is None, wanted.offset is None, empty
        key = (*asked, *sorted(writer.declared.items())) if writer.declared else asked
        try:
            return self._frames[key]
        except KeyError:
            entries = () if empty else (Contains(code=HOLES[2]),)
            like = page_with(made, wanted, listed, self._stamp, entries, writer.declarations())
            frame = self._frames[key] = self._write_frame(replace(like, value_set=self._value_set))
            return frame

    def _write_frame(self, result: ExpandResult) -> Frame | None:
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
        )
        numbers = [number for number in (like.total, like.offset) if number is not None]
        paged = [parameter.value for parameter in parameters if parameter.name in PAGED]
        holes = [*map(orjson.dumps, [*HOLES[:2], *numbers, *paged])]
        if like.contains:
            holes.append(orjson.dumps({"code": HOLES[2]}))
        try:
            head, *rest = cut_in_order(self._render(render_expansion(replace(result, expansion=like))), holes)
        except ValueError:
            return None
        (heading, names), others = form(head), [*map(form, rest)]
        if any(found for _, found in others):
            return None
        kinds = [b"%b" if hole[:1] in TEXT_OR_OBJECT else b"%d" for hole in holes]
        following = [kind + rest for kind, (rest, _) in zip(kinds, others, strict=True)]
        return Frame(b"".join([heading, *following]), tuple([n - FIRST_NAME for n in names]))

    # What is around codes and displays

    def entry(self, entry: Contains) -> bytes | None:
        """An entry; None if it has more than forms can have."""
        if not _is_simple(entry):
            return None
        start, middle, end = self.around_of(entry)
        return b"".join((start, orjson.dumps(entry.code), middle, orjson.dumps(entry.display), end))

    def around_with_status(self, writer: EntryWriter, segment: Segment, one: Brief) -> tuple[Around | None, Brief]:
        """What is around the texts of a concept with a status (None as above), and these texts."""
        status, texts = divided(one)
        key = segment.system, writer.version(segment), status
        known = self._of_status.get(key)
        if known is None:
            known = self._of_status[key] = self._entry_of_status(segment, status)
        around, declared = known
        writer.declared.update(declared)
        return around, texts

    def _entry_of_status(self, segment: Segment, status: bytes) -> tuple[Around | None, Mapping[str, str | None]]:
        """What is around the texts of an entry of a concept with a status, and the properties that it declares."""
        if len(self._of_status) >= KINDS:
            self._of_status.clear()
        writer = EntryWriter(self.shown.wishes)
        entry = writer.entry(segment, located_with(ConceptStatus(*orjson.loads(status)), CODE, DISPLAY), None)
        return self.around_of(entry) if _is_simple(entry) else None, writer.declared

    def around_plain(self, system: str, version: str | None) -> Around:
        """What is around code and display of entries that have no more than these."""
        around = self._around_plain.get((system, version))
        if around is None:
            if len(self._around_plain) >= KINDS:
                self._around_plain.clear()
            around = self._around_plain[system, version] = self.around_of(Contains(system, version))
        return around

    def around_of(self, entry: Contains) -> Around:
        """What is around code and display of entries that have everything else in common."""
        properties = [(one.code, one.kind, one.value) for one in entry.properties]
        key = entry.system, entry.version, entry.abstract, entry.inactive, *properties
        around = self._around.get(key)
        if around is None:
            if len(self._around) >= KINDS:
                self._around.clear()
            around = self._around[key] = self._write_around(entry)
        return around

    def _write_around(self, entry: Contains) -> Around:
        one = entry._replace(code=CODE, display=DISPLAY)
        whole = ExpandResult(self._value_set, Expansion(identifier="", timestamp="", contains=(one,)))
        written = orjson.loads(self._render(render_expansion(whole)))["expansion"]["contains"][0]
        return cut(orjson.dumps(written), (CODE, DISPLAY))


def _is_simple(entry: Contains) -> bool:
    """Whether an entry has no more than a code, a display, flags and plain properties."""
    if not (entry.code and entry.display) or entry.designations or entry.extensions or entry.contains:
        return False
    return all(map(_is_plain, entry.properties))


def _is_plain(one: Property) -> bool:
    """Whether it is a code without more, as a status is: texts and numbers are different with each entry."""
    return one.kind == "code" and not one.extensions and not one.extra and one.group is None


def _hole(place: int, value: str | int | bool) -> str | int:
    return f"\0text {place}\0" if isinstance(value, str) else NUMBER + place
