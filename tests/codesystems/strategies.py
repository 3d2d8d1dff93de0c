"""Random code systems and filters on them, made so that filters hit something."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.status import CONCEPT_PROPERTIES, STANDARDS_STATUS
from terminology.model.valueset import Filter

CODES = ["a", "b", "C", "d-1", "ä", "x y", "A"]
WORDS = ["red", "blue", "Red wine", "red,blue", "1", "1.0", "long " * 20]
HIERARCHICAL = ["is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf"]
PATTERNS = [".*", "[a-c]", "red|blue", "true", "[0-9.]+", "(?i)A.*", "x y", "retired|draft"]
NAMES = [
    "code", "concept", "display", "definition", "designation", "parent", "child", "status", "inactive",
    "notSelectable", "not-selectable", "color", "http://example.org/color", "size", "weight", "flag", "loose",
    "relation", CONCEPT_PROPERTIES + "status",
]  # fmt: skip


def properties(statuses: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Property, ...]]:
    value = st.one_of(
        st.builds(Property, st.sampled_from(["color", "loose"]), st.just("string"), st.sampled_from(WORDS)),
        st.builds(Property, st.just("color"), st.just("code"), st.sampled_from(WORDS)),
        st.builds(
            Property, st.just("relation"), st.just("Coding"), st.builds(Coding, st.none(), st.sampled_from(CODES))
        ),
        st.builds(Property, st.just("size"), st.just("integer"), st.integers(-1, 2)),
        st.builds(
            Property,
            st.just("weight"),
            st.just("decimal"),
            st.sampled_from([Decimal("1.0"), Decimal("2.50"), Decimal(0)]),
        ),
        st.builds(Property, st.sampled_from(["flag", "inactive", "not-selectable"]), st.just("boolean"), st.booleans()),
        st.builds(Property, st.just("state"), st.just("code"), statuses),
    )
    return st.lists(value, max_size=4).map(tuple)


@st.composite
def concepts(draw: st.DrawFn, case_sensitive: bool | None = True) -> list[Concept]:
    by = str.casefold if case_sensitive is False else str
    codes = draw(st.lists(st.sampled_from(CODES), max_size=6, unique_by=by) | st.just(CODES[:6]))
    found = []
    for place, code in enumerate(codes):
        fewest = min(place, draw(st.sampled_from([0, 1, 1, 2])))
        above = st.sampled_from(codes[:place]) if place else st.nothing()
        parents = draw(st.lists(above, min_size=fewest, max_size=min(place, 2), unique=True))
        if draw(st.integers(0, 9)) == 0:
            parents = [*parents, "nobody"]
        standards = draw(st.sampled_from([None, None, None, "deprecated", "withdrawn"]))
        found.append(
            Concept(
                code,
                draw(st.none() | st.sampled_from(WORDS)),
                draw(st.none() | st.sampled_from(WORDS)),
                tuple(Designation(w, "de") for w in draw(st.lists(st.sampled_from(WORDS), max_size=2, unique=True))),
                draw(properties(st.sampled_from(["draft", "retired", "active"]))),
                parents=tuple(parents),
                extensions=(Extension(STANDARDS_STATUS, "Code", standards),) if standards else (),
            )
        )
    return found


@st.composite
def headers(draw: st.DrawFn, url: str = "http://example.org/cs") -> CodeSystemMetadata:
    defined = (
        PropertyDefinition("color", "string", "http://example.org/color"),
        PropertyDefinition("size", "integer"),
        PropertyDefinition("weight", "decimal"),
        PropertyDefinition("flag", "boolean"),
        PropertyDefinition("relation", "Coding"),
        PropertyDefinition("not-selectable", "boolean", CONCEPT_PROPERTIES + "notSelectable"),
        PropertyDefinition("state", "code", CONCEPT_PROPERTIES + "status"),
        PropertyDefinition("loose", "string"),
    )
    return CodeSystemMetadata(
        url=url,
        version="1",
        content=draw(st.sampled_from(["complete", "fragment"])),
        case_sensitive=draw(st.sampled_from([True, False, None])),
        properties=defined,
    )


def _value(name: str) -> st.SearchStrategy[str]:
    if name in {"code", "concept", "parent", "child", "relation"}:
        return st.sampled_from([*CODES, "B", "nobody", "missing"])
    return st.sampled_from([*WORDS, "true", "false", "TRUE", "+1", "2.5", "0", "-1", "draft", "retired", "deprecated"])


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    if draw(st.booleans()):
        name = draw(st.sampled_from(["code", "concept"]))
        return Filter(name, draw(st.sampled_from(HIERARCHICAL)), draw(_value(name)))
    name = draw(st.sampled_from(NAMES))
    op = draw(st.sampled_from(["=", "in", "not-in", "regex", "exists"]))
    if op == "exists":
        return Filter(name, op, draw(st.sampled_from(["true", "false"])))
    if op == "regex":
        return Filter(name, op, draw(st.sampled_from(PATTERNS)))
    if op == "=":
        return Filter(name, op, draw(_value(name)))
    return Filter(name, op, ", ".join(draw(st.lists(_value(name), min_size=1, max_size=3))))
