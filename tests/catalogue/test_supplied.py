"""Resources that travel with a request: over the stored ones, for that request only, built once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from terminology.catalogue import supplied as supplied_module
from terminology.catalogue.supplied import SuppliedSystems
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from tests.catalogue.loading import World, code_system, concept_map, supplied, value_set

URL = "http://example.org/cs"
SET = "http://example.org/vs"


def display(request, code="a", ref=URL):
    return request.code_system(Canonical.parse(ref)).locate(code).concept.display


def test_supplied_systems_are_seen_by_their_request_only():
    world = World(code_system(URL, "2.0.0", "a"))
    mine = world.request(code_system(URL, "1.0.0", "a", "b"))
    assert display(mine) == "a of 1.0.0"
    assert display(mine, ref=URL + "|2.0.0") == "a of 2.0.0"
    assert mine.code_system_versions(URL) == ("1.0.0", "2.0.0")
    other = world.request()
    assert display(other) == "a of 2.0.0"
    assert other.code_system_versions(URL) == ("2.0.0",)
    assert other.code_system(Canonical(URL, "1.0.0")) is None


def test_the_cache_of_unknown_names_is_limited_in_bytes():
    world = World(code_system(URL, "1.0.0", "a"))
    request = world.request()
    kept = request._snapshot.resolved
    for _ in range(2):
        assert request.code_system(Canonical("http://example.org/" + "x" * 2_000_000)) is None
        assert request.value_set(Canonical("http://example.org/" + "x" * 50_000_000)) is None
    assert kept.used < 100_000
    assert request._snapshot._resources.used < 100_000


def test_a_supplied_version_replaces_the_stored_one():
    world = World(code_system(URL, "1.0.0", "a"))
    mine = world.request(code_system(URL, "1.0.0", "b"))
    assert mine.code_system(Canonical(URL, "1.0.0")).locate("a") is None
    assert mine.code_system_versions(URL) == ("1.0.0",)
    assert world.request().code_system(Canonical(URL, "1.0.0")).locate("a")


def test_an_alias_of_a_supplied_system_does_not_leak():
    world = World()
    world.alias("urn:oid:1.2.3", URL)
    assert display(world.request(code_system(URL, "1.0.0", "a")), ref="urn:oid:1.2.3") == "a of 1.0.0"
    assert world.request().code_system(Canonical("urn:oid:1.2.3")) is None


def test_a_supplied_header_gives_way_to_stored_content():
    world = World(code_system(URL, "1.0.0", "a"))
    assert display(world.request(code_system(URL, "2.0.0", content="not-present"))) == "a of 1.0.0"


def test_equal_content_is_built_once(monkeypatch):
    built = []
    build = supplied_module.build
    monkeypatch.setattr(supplied_module, "build", lambda resource: built.append(resource.digest) or build(resource))
    world = World()
    one, other = code_system(URL, "1", "a"), code_system(URL, "1", "b")
    systems = [world.request(r).code_system(Canonical(URL)) for r in (one, dict(one), other, one)]
    assert len(built) == 2
    assert systems[0] is systems[1] is systems[3]
    assert systems[2].key != systems[0].key
    assert systems[2].locate("b")
    assert not systems[2].locate("a")


def test_threads_that_need_the_same_system_build_it_once(monkeypatch):
    built = []
    build = supplied_module.build
    monkeypatch.setattr(supplied_module, "build", lambda resource: built.append(resource.digest) or build(resource))
    systems, resource, together = SuppliedSystems(), supplied(code_system(URL, "1", "a")), Barrier(8)

    def ask(_):
        together.wait()
        return systems.system(resource)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert len(built) == 1
    assert all(system is found[0] and system.locate("a") for system in found)


def test_the_cache_of_built_systems_is_bounded(monkeypatch):
    built = []
    build = supplied_module.build
    monkeypatch.setattr(supplied_module, "build", lambda resource: built.append(resource.digest) or build(resource))
    systems = SuppliedSystems(most_concepts=2 * supplied_module.OVERHEAD + 10)
    resources = [supplied(code_system(URL, str(n), "a")) for n in range(3)]
    for resource in (*resources, resources[0], resources[2]):
        systems.system(resource)
    assert [resources.index(next(r for r in resources if r.digest == d)) for d in built] == [0, 1, 2, 0]


def test_broken_supplied_content_is_refused_with_its_reason():
    mine = World().request(code_system(URL, "1", "a", "a"))
    with pytest.raises(TerminologyError) as caught:
        mine.code_system(Canonical(URL))
    assert caught.value.kind == "invalid"
    assert "a" in str(caught.value)


def test_supplied_value_sets_lie_over_stored_ones():
    world = World(value_set(SET, "1.0.0", title="stored"), value_set(SET, "3.0.0", title="stored"))
    mine = world.request(value_set(SET, "2.0.0", title="mine"))
    assert mine.value_set(Canonical(SET)).title == "mine"
    assert mine.value_set(Canonical(SET, "3.0.0")).title == "stored"
    assert mine.value_set_versions(SET) == ("1.0.0", "2.0.0", "3.0.0")
    assert world.request().value_set(Canonical(SET)).version == "3.0.0"
    assert world.request().value_set(Canonical(SET, "2.0.0")) is None


def test_supplied_concept_maps_lie_over_stored_ones():
    systems = {"source": URL, "target": "http://example.org/target"}
    world = World(concept_map("http://example.org/map", "1", ("a", "x"), **systems))
    mine = world.request(concept_map("http://example.org/map", "2", ("a", "y"), **systems))
    assert targets(mine, "a") == [("http://example.org/map|2", "y")]
    assert targets(world.request(), "a") == [("http://example.org/map|1", "x")]


def test_all_supplied_maps_count_even_under_one_name():
    systems = {"source": URL, "target": "http://example.org/target"}
    maps = [concept_map("http://example.org/map", "1", pair, **systems) for pair in (("a", "x"), ("b", "y"))]
    mine = World(concept_map("http://example.org/map", "1", ("a", "z"), **systems)).request(*maps)
    assert [targets(mine, code) for code in "ab"] == [
        [("http://example.org/map|1", "x")],
        [("http://example.org/map|1", "y")],
    ]
    assert [targets(mine, code, Canonical("http://example.org/map")) for code in "ab"] == [
        targets(mine, code) for code in "ab"
    ]


def targets(request, code, ref=None):
    found = request.mappings(source=Canonical(URL), target_system=None, reverse=False, concept_map=ref).of(code)
    return [(str(sides.concept_map), mapping.target_code) for sides, mapping in found]
