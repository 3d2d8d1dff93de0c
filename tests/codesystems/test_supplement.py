"""Supplements laid over a code system."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from terminology.codesystems.supplement import Supplemented
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.language import ANY_LANGUAGE
from terminology.model.protocols import Located, NotEnumerable
from terminology.model.valueset import Filter
from terminology.operations.lookup_response import property_
from tests.codesystems.building import stored

BASE = CodeSystemMetadata(
    url="http://example.org/cs",
    version="1",
    properties=(PropertyDefinition("color", "code", "http://example.org/color"),),
)
SUPPLEMENT = CodeSystemMetadata(
    url="http://example.org/supplement",
    version="2",
    language="nl",
    content="supplement",
    supplements=Canonical("http://example.org/cs"),
    properties=(PropertyDefinition("taste", "code", "http://example.org/taste"), PropertyDefinition("color", "string")),
)
HERE = Canonical("http://example.org/supplement", "2")
CONCEPTS = [
    Concept("a", "Apple", "A fruit", properties=(Property("color", "code", "red"),)),
    Concept("b", "Pear", designations=(Designation("Birne", "de"),)),
    Concept("c", "Plum"),
]
EXTRAS = [
    Concept("nobody", "Niemand"),
    Concept("b", "Peer", "Een vrucht", (Designation("Birne", "de"), Designation("handpeer", "nl")),
            (Property("taste", "code", "sweet"), Property("color", "code", "green")),
            extensions=(Extension("http://example.org/label", "String", "b."),)),
    Concept("a", properties=(Property("color", "code", "red"), Property("status", "code", "retired"))),
]  # fmt: skip


@pytest.fixture(scope="module")
def system():
    return Supplemented(stored(BASE, CONCEPTS), [(SUPPLEMENT, stored(SUPPLEMENT, EXTRAS))])


def test_a_supplement_adds_designations_properties_and_extensions(system):
    concept = system.locate("b").concept
    assert (concept.display, concept.definition) == ("Pear", None)
    assert concept.designations == (
        Designation("Birne", "de"),
        Designation("Peer", "nl", source=HERE),
        Designation("handpeer", "nl", source=HERE),
    )
    assert [(p.code, p.value) for p in concept.properties] == [("taste", "sweet"), ("color", "green")]
    assert [e.value for e in concept.extensions] == ["b."]


def test_a_supplement_repeats_no_values_and_changes_no_status(system):
    located = system.locate("a")
    assert [(p.code, p.value) for p in located.concept.properties] == [("color", "red"), ("status", "retired")]
    assert (located.status, located.inactive) == (None, False)
    assert not system.inactive()
    assert system.locate("nobody") is None
    assert system.size == 3


def test_what_a_supplement_adds_says_where_it_is_from(system):
    """R5's `$lookup` must name the supplement of a property (`property.source`)."""
    found = system.described(system.locate("b").concept.properties + system.locate("a").concept.properties)
    written = [{p["name"]: p for p in property_(one).parameters} for one in found]
    assert [(w["code"]["valueCode"], w.get("source", {}).get("valueCanonical")) for w in written] == [
        ("taste", str(HERE)),
        ("color", str(HERE)),
        ("color", None),
        ("status", str(HERE)),
    ]


def test_several_concepts_are_supplemented_at_once(system):
    assert [len(c.designations) for c in system.concepts([2, 1, 0, 1])] == [0, 3, 0, 3]
    assert [one.ordinal for one in system.located([2, 1])] == [2, 1]


def test_the_header_has_the_supplement_and_its_properties(system):
    assert [s.canonical for s in system.supplements] == [HERE]
    assert [(p.code, p.kind) for p in system.metadata.properties] == [("color", "code"), ("taste", "code")]
    assert system.metadata.url == BASE.url


@pytest.mark.parametrize(
    ("f", "ordinals"),
    [
        (Filter("taste", "=", "sweet"), [1]),
        (Filter("http://example.org/taste", "=", "sweet"), [1]),
        (Filter("taste", "exists", "false"), [0, 2]),
        (Filter("color", "in", "red,green"), [0, 1]),
        (Filter("color", "not-in", "green"), [0, 2]),
        (Filter("color", "regex", "gr.*"), [1]),
        (Filter("designation", "=", "handpeer"), [1]),
        (Filter("designation", "=", "Peer"), [1]),
        (Filter("designation", "=", "Niemand"), []),
        (Filter("display", "=", "Peer"), []),
        (Filter("concept", "is-a", "a"), [0]),
        (Filter("status", "=", "retired"), []),
    ],
)
def test_filters_see_both(system, f, ordinals):
    assert list(system.select(f)) == ordinals
    assert [one.ordinal for one in system.located(range(3)) if system.holds(one, f)] == ordinals


def test_search_sees_both(system):
    hits = system.search("pe", ANY_LANGUAGE, None)
    assert (hits.total, list(hits.members()), list(hits.page(0, 9))) == (1, [1], [1])
    assert list(system.search("handpeer", ANY_LANGUAGE, None).page(0, 9)) == [1]
    assert system.search("niemand", ANY_LANGUAGE, None).total == 0
    assert system.search("handpeer", ANY_LANGUAGE, BitMap([0, 2])).total == 0
    assert list(system.search("", ANY_LANGUAGE, None).page(1, 5)) == [1, 2]


def test_several_supplements():
    other = CodeSystemMetadata(url="http://example.org/other", content="supplement", language="fr")
    base = stored(BASE, CONCEPTS)
    layers = [
        (SUPPLEMENT, stored(SUPPLEMENT, EXTRAS)),
        (other, stored(other, [Concept("b", "Poire"), Concept("c", "Prune")])),
    ]
    both = Supplemented(base, layers)
    assert [d.value for d in both.locate("b").concept.designations] == ["Birne", "Peer", "handpeer", "Poire"]
    assert both.search("p", ANY_LANGUAGE, None).total == 2
    assert len({base.key, both.key, Supplemented(base, layers[:1]).key, Supplemented(base, layers[::-1]).key}) == 4


class Grammar:
    """Codes `n<number>`, none with an ordinal."""

    metadata = CodeSystemMetadata(url="http://example.org/grammar")
    key = "grammar"
    supplements = ()
    size = 0
    enumerable = False

    def locate(self, code):
        return Located(ordinal=None, concept=Concept(code)) if code.startswith("n") else None

    def ordinals(self, _codes):
        return {}

    def select(self, _filter):
        raise NotEnumerable

    def holds(self, located, f):
        return located.concept.code == f.value


def test_over_a_grammar():
    header = CodeSystemMetadata(
        url="http://example.org/names", content="supplement", properties=(PropertyDefinition("taste", "code"),)
    )
    named = stored(header, [Concept("n1", "One", properties=(Property("taste", "code", "odd"),))])
    system = Supplemented(Grammar(), [(header, named)])
    assert [d.value for d in system.locate("n1").concept.designations] == ["One"]
    assert system.locate("n2").concept.designations == ()
    assert system.locate("x1") is None
    assert system.holds(system.locate("n1"), Filter("taste", "=", "odd"))
    assert not system.holds(system.locate("n2"), Filter("taste", "=", "odd"))
    assert system.holds(system.locate("n2"), Filter("code", "=", "n2"))
    for name in ("taste", "code"):
        with pytest.raises(NotEnumerable):
            system.select(Filter(name, "=", "odd"))
