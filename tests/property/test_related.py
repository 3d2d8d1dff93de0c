"""How two value sets relate is what their codes say, whether or not these were looked at."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from terminology.model.coding import Canonical
from terminology.model.requests import RelatedRequest, RequestContext
from tests.memory import MemoryCatalogue
from tests.property.test_expression import codes, concept_sets, systems, value_sets
from valuesets.related import relate


@st.composite
def worlds(draw):
    """A catalogue, and two value sets that often have much in common."""
    first = draw(value_sets(1))
    second = draw(value_sets(2, (first.canonical,)))
    imports = (Canonical(first.url), second.canonical)
    one = draw(st.one_of(value_sets(3, imports), value_sets(3)))
    other = draw(st.one_of(value_sets(4, imports), with_more(one)))
    return MemoryCatalogue(*draw(systems()), first, second), one, other


@st.composite
def with_more(draw, value_set):
    """The same value set with some more includes, in some order."""
    compose = value_set.compose
    includes = draw(st.permutations([*compose.include, *draw(st.lists(concept_sets(), max_size=2))]))
    return replace(value_set, compose=replace(compose, include=tuple(includes)))


def relation(one, other):
    """What sets of codes say."""
    if not one | other:
        return "empty"
    if not one & other:
        return "disjoint"
    if one == other:
        return "same"
    return "superset" if one > other else "subset" if one < other else "overlapping"


def names_only_known_codes(catalogue, value_set):
    """A definition counts what it lists and whole systems as codes, known or not: systems may not be here at all."""
    return all(
        held.all and {reference.code for reference in include.concepts} <= {concept.code for concept in held.all}
        for include in value_set.compose.include
        for held in catalogue.systems
        if held.metadata.url == include.system
    )


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_relations_are_those_of_the_codes(world):
    catalogue, one, other = world
    found = relate(catalogue, RelatedRequest(this=one, other=other), RequestContext())
    expected = relation(codes(catalogue, one), codes(catalogue, other))
    if found.performed_expansion:
        assert found.relation == expected
        return
    assume(names_only_known_codes(catalogue, one))
    assume(names_only_known_codes(catalogue, other))
    same_of_nothing = (found.relation, expected) in {("same", "empty"), ("disjoint", "empty")}
    assert found.relation == expected or same_of_nothing
