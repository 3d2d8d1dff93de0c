"""ValueSet `$expand` (FHIR R5, 4.9.18.1): makes one page of a prepared expansion.

Follows the terminology ecosystem's requirements for expansions. Whatever varies from call to call (time, identifier) is
injected. Does not read parameters or write JSON.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import gmtime, strftime, time
from typing import NamedTuple

from terminology.model.concept import Extension
from terminology.model.deadline import within
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ExpandRequest, RequestContext
from terminology.model.results import ExpandResult
from terminology.model.valueset import Contains, Expansion, ExpansionProperty
from valuesets import page as paging
from valuesets.entries import EntryWriter
from valuesets.nesting import nested
from valuesets.plan import Plan
from valuesets.prepared import Prepared, prepared

CUT = Extension("http://hl7.org/fhir/StructureDefinition/valueset-toocostly", "Boolean", value=True)
"""Marks the first codes of a set that is too large."""
VARIANTS = {f"{digit:x}": f"{8 | digit & 3:x}" for digit in range(16)}
"""A hexadecimal digit with the two bits that mark a UUID's variant (RFC 9562, 4.1), for each digit."""
DEADLINE = "EXPANSION_DEADLINE"
"""Message for an expansion that takes too long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on the size of an expansion.

    `max_codes`: the most codes without a `count`; more are too-costly. `max_page`: the most codes on one page. A list
    that stands in for a grammar is limited by `max_page` alone. `licensed`: by system, the most codes that its
    publisher allows in one value set, over all pages together.
    """

    max_codes: int = 1_000
    max_page: int = 10_000
    licensed: Mapping[str, int] = field(default_factory=dict)


class _Clock:
    """Says the time in UTC, to the millisecond. What changes once a second is kept."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known = 0, ""

    def __call__(self) -> str:
        now = time()
        second, text = self._known
        if second != int(now):
            second, text = self._known = int(now), strftime("%Y-%m-%dT%H:%M:%S", gmtime(now))
        return f"{text}.{int((now - second) * 1000):03d}Z"


NOW = _Clock()


def _identifier() -> str:
    """A random UUID as a urn, as `uuid.uuid4().urn` makes them, but without an object in between."""
    one = os.urandom(16).hex()
    return f"urn:uuid:{one[:8]}-{one[8:12]}-4{one[13:16]}-{VARIANTS[one[16]]}{one[17:20]}-{one[20:]}"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where `timestamp` (a FHIR dateTime) and `identifier` (a uri) come from."""

    now: Callable[[], str] = NOW
    identifier: Callable[[], str] = _identifier


def expand(
    catalogue: Catalogue,
    request: ExpandRequest,
    context: RequestContext,
    limits: Limits | None = None,
    *,
    stamp: Stamp | None = None,
) -> ExpandResult:
    """Expand a value set.

    Raises TerminologyError: not-found (the value set, or something it refers to), invalid (a definition that makes
    no sense, a version that is not allowed), not-supported (codes that cannot be listed), too-costly.
    """
    with within(context.deadline, DEADLINE):
        wanted = paging.Page(request.filter, request.offset, request.count, request.limit)
        made = prepared(catalogue, request, context)
        return page_of(made, wanted, listing(made, wanted, limits or Limits()), stamp or Stamp())


class Listing(NamedTuple):
    """Which codes are on a page, before any of them is read: `size` of them from `offset` on, or fewer at the end.

    `total` codes are listed altogether. `is_cut` says that they are too many, and the page has the first ones;
    `withheld` has the systems whose publishers limit the codes, with the limit; `nests` says that trees may be shown.
    """

    runs: Sequence[paging.Run]
    total: int
    offset: int
    size: int
    is_cut: bool
    nests: bool
    withheld: Mapping[str, int]

    def parts(self) -> Sequence[paging.Part]:
        """The codes of the page, by segment."""
        return paging.page(self.runs, self.offset, self.size)


def listing(made: Prepared, wanted: paging.Page, limits: Limits) -> Listing:
    """The codes of one page of a prepared expansion. Raises TerminologyError too-costly."""
    runs: Sequence[paging.Run] = made.runs
    total = made.total
    if wanted.filter:
        runs = paging.searched(runs, wanted.filter, made.shown.wishes.languages)
        total = paging.total(runs)
    offset, count = _place(made, wanted, limits, total)
    withheld = paging.NOTHING
    if count:
        runs, withheld = paging.limited(runs, limits.licensed)
        total = paging.total(runs) if withheld else total
    is_cut = wanted.count is None and total - offset > count
    nests = made.may_nest and not (wanted.filter or offset or total > count)
    return Listing(runs, total, offset, count, is_cut, nests, withheld)


def page_of(made: Prepared, wanted: paging.Page, listed: Listing, stamp: Stamp) -> ExpandResult:
    """One page of a prepared expansion, of which the codes are known."""
    writer = EntryWriter(made.shown.wishes)
    contains = _contains(writer, listed.parts(), nest=listed.nests)
    return page_with(made, wanted, listed, stamp, contains, writer.declarations())


def page_with(
    made: Prepared,
    wanted: paging.Page,
    listed: Listing,
    stamp: Stamp,
    contains: tuple[Contains, ...],
    properties: tuple[ExpansionProperty, ...],
) -> ExpandResult:
    """A page with these entries, which carry these properties."""
    extensions = made.extensions(listed.withheld)
    expansion = Expansion(
        identifier=stamp.identifier(),
        timestamp=stamp.now(),
        total=None if made.stand_ins else listed.total,
        offset=wanted.offset,
        parameters=tuple(made.shown.echo.parameters(wanted, lambda: _listed(listed.runs))),
        properties=properties,
        contains=contains,
        extensions=(*extensions, CUT) if listed.is_cut else extensions,
    )
    return ExpandResult(made.plan.value_set, expansion, include_definition=made.with_definition)


def _place(made: Prepared, wanted: paging.Page, limits: Limits, total: int) -> tuple[int, int]:
    """Offset and count of the page. Raises TerminologyError too-costly when there are too many codes."""
    offset, count = wanted.offset or 0, wanted.count
    if count is not None:
        return offset, min(count, limits.max_page)
    most = limits.max_page if made.stand_ins else limits.max_codes
    limit = min(most, wanted.limit or most)
    # codes of a licensed system that cannot be counted are returned only for a stated count
    too_many = total - offset > limit and not made.may_be_cut
    if too_many or made.openness.is_endless_in(limits.licensed):
        raise TerminologyError.of("too-costly", "VALUESET_TOO_COSTLY", value_set=_known_as(made.plan), limit=str(limit))
    return offset, limit


def _contains(writer: EntryWriter, parts: Iterable[paging.Part], *, nest: bool) -> tuple[Contains, ...]:
    """The entries of a page. With `nest`, the page has all codes in the order of their systems and may show trees."""
    found: list[Contains] = []
    for segment, ordinals, loose in parts:
        if nest and segment.nests and segment.code_system is not None:
            found += nested(writer.entries(segment, ordinals), segment.code_system)
        else:
            found += writer.listed(segment, ordinals)
        found += [writer.loose_entry(segment, one) for one in loose]
    return tuple(found)


def _listed(runs: Sequence[paging.Run]) -> frozenset[str]:
    """The keys of the code systems that have codes in the expansion."""
    return frozenset(run.segment.code_system.key for run in runs if run.segment.code_system and run.size)


def _known_as(plan: Plan) -> str:
    """The name of a too-costly value set, as HL7's servers give it: with its version if it includes a whole system."""
    value_set = plan.value_set
    if not value_set.url:
        return "??"
    return str(value_set.canonical) if any(r.whole_system for r in plan.root.includes) else value_set.url
