"""The result of `$expand`: the value set's header, or its whole definition, with an expansion.

`valueset` writes definitions and expansions.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from terminology.fhir.json import Json
from terminology.fhir.valueset import render, render_expansion_element
from terminology.model.results import ExpandResult
from terminology.model.valueset import ValueSet
from terminology.store.cache import BoundedCache

TYPED_IN_EXPANSIONS = (
    "id", "language", "url", "version", "name", "title", "status", "experimental", "date", "immutable"
)  # fmt: skip
"""Elements of IN_EXPANSIONS for which the model has fields."""
_TYPED = attrgetter(*TYPED_IN_EXPANSIONS)

HEADING_BYTES = 2 * 1024 * 1024
HEADING_OVERHEAD = 1500
"""Bytes of headings that are cached, and the overhead of one beyond its JSON and url."""
_headings: BoundedCache[tuple[bytes, tuple[Any, ...]], Json] = BoundedCache(HEADING_BYTES)


def render_expansion(result: ExpandResult) -> Json:
    """Write the answer of `$expand`.

    Without `include_definition`, only the elements of IN_EXPANSIONS come along: no narrative, contacts,
    jurisdictions, purpose, compose or extensions.
    """
    expansion = render_expansion_element(result.expansion)
    written = render(result.value_set) if result.include_definition else _heading(result.value_set)
    return {**written, "expansion": expansion}


def _heading(value_set: ValueSet) -> Json:
    """The elements of IN_EXPANSIONS. All pages of an expansion share the result, so it must not be changed."""
    key = value_set.heading, _TYPED(value_set)
    if (kept := _headings.get(key)) is not None:
        return kept[0]
    named = ValueSet(**dict(zip(TYPED_IN_EXPANSIONS, key[1], strict=True)), resource=value_set.heading)
    return _headings.put(key, render(named), HEADING_OVERHEAD + len(named.resource) + len(named.url))
