"""Two readings of one value set: a code is valid exactly when the expansion lists it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import expansion, include, value_set
from tests.valuesets.validating import coding, verdict

CODES = "abcdef"
SYSTEMS = ("http://example.org/s", "http://example.org/t")
BASE = "http://example.org/base"


@st.composite
def systems(draw, url):
    retired = draw(st.sets(st.sampled_from(CODES), max_size=2))
    parents = {code: draw(st.sampled_from(CODES[:i])) for i, code in enumerate(CODES) if i and draw(st.booleans())}
    concepts = [
        Concept(
            code,
            code.upper(),
            properties=(Property("status", "code", "retired"),) if code in retired else (),
            parents=(parents[code],) if code in parents else (),
        )
        for code in CODES
    ]
    return MemoryCodeSystem(CodeSystemMetadata(url=url, version="1"), concepts)


filters = st.tuples(
    st.just("concept"), st.sampled_from(["is-a", "descendent-of", "is-not-a", "child-of"]), st.sampled_from(CODES)
)
some_codes = st.sets(st.sampled_from(CODES), min_size=1)
concept_sets = st.one_of(
    st.builds(include, st.sampled_from(SYSTEMS)),
    st.builds(lambda s, cs: include(s, *sorted(cs)), st.sampled_from(SYSTEMS), some_codes),
    st.builds(lambda s, f: include(s, filters=[f]), st.sampled_from(SYSTEMS), filters),
    st.builds(lambda s: include(s, imports=[BASE]), st.sampled_from(SYSTEMS)),
    st.just(include(imports=[BASE])),
)  # fmt: skip


@given(
    systems(SYSTEMS[0]), systems(SYSTEMS[1]), concept_sets.filter(lambda c: not c.value_sets),
    st.lists(concept_sets, min_size=1, max_size=3), st.lists(concept_sets, max_size=2), st.sampled_from([None, False]),
    st.sampled_from([None, True]),
)  # fmt: skip
def test_a_code_is_valid_exactly_if_it_is_listed(one, other, base, includes, excludes, inactive, active_only):
    catalogue = MemoryCatalogue(one, other, value_set("base", base))
    vs = value_set("v", *includes, exclude=excludes, inactive=inactive)
    listed = {
        (entry.system, entry.code)
        for entry in expansion(catalogue, vs, active_only=active_only, exclude_nested=True).contains
    }
    valid = {
        (system, code)
        for system in SYSTEMS
        for code in CODES
        if verdict(catalogue, vs, coding(system, code), active_only=active_only).result
    }
    assert valid == listed
