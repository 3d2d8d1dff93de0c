"""Building a version: rows, hierarchy, flags, property sets; refusals; and closures against a naive walk."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.outcome import TerminologyError
from terminology.model.status import STANDARDS_STATUS
from terminology.store import build_columns, index_kinds
from terminology.store.build import build_version
from terminology.store.documents import decode
from terminology.store.opening import open_store
from tests import synthetic
from tests.store.building import built, built_with_report

CONCEPT_PROPERTIES = "http://hl7.org/fhir/concept-properties#"


def concept(reader, code):
    return decode(reader.row(code).document)


def codes(reader, ordinals):
    return [reader.codes()[ordinal] for ordinal in ordinals or ()]


def family(reader, kind, code):
    return codes(reader, reader.bitmap(kind, code))


def child(code, *parents, **fields):
    return Concept(code, parents=parents, **fields)


def test_ordinals_are_the_order_of_arrival():
    reader = built([Concept("z"), Concept("a"), Concept("m")])
    assert list(reader.codes()) == ["z", "a", "m"]
    assert [row.code for row in reader.scan()] == ["z", "a", "m"]


def test_nothing_of_a_concept_is_lost():
    whole = Concept(
        "a",
        "A",
        "what a is",
        designations=(Designation("Ä", "de", Coding("http://example.org", "u"), extra={"id": "d"}),),
        properties=(Property("weight", "decimal", Decimal("1.50")),),
        extensions=(Extension("http://example.org/e", "String", "x"),),
        extra={"_display": {"id": "1"}},
    )
    reader = built([whole, child("b", "a")])
    assert concept(reader, "a") == replace(whole, children=("b",))


def test_children_are_in_the_order_of_the_system():
    reader = built([child("z", "root"), Concept("root"), child("a", "root"), child("x", "a")])
    assert concept(reader, "root").children == ("z", "a")
    assert concept(reader, "z").children == ()
    assert family(reader, index_kinds.CHILDREN, "root") == ["z", "a"]
    assert family(reader, index_kinds.DESCENDANTS, "root") == ["z", "a", "x"]
    assert family(reader, index_kinds.ANCESTORS, "a") == ["root"]
    assert codes(reader, reader.bitmap(index_kinds.FLAG, index_kinds.ROOT)) == ["root"]
    assert codes(reader, reader.bitmap(index_kinds.FLAG, index_kinds.LEAF)) == ["z", "x"]


def test_children_that_a_source_states_do_not_count():
    reader = built([Concept("a", children=("b", "nowhere")), Concept("b")])
    assert concept(reader, "a").children == ()


@pytest.mark.parametrize(
    ("code", "definition"),
    [
        ("parent", None),
        ("subsumedBy", None),
        ("Obermenge", PropertyDefinition("Obermenge", "code", CONCEPT_PROPERTIES + "parent")),
        ("under", PropertyDefinition("under", "code", CONCEPT_PROPERTIES + "subsumedBy")),
    ],
)
@pytest.mark.parametrize("value", ["a", Coding("http://example.org/synthetic", "a")])
def test_parents_that_properties_state(code, definition, value):
    stated = Property(code, "Coding" if isinstance(value, Coding) else "code", value)
    reader = built([Concept("b", properties=(stated,)), Concept("a")], properties=(definition,) if definition else ())
    assert concept(reader, "b").parents == ("a",)
    assert concept(reader, "a").children == ("b",)
    assert family(reader, index_kinds.DESCENDANTS, "a") == ["b"]


def test_children_that_properties_state():
    stated = Property("child", "code", "b")
    reader = built([Concept("a", properties=(stated,)), child("b", "c"), Concept("c")])
    assert concept(reader, "b").parents == ("c", "a")
    assert concept(reader, "a").children == ("b",)
    assert concept(reader, "a").properties == (stated,)


def test_a_parent_stated_twice_counts_once():
    stated = Property("parent", "code", "a")
    reader = built([Concept("a"), Concept("b", parents=("a", "a"), properties=(stated, stated))])
    assert concept(reader, "b").parents == ("a",)
    assert concept(reader, "a").children == ("b",)


@pytest.mark.parametrize(("content", "severity"), [("complete", "warning"), ("fragment", "information")])
def test_a_parent_that_is_not_there_is_reported(content, severity):
    reader, report = built_with_report([child("a", "nowhere"), child("b", "a")], content=content)
    (issue,) = report.issues
    assert issue.severity == severity
    assert "a → nowhere" in issue.text
    assert concept(reader, "a").parents == ("nowhere",)
    assert codes(reader, reader.bitmap(index_kinds.FLAG, index_kinds.ROOT)) == ["a"]


def refused(concepts, **fields):
    store = open_store()
    with pytest.raises(TerminologyError) as caught:
        build_version(store.new_version(), synthetic.metadata(**fields), concepts)
    return caught.value


def test_a_cycle_is_refused_with_its_path():
    error = refused([Concept("r"), child("a", "c", "r"), child("b", "a"), child("c", "b"), child("d", "c")])
    assert error.kind == "invalid"
    assert "a → c → b → a" in str(error)
    assert " d" not in str(error)
    assert "x → x" in str(refused([child("x", "x")]))


def test_codes_given_twice_are_refused_by_name():
    error = refused([Concept("a"), Concept("b"), Concept("a"), Concept("b")])
    assert error.kind == "invalid"
    assert "a, b" in str(error)


def test_a_concept_without_code_is_refused():
    assert "Left behind" in str(refused([Concept("", "Left behind")]))


def test_codes_without_case():
    reader = built([Concept("ABC"), child("Def", "abc")], case_sensitive=False)
    assert reader.row("abc").code == "ABC"
    assert concept(reader, "abc").children == ("Def",)
    assert family(reader, index_kinds.DESCENDANTS, "ABC") == ["Def"]
    assert "abc" in str(refused([Concept("ABC"), Concept("abc")], case_sensitive=False))
    assert built([Concept("ABC"), Concept("abc")], case_sensitive=None).entry.size == 2


def test_flags_and_statuses():
    standard = Extension(STANDARDS_STATUS, "Code", "deprecated")
    reader = built(
        [
            Concept("a", properties=(Property("inactive", "boolean", True),)),
            Concept("b", properties=(Property("status", "code", "retired"),)),
            Concept("c", extensions=(standard,)),
            Concept("d", properties=(Property("closed", "boolean", True),)),
            Concept("e"),
        ],
        properties=(PropertyDefinition("closed", "boolean", CONCEPT_PROPERTIES + "notSelectable"),),
    )
    assert codes(reader, reader.bitmap(index_kinds.FLAG, index_kinds.INACTIVE)) == ["a", "b"]
    assert codes(reader, reader.bitmap(index_kinds.FLAG, index_kinds.ABSTRACT)) == ["d"]
    assert reader.bitmap_keys(index_kinds.STATUS) == ["deprecated", "retired"]
    assert codes(reader, reader.bitmap(index_kinds.STATUS, "deprecated")) == ["c"]


def valued(code, *values):
    return Concept(code, properties=tuple(Property("p", kind, value) for kind, value in values))


def test_property_sets():
    reader = built(
        [
            valued("a", ("string", "x"), ("string", "y")),
            valued("b", ("boolean", True), ("decimal", Decimal("1.50"))),
            valued("c", ("Coding", Coding("http://example.org", "x", display="X"))),
            valued("d", ("string", "z" * 65), ("string", "x")),
            Concept("e"),
        ]
    )
    kind = index_kinds.property_values("p")
    assert reader.bitmap_keys(kind) == ["1.5", "true", "x", "y"]
    assert codes(reader, reader.bitmap(kind, "x")) == ["a", "c", "d"]
    assert codes(reader, reader.bitmap(index_kinds.PROPERTY_EXISTS, "p")) == ["a", "b", "c", "d"]
    assert codes(reader, reader.bitmap(index_kinds.PROPERTY_PROSE, "p")) == ["d"]


@pytest.mark.parametrize(("kind", "indexed"), [("string", False), ("code", True)])
def test_a_property_of_mostly_distinct_texts_is_prose(monkeypatch, kind, indexed):
    monkeypatch.setattr(build_columns, "MANY_VALUES", 500)
    concepts = [Concept(str(n), properties=(Property("name", kind, f"name {n}"),)) for n in range(3_000)]
    reader = built(concepts)
    assert len(reader.bitmap(index_kinds.PROPERTY_EXISTS, "name")) == 3_000
    prose, values = (
        reader.bitmap(index_kinds.PROPERTY_PROSE, "name"),
        reader.bitmap_keys(index_kinds.property_values("name")),
    )
    if indexed:
        assert (prose, len(values)) == (None, 3_000)
    else:
        assert (len(prose), values) == (3_000, [])


def test_a_property_of_repeated_texts_is_not(monkeypatch):
    monkeypatch.setattr(build_columns, "MANY_VALUES", 500)
    # Texts that repeat early enough: four of five are old acquaintances whenever the share is looked at.
    texts = [str(n if n % 5 == 0 else n % 250) for n in range(9_000)]
    reader = built([Concept(f"c{n}", properties=(Property("name", "string", text),)) for n, text in enumerate(texts)])
    assert reader.bitmap(index_kinds.PROPERTY_PROSE, "name") is None
    assert len(reader.bitmap_keys(index_kinds.property_values("name"))) == len(set(texts)) > 1_024


def test_equal_input_gives_equal_versions():
    one, other = (built(synthetic.polyhierarchy(500)) for _ in range(2))
    assert list(one.scan()) == list(other.scan())
    for kind in (index_kinds.DESCENDANTS, index_kinds.TOKEN, index_kinds.property_values("site")):
        assert one.bitmap_keys(kind) == other.bitmap_keys(kind)
        assert all(one.bitmap(kind, key) == other.bitmap(kind, key) for key in one.bitmap_keys(kind))


def below(reader):
    """Descendants by walking, the slow and certain way."""
    children = {row.code: decode(row.document).children for row in reader.scan()}

    def walk(code):
        return set(children[code]).union(*(walk(c) for c in children[code]))

    return {code: walk(code) for code in children}


@pytest.mark.parametrize("concepts", [list(synthetic.tree(400)), list(synthetic.polyhierarchy(400, parents=3))])
def test_closures(concepts):
    rng = random.Random(3)
    rng.shuffle(concepts)
    reader = built(concepts)
    naive = below(reader)
    assert reader.bitmap_keys(index_kinds.DESCENDANTS) == sorted(code for code, found in naive.items() if found)
    for code, found in naive.items():
        assert set(family(reader, index_kinds.DESCENDANTS, code)) == found
        above = {other for other, under in naive.items() if code in under}
        assert set(family(reader, index_kinds.ANCESTORS, code)) == (above if found else set())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_any_edges_build_or_name_a_cycle(edges):
    parents = {n: tuple(str(p) for c, p in edges if c == n) for n in range(8)}
    concepts = [Concept(str(n), parents=parents[n]) for n in range(8)]
    try:
        reader = built(concepts)
    except TerminologyError as error:
        path = error.issues[0].arguments["path"].split(" → ")
        assert path[0] == path[-1]
        assert all(above in parents[int(below)] for below, above in pairwise(path))
    else:
        naive = below(reader)
        assert all(code not in found for code, found in naive.items())
        assert all(set(family(reader, index_kinds.DESCENDANTS, code)) == found for code, found in naive.items())
