"""Writes pages of `$expand` around what all pages of an expansion have in common (`expand_forms`).

Only for pages whose entries have no more than a code, a display, flags and a status, or designations and properties
(`expand_named`); all others are rendered as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import orjson

from terminology.fhir.expansion import render_expansion
from terminology.model.brief import BETWEEN, Brief
from terminology.model.valueset import Contains
from terminology.operations.expand_forms import FORM_BYTES, Forms, names_of
from valuesets.entries import EntryWriter
from valuesets.expand import Listing, listing, page_of
from valuesets.page import Page
from valuesets.prepared import Prepared
from valuesets.segments import Segment

TRIES = 8
"""How many more pages may turn out to have entries of another kind than were written, before no more are tried here.

A try costs as much as rendering.
"""
OVERHEAD = 256
"""Memory of the pages of one expansion besides what is prepared of it, and its form."""


class Pages:
    """The pages of one expansion, in one release. Threads share it."""

    __slots__ = ("_form", "_forms", "_made", "_tries", "weight")

    def __init__(self, made: Prepared, forms: Forms) -> None:
        self._forms = forms
        self._made = made
        self._form, shared = forms.of(made)
        self._tries = TRIES
        self.weight = made.weight + OVERHEAD + (0 if shared else FORM_BYTES)

    def page(self, wanted: Page) -> bytes:
        """One page. Raises TerminologyError too-costly."""
        listed = listing(self._made, wanted, self._forms.limits)
        written = self._page(wanted, listed) if self._tries > 0 and self._is_plain(listed) else None
        if written is not None:
            return written
        return self._forms.render(render_expansion(page_of(self._made, wanted, listed, self._forms.stamp)))

    def _is_plain(self, listed: Listing) -> bool:
        """Whether nothing but its numbers, and the status of its codes, tells such a page from others."""
        if listed.is_cut or listed.withheld or not self._form.may_be_plain:
            return False
        return not (listed.nests and any(run.segment.nests for run in listed.runs))

    def _page(self, wanted: Page, listed: Listing) -> bytes | None:
        writer = EntryWriter(self._form.shown.wishes)
        entries = self._entries(writer, listed)
        frame = None if entries is None else self._form.frame(self._made, wanted, listed, writer, empty=not entries)
        if entries is None or frame is None:
            self._tries -= 1
            return None
        self._tries += 1
        names, stamp = names_of(self._made.plan.value_set), self._forms.stamp
        texts = map(orjson.dumps, (*map(names.__getitem__, frame.names), stamp.identifier(), stamp.now()))
        return frame.body % (*texts, *self._numbers(wanted, listed), *((b",".join(entries),) if entries else ()))

    def _numbers(self, wanted: Page, listed: Listing) -> Iterable[int | bytes]:
        """The numbers of a page, and the text that was searched for, in the order in which they are written."""
        found: list[int | bytes] = [] if self._made.stand_ins else [listed.total]
        if wanted.offset is not None:
            found.append(wanted.offset)
        if wanted.filter:
            found.append(orjson.dumps(wanted.filter))
        if wanted.count is not None:
            found.append(wanted.count)
        if wanted.offset is not None:
            found.append(wanted.offset)
        return found

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
        form = self._form
        if form.named is not None:
            return form.named.of(writer, segment, ordinals)
        brief = None if segment.references else writer.brief(segment, ordinals)
        if brief is None:
            return self._each(writer.listed(segment, ordinals))
        start, middle, end = form.around_plain(segment.system, writer.version(segment))
        if {*map(type, brief)} == {bytes}:
            joined = b"".join((end, b",", start)).join(cast("Sequence[Brief]", brief))
            if joined.count(BETWEEN) == len(brief):
                return [b"".join((start, joined.replace(BETWEEN, middle), end))]
        parts: list[bytes] = []
        for one in brief:
            if isinstance(one, bytes):
                if one[0]:  # not BETWEEN, so it has no status
                    parts += (b",", start, one, end)
                    continue
                around, texts = form.around_with_status(writer, segment, one)
                if around is None:
                    return None
                parts += (b",", around[0], texts.replace(BETWEEN, around[1]), around[2])
            else:
                entry = form.entry(writer.entry(segment, one, None))
                if entry is None:
                    return None
                parts += (b",", entry)
        return [b"".join(parts[1:]).replace(BETWEEN, middle)] if parts else []

    def _each(self, entries: Sequence[Contains]) -> list[bytes] | None:
        found = [*map(self._form.entry, entries)]
        return None if None in found else [one for one in found if one is not None]
