"""Stored code systems beside their filters: codes, flags, hierarchy, text."""

from __future__ import annotations

import pytest

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.brief import brief, parts_of
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import PlainCode
from terminology.model.status import CONCEPT_PROPERTIES, SAYS_NOTHING
from terminology.model.valueset import Filter
from terminology.store.briefs import BLOCK, LONGEST
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.codesystems.building import publish, stored
from valuesets.entries import located_with
from valuesets.languages import place_of_display

HEADER = CodeSystemMetadata(url="http://example.org/cs", version="1")


def chain(*codes):
    return [Concept(code, code.upper(), parents=codes[i - 1 : i]) for i, code in enumerate(codes)]


def test_case_rule():
    strict = stored(HEADER, [Concept("aB")])
    assert strict.locate("ab") is None
    free = stored(CodeSystemMetadata(url="http://example.org/cs", case_sensitive=False), chain("Root", "aB"))
    assert free.locate("AB").concept.code == "aB"
    assert free.ordinals(["ROOT", "root", "nobody"]) == {"ROOT": 0, "root": 0}
    assert free.subsumes("ROOT", "AB") == "subsumes"
    assert list(free.select(Filter("concept", "is-a", "ROOT"))) == [0, 1]
    assert list(free.select(Filter("concept", "generalizes", "AB"))) == [0, 1]
    assert list(free.select(Filter("parent", "=", "ROOT"))) == [1]


def test_locating_is_one_row_read():
    store = open_store()
    system = StoredCodeSystem(HEADER, store.version(publish(store, HEADER, chain("a", "b"))))
    with counting(store) as statements:
        assert system.locate("b").concept.parents == ("a",)
    assert len(statements) == 1
    with counting(store) as statements:
        assert system.locate("nobody") is None
    assert len(statements) == 1


def test_flags():
    header = CodeSystemMetadata(
        url="http://example.org/cs",
        properties=(PropertyDefinition("group", "boolean", CONCEPT_PROPERTIES + "notSelectable"),),
    )
    concepts = [
        Concept("a"),
        Concept("b", properties=(Property("status", "code", "retired"),)),
        Concept("c", properties=(Property("group", "boolean", True),)),
    ]
    system = stored(header, concepts)
    assert (list(system.inactive()), list(system.abstract())) == ([1], [2])
    described = [(one.ordinal, one.inactive, one.abstract, one.status) for one in system.located([2, 1, 0])]
    assert described == [(2, False, True, None), (1, True, False, "retired"), (0, False, False, None)]


PLAIN = Concept(
    "plain", "Plain", designations=(Designation("Schlicht", "de"),), properties=(Property("legs", "code", "4"),)
)
IN_USE = Concept(
    "used", "Used", properties=(Property("status", "code", "Active"), Property("inactive", "boolean", False))
)  # fmt: skip
NOT_BRIEF = {
    "without a display": Concept("c", designations=(Designation("Name"),)),
    "retired": Concept("c", "C", properties=(Property("status", "code", "retired"),)),
    "deprecated": Concept("c", "C", properties=(Property("status", "code", "deprecated"),)),
    "inactive": Concept("c", "C", properties=(Property("inactive", "boolean", True),)),
    "inactive by a text": Concept("c", "C", properties=(Property("inactive", "string", "true"),)),
    "abstract": Concept("c", "C", properties=(Property("group", "boolean", True),)),
    "a status that is a coding": Concept("c", "C", properties=(Property("status", "Coding", Coding("s", "retired")),)),
    "an extension": Concept("c", "C", extensions=(Extension("http://example.org/e", "String", "e"),)),
}
WITH_GROUPS = CodeSystemMetadata(
    url="http://example.org/cs",
    properties=(PropertyDefinition("group", "boolean", CONCEPT_PROPERTIES + "notSelectable"),),
)


def shown(located):
    """What a list shows of a concept, or of a brief one."""
    if isinstance(located, bytes):
        located = located_with(*parts_of(located))
    concept = located.concept
    return concept.code, concept.display, concept.extensions, located.inactive, located.abstract, located.status


@pytest.mark.parametrize("concept", NOT_BRIEF.values(), ids=NOT_BRIEF)
def test_only_concepts_with_nothing_more_to_show_are_brief(concept):
    system = stored(WITH_GROUPS, [PLAIN, concept, IN_USE])
    used, second, plain = system.brief([2, 1, 0])
    assert (used, plain) == (brief("used", "Used"), brief("plain", "Plain"))
    assert shown(second) == shown(next(system.located([1])))


@pytest.mark.parametrize("concept", NOT_BRIEF.values(), ids=NOT_BRIEF)
@pytest.mark.parametrize(
    ("wanted", "shown"),
    [("de", "Schlicht"), ("de-AT,en;q=0.5", "Schlicht"), ("fr", "Plain"), ("*", "Plain"), ("de,*;q=0", "Schlicht"),
     ("fr,*;q=0", None)],
)  # fmt: skip
def test_brief_concepts_have_the_display_of_a_language(concept, wanted, shown):
    system, languages = stored(WITH_GROUPS, [PLAIN, concept, IN_USE]), Languages.parse(wanted)
    refused = languages.refuses_others

    def choose(designations):
        return place_of_display(designations, None, languages)

    used, second, plain = system.brief_in([2, 1, 0], languages, choose)
    assert used == (next(system.located([2])) if refused else brief("used", "Used"))
    assert second == next(system.located([1]))
    assert plain == (next(system.located([0])) if shown is None else brief("plain", shown))


def test_entries_are_written_unless_a_list_shows_more_of_them_than_designations():
    telling = Concept("told", "Told", properties=(Property("status", "code", "retired"),))
    system = stored(HEADER, [PLAIN, telling, IN_USE, Concept("nameless")])
    used, told, plain, nameless = system.written_entries([2, 1, 0, 3])
    assert (used[:3], told) == (("used", "Used", ()), next(system.located([1])))
    assert tuple(map(system.property_of, used.properties)) == IN_USE.properties
    assert (plain.code, plain.display) == ("plain", "Plain")
    assert tuple(map(system.designation_of, plain.designations)) == PLAIN.designations != ()
    assert nameless == next(system.located([3]))


def test_brief_concepts_of_many_pages_are_in_the_order_asked_for():
    system = stored(HEADER, chain(*(f"c{n}" for n in range(1200))))
    wanted = [*range(1199, -1, -1), 3]
    found = system.brief_in(wanted, Languages.parse("de"), lambda _: -1)
    assert found == system.brief(wanted)


def test_a_property_that_says_two_things_says_neither_if_it_is_false():
    two = tuple(
        PropertyDefinition("flag", "boolean", CONCEPT_PROPERTIES + name) for name in ("inactive", "notSelectable")
    )
    concept = Concept("c", "C", properties=(Property("flag", "boolean", False),))
    system = stored(CodeSystemMetadata(url="http://example.org/cs", properties=two), [concept])
    assert list(system.brief([0])) == [brief("c", "C")]


def test_what_is_too_long_for_a_block_is_read_from_its_document():
    long = Concept("long", "L" * 2 * LONGEST, properties=(Property("status", "code", "retired"),))
    system = stored(HEADER, [PLAIN, long, IN_USE])
    assert list(system.brief([1, 0])) == [next(system.located([1])), brief("plain", "Plain")]


def test_brief_concepts_of_many_blocks_are_those_of_their_documents():
    statuses = (None, "retired", "active", "deprecated", "Active")
    concepts = [
        Concept(
            f"c{number}",
            f"Concept {number}" if number % 7 else None,
            properties=(Property("status", "code", statuses[number % 5]),) if number % 5 else (),
            extensions=(Extension("http://example.org/e", "String", "e"),) if number % 11 == 0 else (),
        )
        for number in range(3 * BLOCK + 5)
    ]
    system = stored(HEADER, concepts)
    wanted = [*range(len(concepts) - 1, -1, -3), 0, 1, 0]
    for one, located in zip(system.brief(wanted), system.located(wanted), strict=True):
        assert shown(one)[:-1] == shown(located)[:-1]
        assert (shown(one)[-1] or "active").lower() == (located.status or "active").lower()


NAMELESS = Concept("nameless"), Concept("named so", designations=(Designation("So", "en"),))
PLAINLY = (
    Filter("concept", "is-a", "B"), Filter("code", "descendent-of", "a"), Filter("concept", "child-of", "a"),
    Filter("concept", "is-a", "nobody"), Filter("code", "is-a", "d"),
)  # fmt: skip


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("f", PLAINLY, ids=str)
def test_codes_read_plainly_pass_the_filters_they_pass_otherwise(strict, f):
    header = CodeSystemMetadata(url="http://example.org/cs", case_sensitive=strict)
    system = stored(header, [*chain("a", "b", "c", "d"), Concept("e", "E", parents=("a",)), *NAMELESS])
    read, every = system.plain_reader([f]), system.plain_reader()
    for located in system.located(range(5)):
        found = read(located.concept.code)
        assert found == (located.concept.display, system.holds(located, f), SAYS_NOTHING, None)
        assert every(located.concept.code) == found._replace(member=True)
    assert every("nameless") == PlainCode("", member=True)
    assert [every(code) for code in ("named so", "nobody", "A")] == [None, None, None]


def test_what_codes_read_plainly_are_called_is_chosen_once_for_those_that_differ_in_texts_alone():
    concepts = [
        Concept("a", "A", designations=(Designation("Eins", "de"), Designation("Un", "fr"))),
        Concept("b", "B", designations=(Designation("Zwei", "de"), Designation("Deux", "fr"))),
        Concept("c", "C", designations=(Designation("Trois", "fr"),)),
        Concept("d", None, designations=(Designation("Vier", "de"),)),
    ]
    asked = []

    def choose(designations):
        asked.append(designations)
        return {"": None, "fr": 1, "de": 0}[designations[0].language] if len(designations) > 1 else -1

    read = stored(HEADER, concepts).plain_reader(choose=choose)
    assert [found and found.display for found in map(read, "abcd")] == ["Eins", "Zwei", "C", None]
    assert [[d.language for d in designations] for designations in asked] == [["de", "fr"], ["fr"]]


def test_concepts_come_in_the_order_asked_for():
    system = stored(HEADER, chain(*(f"c{n}" for n in range(1200))))
    wanted = [1100, 3, 700, 3]
    assert [c.code for c in system.concepts(wanted)] == ["c1100", "c3", "c700", "c3"]
    assert len(list(system.located(range(1200)))) == 1200


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [("a", "a", "equivalent"), ("a", "c", "subsumes"), ("c", "a", "subsumed-by"), ("b", "x", "not-subsumed")],
)
def test_subsumption(a, b, relation):
    assert stored(HEADER, [*chain("a", "b", "c"), Concept("x")]).subsumes(a, b) == relation


def test_subsumption_of_an_unknown_code():
    with pytest.raises(TerminologyError, match="'zz' is not in the code system") as caught:
        stored(HEADER, chain("a")).subsumes("a", "zz")
    assert caught.value.kind == "not-found"


def test_ancestors_through_several_parents():
    concepts = [*chain("a", "b"), *chain("x", "y"), Concept("leaf", parents=("b", "y")), Concept("alone")]
    system = stored(HEADER, concepts)
    assert [system.codes()[n] for n in system.ancestors("leaf")] == ["a", "b", "x", "y"]
    assert [system.codes()[n] for n in system.ancestors("b")] == ["a"]
    for code in ("a", "alone", "nobody"):
        assert not system.ancestors(code)


def test_search():
    system = stored(HEADER, [Concept("1", "Sprained ankle"), Concept("2", "Ankle"), Concept("3", "Wrist")])
    hits = system.search("ankl", ANY_LANGUAGE, None)
    assert (hits.total, list(hits.page(0, 5))) == (2, [1, 0])
    assert list(system.search("ankle", ANY_LANGUAGE, system.select(Filter("code", "=", "1"))).page(0, 5)) == [0]


def test_sets_of_filters_are_kept():
    store = open_store()
    system = StoredCodeSystem(HEADER, store.version(publish(store, HEADER, chain("a", "b"))))
    f = Filter("display", "regex", "B")
    assert list(system.select(f)) == [1]
    with counting(store) as statements:
        assert list(system.select(f)) == [1]
    assert statements == []


def test_an_empty_system():
    system = stored(HEADER, [])
    assert (system.size, list(system.every()), system.locate("a")) == (0, [], None)
    assert not system.select(Filter("concept", "is-not-a", "a"))
    assert system.search("a", ANY_LANGUAGE, None).total == 0
