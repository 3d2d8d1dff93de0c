"""What every filter means, read off a list of concepts: slow, and simple enough to be believed."""

from __future__ import annotations

import re
from decimal import Decimal

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.concept import Concept
from terminology.model.status import CONCEPT_PROPERTIES, status_of
from terminology.model.valueset import Filter


class Naive:
    """A code system as a list; parents that are not in it do not count."""

    def __init__(self, metadata: CodeSystemMetadata, concepts: list[Concept]) -> None:
        self.metadata = metadata
        self.concepts = concepts

    def same(self, one: str, other: str) -> bool:
        if self.metadata.case_sensitive is False:
            return one.casefold() == other.casefold()
        return one == other

    def find(self, code: str) -> list[Concept]:
        return [c for c in self.concepts if self.same(c.code, code)]

    def parents(self, concept: Concept) -> list[Concept]:
        return [found for code in concept.parents for found in self.find(code)]

    def children(self, concept: Concept) -> list[Concept]:
        return [c for c in self.concepts if concept in self.parents(c)]

    def above(self, concept: Concept) -> list[Concept]:
        return [a for parent in self.parents(concept) for a in (parent, *self.above(parent))]

    def selected(self, f: Filter) -> list[int]:
        return [i for i, c in enumerate(self.concepts) if self.passes(c, f)]

    def passes(self, concept: Concept, f: Filter) -> bool:  # noqa: PLR0911 - one line an operator
        itself = self.same(concept.code, f.value)
        below = any(self.same(a.code, f.value) for a in self.above(concept))
        match f.op:
            case "is-a":
                return itself or below
            case "is-not-a":
                return not (itself or below)
            case "descendent-of":
                return below
            case "descendent-leaf":
                return below and not self.children(concept)
            case "child-of":
                return any(self.same(p.code, f.value) for p in self.parents(concept))
            case "generalizes":
                return itself or any(concept in self.above(c) for c in self.find(f.value))
        values = self.values(concept, f.property)
        match f.op:
            case "=":
                return self.equal(values, f.property, f.value)
            case "in":
                return any(self.equal(values, f.property, v.strip()) for v in f.value.split(",") if v.strip())
            case "not-in":
                return not any(self.equal(values, f.property, v.strip()) for v in f.value.split(",") if v.strip())
            case "regex":
                return any(re.fullmatch(f.value, value) for value in values)
            case "exists":
                return bool(values) == (f.value == "true")
        raise AssertionError(f.op)

    def values(self, concept: Concept, name: str) -> list[str]:  # noqa: PLR0911 - one line a property
        match self.meaning(name):
            case "code" | "concept":
                return [concept.code]
            case "display":
                return [] if concept.display is None else [concept.display]
            case "definition":
                return [] if concept.definition is None else [concept.definition]
            case "designation":
                return [d.value for d in concept.designations]
            case "parent":
                return [p.code for p in self.parents(concept)]
            case "child":
                return [c.code for c in self.children(concept)]
            case "status":
                status = status_of(concept, self.metadata).status
                return [] if status is None else [status]
            case "inactive":
                return [str(status_of(concept, self.metadata).inactive).lower()]
            case code:
                return [text(p.value) for p in concept.properties if p.code == code]

    def meaning(self, name: str) -> str:
        """The code a property has in this system; the standard name for those that are more than a property."""
        for p in self.metadata.properties:
            if name in {p.code, p.uri} or p.uri == CONCEPT_PROPERTIES + name:
                short = (p.uri or "").removeprefix(CONCEPT_PROPERTIES)
                return short if short in {"parent", "child", "status", "inactive"} else p.code
        return name

    def equal(self, values: list[str], name: str, wanted: str) -> bool:
        if self.meaning(name) in {"code", "concept", "parent", "child"}:
            return any(self.same(v, wanted) for v in values)
        kind = next((p.kind for p in self.metadata.properties if p.code == self.meaning(name)), None)
        if kind in {"integer", "decimal"}:
            return any(number(v) == number(wanted) for v in values)
        return wanted in values


def number(value: str) -> object:
    try:
        return Decimal(value)
    except ArithmeticError:
        return value


def text(value: object) -> str:
    if isinstance(value, Coding):
        return value.code or ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return str(value)
