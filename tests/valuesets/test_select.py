"""Listing: bitmaps where sets meet in one version, codes where versions meet, and nothing twice."""

from __future__ import annotations

import pytest

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.valueset import ExpansionParameter
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import codes, include, value_set
from valuesets.planning import plan
from valuesets.rules import Query
from valuesets.select import Selector, newest_first

S = "http://example.org/s"


def versions(*names):
    return [MemoryCodeSystem.of(S, "a", "b", version=name) for name in names]


def segments(catalogue, vs):
    planned = plan(catalogue, vs)
    return Selector().node(planned.root)


@pytest.mark.parametrize(
    ("stated", "order"),
    [
        (["1.9", "1.10"], ["1.10", "1.9"]),
        (["1.9", None], ["1.9", None]),
        ([None, "1.9"], ["1.9", None]),
        (["1.9", "1.9"], ["1.9", "1.9"]),
    ],
)
def test_newer_stated_versions_come_first(stated, order):
    planned = plan(MemoryCatalogue(*versions("1.9", "1.10")), value_set("v", *(include(S, version=v) for v in stated)))
    assert [r.definition.version for r in newest_first(planned.root.includes)] == order


def test_other_systems_keep_their_place():
    other = MemoryCodeSystem.of("http://example.org/t", "t")
    vs = value_set("v", include(S, version="1"), include(other.metadata.url), include(S, version="2"))
    listed = segments(MemoryCatalogue(*versions("1", "2"), other), vs)
    assert [(s.system, s.version) for s in listed] == [(S, "2"), (other.metadata.url, None), (S, "1")]


def test_sets_of_one_version_meet_without_reading_concepts():
    system = MemoryCodeSystem.of(S, *(f"c{i}" for i in range(2_000)))
    vs = value_set(
        "v",
        include(S, filters=[("code", "regex", "c1.*")]),
        include(S, filters=[("code", "regex", "c.*1")]),
        exclude=[include(S, "c1", "c11")],
    )
    listed = segments(MemoryCatalogue(system), vs)
    assert sum(map(len, listed)) == len({c for c in (f"c{i}" for i in range(2_000)) if c[1] == "1" or c[-1] == "1"}) - 2
    assert system.calls["concepts"] == system.calls["located"] == system.calls["locate"] == 0


def test_versions_meet_by_code_and_read_the_smaller_one():
    old = MemoryCodeSystem.of(S, "x", "a", version="1")
    new = MemoryCodeSystem(
        CodeSystemMetadata(url=S, version="2"), [Concept(f"c{i}") for i in range(50)] + [Concept("a")]
    )
    catalogue = MemoryCatalogue(old, new)
    vs = value_set("v", include(S, version="2"), exclude=[include(S, version="1")])
    assert len(codes(catalogue, vs)) == 50
    assert "a" not in codes(catalogue, vs)
    assert new.calls["concepts"] == 0
    kept = (ExpansionParameter("versionsMatch", "Boolean", value=False),)
    apart = value_set("v", include(S, version="2"), exclude=[include(S, version="1")], expansion_parameters=kept)
    assert len(codes(catalogue, apart)) == 51


@pytest.mark.parametrize(
    ("match", "left"),
    [
        (None, ["1 c", "2 a", "2 b", "2 d", "1 a"]),
        (False, ["1 c", "2 a", "2 b", "2 d", "1 a"]),
        (True, ["1 c", "2 a", "2 d"]),
    ],
)
def test_an_exclude_is_about_its_own_version_where_others_are_included_beside_it(match, left):
    old, new = (MemoryCodeSystem.of(S, *names, version=version) for names, version in (("abc", "1"), ("abd", "2")))
    catalogue = MemoryCatalogue(old, new)
    stated = () if match is None else (ExpansionParameter("versionsMatch", "Boolean", match),)
    both = include(S, version="1"), include(S, version="2")
    vs = value_set("v", *both, exclude=[include(S, "b", version="1")], expansion_parameters=stated)
    found = [f"{one.version} {code}" for one in segments(catalogue, vs) for code in one.codes()]
    assert sorted(found) == sorted(left)
    node = plan(catalogue, vs).root
    assert node.holds(Query(S, "b", "2")) is (match is not True)
    assert node.holds(Query(S, "b")) is (match is not True)
    assert not node.holds(Query(S, "b", "1"))


@pytest.mark.parametrize("match", [None, True, False])
def test_many_includes_and_excludes_of_one_system_meet_its_set_and_not_each_other(monkeypatch, match):
    looked_at = []
    original = Selector._overlap

    def counted(self, segment, others):
        others = list(others)
        looked_at.append(len(others))
        return original(self, segment, others)

    monkeypatch.setattr(Selector, "_overlap", counted)
    system = MemoryCodeSystem.of(S, "top", *(f"c{i} < top" for i in range(300)), version="1")
    cones = [include(S, filters=[("concept", "is-a", f"c{i}")]) for i in range(300)]
    stated = () if match is None else (ExpansionParameter("versionsMatch", "Boolean", match),)
    vs = value_set("v", *cones, *cones, exclude=cones[:100], expansion_parameters=stated)
    listed = segments(MemoryCatalogue(system), vs)
    assert sum(map(len, listed)) == 200
    assert max(looked_at) == 1
