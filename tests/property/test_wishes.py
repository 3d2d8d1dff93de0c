"""Wishes about an expansion change what they are about, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.model.coding import Canonical
from terminology.model.language import Languages
from terminology.model.requests import ExpandRequest, RequestContext
from tests.property.test_expression import OTHER, SYSTEM, key, listing, worlds
from valuesets.expand import Limits, expand

SHOWN = st.fixed_dictionaries(
    {},
    optional={
        "include_designations": st.booleans(),
        "designations": st.sampled_from([("de",), ("urn:ietf:bcp:47|en", "de")]),
        "include_definition": st.booleans(),
        "display_language": st.sampled_from(["de", "de, *; q=0", "en, de; q=0.5"]).map(Languages.parse),
        "properties": st.sampled_from([("colour",), ("*",), ("definition", "status", "nothing")]),
        "exclude_post_coordinated": st.booleans(),
    },
)
"""Wishes about what is shown of each code."""
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        "active_only": st.booleans(),
        "exclude_not_for_ui": st.booleans(),
        "exclude_systems": st.sampled_from(
            [(Canonical(OTHER),), (Canonical(SYSTEM, "1.0"),), (Canonical(SYSTEM, "7"),)]
        ),
    },
)
"""Wishes about which codes there are."""


@given(worlds(), SHOWN)
@settings(max_examples=50, deadline=None)
def test_what_is_shown_of_codes_does_not_change_which_there_are(world, wishes):
    catalogue, value_set = world
    plain, shown = listing(catalogue, value_set), listing(catalogue, value_set, **wishes)
    assert [(key(c), c.abstract, c.inactive) for c in shown.contains] == [
        (key(c), c.abstract, c.inactive) for c in plain.contains
    ]
    assert shown.total == plain.total


@given(worlds(), CHOSEN, SHOWN)
@settings(max_examples=50, deadline=None)
def test_only_what_is_not_wanted_is_left_out(world, chosen, shown):
    catalogue, value_set = world
    found = listing(catalogue, value_set, **chosen, **shown)
    if not chosen.get("exclude_systems"):
        wanted = [
            key(c)
            for c in listing(catalogue, value_set).contains
            if not (chosen.get("active_only") and c.inactive) and not (chosen.get("exclude_not_for_ui") and c.abstract)
        ]
        assert [key(c) for c in found.contains] == wanted
    assert not (chosen.get("active_only") and any(c.inactive for c in found.contains))
    assert not (chosen.get("exclude_not_for_ui") and any(c.abstract for c in found.contains))
    assert found.total == len(found.contains)


@given(worlds(), CHOSEN, st.integers(0, 4), st.integers(0, 4))
@settings(max_examples=50, deadline=None)
def test_a_page_is_a_part_of_the_whole_whatever_is_wanted(world, chosen, offset, count):
    catalogue, value_set = world
    whole = listing(catalogue, value_set, **chosen)
    page = listing(catalogue, value_set, offset=offset, count=count, **chosen)
    assert page.contains == whole.contains[offset : offset + count]
    assert page.total == whole.total
    request = ExpandRequest(value_set=value_set, offset=offset, count=count, **chosen)
    nested = expand(catalogue, request, RequestContext(), Limits()).expansion
    assert nested.total == whole.total
