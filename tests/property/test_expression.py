"""The two readings of a value set agree, sets obey the laws of algebra, and pages add up to the whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Property
from terminology.model.requests import ExpandRequest, RequestContext
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, ExpansionParameter, Filter, ValueSet
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from valuesets.expand import Limits, expand
from valuesets.planning import plan

SYSTEM = "http://example.org/system"
OTHER = "http://example.org/other"
CODES = [f"c{i}" for i in range(8)]
ROOTS = CODES[:5:2]
"""Codes that every system has, for filters to start from: an expansion from an unknown one is refused."""
UNKNOWN = "no-such-code"


@st.composite
def concepts(draw, codes=CODES):
    """A forest with shared children: parents come before their children."""
    found = []
    for number, code in enumerate(codes):
        if code not in ROOTS and not draw(st.booleans()):
            continue
        known = [c.code for c in found]
        parents = draw(st.lists(st.sampled_from(known), unique=True, max_size=2)) if known and number else []
        properties = [Property("colour", "code", draw(st.sampled_from(["red", "green"])))]
        if draw(st.booleans()):
            properties.append(Property("status", "code", draw(st.sampled_from(["active", "retired", "deprecated"]))))
        if draw(st.booleans()):
            properties.append(Property("notSelectable", "boolean", draw(st.booleans())))
        found.append(Concept(code, f"Display {code}", parents=tuple(parents), properties=tuple(properties)))
    return tuple(found)


@st.composite
def systems(draw):
    """Two versions of one system, and another system."""
    header = {"content": draw(st.sampled_from(["complete", "complete", "fragment"]))}
    return [
        MemoryCodeSystem(CodeSystemMetadata(url=url, version=version, **header), draw(concepts()))
        for url, version in ((SYSTEM, "1.0"), (SYSTEM, "2.0"), (OTHER, None))
    ]


FILTERS = st.one_of(
    st.builds(
        Filter,
        st.just("concept"),
        st.sampled_from(["is-a", "descendent-of", "is-not-a", "child-of", "generalizes", "descendent-leaf"]),
        st.sampled_from(ROOTS),
    ),
    st.builds(
        Filter, st.just("colour"), st.sampled_from(["=", "in", "not-in"]), st.sampled_from(["red", "green,blue"])
    ),
    st.builds(Filter, st.just("code"), st.just("regex"), st.sampled_from(["c[0-3]", ".*7"])),
    st.builds(Filter, st.just("status"), st.just("exists"), st.sampled_from(["true", "false"])),
)


@st.composite
def concept_sets(draw, imports=()):
    """An include or exclude of any kind."""
    value_sets = tuple(draw(st.lists(st.sampled_from(imports), unique=True, max_size=2))) if imports else ()
    if value_sets and draw(st.booleans()):
        return ConceptSet(value_sets=value_sets, path="ValueSet.compose.include[0]")
    system = draw(st.sampled_from([SYSTEM, OTHER]))
    version = draw(st.sampled_from([None, "1.0", "2.0", "x.0"])) if system == SYSTEM else None
    kind = draw(st.sampled_from(["whole", "listed", "filtered"]))
    listed = st.lists(st.sampled_from([*CODES, UNKNOWN]), min_size=1, max_size=5)
    return ConceptSet(
        system,
        version,
        tuple(ConceptReference(c) for c in draw(listed)) if kind == "listed" else (),
        tuple(draw(st.lists(FILTERS, min_size=1, max_size=2))) if kind == "filtered" else (),
        value_sets,
        "ValueSet.compose.include[0]",
    )


@st.composite
def value_sets(draw, number=0, imports=()):
    """A value set that may import others."""
    includes = draw(st.lists(concept_sets(imports), min_size=1, max_size=3))
    excludes = draw(st.lists(concept_sets(imports), max_size=2))
    match = draw(st.sampled_from([None, True, False]))
    parameters = () if match is None else (ExpansionParameter("versionsMatch", "Boolean", match),)
    return ValueSet(
        url=f"http://example.org/vs{number}",
        version="1",
        compose=Compose(tuple(includes), tuple(excludes), draw(st.sampled_from([None, True, False]))),
        expansion_parameters=parameters,
    )


@st.composite
def worlds(draw):
    """A catalogue and the value set to ask about."""
    first = draw(value_sets(1))
    second = draw(value_sets(2, (first.canonical,)))
    asked = draw(value_sets(3, (Canonical(first.url), second.canonical)))
    return MemoryCatalogue(*draw(systems()), first, second), asked


def listing(catalogue, value_set, **wishes):
    """The flat expansion."""
    request = ExpandRequest(value_set=value_set, exclude_nested=True, **wishes)
    return expand(catalogue, request, RequestContext(), Limits()).expansion


def key(entry):
    return entry.system, entry.version, entry.code


def codes(catalogue, value_set):
    return {(c.system, c.code) for c in listing(catalogue, value_set).contains}


@given(worlds())
@settings(max_examples=120, deadline=None)
def test_expanding_and_asking_agree_on_every_code(world):
    catalogue, value_set = world
    listed = codes(catalogue, value_set)
    planned = plan(catalogue, value_set)
    for system in (SYSTEM, OTHER):
        for code in (*CODES, UNKNOWN):
            member = planned.contains(system, code)
            assert ((system, code) in listed) == (member is not None and member.outcome == "in"), (system, code)


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_every_version_that_is_listed_is_a_membership_and_the_other_way_round(world):
    catalogue, value_set = world
    planned = plan(catalogue, value_set)
    if planned.root.versions_match:
        return  # then one entry stands for several versions
    segments = {key(c) for c in listing(catalogue, value_set).contains}
    states_version = any(v for _, v, _ in segments)
    for code in CODES:
        asked = {m.version for m in planned.memberships(SYSTEM, code) if m.outcome == "in"}
        listed = [v for s, v, c in segments if (s, c) == (SYSTEM, code)]
        assert len(listed) == len(asked)
        if states_version and any(listed):
            assert set(listed) == asked


@given(worlds(), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_pages_are_exactly_the_whole(world, size):
    catalogue, value_set = world
    whole = listing(catalogue, value_set)
    assert whole.total == len(whole.contains)
    assert len({key(c) for c in whole.contains}) == whole.total
    paged = []
    for offset in range(0, whole.total + size, size):
        part = listing(catalogue, value_set, offset=offset, count=size)
        assert part.total == whole.total
        paged.extend(part.contains)
    assert tuple(paged) == whole.contains


@given(worlds(), st.sampled_from(["display", "c1", "display c2", "nothing"]), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_searching_finds_exactly_the_matching_codes_page_by_page(world, text, size):
    catalogue, value_set = world
    whole = listing(catalogue, value_set)
    words = text.split()
    wanted = {key(c) for c in whole.contains if all(w in (c.display or c.code).lower().split() for w in words)}
    found = listing(catalogue, value_set, filter=text)
    assert {key(c) for c in found.contains} == wanted
    pages = [listing(catalogue, value_set, filter=text, offset=o, count=size) for o in range(0, found.total, size)]
    assert tuple(entry for one in pages for entry in one.contains) == found.contains


@given(worlds())
@settings(max_examples=50, deadline=None)
def test_a_hierarchical_expansion_has_the_same_codes(world):
    catalogue, value_set = world
    request = ExpandRequest(value_set=value_set)
    tree = expand(catalogue, request, RequestContext(), Limits()).expansion

    def flat(entries):
        for entry in entries:
            yield key(entry)
            yield from flat(entry.contains)

    plain = [key(c) for c in listing(catalogue, value_set).contains]
    assert sorted(flat(tree.contains), key=str) == sorted(plain, key=str)


def combined(include, exclude=()):
    return ValueSet(url="http://example.org/combined", compose=Compose(tuple(include), tuple(exclude)))


def imported(*references):
    return ConceptSet(value_sets=tuple(Canonical(f"http://example.org/{r}") for r in references), path="p")


@st.composite
def three_sets(draw):
    """Three value sets over one version of a system, so that versions play no part."""
    system = MemoryCodeSystem(CodeSystemMetadata(url=OTHER), draw(concepts()))
    listed = st.lists(st.sampled_from(CODES), min_size=1, max_size=6)
    sets = [
        ValueSet(
            url=f"http://example.org/{name}",
            compose=Compose((ConceptSet(OTHER, concepts=tuple(ConceptReference(c) for c in draw(listed)), path="p"),)),
        )
        for name in "abc"
    ]
    return MemoryCatalogue(system, *sets)


@given(three_sets())
@settings(max_examples=50, deadline=None)
def test_the_laws_of_sets_hold(catalogue):
    def of(value_set):
        return codes(catalogue, value_set)

    a, b, c = (of(combined([imported(name)])) for name in "abc")
    assert of(combined([imported("a"), imported("b")])) == a | b
    assert of(combined([imported("a", "b")])) == a & b
    assert of(combined([imported("a")], [imported("b")])) == a - b
    assert of(combined([imported("a")], [imported("a")])) == set()
    assert of(combined([imported("a"), imported("a")])) == a
    # distribution, and De Morgan: minus a union is an intersection of differences
    assert of(combined([imported("a", "c"), imported("b", "c")])) == (a | b) & c
    assert of(combined([imported("a")], [imported("b"), imported("c")])) == (a - b) & (a - c)
    assert of(combined([imported("a")], [imported("b", "c")])) == (a - b) | (a - c)
