"""Which slice a value is in, and so what is bound to it: every kind of discriminator, and what cannot be decided."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from terminology.fhir import structuredefinition
from terminology.fhir.coded import CodedElement, Undecided, Unknown, coded_elements
from terminology.fhir.elements import Malformed
from terminology.model.coding import Canonical
from tests.operations.profiles import BASE, CS, VS, element, structure

OUTER = "http://example.org/StructureDefinition/outer"
LAB = "http://example.org/StructureDefinition/lab"
LAB_OF_WARD = "http://example.org/StructureDefinition/lab-of-ward"
Json = dict[str, Any]
THING = structure(
    "Thing",
    element("Thing.item", "BackboneElement", min=0, max="*"),
    element("Thing.item.kind", "CodeableConcept", min=0, max="1"),
    element("Thing.item.value[x]", "Quantity", "string", "CodeableConcept", min=0),
    element("Thing.item.who", "Reference", min=0),
    element("Thing.item.resource", "Resource", min=0),
    element("Thing.item.extension", "Extension", min=0),
    element("Thing.item.answer", "CodeableConcept", min=0),
    element("Thing.contained", "Resource"),
)
OTHERS = (
    THING,
    structure("Extension", element("Extension.url", "uri"), element("Extension.value[x]", "CodeableConcept")),
    structure("Lab", element("Lab.code", "CodeableConcept", bound="example any")),
    structure("Lab", element("Lab.code", "CodeableConcept", bound="required lab"), profile=LAB),
    structure("Lab", element("Lab.note", "string"), profile=LAB_OF_WARD, baseDefinition=LAB),
)


def slicing(*discriminators: tuple[str, str], path: str = "Thing.item", **more: Any) -> Json:
    stated = [{"type": kind, "path": way} for kind, way in discriminators]
    return element(path, slicing={"discriminator": stated, "rules": "open"}, **more)


def bound(value: Json, *elements: Json, base: Json | None = None, also: Sequence[Json] = ()) -> dict[str, str | None]:
    """The value sets of coded elements by path, when a Thing is walked by a profile with these elements."""
    found = walked(value, *elements, base=base, also=also)
    return {
        one.path: one.binding.value_set.url.removeprefix(VS) if one.binding and one.binding.value_set else None
        for one in found
        if isinstance(one, CodedElement)
    }


def walked(value: Json, *elements: Json, base: Json | None = None, also: Sequence[Json] = ()) -> list[Any]:
    profile = structure("Thing", *elements, profile=OUTER, **({"baseDefinition": base["url"]} if base else {}))
    known = {s["url"]: structuredefinition.parse(s) for s in (*OTHERS, *also, profile, *([base] if base else ()))}
    holds = {(VS + "yes", "in"): True, (VS + "yes", "out"): False}
    return [
        *coded_elements(
            {"resourceType": "Thing", **value},
            known[OUTER],
            lambda ref: known.get(ref.url),
            lambda value_set, coded: holds.get((value_set.url, coded.concept.codings[0].code or "")),
        )
    ]


def concept(code: str, system: str = CS + "codes") -> Json:
    return {"coding": [{"system": system, "code": code}]}


ANSWER = element("Thing.item:one.answer", "CodeableConcept", bound="required one")
ONE = element("Thing.item:one")


def in_one(item: Json, *elements: Json, whole: Json | None = None, **more: Any) -> bool:
    """Whether an item is in the slice `one`."""
    found = bound({"item": [{**item, "answer": concept("x")}], **(whole or {})}, ONE, *elements, ANSWER, **more)
    return found["Thing.item[0].answer"] == "one"


CODE = {"kind": concept("a")}


@pytest.mark.parametrize(
    ("discriminators", "defined", "inside", "outside"),
    [
        (
            [("pattern", "kind")],
            element("Thing.item:one.kind", patternCodeableConcept=concept("a")),
            CODE,
            {"kind": concept("b")},
        ),
        (
            [("value", "kind.coding.code"), ("value", "kind.coding.system")],
            element("Thing.item:one.kind", patternCodeableConcept=concept("a")),
            CODE,
            {"kind": concept("a", "http://example.org/other")},
        ),
        (
            [("value", "kind.coding.code")],
            element("Thing.item:one.kind.coding:first.code", fixedCode="a"),
            {"kind": {"coding": [{"code": "z"}, {"code": "a"}]}},
            {"kind": {"coding": [{"code": "z"}]}},
        ),
        (
            [("value", "kind")],
            element("Thing.item:one.kind", "CodeableConcept", bound="required yes"),
            {"kind": concept("in")},
            {"kind": concept("out")},
        ),
        ([("exists", "kind")], element("Thing.item:one.kind", min=1), CODE, {}),
        ([("exists", "kind")], element("Thing.item:one.kind", max="0"), {}, CODE),
        (
            [("type", "value")],
            element("Thing.item:one.value[x]", "Quantity"),
            {"valueQuantity": {"value": 1}},
            {"valueString": "x"},
        ),
        (
            [("value", "value.ofType(string)")],
            element("Thing.item:one.value[x]", "string", fixedString="x"),
            {"valueString": "x"},
            {"valueCodeableConcept": concept("x")},
        ),
        (
            [("type", "resource")],
            element("Thing.item:one.resource", "Lab"),
            {"resource": {"resourceType": "Lab"}},
            {"resource": {"resourceType": "Thing"}},
        ),
        (
            [("profile", "resource")],
            element("Thing.item:one.resource", f"Lab={LAB}"),
            {"resource": {"resourceType": "Lab", "meta": {"profile": [LAB_OF_WARD]}}},
            {"resource": {"resourceType": "Thing"}},
        ),
        (
            [("type", "who.resolve()")],
            element("Thing.item:one.who", type=[{"code": "Reference", "targetProfile": [BASE + "Lab"]}]),
            {"who": {"reference": "http://far.example.org/fhir/Lab/1/_history/2"}},
            {"who": {"reference": "#thing"}},
        ),
        (
            [("profile", "who.resolve()")],
            element("Thing.item:one.who", type=[{"code": "Reference", "targetProfile": [LAB]}]),
            {"who": {"reference": "#lab"}},
            {"who": {"reference": "Thing/7"}},
        ),
        (
            [("value", "who.resolve().code")],
            element("Thing.item:one.who", type=[{"code": "Reference", "targetProfile": [LAB + "/fixed"]}]),
            {"who": {"reference": "#lab"}},
            {"who": {"reference": "#other"}},
        ),
        (
            [("value", "extension('http://example.org/grade').value")],
            element("Thing.item:one.extension:grade", "Extension=http://example.org/grade"),
            {"extension": [{"url": "http://example.org/grade", "valueCodeableConcept": concept("a")}]},
            {"extension": [{"url": "http://example.org/grade", "valueCodeableConcept": concept("b")}]},
        ),
        ([("position", "$this")], element("Thing.item:one.kind"), {}, None),
        ([("value", "$this")], {**ONE, "patternBackboneElement": CODE}, CODE, {}),
    ],
)  # fmt: skip
def test_discriminators(
    discriminators: list[tuple[str, str]],
    defined: Json,
    inside: Json,
    outside: Json | None,
) -> None:
    fixed = structure(
        "Lab", element("Lab.code", "CodeableConcept", patternCodeableConcept=concept("l")), profile=LAB + "/fixed"
    )
    grade = structure(
        "Extension", element("Extension.value[x]", patternCodeableConcept=concept("a")),
        profile="http://example.org/grade",
    )  # fmt: skip
    whole = {
        "contained": [
            {"resourceType": "Lab", "id": "lab", "code": concept("l"), "meta": {"profile": [LAB]}},
            {"resourceType": "Lab", "id": "other", "code": concept("m")},
            {"resourceType": "Thing", "id": "thing"},
        ]
    }
    assert in_one(inside, slicing(*discriminators), defined, whole=whole, also=(fixed, grade))
    if outside is not None:
        assert not in_one(outside, slicing(*discriminators), defined, whole=whole, also=(fixed, grade))


def test_the_order_of_slices_is_the_position() -> None:
    elements = (slicing(("position", "$this")), element("Thing.item:zero"), ONE, ANSWER)
    found = bound({"item": [{"answer": concept("x")}, {"answer": concept("x")}]}, *elements)
    assert found == {"Thing.item[0].answer": None, "Thing.item[1].answer": "one"}


def test_what_is_in_no_slice_is_in_the_default_one() -> None:
    kinds = [
        slicing(("value", "kind")),
        element("Thing.item:one.kind", patternCodeableConcept=concept("a")),
        element("Thing.item:@default"),
        element("Thing.item:@default.answer", "CodeableConcept", bound="required rest"),
    ]
    items = {"item": [{**CODE, "answer": concept("x")}, {"kind": concept("b"), "answer": concept("x")}]}
    found = bound(items, *kinds, ONE, ANSWER)
    assert (found["Thing.item[0].answer"], found["Thing.item[1].answer"]) == ("one", "rest")


def test_slices_of_slices() -> None:
    elements = [
        slicing(("value", "kind")),
        slicing(("exists", "value"), path="Thing.item:one", sliceName="one"),
        element("Thing.item:one.kind", patternCodeableConcept=concept("a")),
        element("Thing.item:one/measured", sliceName="one/measured"),
        element("Thing.item:one/measured.value[x]", min=1),
        element("Thing.item:one/measured.answer", "CodeableConcept", bound="required measured"),
        ANSWER,
    ]
    items = {"item": [{**CODE, "valueString": "1", "answer": concept("x")}, {**CODE, "answer": concept("x")}]}
    found = bound(items, *elements)
    assert (found["Thing.item[0].answer"], found["Thing.item[1].answer"]) == ("measured", "one")


def test_slices_of_the_base_hold_for_a_differential_that_binds_more() -> None:
    base = structure(
        "Thing", slicing(("value", "kind")), ONE, element("Thing.item:one.kind", patternCodeableConcept=concept("a")),
        profile=OUTER + "/base",
    )  # fmt: skip
    assert in_one(CODE, base=base)
    assert not in_one({"kind": concept("b")}, base=base)


def test_inner_slices_of_an_extension_have_no_profile() -> None:
    elements = [
        element("Thing.item.extension:race", "Extension"),
        slicing(("value", "url"), path="Thing.item.extension"),
        element("Thing.item.extension:race.url", fixedUri="race"),
        element("Thing.item.extension:race.value[x]", "CodeableConcept", bound="required race"),
    ]
    given = [{"url": "race", "valueCodeableConcept": concept("x")}, {"url": "no", "valueCodeableConcept": concept("x")}]
    found = bound({"item": [{"extension": given}]}, *elements)
    assert found == {"Thing.item[0].extension[0].value": "race", "Thing.item[0].extension[1].value": None}


def test_a_resource_must_have_the_profile_of_its_slice() -> None:
    elements = [slicing(("type", "resource")), ONE, element("Thing.item:one.resource", f"Lab={LAB}")]
    found = bound({"item": [{"resource": {"resourceType": "Lab", "code": concept("x")}}]}, *elements)
    assert found == {"Thing.item[0].resource.code": "lab"}


@pytest.mark.parametrize(
    ("discriminator", "defined", "item"),
    [
        (
            ("profile", "resource"),
            element("Thing.item:one.resource", f"Lab={LAB}"),
            {"resource": {"resourceType": "Lab"}},
        ),
        (("value", "kind"), element("Thing.item:one.kind"), CODE),
        (("value", "kind"), element("Thing.item:one.kind", bound="required unknown"), CODE),
        (("value", "kind.where(true)"), element("Thing.item:one.kind", patternCodeableConcept=concept("a")), CODE),
        (("exists", "kind"), element("Thing.item:one.kind", min=0), CODE),
        (
            ("value", "who.resolve().code"),
            element("Thing.item:one.who", type=[{"code": "Reference", "targetProfile": [LAB]}]),
            {"who": {"reference": "Lab/elsewhere"}},
        ),
    ],
)
def test_undecidable_slices_are_reported(discriminator: tuple[str, str], defined: Json, item: Json) -> None:
    found = walked({"item": [{**item, "answer": concept("x")}]}, slicing(discriminator), ONE, defined, ANSWER)
    (undecided,) = (one for one in found if isinstance(one, Undecided))
    assert undecided == Undecided("Thing.item[0]", Canonical(OUTER, "1"), ("one",))


@pytest.mark.parametrize("path", ["extension(" + " " * 3000, "resolve('" + "'" * 3000, " " * 3000 + "?"])
def test_a_broken_discriminator_path_takes_no_long_time(path: str) -> None:
    began = time.monotonic()
    found = walked({"item": [CODE]}, slicing(("value", path)), ONE, ANSWER)
    assert any(isinstance(one, Undecided) for one in found)
    assert time.monotonic() - began < 1


def test_undecidable_slices_without_bindings_are_not_reported() -> None:
    found = walked({"item": [CODE]}, slicing(("value", "kind")), ONE, element("Thing.item:one.kind", short="Kind"))
    assert not [one for one in found if isinstance(one, Undecided)]


def test_missing_definitions_are_named() -> None:
    profile = structure("Thing", profile=OUTER, baseDefinition="http://example.org/far")
    elsewhere = structuredefinition.parse(profile)
    assert [*coded_elements({"resourceType": "Thing"}, elsewhere, {}.get)] == [
        Unknown("Thing", Canonical("http://example.org/far"))
    ]
    found = walked(
        {"item": [{"answer": concept("x")}]},
        element("Thing.item.answer", "CodeableConcept=http://example.org/far"),
    )
    assert Unknown("Thing.item[0].answer", Canonical("http://example.org/far")) in found


def test_a_datatype_may_be_bound_as_a_whole() -> None:
    age = structure("Age", element("Age.code", "code"))
    age["snapshot"]["element"][0]["binding"] = {"strength": "extensible", "valueSet": VS + "age"}
    value = {"item": [{"valueAge": {"system": "http://unitsofmeasure.org", "code": "a"}}]}
    assert bound(value, element("Thing.item.value[x]", "Age"), also=[age])["Thing.item[0].value"] == "age"


JUNK: list[Any] = [
    None,
    7,
    "x",
    "",
    [],
    {},
    [[]],
    [None],
    True,
    {"url": {}},
    {"reference": 5},
    {"resourceType": ["a"]},
    -1.5,
]
TRICKY = (
    slicing(("value", "kind.coding.code"), ("exists", "value"), ("profile", "resource"), ("type", "who.resolve()")),
    element("Thing.item:one.kind", patternCodeableConcept=concept("a")),
    element("Thing.item:one.resource", f"Lab={LAB}"),
    element("Thing.item:one.who", type=[{"code": "Reference", "targetProfile": [LAB]}]),
    element("Thing.item.extension:grade", "Extension=http://example.org/grade"),
)
WHOLE: Json = {
    "contained": [{"resourceType": "Lab", "id": "lab", "code": concept("l"), "meta": {"profile": [LAB]}}],
    "item": [{
        **CODE, "valueString": "x", "who": {"reference": "#lab"}, "resource": {"resourceType": "Lab", "code": CODE},
        "extension": [{"url": "http://example.org/grade", "valueCodeableConcept": concept("a")}],
        "answer": concept("x"),
    }],
}  # fmt: skip


def places(value: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*way, step)
        yield from places(one, *way, step)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_anywhere_in_a_resource_raises_nothing_but_malformed(junk: Any) -> None:
    """Anything may stand anywhere in a resource: codes that are none are Malformed, the rest is not looked at."""
    for *way, last in [*places(WHOLE)]:
        broken = copy.deepcopy(WHOLE)
        outer: Any = broken
        for step in way:
            outer = outer[step]
        outer[last] = copy.deepcopy(junk)
        with contextlib.suppress(Malformed):
            walked(broken, *TRICKY, ONE, ANSWER)
