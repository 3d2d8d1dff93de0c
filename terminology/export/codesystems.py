"""Writes one code system version as a CodeSystem: its header, then its concepts one by one in their order.

A concept is nested below its first parent if that is open at this point, as in classifications. Otherwise, and for
further parents, they are listed in a marked property (`fhir.marks`): the order of concepts is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from pyroaring import BitMap

from terminology.fhir import codesystem, marks, r4
from terminology.fhir.json import Json
from terminology.fhir.stream import Pen
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.requests import FhirRelease

DEEPEST = 50
"""Levels of nesting that are written: readers of JSON and XML have limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is to be written. `concepts` is called twice; `used` are the codes of all properties."""

    metadata: CodeSystemMetadata
    header: Json
    concepts: Callable[[], Iterable[Concept]]
    used: Collection[str]
    size: int


Told = Callable[[int, int], None]
TOLD_EVERY = 1000


def write(version: Version, begin: Callable[[Json], Pen], release: FhirRelease, told: Told) -> int:
    """Write the resource; `begin` takes its header, `told` how many are done of all. Gives the number of concepts."""
    stating = codesystem.parent_codes(version.metadata)
    nested, needs_code = _places(version.concepts(), stating)
    taken = {*version.used, *(p.code for p in version.metadata.properties)}
    said = marks.Marks(
        marks.free_code(taken) if needs_code else None,
        frozenset(p.code for p in version.metadata.properties if p.searched),
    )
    pen = begin(r4.from_r5({"resourceType": "CodeSystem", **marks.marked(version.header, said)}, release))
    stack: list[str] = []
    count = 0
    for concept in version.concepts():
        named = _unstated(concept, stating)
        if count in nested:
            _leave(pen, stack, named[0])
            named = named[1:]
        else:
            _leave(pen, stack, None)
        pen.open("concept", _of_release(_rendered(concept, named, said.hierarchy), release))
        stack.append(concept.code)
        count += 1
        if count % TOLD_EVERY == 0:
            told(count, version.size)
    _leave(pen, stack, None)
    pen.close()
    told(count, count)
    return count


def _leave(pen: Pen, stack: list[str], parent: str | None) -> None:
    while stack and stack[-1] != parent:
        pen.close()
        stack.pop()


def _places(concepts: Iterable[Concept], stating: frozenset[str]) -> tuple[BitMap, bool]:
    """The ordinals of concepts that can be nested, and whether any needs a property for its parents."""
    nested = BitMap()
    needs_code = False
    stack: list[str] = []
    for ordinal, concept in enumerate(concepts):
        named = _unstated(concept, stating)
        if named and named[0] in stack and stack.index(named[0]) < DEEPEST:
            del stack[stack.index(named[0]) + 1 :]
            nested.add(ordinal)
            needs_code |= len(named) > 1
        else:
            stack.clear()
            needs_code |= bool(named)
        stack.append(concept.code)
    return nested, needs_code


def _unstated(concept: Concept, stating: frozenset[str]) -> tuple[str, ...]:
    """The parents that must be written: those that no property states, or all where the order would be another."""
    if not concept.parents:
        return ()
    stated = dict.fromkeys(_code(p) for p in concept.properties if p.code in stating)
    named = tuple(parent for parent in concept.parents if parent not in stated)
    return named if (*named, *stated) == concept.parents else concept.parents


def _code(value: Property) -> str:
    return str(getattr(value.value, "code", value.value))


def _rendered(concept: Concept, named: Iterable[str], code: str | None) -> Json:
    written = codesystem.render_concept(concept)
    added = [{"code": code, "valueCode": parent} for parent in named]
    if added:
        written["property"] = [*written.get("property", ()), *added]
    return written


def _of_release(concept: Json, release: FhirRelease) -> Json:
    if release == "R5":
        return concept
    written: Json = r4.from_r5({"resourceType": "CodeSystem", "concept": [concept]}, release)["concept"][0]
    return written
