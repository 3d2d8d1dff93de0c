"""Stored concepts come back exactly, types included."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.model.coding import Coding
from terminology.model.concept import NOTHING_EXTRA, Concept, Designation, Extension, Property, PropertyKind
from terminology.model.conceptmap import Mapping, MappingAttribute
from terminology.model.outcome import TerminologyError
from terminology.store import openjson
from terminology.store.documents import (
    KINDS,
    Freezer,
    decode,
    decode_batch,
    display_of,
    display_with,
    encode,
    encode_batch,
    freeze_concept,
    with_children,
    with_links,
)
from terminology.store.mapping_documents import decode_mapping, encode_mapping

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
optional_texts = st.none() | texts
decimals = st.decimals(allow_nan=False)
scalars = (
    st.none() | texts | st.booleans() | st.integers() | st.floats(allow_nan=False) | decimals
    | st.sampled_from([0, 0.0, -0.0, "", False, 2**63, 2**64, -(2**63) - 1, Decimal("1.50"), Decimal(0)])
)  # fmt: skip
names = texts | st.sampled_from(["$", "_display", "id"])
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
extras = st.just(NOTHING_EXTRA) | st.dictionaries(names, json_values, min_size=1, max_size=3)
systems = st.none() | texts | st.sampled_from(openjson.KNOWN_URIS)
codings = st.builds(Coding, systems, optional_texts, optional_texts, optional_texts, st.none() | st.booleans())
extensions = st.recursive(
    st.builds(Extension, texts, texts, json_values | codings | st.tuples(json_values)),
    lambda inner: st.builds(Extension, texts, st.none(), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=4,
)


def tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


designations = st.builds(
    Designation, texts, optional_texts, st.none() | codings, tuples(codings), tuples(extensions), extras
)
properties = st.builds(
    Property, texts, st.sampled_from(get_args(PropertyKind)), scalars.filter(lambda v: v is not None) | codings,
    tuples(extensions), extras, st.none() | st.integers(0, 9),
)  # fmt: skip
concepts = st.builds(
    Concept, texts, optional_texts, optional_texts, tuples(designations), tuples(properties), tuples(texts),
    tuples(texts), tuples(extensions), extras,
)  # fmt: skip
attributes = st.builds(MappingAttribute, texts, optional_texts, json_values | codings, optional_texts)
mappings = st.builds(
    Mapping, source_code=optional_texts, source_display=optional_texts, source_value_set=optional_texts,
    target_code=optional_texts, target_display=optional_texts, target_value_set=optional_texts,
    relationship=st.sampled_from([None, "equivalent"]), comment=optional_texts, properties=tuples(attributes),
    depends_on=tuples(attributes), products=tuples(attributes), extra=extras,
)  # fmt: skip


def exactly(value: Any) -> Any:
    """A form in which 1, 1.0, True and Decimal(1) differ, and 1.5 from 1.50."""
    if is_dataclass(value):
        return type(value), [exactly(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, (list, tuple)):
        return type(value), [exactly(item) for item in value]
    if hasattr(value, "items"):
        return "object", [(name, exactly(member)) for name, member in value.items()]
    return type(value), repr(value)


@given(concepts)
def test_a_concept_comes_back_exactly(concept: Concept) -> None:
    assert exactly(decode(encode(concept))) == exactly(concept)


@given(st.lists(concepts, max_size=3))
def test_a_batch_comes_back_exactly(batch: list[Concept]) -> None:
    assert exactly(decode_batch(encode_batch(batch))) == exactly(batch)


@given(mappings)
def test_a_mapping_comes_back_exactly(mapping: Mapping) -> None:
    assert exactly(decode_mapping(encode_mapping(mapping))) == exactly(mapping)


@given(concepts, st.none() | tuples(texts), tuples(texts))
def test_links_change_without_reading_the_rest(concept: Concept, parents: Any, children: Any) -> None:
    linked = replace(concept, parents=concept.parents if parents is None else parents, children=children)
    assert exactly(decode(with_links(encode(concept), parents, children))) == exactly(linked)


@given(concepts, tuples(texts).filter(bool))
def test_children_are_written_behind_what_is_there(concept: Concept, children: Any) -> None:
    frozen = freeze_concept(concept)
    document = encode(concept)
    assert with_children(document, len(frozen), children) == with_links(document, None, children)


def test_a_bare_concept_is_hardly_longer_than_its_texts() -> None:
    assert encode(Concept("44950", "Appendectomy")) == b'["44950","Appendectomy"]'


def test_a_value_that_is_not_a_number_comes_back() -> None:
    value = decode(encode(Concept("x", properties=(Property("p", "decimal", math.nan),)))).properties[0].value
    assert isinstance(value, float)
    assert math.isnan(value)


def test_equal_uses_are_one_object() -> None:
    use = Coding("http://snomed.info/sct", "900000000000013009")
    concept = decode(encode(Concept("x", designations=(Designation("a", use=use), Designation("b", use=use)))))
    assert concept.designations[0].use is concept.designations[1].use


def test_every_kind_of_property_has_its_place() -> None:
    assert set(KINDS) == set(get_args(PropertyKind))


def test_half_a_character_pair_is_refused_by_name() -> None:
    with pytest.raises(TerminologyError, match="must be valid Unicode") as caught:
        encode(Concept("x", "\ud800"))
    assert caught.value.kind == "invalid"


def test_what_fhir_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        encode(Concept("x", extra={"a": {1, 2}}))


def test_positions_that_databases_hold_stay_as_they_are() -> None:
    assert KINDS[:7] == ("code", "Coding", "string", "integer", "boolean", "dateTime", "decimal")
    assert openjson.KNOWN_URIS[:2] == ("http://snomed.info/sct", "http://loinc.org")
    document = (
        b'["c","d","f",[["v","de",[0,"1"],[["u"]],[["e","String","s"]],{"id":"i"}]],'
        b'[["p",0,"x"],["q",6,{"$":["d","1.50"]}]],["a"],["b"],[["e",null,[["i","Code","c"]],1]],{"x":1}]'
    )
    expected = Concept(
        "c", "d", "f",
        (
            Designation(
                "v", "de", Coding("http://snomed.info/sct", "1"), (Coding("u"),), (Extension("e", "String", "s"),),
                {"id": "i"},
            ),
        ),
        (Property("p", "code", "x"), Property("q", "decimal", Decimal("1.50"))),
        ("a",), ("b",), (Extension("e", None, (Extension("i", "Code", "c"),)),), {"x": 1},
    )  # fmt: skip
    assert decode(document) == expected
    assert encode(expected) == document


@given(st.lists(concepts, max_size=4))
def test_a_freezer_freezes_alike_and_shared_objects_once(many) -> None:
    freezer = Freezer(limit=3)
    for concept in many + many:
        assert freezer.freeze(concept) == freeze_concept(concept)
    shared = Designation("the same")
    freezer = Freezer()
    one, other = (freezer.freeze(Concept(code, designations=(shared,))) for code in "ab")
    assert one[3][0] is other[3][0]


@given(code=texts, display=optional_texts, names=st.lists(st.tuples(texts, st.sampled_from(["de", "fr"])), max_size=3))
def test_displays_are_found_without_the_rest(code: str, display: str | None, names: list[tuple[str, str]]) -> None:
    designations = tuple(Designation(*name) for name in names)
    document = encode(Concept(code, display, "a definition", designations=designations))
    assert display_of(document) == display
    languages = orjson.dumps([[language] for _, language in names])
    own, last, nothing = (display_with(document, {languages: place}) for place in (-1, len(names) - 1, None))
    assert nothing is None
    assert own == (display or None)
    assert last == (own if own is None or not names else names[-1][0])
