"""Prepared searches: for a canonical or an id, whose matches are written once for all answers that show them.

How the parameters are read, what a match looks like and what is around the matches is found out once for all searches
of a kind, the usual way (`searching`). All other searches go that way. What matches is asked of the database, and kept
as long as an epoch lasts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from terminology.fhir import r4
from terminology.fhir.json import Json, dumps
from terminology.http import licensed, naming, search_parameters, search_results, searching
from terminology.http.cache_context import Epoch, MatchKey
from terminology.http.cache_context import Search as Prepared
from terminology.http.exchange import Request
from terminology.http.kinds import SOUGHT, Question
from terminology.http.plans import is_plain
from terminology.http.search_results import Matches
from terminology.http.searching import Pairs, Search
from terminology.http.shaping import APART
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.operations.templates import HOLES, cut_in_order, filled
from terminology.store.entries import ResourceEntry

log = logging.getLogger(__name__)

OVERHEAD = 4096
"""What remembering a kind of search takes."""
FOUND_OVERHEAD = 1000
"""What a search that is kept takes, and each of its matches, beside the resources."""
WRITTEN_OVERHEAD = 500
"""What a written match takes beside its text."""
SHORT = 1000
"""Characters of values that are looked for at once: longer ones are lists."""
AT_ONCE = 16 * 1024
"""Bytes of resources that are written in a tenth of a millisecond."""
NUMBER = 7_000_000_000_000_000_000
"""Placeholder for the total."""
LINK: Json = {"url": HOLES[0]}
MATCH: Json = {"fullUrl": HOLES[1]}
"""Placeholders for links and matches."""
NOTHING_FOUND = Matches(0, 0, (), earlier=False, later=False)

Around = tuple[bytes, ...]


def prepared(terminology: Terminology, request: Request, question: Question, epoch: Epoch) -> Prepared | None:
    """What answers searches of this kind, made from a request for one; None if they cannot be prepared.

    Both results are kept.
    """
    weight = OVERHEAD + sum(len(name) + len(value) for name, value in request.query)
    # A name may be written in needless escapes, so that its value does not vary.
    if [name for name, _ in request.query if name in SOUGHT] != [*question.names] or not is_plain(request):
        return epoch.searches.put(question.kind, None, weight)
    try:
        search = searching.read(request, request.segments[0])
    except TerminologyError:  # about this one search, perhaps
        return None
    if search.summary.mode == "count" or search.cursor is not None:
        return None
    return epoch.searches.put(question.kind, PreparedSearch(terminology, request, search, epoch), weight)


def matches(search: Prepared, values: Sequence[str], *, at_once: bool = False) -> bytes | None:
    """The answer to a search with these values; None if it has to be answered the usual way, or later."""
    try:
        return search.answer(values, at_once=at_once)
    except TerminologyError:  # the usual way says it
        return None
    except Exception:
        log.exception("a prepared search failed; it is answered the usual way")
        return None


class PreparedSearch:
    """Searches of one kind. Threads share it."""

    def __init__(self, terminology: Terminology, request: Request, search: Search, epoch: Epoch) -> None:
        """`search` is one of this kind, and `request` what it was read from."""
        self._terminology = terminology
        self._request = request
        self._search = search
        self._type = search.query.type
        self._catalogue = terminology.catalogue(terminology.context(release=request.release))
        self._visible = licensed.conditions(terminology, request, self._type)
        self._pairs = [(name, None if name in SOUGHT else value) for name, value in search.pairs]
        self._wanted = search_results.of_sources(search.query)
        self._epoch = epoch
        self._written = epoch.written
        licences = sorted(request.caller.entitlements)  # without them, contents are withheld
        self._form = " ".join((request.base, request.release, self._type, repr(search.summary), *licences))
        self._is_short = self._type not in APART or not search.summary.wants_contents
        self._link = self._around_values()
        self._around_match = self._around(searching.bundle(None, [], [MATCH]), [MATCH])
        self._around_none = self._around_matches([])
        self._around_some = self._around_matches([MATCH])

    def answer(self, values: Sequence[str], *, at_once: bool) -> bytes | None:
        """The answer to a search with these values; `at_once`: None where it may take longer than most.

        Raises TerminologyError as `searching.answer` does.
        """
        if at_once and sum(map(len, values)) > SHORT:
            return None
        pairs = self._with(values)
        found = self._found(values, pairs)
        total = (b"%d" % found.total,) if self._search.total else ()
        links = self._links(values, pairs, found)
        if not found.found:
            return filled(self._around_none, (*total, links))
        matches = self._matches(found, at_once=at_once)
        return None if matches is None else filled(self._around_some, (*total, links, b",".join(matches)))

    def _found(self, values: Sequence[str], pairs: Pairs) -> Matches:
        key = self, tuple(values)
        if (kept := self._epoch.found.get(key)) is not None:
            known: Matches = kept[0]
            return known
        conditions = naming.widened(self._catalogue, self._type, search_parameters.conditions(self._type, pairs))
        wanted = replace(self._wanted, conditions=(*conditions, *self._visible))
        found = search_results.among(self._terminology.store, wanted, self._search.query)
        # Whoever asks for what is not there can ask for very much; and something may have been published meanwhile.
        if found.found and found.generation == self._epoch.generation:
            bodies = sum(len(match.entry.body) for match in found.found)
            self._epoch.found.put(key, found, FOUND_OVERHEAD * (1 + len(found.found)) + bodies)
        return found

    def _with(self, values: Iterable[str]) -> Pairs:
        """The pairs of a search with these values."""
        given = iter(values)
        return [(name, next(given) if value is None else value) for name, value in self._pairs]

    def _render(self, bundle: Json) -> bytes:
        return dumps(r4.from_r5(bundle, self._request.release))

    # What is around the matches

    def _around(self, bundle: Json, holes: Iterable[Any]) -> Around:
        """The text of a Bundle around these parts of it."""
        return cut_in_order(self._render(bundle), [*map(dumps, holes)])

    def _around_matches(self, matches: list[Json]) -> Around:
        """The text around the total, if it is wanted, the links, and the matches."""
        total, links = NUMBER if self._search.total else None, [LINK]
        holes = [links, *matches] if total is None else [total, links, *matches]
        return self._around(searching.bundle(total, links, matches), holes)

    def _around_values(self) -> Around:
        """The links of a page that is the only one, around the values."""
        holes = [f"\0{number}\0" for number, (_, value) in enumerate(self._pairs) if value is None]
        search = replace(self._search, pairs=self._with(holes))
        links = dumps([*searching.links(self._request, search, NOTHING_FOUND)])
        return cut_in_order(links, [_in_link(hole) for hole in holes])

    def _links(self, values: Sequence[str], pairs: Pairs, found: Matches) -> bytes:
        if found.earlier or found.later:
            return dumps([*searching.links(self._request, replace(self._search, pairs=pairs), found)])
        return filled(self._link, [*map(_in_link, values)])

    # The matches

    def _matches(self, found: Matches, *, at_once: bool) -> list[bytes] | None:
        """The matches of a page; None if they would have to be written, and that takes too long."""
        most = searching.most_of_each(found)
        keys = [(self._form, one.source, one.entry.id, one.entry.version_id, most) for one in found.found]
        known = self._written.get_each(keys)
        if at_once and None in known and not self._are_short(found):
            return None
        return [
            self._write(match.entry, key) if text is None else text
            for match, key, text in zip(found.found, keys, known, strict=True)
        ]

    def _are_short(self, found: Matches) -> bool:
        return self._is_short and sum(len(match.entry.body) for match in found.found) < AT_ONCE

    def _write(self, entry: ResourceEntry, key: MatchKey) -> bytes:
        made = searching.entry(self._terminology, self._request, self._search.summary, entry, key[-1])
        start, end = self._around_match
        text = self._render(searching.bundle(None, [], [made]))[len(start) : -len(end)]
        return self._written.put(key, text, len(text) + len(self._form) + WRITTEN_OVERHEAD)


@remembering(2048)
def _in_link(value: str) -> bytes:
    """A value as links have it."""
    return quote_plus(value).encode()
