"""The definitions: meanings of axis values, what they include, and which general device a specific one belongs to.

A term belongs to an axis of a section and is identified by its label. Some labels state where they apply ("… in Lower
Joints", "… for Insertion in Eye", "… (Assessment)"); `vocabulary` resolves that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loaders.icd10pcs import xml
from loaders.xml_stream import Element, children
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.model.loading import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A definition of one or more labels of an axis (1 to 7) of a section; `includes` are other names of these."""

    section: str
    position: int
    labels: tuple[str, ...]
    definition: str | None
    explanation: str | None
    includes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A specific device and the general value (`parent`) that other operations use for it."""

    device: str
    operation: str
    body_systems: tuple[str, ...]
    parent: Coding

    def applies(self, operation: str, body_system: str) -> bool:
        """Whether a table of that operation and body system has the specific device."""
        return self.operation in {operation, ALL_OPERATIONS} and body_system in self.body_systems


ALL_OPERATIONS = "All applicable"


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything of a definitions file."""

    terms: tuple[Term, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()


def parse(file: SourceFile) -> Definitions:
    """Read a definitions file. Raises TerminologyError invalid that names the line."""
    reader = xml.Reader(file.path)
    terms: list[Term] = []
    aggregates: list[Aggregate] = []
    for child in children(file, ["section", "deviceAggregation"]):
        for axis in child.iterfind("axis"):
            terms += [_term(reader, child, axis, element) for element in axis.iterfind("terms")]
        aggregates += [_aggregate(reader, element) for element in child.iterfind("aggregate")]
    return Definitions(tuple(terms), tuple(aggregates))


def _term(reader: xml.Reader, section: Element, axis: Element, element: Element) -> Term:
    position = reader.attribute(axis, "pos")
    if position not in set("1234567"):
        raise reader.problem(axis, "PCS_AXIS_ORDER", found=position, expected="1 … 7")
    reader.text(element, "title")
    return Term(
        section=reader.attribute(section, "code"),
        position=int(position),
        labels=_texts(element, "title"),
        definition=xml.optional(element, "definition"),
        explanation=xml.optional(element, "explanation"),
        includes=_texts(element, "includes"),
    )


def _aggregate(reader: xml.Reader, element: Element) -> Aggregate:
    label = reader.text(element, "parent")
    parent = element.find("parent")
    assert parent is not None
    return Aggregate(
        device=reader.text(element, "device"),
        operation=reader.text(element, "operation"),
        body_systems=_texts(element, "bodySys"),
        parent=Coding(code=reader.attribute(parent, "value"), display=label),
    )


def _texts(element: Element, name: str) -> tuple[str, ...]:
    found = (" ".join((child.text or "").split()) for child in element.iterfind(name))
    return tuple(dict.fromkeys(text for text in found if text))


AGGREGATE = "aggregate"
"""The code of facts that are aggregates; others are terms, with section and position as their code."""


def to_facts(definitions: Definitions) -> Iterator[Concept]:
    """The definitions as facts."""
    for term in definitions.terms:
        properties = [*_strings("label", term.labels), *_strings("includes", term.includes)]
        if term.explanation:
            properties += _strings("explanation", [term.explanation])
        yield Concept(f"{term.section}{term.position}", definition=term.definition, properties=tuple(properties))
    for aggregate in definitions.aggregates:
        yield Concept(
            AGGREGATE,
            aggregate.device,
            properties=(
                *_strings("operation", [aggregate.operation]),
                *_strings("bodySystem", aggregate.body_systems),
                Property("parent", "Coding", aggregate.parent),
            ),
        )


def from_facts(facts: Iterable[Concept]) -> Definitions:
    """The reverse of `to_facts`."""
    terms, aggregates = [], []
    for fact in facts:
        if fact.code == AGGREGATE:
            (parent,) = fact.values("parent")
            assert isinstance(parent.value, Coding)
            aggregates.append(
                Aggregate(
                    device=fact.display or "",
                    operation="".join(_read(fact, "operation")),
                    body_systems=_read(fact, "bodySystem"),
                    parent=parent.value,
                )
            )
        else:
            terms.append(
                Term(
                    section=fact.code[0],
                    position=int(fact.code[1]),
                    labels=_read(fact, "label"),
                    definition=fact.definition,
                    explanation="".join(_read(fact, "explanation")) or None,
                    includes=_read(fact, "includes"),
                )
            )
    return Definitions(tuple(terms), tuple(aggregates))


def _strings(code: str, values: Iterable[str]) -> list[Property]:
    return [Property(code, "string", value) for value in values]


def _read(fact: Concept, code: str) -> tuple[str, ...]:
    return tuple(str(value.value) for value in fact.values(code))
