"""A second, naive implementation of value sets, with Python's sets and no index, gives the same codes.

The other property tests hold the engine against itself; what its parts have in common could be wrong in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.fhir import codesystem
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.requests import CodeSystemResource
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, Filter, ValueSet

SYSTEM = "urn:x:naive"
CODES = [f"c{number}" for number in range(8)]
COLOURS = ("red", "green", "blue")


@dataclass(frozen=True)
class World:
    """What the naive implementation knows: parents and colours by code, and which codes are retired."""

    parents: dict[str, list[str]]
    colours: dict[str, list[str]]
    retired: frozenset[str]

    def above(self, code: str) -> set[str]:
        """All ancestors."""
        return {a for parent in self.parents.get(code, ()) for a in (parent, *self.above(parent))}

    def below(self, code: str) -> set[str]:
        """All descendants."""
        return {other for other in CODES if code in self.above(other)}

    def resource(self) -> CodeSystemResource:
        """The same as a CodeSystem."""
        concepts = [
            {
                "code": code,
                "property": [
                    *({"code": "parent", "valueCode": parent} for parent in self.parents[code]),
                    *({"code": "colour", "valueCode": colour} for colour in self.colours[code]),
                    *([{"code": "status", "valueCode": "retired"}] if code in self.retired else []),
                ],
            }
            for code in CODES
        ]
        return codesystem.parse(
            {
                "resourceType": "CodeSystem", "url": SYSTEM, "status": "active", "content": "complete",
                "caseSensitive": True, "hierarchyMeaning": "is-a", "concept": concepts,
                "property": [
                    {"code": "parent", "uri": "http://hl7.org/fhir/concept-properties#parent", "type": "code"},
                    {"code": "status", "uri": "http://hl7.org/fhir/concept-properties#status", "type": "code"},
                    {"code": "colour", "type": "code"},
                ],
            }
        )  # fmt: skip


Reading = Callable[[World, str], set[str]]
HIERARCHY: dict[str, Reading] = {
    "is-a": lambda w, v: w.below(v) | {v},
    "descendent-of": lambda w, v: w.below(v),
    "is-not-a": lambda w, v: set(CODES) - w.below(v) - {v},
    "generalizes": lambda w, v: w.above(v) | {v},
    "child-of": lambda w, v: {c for c in CODES if v in w.parents[c]},
    "descendent-leaf": lambda w, v: {c for c in w.below(v) if not w.below(c)},
}
LISTS: dict[str, Callable[[set[str], set[str]], bool]] = {
    "in": lambda mine, wanted: bool(mine & wanted),
    "not-in": lambda mine, wanted: not mine & wanted,
}


def selected(world: World, f: Filter) -> set[str]:
    """The codes of a filter."""
    if f.op in HIERARCHY:
        return HIERARCHY[f.op](world, f.value)
    values = {c: {c} if f.property == "code" else set(world.colours[c]) for c in CODES}
    if f.op in LISTS:
        return {c for c in CODES if LISTS[f.op](values[c], set(f.value.split(",")))}
    if f.op == "exists":
        return {c for c in CODES if bool(values[c]) == (f.value == "true")}
    if f.op == "regex":
        return {c for c in CODES if any(re.fullmatch(f.value, value) for value in values[c])}
    assert f.op == "="
    return {c for c in CODES if f.value in values[c]}


def codes_of(world: World, value_set: ValueSet, others: dict[str, ValueSet]) -> set[str]:
    """The codes of a value set."""

    def of_set(definition: ConceptSet) -> set[str]:
        found = set(CODES)
        if definition.concepts:
            found &= {reference.code for reference in definition.concepts}
        for f in definition.filters:
            found &= selected(world, f)
        for imported in definition.value_sets:
            found &= codes_of(world, others[imported.url], others)
        return found

    compose = value_set.compose
    assert compose is not None
    included = set[str]().union(*map(of_set, compose.include)) - set[str]().union(*map(of_set, compose.exclude))
    return included - world.retired if compose.inactive is False else included


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Polyhierarchies: parents come before their children."""
    parents = {
        code: draw(st.lists(st.sampled_from(CODES[:number]), unique=True, max_size=2)) if number else []
        for number, code in enumerate(CODES)
    }
    colours = {code: draw(st.lists(st.sampled_from(COLOURS), unique=True, max_size=2)) for code in CODES}
    return World(parents, colours, draw(st.frozensets(st.sampled_from(CODES), max_size=3)))


filters = st.one_of(
    st.builds(Filter, st.just("concept"), st.sampled_from(sorted(HIERARCHY)), st.sampled_from(CODES)),
    st.builds(Filter, st.just("code"), st.sampled_from(sorted(LISTS)), st.sampled_from(["c1", "c1,c3,c5"])),
    st.builds(Filter, st.just("colour"), st.sampled_from([*LISTS, "="]), st.sampled_from([*COLOURS, "red,blue"])),
    st.builds(Filter, st.just("colour"), st.just("exists"), st.sampled_from(["true", "false"])),
    st.builds(
        Filter,
        st.sampled_from(["code", "colour"]),
        st.just("regex"),
        st.sampled_from(["c[0-3]", "red|blue", "r", ".*"]),
    ),
)


@st.composite
def concept_sets(draw: st.DrawFn, imports: tuple[str, ...]) -> ConceptSet:
    """All of the system, some codes or some filters of it, each perhaps within imported value sets; or these alone."""
    imported = tuple(
        map(Canonical, draw(st.lists(st.sampled_from(imports), unique=True, max_size=2)) if imports else ())
    )
    kind = draw(st.sampled_from(["all", "listed", "filtered", *(["imported"] if imported else [])]))
    return ConceptSet(
        None if kind == "imported" else SYSTEM,
        None,
        tuple(map(ConceptReference, draw(st.sets(st.sampled_from(CODES), min_size=1)))) if kind == "listed" else (),
        tuple(draw(st.lists(filters, min_size=1, max_size=2))) if kind == "filtered" else (),
        imported,
        "ValueSet.compose.include[0]",
    )


@st.composite
def value_sets(draw: st.DrawFn) -> dict[str, ValueSet]:
    """Three of them; each may import those before it."""
    found: dict[str, ValueSet] = {}
    for number in range(3):
        url = f"urn:x:set{number}"
        includes = draw(st.lists(concept_sets(tuple(found)), min_size=1, max_size=3))
        excludes = draw(st.lists(concept_sets(tuple(found)), max_size=2))
        inactive = draw(st.sampled_from([None, True, False]))
        found[url] = ValueSet(url=url, compose=Compose(tuple(includes), tuple(excludes), inactive))
    return found


@given(worlds(), value_sets(), st.booleans())
@settings(max_examples=80)
def test_the_naive_reading_gives_the_same_codes(world: World, found: dict[str, ValueSet], active_only: bool) -> None:
    resources = (world.resource(), *found.values())
    with Terminology("sqlite:///:memory:") as engine:
        for url, value_set in found.items():
            expected = codes_of(world, value_set, found) - (world.retired if active_only else set())
            expansion = engine.expand(url, active_only=active_only, exclude_nested=True, resources=resources).expansion
            assert {entry.code for entry in expansion.contains} == expected
            assert expansion.total == len(expected)
            valid = {
                code for code in CODES
                if engine.validate_code(
                    SYSTEM, code, value_set=url, active_only=active_only, resources=resources
                ).result
            }  # fmt: skip
            assert valid == expected
