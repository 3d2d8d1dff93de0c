"""What every code system must do, however it holds its concepts: stored, with supplements over it, or in a list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from terminology.catalogue.supplied import build
from terminology.codesystems.supplement import Supplemented
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation, Property
from terminology.model.language import ANY_LANGUAGE
from terminology.model.outcome import TerminologyError
from terminology.model.requests import CodeSystemResource
from terminology.model.valueset import Filter
from tests.codesystems.building import stored
from tests.memory import MemoryCodeSystem

HEADER = CodeSystemMetadata(
    url="http://example.org/animals",
    version="1",
    properties=(PropertyDefinition("legs", "integer"), PropertyDefinition("food", "code")),
)
CONCEPTS = (
    Concept("animal", "Animal", properties=(Property("notSelectable", "boolean", True),)),
    Concept("mammal", "Mammal", parents=("animal",)),
    Concept("cat", "Cat", "Sleeps", (Designation("Hauskatze", "de"),),
            (Property("legs", "integer", 4), Property("food", "code", "mouse")), parents=("mammal",)),
    Concept("bat", "Bat", designations=(Designation("Fledermaus", "de"),), parents=("mammal", "flyer"),
            properties=(Property("food", "code", "insect"), Property("food", "code", "fruit"))),
    Concept("flyer", "Flying animal", parents=("animal",)),
    Concept("dodo", "Dodo", parents=("animal",), properties=(Property("status", "code", "retired"),)),
)  # fmt: skip


def in_memory(header, concepts):
    return MemoryCodeSystem(header, concepts)


def supplied(header, concepts):
    return build(CodeSystemResource(header, tuple(concepts), "digest"))


def supplemented(header, concepts):
    """The designations and food come from a supplement; what is known together must be the same."""
    bare = [
        replace(c, designations=(), properties=tuple(p for p in c.properties if p.code != "food")) for c in concepts
    ]
    extra = [
        Concept(c.code, designations=c.designations, properties=c.values("food"))
        for c in reversed(concepts)
        if c.designations or c.values("food")
    ]
    above = CodeSystemMetadata(
        url="http://example.org/more",
        content="supplement",
        supplements=Canonical(header.url),
        case_sensitive=header.case_sensitive,
        properties=(PropertyDefinition("food", "code"),),
    )
    bare_header = replace(header, properties=tuple(p for p in header.properties if p.code != "food"))
    return Supplemented(stored(bare_header, bare), [(above, stored(above, extra))])


MAKERS = {make.__name__: make for make in (stored, supplied, supplemented, in_memory)}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS, scope="module")
def make(request):
    return request.param


@pytest.fixture(scope="module")
def animals(make):
    return make(HEADER, CONCEPTS)


def names(system, ordinals):
    return [concept.code for concept in system.concepts(ordinals)]


def test_a_code_is_located_with_its_concept(animals):
    located = animals.locate("bat")
    assert located.ordinal == 3
    assert located.concept.parents == ("mammal", "flyer")
    assert [d.value for d in located.concept.designations] == ["Fledermaus"]
    assert [p.value for p in located.concept.values("food")] == ["insect", "fruit"]
    assert animals.locate("mammal").concept.children == ("cat", "bat")
    assert animals.locate("Bat") is None
    assert animals.explain("Bat") is None


def test_flags(animals):
    assert names(animals, animals.inactive()) == ["dodo"]
    assert names(animals, animals.abstract()) == ["animal"]
    dodo, animal = animals.locate("dodo"), animals.locate("animal")
    assert (dodo.inactive, dodo.status, dodo.abstract) == (True, "retired", False)
    assert (animal.inactive, animal.status, animal.abstract) == (False, None, True)


def test_ordinals_are_the_order_of_the_source(animals):
    codes = [c.code for c in CONCEPTS]
    assert animals.size == len(codes)
    assert list(animals.every()) == list(range(len(codes)))
    assert list(animals.codes()) == codes
    assert names(animals, animals.every()) == codes
    assert animals.ordinals(["bat", "nobody", "cat"]) == {"bat": 3, "cat": 2}
    assert [one.ordinal for one in animals.located([5, 0, 5])] == [5, 0, 5]
    assert animals.enumerable


FILTERS = {
    "concept is-a mammal": "mammal cat bat",
    "code descendent-of mammal": "cat bat",
    "concept is-not-a mammal": "animal flyer dodo",
    "concept generalizes bat": "animal mammal bat flyer",
    "concept child-of animal": "mammal flyer dodo",
    "concept descendent-leaf mammal": "cat bat",
    "code in cat, dodo": "cat dodo",
    "code not-in cat,dodo,bat": "animal mammal flyer",
    "code regex [bc]at": "cat bat",
    "display = Cat": "cat",
    "legs = 4": "cat",
    "food = fruit": "bat",
    "food in mouse,fruit": "cat bat",
    "food not-in mouse": "animal mammal bat flyer dodo",
    "food exists true": "cat bat",
    "food exists false": "animal mammal flyer dodo",
    "food regex .*e": "cat",
}


@pytest.mark.parametrize(("text", "codes"), FILTERS.items())
def test_both_readings_of_a_filter(animals, text, codes):
    f = Filter(*text.split(" ", 2))
    assert names(animals, animals.select(f)) == codes.split()
    assert [one.concept.code for one in animals.located(animals.every()) if animals.holds(one, f)] == codes.split()


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ("cat", "cat", "equivalent"),
        ("animal", "bat", "subsumes"),
        ("flyer", "bat", "subsumes"),
        ("bat", "animal", "subsumed-by"),
        ("cat", "bat", "not-subsumed"),
    ],
)
def test_subsumption(animals, a, b, relation):
    assert animals.subsumes(a, b) == relation


@pytest.mark.parametrize("pair", [("cat", "nobody"), ("nobody", "cat")])
def test_subsumption_of_unknown_codes(animals, pair):
    with pytest.raises(TerminologyError) as caught:
        animals.subsumes(*pair)
    assert caught.value.kind == "not-found"


@pytest.mark.parametrize(
    ("text", "codes"),
    [("cat", "cat"), ("flying an", "flyer"), ("fleder", "bat"), ("haus", "cat"), ("an", "animal flyer"), ("xyzzy", "")],
)
def test_search_finds_beginnings_of_words_in_displays_and_designations(animals, text, codes):
    hits = animals.search(text, ANY_LANGUAGE, None)
    assert sorted(names(animals, hits.members())) == sorted(codes.split())
    assert hits.total == len(hits.members())
    found = names(animals, hits.page(0, 10))
    assert sorted(found) == sorted(codes.split())
    assert names(animals, hits.page(1, 10)) == found[1:]


def test_search_within(animals):
    within = animals.select(Filter("concept", "is-a", "flyer"))
    assert names(animals, animals.search("an", ANY_LANGUAGE, within).page(0, 10)) == ["flyer"]
    assert animals.search("cat", ANY_LANGUAGE, BitMap()).total == 0


def test_codes_without_case(make):
    system = make(replace(HEADER, case_sensitive=False), [Concept("Root"), Concept("leaf", parents=("Root",))])
    assert system.locate("ROOT").concept.code == "Root"
    assert system.ordinals(["LEAF"]) == {"LEAF": 1}
    assert system.subsumes("ROOT", "Leaf") == "subsumes"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_sets_obey_their_laws(data):
    """Filters of any system form an algebra with `every`."""
    make = data.draw(st.sampled_from(list(MAKERS.values())))
    codes = data.draw(st.lists(st.sampled_from("abcdefg"), min_size=1, unique=True))
    concepts = [
        Concept(c, parents=tuple(data.draw(st.sets(st.sampled_from(codes[:i]), max_size=2)))) if i else Concept(c)
        for i, c in enumerate(codes)
    ]
    system = make(HEADER, concepts)
    code = data.draw(st.sampled_from(codes))

    def select(op):
        return BitMap(system.select(Filter("concept", op, code)))

    itself = BitMap(system.ordinals([code]).values())
    assert select("is-a") == select("descendent-of") | itself
    assert select("is-not-a") == system.every() - select("is-a")
    assert select("descendent-leaf") <= select("descendent-of")
    assert select("child-of") <= select("descendent-of")
    assert select("generalizes") & select("is-a") == itself
    assert select("in") | select("not-in") == system.every()
    for other, ordinal in system.ordinals(codes).items():
        assert (ordinal in select("is-a")) == (system.subsumes(code, other) in {"subsumes", "equivalent"})
