"""Writes pages of `$expand` around what all pages of an expansion have in common, which is written once.

Only for pages whose entries have no more than a code, a display, flags and plain properties, or designations
(`expand_named`); all others are rendered as usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import orjson

from terminology.fhir.expansion import render_expansion
from terminology.model.brief import BETWEEN, Brief, divided
from terminology.model.concept import Property
from terminology.model.protocols import Located
from terminology.model.results import ExpandResult
from terminology.model.status import ConceptStatus
from terminology.model.valueset import Contains, Expansion, ExpansionParameter, ExpansionProperty
from terminology.operations.expand_named import NamedEntries
from terminology.operations.templates import HOLES, Render, cut, cut_in_order
from valuesets.entries import EntryWriter, located_with
from valuesets.expand import Limits, Listing, Stamp, listing, page_of, page_with
from valuesets.page import Page
from valuesets.prepared import Prepared
from valuesets.segments import Segment

PAGED = frozenset({"filter", "count", "offset"})
"""Parameters that a page echoes with values of its own."""
NUMBER = 7_000_000_000_000_000_000
"""Placeholders for the numbers of a page: no value set has this many codes."""
KINDS = 256
"""The most kinds of entries that are known at a time."""
TRIES = 8
"""How many more pages may turn out to have entries of another kind than were written, before no more are tried here.

A try costs as much as rendering.
"""
CODE, DISPLAY, _ = HOLES

Around = tuple[bytes, ...]


class Pages:
    """The pages of one expansion, in one release. Threads share it."""

    def __init__(self, made: Prepared, limits: Limits, render: Render) -> None:
        self._made = made
        self._limits = limits
        self._render = render
        self._stamp = Stamp()
        self._frames: dict[tuple[object, ...], Around | None] = {}
        self._around: dict[tuple[object, ...], Around] = {}
        self._of_status: dict[tuple[object, ...], tuple[Around | None, Mapping[str, str | None]]] = {}
        wishes = made.wishes
        self._may_be_plain = not made.echo.supplements and not wishes.properties
        self._named = None if wishes.designations is None else NamedEntries(made.plan, wishes, render)
        self._tries = TRIES

    def page(self, wanted: Page) -> bytes:
        """One page. Raises TerminologyError too-costly."""
        listed = listing(self._made, wanted, self._limits)
        written = self._page(wanted, listed) if self._tries > 0 and self._is_plain(listed) else None
        if written is not None:
            return written
        return self._render(render_expansion(page_of(self._made, wanted, listed, self._stamp)))

    def _is_plain(self, listed: Listing) -> bool:
        """Whether nothing but its numbers, and the status of its codes, tells such a page from others."""
        if listed.is_cut or listed.withheld or not self._may_be_plain:
            return False
        return not (listed.nests and any(run.segment.nests for run in listed.runs))

    def _page(self, wanted: Page, listed: Listing) -> bytes | None:
        writer = EntryWriter(self._made.wishes)
        entries = self._entries(writer, listed)
        frame = None if entries is None else self._frame(wanted, listed, writer.declarations(), empty=not entries)
        if entries is None or frame is None:
            self._tries -= 1
            return None
        self._tries += 1
        texts = [*map(orjson.dumps, self._own(wanted, listed))]
        if entries:
            texts.append(b",".join(entries))
        pieces = [piece for pair in zip(frame, texts, strict=False) for piece in pair]
        return b"".join((*pieces, frame[-1]))

    def _own(self, wanted: Page, listed: Listing) -> Sequence[str | int]:
        """The variable parts of a page except its entries, in the order in which they are written."""
        total = None if self._made.stand_ins else listed.total
        variable = [total, wanted.offset, wanted.filter or None, wanted.count, wanted.offset]
        return [self._stamp.identifier(), self._stamp.now(), *[one for one in variable if one is not None]]

    # What is around the entries

    def _frame(
        self, wanted: Page, listed: Listing, declared: tuple[ExpansionProperty, ...], *, empty: bool
    ) -> Around | None:
        """The text around the variable parts of a page like this one; None where these are not in this order."""
        key = bool(wanted.filter), wanted.count is None, wanted.offset is None, declared, empty
        if key not in self._frames:
            entries = () if empty else (Contains(code=HOLES[2]),)
            like = page_with(self._made, wanted, listed, self._stamp, entries, declared)
            self._frames[key] = self._write_frame(like)
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
        )
        numbers = [number for number in (like.total, like.offset) if number is not None]
        paged = [parameter.value for parameter in parameters if parameter.name in PAGED]
        holes = [*map(orjson.dumps, [*HOLES[:2], *numbers, *paged])]
        if like.contains:
            holes.append(orjson.dumps({"code": HOLES[2]}))
        try:
            return cut_in_order(self._render(render_expansion(replace(result, expansion=like))), holes)
        except ValueError:
            return None

    # The entries

    def _entries(self, writer: EntryWriter, listed: Listing) -> list[bytes] | None:
        """The entries of a page; None if one has more than a page like this can have."""
        found: list[bytes] = []
        for segment, ordinals, loose in listed.parts():
            written = self._written(writer, segment, ordinals)
            others = self._each([writer.loose_entry(segment, one) for one in loose]) if loose else ()
            if written is None or others is None:
                return None
            found += (*written, *others)
        return found

    def _written(self, writer: EntryWriter, segment: Segment, ordinals: Sequence[int]) -> list[bytes] | None:
        """The entries of codes of a segment. Without wishes, no entry is made of what is brief."""
        if self._named is not None:
            return self._named.of(writer, segment, ordinals)
        brief = None if segment.references else writer.brief(segment, ordinals)
        if brief is None:
            return self._each(writer.listed(segment, ordinals))
        start, middle, end = self._around_of(Contains(segment.system, writer.version(segment)))
        if {*map(type, brief)} == {bytes}:
            joined = b"".join((end, b",", start)).join(cast("Sequence[Brief]", brief))
            if joined.count(BETWEEN) == len(brief):
                return [b"".join((start, joined.replace(BETWEEN, middle), end))]
        found = []
        for one in brief:
            written: bytes | None
            if isinstance(one, Located):
                written = self._entry(writer.entry(segment, one, None))
            elif one.startswith(BETWEEN):
                written = self._entry_with_status(writer, segment, one)
            else:
                written = b"".join((start, one.replace(BETWEEN, middle), end))
            if written is None:
                return None
            found.append(written)
        return found

    def _entry_with_status(self, writer: EntryWriter, segment: Segment, one: Brief) -> bytes | None:
        status, texts = divided(one)
        key = segment.system, writer.version(segment), status
        known = self._of_status.get(key)
        if known is None:
            known = self._of_status[key] = self._entry_of_status(segment, status)
        around, declared = known
        writer.declared.update(declared)
        if around is None:
            return None
        start, middle, end = around
        return b"".join((start, texts.replace(BETWEEN, middle), end))

    def _entry_of_status(self, segment: Segment, status: bytes) -> tuple[Around | None, Mapping[str, str | None]]:
        """What is around the texts of an entry of a concept with a status, and the properties that it declares."""
        if len(self._of_status) >= KINDS:
            self._of_status.clear()
        writer = EntryWriter(self._made.wishes)
        entry = writer.entry(segment, located_with(ConceptStatus(*orjson.loads(status)), CODE, DISPLAY), None)
        return self._around_of(entry) if _is_simple(entry) else None, writer.declared

    def _each(self, entries: Sequence[Contains]) -> list[bytes] | None:
        found = [*map(self._entry, entries)]
        return None if None in found else [one for one in found if one is not None]

    def _entry(self, entry: Contains) -> bytes | None:
        if not _is_simple(entry):
            return None
        start, middle, end = self._around_of(entry)
        return b"".join((start, orjson.dumps(entry.code), middle, orjson.dumps(entry.display), end))

    def _around_of(self, entry: Contains) -> Around:
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
        whole = ExpandResult(self._made.plan.value_set, Expansion(identifier="", timestamp="", contains=(one,)))
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
