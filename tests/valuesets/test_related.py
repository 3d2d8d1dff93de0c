"""How two value sets relate: by definition where that tells, else by their codes."""

from __future__ import annotations

import pytest

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Property
from terminology.model.outcome import TerminologyError
from terminology.model.requests import RelatedRequest, RequestContext, VersionRules
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from valuesets.related import relate

S, T = "http://example.org/s", "http://example.org/t"
CATALOGUE = MemoryCatalogue(
    MemoryCodeSystem.of(S, "root", "a < root", "a1 < a", "b < root", "b1 < b", "x", "y", "both < x < y", version="1"),
    MemoryCodeSystem.of(S, "root", "a < root", "a1 < a", "a2 < a", version="2"),
    MemoryCodeSystem.of(T, "t", "u"),
    value_set("import", include(S, "a", version="1")),
)


def cone(root, *, version="1", op="is-a"):
    return include(S, filters=[("concept", op, root)], version=version)


def listed(*codes, version="1"):
    return include(S, *codes, version=version)


def related(one, other, catalogue=CATALOGUE, excludes=((), ())):
    this, that = (
        value_set(name, *(i if isinstance(i, list) else [i]), exclude=excluded)
        for name, i, excluded in zip(("one", "two"), (one, other), excludes, strict=True)
    )
    return relate(catalogue, RelatedRequest(this=this, other=that), RequestContext())


@pytest.mark.parametrize(
    ("one", "other", "relation", "expanded"),
    [
        (include(S, version="1"), include(S, version="1"), "same", False),
        ([listed("a"), include(T)], [include(T), listed("a")], "same", False),
        (listed("a", "b"), listed("b", "a"), "same", False),
        (listed("a"), listed("b", "a"), "subset", False),
        (listed("a", "b"), listed("b"), "superset", False),
        (listed("a", "b"), listed("b", "x"), "overlapping", False),
        (listed("a"), listed("b"), "disjoint", False),
        (listed("a"), include(T), "disjoint", False),
        ([listed("a"), include(T)], listed("a"), "superset", False),
        (cone("root"), cone("a"), "superset", False),
        (cone("a"), cone("root"), "subset", False),
        (cone("a"), cone("b"), "disjoint", False),
        (cone("x"), cone("y"), "overlapping", True),
        (cone("a"), listed("a", "a1"), "same", True),
        (cone("a"), cone("a", version="2"), "subset", True),
        (include(S, version="1"), include(S, version="2"), "overlapping", True),
        (include(imports=["http://example.org/import"]), listed("a"), "same", True),
        (cone("a1", op="descendent-of"), cone("b1", op="descendent-of"), "empty", True),
    ],
)
def test_relations_of_two_value_sets(one, other, relation, expanded):
    found = related(one, other)
    assert (found.relation, found.performed_expansion) == (relation, expanded)


NOTHING = cone("a1", op="descendent-of")


@pytest.mark.parametrize(
    ("one", "other", "relation", "expanded"),
    [
        ([include(T), NOTHING], include(T), "same", True),
        (include(T, "t"), [include(T, "t", "u"), NOTHING], "subset", True),
        ([include(T), NOTHING], NOTHING, "disjoint", True),
        ([include(T), cone("nothing")], include(T), "same", True),
        ([include(T), cone("a")], include(T), "superset", False),
        (include(T), cone("nothing"), "disjoint", False),
        (NOTHING, NOTHING, "same", False),
    ],
)
def test_an_include_that_selects_nothing_makes_no_difference(one, other, relation, expanded):
    found = related(one, other)
    assert (found.relation, found.performed_expansion) == (relation, expanded)


def test_definitions_are_not_enough_for_value_sets_of_active_codes():
    system = MemoryCodeSystem(
        CodeSystemMetadata(url=S, version="1"),
        [Concept("a", "A", properties=(Property("status", "code", "retired"),)), Concept("a1", "A1", parents=("a",))],
    )
    wide, narrow, same = (
        value_set(name, cone(root), inactive=False) for name, root in (("wide", "a"), ("narrow", "a1"), ("same", "a"))
    )
    found = relate(MemoryCatalogue(system), RelatedRequest(this=wide, other=narrow), RequestContext())
    assert (found.relation, found.performed_expansion) == ("same", True)
    found = relate(MemoryCatalogue(system), RelatedRequest(this=wide, other=same), RequestContext())
    assert (found.relation, found.performed_expansion) == ("same", False)


def test_excludes_need_the_codes():
    found = related(include(S, version="1"), cone("root"), excludes=([cone("x"), cone("y")], ()))
    assert (found.relation, found.performed_expansion) == ("same", True)


def test_codes_are_named():
    found = related(cone("a"), [listed("a1"), listed("b1")])
    assert (found.common_codes, found.missing_codes, found.extra_codes) == (("a1",), ("a",), ("b1",))
    assert found.message == (
        "Both value sets http://example.org/one and http://example.org/two contain the codes the other doesn't, "
        "but there is some overlap"
    )
    across = related(cone("a"), cone("a", version="2"))
    assert (across.common_codes, across.missing_codes, across.extra_codes) == (("a", "a1"), (), ("a2",))


def test_definitions_tell_about_systems_that_are_not_here():
    nowhere = MemoryCatalogue()
    assert related(listed("p", "q"), listed("q", "r"), nowhere).relation == "overlapping"
    found = related(cone("p"), listed("q"), nowhere)
    assert found.relation == "indeterminate"
    assert "could not be found" in found.message


def test_a_value_set_that_is_not_here():
    request = RelatedRequest(this=Canonical("http://example.org/none"), other=Canonical("http://example.org/import"))
    with pytest.raises(TerminologyError) as caught:
        relate(CATALOGUE, request, RequestContext())
    assert caught.value.kind == "not-found"


def test_the_version_of_a_value_set_named_without_one_is_the_wanted_one():
    url = "http://example.org/v"
    versions = [value_set("v", listed(code), version=number) for number, code in (("1", "a"), ("2", "b"))]
    catalogue = MemoryCatalogue(*CATALOGUE.systems, *versions)
    wanted = VersionRules(default_valueset_version=(Canonical(url, "1"),))
    asked = RelatedRequest(this=Canonical(url), other=value_set("other", listed("a")), versions=wanted)
    assert relate(catalogue, asked, RequestContext()).relation == "same"
