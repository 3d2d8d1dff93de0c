"""What is loaded and what travels with a request are answered alike, byte for byte: there is one path for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.fhir_records import records
from terminology import ingest
from terminology.fhir import codesystem, valueset
from terminology.fhir.json import Json, dumps
from terminology.library import Terminology
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions, Source
from terminology.model.requests import ExpandRequest, LookupRequest, SuppliedResource, ValidateCodeRequest
from terminology.operations import expand as expand_operation
from terminology.operations import lookup, validate_code
from tests.property.test_expression import CODES, OTHER, SYSTEM, UNKNOWN, systems, value_sets
from valuesets.expand import Limits, Stamp, expand

STAMP = Stamp(now=lambda: "2026-01-01T00:00:00Z", identifier=lambda: "urn:uuid:1")
Answer = Callable[[Terminology, tuple[SuppliedResource, ...]], Json]


@st.composite
def resources(draw: st.DrawFn) -> tuple[list[Json], list[Canonical]]:
    """Code systems and value sets as JSON, and the canonicals of the value sets."""
    found = [codesystem.render(s.metadata, s.concepts(range(s.size))) for s in draw(systems())]
    first = draw(value_sets(1))
    second = draw(value_sets(2, (first.canonical,)))
    bodies = [*found, valueset.render(first), valueset.render(second)]
    # a store gives an id to what has none; everything else must be the same without help
    return [{"id": f"r{n}", **body} for n, body in enumerate(bodies)], [first.canonical, second.canonical]


def loaded(bodies: list[Json]) -> Terminology:
    """A database that holds them."""
    terminology = Terminology("sqlite:///:memory:")
    for number, body in enumerate(bodies):
        source = Source(name=str(number), path=str(number), digest=str(number), loader="test")
        ingest.load_records(terminology.store, records(body, source, LoadOptions()))
    return terminology


def parsed(bodies: list[Json]) -> tuple[SuppliedResource, ...]:
    """The same as a request brings them."""
    parsers = {"CodeSystem": codesystem.parse, "ValueSet": valueset.parse}
    return tuple(parsers[body["resourceType"]](body) for body in bodies)


def questions(canonicals: list[Canonical]) -> Iterator[tuple[str, Answer]]:
    """A name and what to ask, for every kind of question."""
    for canonical in canonicals:
        yield f"expand {canonical}", lambda t, r, c=canonical: _expand(t, r, c)
        for code in (*CODES[:4], UNKNOWN):
            for system in (SYSTEM, OTHER):
                yield (
                    f"validate {system}#{code} in {canonical}",
                    lambda t, r, c=canonical, s=system, o=code: _validate(t, r, Coding(s, o, display="Display c1"), c),
                )
    for code in (*CODES[:4], UNKNOWN):
        yield f"lookup {code}", lambda t, r, o=code: _lookup(t, r, Coding(SYSTEM, o))


def _expand(terminology: Terminology, supplied: tuple[SuppliedResource, ...], canonical: Canonical) -> Json:
    context = terminology.context(date="2026-01-01", resources=supplied)
    asked = ExpandRequest(value_set=canonical, include_designations=True, properties=("colour", "status"))
    result = expand(terminology.catalogue(context), asked, context, Limits(), stamp=STAMP)
    return expand_operation.OPERATION.response(result)


def _validate(
    terminology: Terminology, supplied: tuple[SuppliedResource, ...], coding: Coding, canonical: Canonical
) -> Json:
    asked = ValidateCodeRequest(form="coding", concept=CodeableConcept((coding,)), value_set=canonical)
    result = terminology.ask(validate_code.run, asked, date="2026-01-01", resources=supplied)
    return validate_code.response(result)


def _lookup(terminology: Terminology, supplied: tuple[SuppliedResource, ...], coding: Coding) -> Json:
    result = terminology.ask(lookup.run, LookupRequest(coding=coding), date="2026-01-01", resources=supplied)
    return lookup.OPERATION.response(result)


def said(answer: Answer, terminology: Terminology, supplied: tuple[SuppliedResource, ...]) -> bytes:
    """The answer as bytes; an error as its kind and issues."""
    try:
        body: Any = answer(terminology, supplied)
    except TerminologyError as error:
        body = {"kind": error.kind, "issues": [(i.severity, i.code, i.text, list(i.expression)) for i in error.issues]}
    return dumps(body)


@given(resources())
@settings(max_examples=30, deadline=None)
def test_loaded_and_supplied_resources_give_the_same_bytes(world: tuple[list[Json], list[Canonical]]) -> None:
    bodies, canonicals = world
    full, empty, supplied = loaded(bodies), Terminology("sqlite:///:memory:"), parsed(bodies)
    try:
        for name, answer in questions(canonicals):
            assert said(answer, full, ()) == said(answer, empty, supplied), name
    finally:
        full.close()
        empty.close()
