"""Names, value sets and maps of stored content; what is noticed of publications, and what a request costs."""

from __future__ import annotations

import pytest

from terminology.codesystems import registry
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.coding import Canonical
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.store.counting import counting
from tests.catalogue.loading import World, code_system, concept_map, value_set

URL = "http://example.org/cs"
SET = "http://example.org/vs"


def test_aliases():
    oid = {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}
    world = World(code_system(URL, "1", "a", identifier=[oid]))
    world.alias("urn:oid:9.9", URL)
    for alias in ("urn:oid:1.2.3", "urn:oid:9.9", "urn:oid:9.9|1"):
        assert world.request().code_system(Canonical.parse(alias)).metadata.url == URL
    assert world.request().code_system(Canonical("urn:oid:9.9", "2")) is None
    assert world.request().code_system_versions("urn:oid:9.9") == ("1",)


def test_value_sets_by_their_identifiers():
    oid = {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}
    sets = [value_set(SET, version, identifier=[oid]) for version in ("1", "2")]
    world = World(*sets, value_set("urn:oid:7.7", "1", identifier=[{"value": "urn:oid:7.7"}]))
    request = world.request()
    assert str(request.value_set(Canonical("urn:oid:1.2.3")).canonical) == SET + "|2"
    assert str(request.value_set(Canonical("urn:oid:1.2.3", "1")).canonical) == SET + "|1"
    assert list(request.value_set_versions("urn:oid:1.2.3")) == ["1", "2"]
    assert request.value_set(Canonical("urn:oid:1.2.3", "3")) is None
    assert request.value_set(Canonical("urn:oid:4.5")) is None
    assert request.value_set(Canonical("urn:oid:7.7", "2")) is None


def test_a_value_set_of_all_codes():
    world = World(code_system(URL, "1.0.0", "a", valueSet=SET), code_system(URL, "2.0.0", "a", valueSet=SET))
    found = world.request().value_set(Canonical(SET))
    assert (found.url, found.version, found.compose.include[0].system) == (SET, "2.0.0", URL)
    assert world.request().value_set(Canonical(SET, "1.0.0")).compose.include[0].version == "1.0.0"
    assert world.request().value_set_versions(SET) == ("2.0.0",)
    mine = world.request(code_system("http://example.org/mine", "1", valueSet="http://example.org/all"))
    assert mine.value_set(Canonical("http://example.org/all")).compose.include[0].system == "http://example.org/mine"


def test_a_written_value_set_comes_before_an_implicit_one():
    world = World(code_system(URL, "1", valueSet=SET), value_set(SET, "7"))
    assert world.request().value_set(Canonical(SET)).version == "7"


class Patterned(StoredCodeSystem):
    """A system with implicit value sets."""

    def implicit_value_set(self, url):
        if url == URL + "?all":
            return Compose((ConceptSet(URL, self.metadata.version),))
        if url == URL + "?fixed":
            return Compose((ConceptSet(URL, "1"),))
        return ValueSet(url=url, version=self.metadata.version) if url == URL + "?named" else None


@pytest.fixture
def patterned(monkeypatch):
    monkeypatch.setattr(registry, "STORED", {URL: Patterned})
    return World(code_system(URL, "0", "a"), code_system(URL, "1", "a"), code_system("http://example.org/plain", "1"))


def test_value_sets_by_pattern(patterned):
    request = patterned.request()
    assert request.value_set(Canonical(URL + "?all")).compose.include[0].version == "1"
    assert request.value_set(Canonical(URL + "?all")).version is None
    assert request.value_set(Canonical(URL + "?named")).version == "1"
    for version in ("0", "1"):
        assert request.value_set(Canonical(URL + "?named", version)).version == version
        bound = request.value_set(Canonical(URL + "?all", version))
        assert (bound.version, bound.compose.include[0].version) == (version, version)
    assert request.value_set(Canonical(URL + "?named", "4")) is None


def test_a_value_set_by_pattern_exists_in_the_version_of_its_system_only(patterned):
    request = patterned.request()
    assert request.value_set(Canonical(URL + "?fixed", "1")).compose.include[0].version == "1"
    assert request.value_set(Canonical(URL + "?fixed", "0")) is None
    assert request.value_set(Canonical(URL + "?other")) is None


def test_systems_have_the_class_they_are_registered_with(patterned):
    assert isinstance(patterned.request().code_system(Canonical(URL)), Patterned)
    assert type(patterned.request().code_system(Canonical("http://example.org/plain"))) is StoredCodeSystem


def test_built_in_systems(monkeypatch):
    made = World(code_system(URL, "2", "a")).request().code_system(Canonical(URL))
    monkeypatch.setattr(registry, "BUILTIN", {URL: lambda: made})
    registry.made.cache_clear()
    world = World(code_system(URL, "3", content="not-present"))
    assert world.request().code_system(Canonical(URL)) is made
    assert world.request().code_system_versions(URL) == ("2", "3")
    assert [str(c) for c in world.request().systems_holding("a")] == [URL + "|2"]
    registry.made.cache_clear()


def test_inferring_systems():
    world = World(
        code_system("http://b", "1", "x", "y"), code_system("http://a", "1", "x"), code_system("http://a", "2")
    )
    assert [str(c) for c in world.request().systems_holding("x")] == ["http://b|1"]
    assert [str(c) for c in world.request(code_system("http://c", None, "x")).systems_holding("x")] == [
        "http://b|1",
        "http://c",
    ]


def test_mappings_of_stored_maps():
    world = World(
        concept_map("http://m/one", "1", ("a", "x"), source=URL, target="http://t"),
        concept_map("http://m/one", "2", ("a", "y"), ("b", "y"), source=URL + "|5", target="http://t"),
        concept_map("http://m/two", None, ("a", "z"), source=URL, target="http://u"),
    )
    request = world.request()

    def found(code, *, reverse=False, source=URL, target=None, concept_map=None):
        ref = Canonical.parse(source) if source else None
        mappings = request.mappings(source=ref, target_system=target, reverse=reverse, concept_map=concept_map)
        found = ((str(s.concept_map), str(s.source), str(s.target), m) for s, m in mappings.of(code))
        return [(*sides, m.source_code, m.target_code) for *sides, m in found]

    two = ("http://m/two", URL, "http://u", "a", "z")
    assert found("a") == [("http://m/one|2", URL + "|5", "http://t", "a", "y"), two]
    assert found("a", source=URL + "|6") == [two]
    assert found("a", source=None, target="http://u") == [two]
    assert found("y", reverse=True) == [
        ("http://m/one|2", URL + "|5", "http://t", "a", "y"),
        ("http://m/one|2", URL + "|5", "http://t", "b", "y"),
    ]
    assert found("a", concept_map=Canonical("http://m/one", "1")) == [("http://m/one|1", URL, "http://t", "a", "x")]
    assert found("a", concept_map=Canonical("http://m/none")) == []
    assert request.concept_map(Canonical("http://m/one")).version == "2"
    assert request.concept_map(Canonical("http://m/one")).groups[0].mappings == ()
    assert request.concept_map(Canonical("http://m/none")) is None


def test_publications_are_noticed_by_the_next_request():
    world = World(code_system(URL, "1", "a"))
    before = world.request()
    first = before.code_system(Canonical(URL))
    world.load(code_system(URL, "2", "a"), value_set(SET, "1"))
    after = world.request()
    assert after.code_system(Canonical(URL)).metadata.version == "2"
    assert after.value_set(Canonical(SET))
    assert before.code_system(Canonical(URL)) is first
    assert after.code_system(Canonical(URL, "1")) is first


def test_a_version_that_is_loaded_again_has_a_new_key_and_content():
    world = World(code_system(URL, "1", "a"))
    first = world.request().code_system(Canonical(URL))
    world.load(code_system(URL, "1", "b"))
    second = world.request().code_system(Canonical(URL))
    assert second.key != first.key
    assert second.locate("b")
    assert first.locate("a"), "a request that began before goes on with what it has"


def test_keys_of_different_stores_differ():
    one, other = World(code_system(URL, "1", "a")), World(code_system(URL, "1", "b"))
    assert one.request().code_system(Canonical(URL)).key != other.request().code_system(Canonical(URL)).key


PROPERTIES = [{"code": "color", "type": "code"}]
CONCEPTS = [
    {"code": "a", "concept": [{"code": "b", "property": [{"code": "color", "valueCode": "red"}]}]},
]  # fmt: skip


def cost(world, work):
    work(world.request())
    with counting(world.store) as statements:
        work(world.request())
    return len(statements)


@pytest.mark.parametrize(
    ("reads", "filter_"),
    [
        (0, None),
        (0, Filter("concept", "is-a", "a")),
        (0, Filter("concept", "is-a", "b")),
        (0, Filter("concept", "descendent-leaf", "a")),
        (0, Filter("concept", "generalizes", "b")),
        (0, Filter("concept", "child-of", "a")),
        (0, Filter("color", "=", "red")),
        (0, Filter("color", "regex", "r.d")),
        (0, Filter("status", "=", "active")),
        (0, Filter("parent", "=", "a")),
    ],
)
def test_a_warm_membership_costs_one_generation_check_and_what_it_reads_anew(reads, filter_):
    world = World(
        code_system(URL, "1", property=PROPERTIES, concept=CONCEPTS),
        code_system(URL, "0", "b"),
        value_set(SET, "1"),
    )

    def work(request):
        request.value_set(Canonical(SET))
        system = request.code_system(Canonical(URL))
        located = system.locate("b")
        if filter_:
            system.holds(located, filter_)

    assert cost(world, work) == 1 + reads


def test_a_warm_subsumption_costs_the_generation_check():
    world = World(code_system(URL, "1", concept=CONCEPTS))
    assert cost(world, lambda request: request.code_system(Canonical(URL)).subsumes("a", "b")) == 1


def test_a_warm_translation_costs_one_read():
    world = World(
        concept_map("http://m/one", "1", ("a", "x"), ("b", "x"), source=URL, target="http://t"),
        concept_map("http://m/two", "1", ("a", "x"), ("b", "x"), source=URL, target="http://t"),
    )

    def work(request):
        ask = {"source": Canonical(URL), "target_system": None, "reverse": False, "concept_map": None}
        assert len(request.mappings(**ask).of(next(codes))) == 2

    codes = iter("ab")
    assert cost(world, work) == 2
    codes = iter("ab")
    assert cost(world, work) == 1, "none where the code was asked about lately"


def test_a_supplied_system_costs_the_store_nothing():
    world = World()
    resource = code_system(URL, "1", "a")
    world.request(resource).code_system(Canonical(URL))
    with counting(world.store) as statements:
        world.request(resource).code_system(Canonical(URL)).locate("a")
    assert len(statements) == 1


def test_what_is_derived_is_kept_within_its_weight():
    world = World()
    made = []
    for weight in (1, 2**30):
        for _ in range(2):
            world.request().remember(("key", weight), lambda w=weight: made.append(w), lambda _, w=weight: w)
    assert made == [1, 2**30, 2**30]


def test_what_is_derived_is_kept_until_something_is_published():
    world = World(code_system(URL, "1", "a"))
    made = []

    def derive(request, key="key"):
        return request.remember(key, lambda: made.append(key) or request.code_system(Canonical(URL)).metadata.version)

    assert [derive(world.request()) for _ in range(2)] == ["1", "1"]
    assert made == ["key"]
    assert derive(world.request(), "other") == "1"
    assert derive(world.request(release="R4")) == "1"
    assert derive(world.request(code_system(URL, "3"))) == "3"
    assert made == ["key", "other", "key", "key"]
    world.load(code_system(URL, "2", "a"))
    assert derive(world.request()) == "2"
