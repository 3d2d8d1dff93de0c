"""Puts an edition's components together: one plain concept each, in the order of the taxonomy.

Properties are those of SNOMED CT in FHIR (Using SNOMED CT with HL7 Standards): `inactive`, `effectiveTime`, `moduleId`,
`sufficientlyDefined`, and every attribute relationship under the id of its attribute, with its group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from operator import itemgetter

import numpy as np

from loaders.rf2.components import Concepts, Table
from loaders.rf2.descriptions import Descriptions
from loaders.rf2.taxonomy import depth_first
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.associations import SUCCESSORS
from terminology.model.concept import PropertyKind
from terminology.model.records import PlainBatch, PlainConcept, PlainProperty

BATCH = 2000

INACTIVE: PlainProperty = ("inactive", "boolean", True, None)
DEFINED: tuple[PlainProperty, PlainProperty] = (
    ("sufficientlyDefined", "boolean", False, None),
    ("sufficientlyDefined", "boolean", True, None),
)


def batches(
    concepts: Concepts,
    descriptions: Descriptions,
    relationships: Table,
    concrete: Table,
    associations: Iterable[tuple[int, int, int]],
) -> Iterator[PlainBatch]:
    """All concepts."""
    is_a = relationships["typeId"] == int(ids.IS_A)
    sources = concepts.positions(relationships["sourceId"])
    children, parents = sources[is_a], concepts.positions(relationships["destinationId"][is_a])
    order = depth_first(len(concepts), children, parents)
    assembly = _Assembly(
        concepts, descriptions, _Parents(concepts, children, parents), _Attributes(concepts, relationships, concrete),
        _successors(associations),
    )  # fmt: skip
    in_order = map(assembly.concept, order)
    uses = tuple(descriptions.uses)
    while batch := tuple(islice(in_order, BATCH)):
        yield PlainBatch(batch, uses)


class _Parents:
    """The parents of each concept, as codes, those with the smaller id first."""

    def __init__(self, concepts: Concepts, children: np.ndarray, parents: np.ndarray) -> None:
        order = np.lexsort((parents, children))
        self._codes = [str(code) for code in concepts.ids[parents[order]].tolist()]
        self._bounds = np.searchsorted(children[order], np.arange(len(concepts) + 1)).tolist()

    def of(self, position: int) -> list[str]:
        return list(dict.fromkeys(self._codes[self._bounds[position] : self._bounds[position + 1]]))


class _Attributes:
    """The attribute relationships of each concept by group, then attribute, then value."""

    def __init__(self, concepts: Concepts, relationships: Table, concrete: Table) -> None:
        rows = relationships.kept(relationships["typeId"] != int(ids.IS_A))
        sources = concepts.positions(rows["sourceId"])
        order = np.lexsort((rows["destinationId"], rows["typeId"], rows["relationshipGroup"], sources))
        self._bounds = np.searchsorted(sources[order], np.arange(len(concepts) + 1)).tolist()
        codes = _Texts()
        self._types = codes.of(rows["typeId"][order])
        self._targets = codes.of(rows["destinationId"][order])
        self._groups: list[int] = rows["relationshipGroup"][order].tolist()
        self._concrete = _concrete(concepts, concrete)

    def of(self, position: int) -> list[PlainProperty]:
        start, end = self._bounds[position], self._bounds[position + 1]
        found: list[PlainProperty] = [
            (type_, "code", target, group)
            for type_, target, group in zip(
                self._types[start:end], self._targets[start:end], self._groups[start:end], strict=True
            )
        ]
        if position in self._concrete:
            found += self._concrete[position]
            found.sort(key=itemgetter(3))
        return found


class _Texts(dict[int, str]):
    """Codes as texts, equal ones as one object."""

    def __missing__(self, code: int) -> str:
        text = self[code] = str(code)
        return text

    def of(self, codes: np.ndarray) -> list[str]:
        return list(map(self.__getitem__, codes.tolist()))


def _concrete(concepts: Concepts, table: Table) -> dict[int, list[PlainProperty]]:
    found: dict[int, list[PlainProperty]] = {}
    positions = concepts.positions(table["sourceId"]).tolist()
    columns = (table["typeId"].tolist(), table.texts["value"], table["relationshipGroup"].tolist())
    for position, type_, text, group in zip(positions, *columns, strict=True):
        kind, value = concrete_value(text)
        found.setdefault(position, []).append((str(type_), kind, value, group))
    return found


def concrete_value(text: str) -> tuple[PropertyKind, str | int | bool | Decimal]:
    """A value as RF2 writes it: `#5`, `#2.5`, `"text"`, `true`."""
    if text.startswith("#"):
        number = Decimal(text[1:])
        return ("integer", int(number)) if "." not in text else ("decimal", number)
    if text in {"true", "false"}:
        return "boolean", text == "true"
    return "string", text.removeprefix('"').removesuffix('"')


def _successors(associations: Iterable[tuple[int, int, int]]) -> Mapping[int, list[PlainProperty]]:
    """The historical associations of each component, as properties."""
    names = {int(refset): name for refset, name in SUCCESSORS.items()}
    found: dict[int, list[PlainProperty]] = {}
    for refset, component, target in associations:
        found.setdefault(component, []).append((names[refset], "code", str(target), None))
    return found


class _Assembly:
    """Makes one concept after another, and keeps none."""

    def __init__(
        self, concepts: Concepts, descriptions: Descriptions, parents: _Parents, attributes: _Attributes,
        successors: Mapping[int, list[PlainProperty]],
    ) -> None:  # fmt: skip
        self._descriptions = descriptions
        self._parents = parents
        self._attributes = attributes
        self._successors = successors
        self._codes = concepts.ids
        self._active: list[bool] = concepts.active.tolist()
        self._defined: list[bool] = (concepts.statuses == int(ids.DEFINED)).tolist()
        self._times = concepts.times
        self._modules = concepts.modules
        self._time_properties: dict[int, PlainProperty] = {
            time: ("effectiveTime", "dateTime", _iso(time), None) for time in np.unique(concepts.times).tolist()
        }
        self._module_properties: dict[int, PlainProperty] = {
            module: ("moduleId", "code", str(module), None) for module in np.unique(concepts.modules).tolist()
        }

    def concept(self, position: int) -> PlainConcept:
        """The concept at a position."""
        properties = [
            self._time_properties[int(self._times[position])],
            self._module_properties[int(self._modules[position])],
            DEFINED[self._defined[position]],
        ]
        if not self._active[position]:
            properties.append(INACTIVE)
            properties += self._successors.get(int(self._codes[position]), ())
        properties += self._attributes.of(position)
        display, definition, designations = self._descriptions.of(position)
        code = str(self._codes[position])
        return PlainConcept(code, display, definition, designations, properties, self._parents.of(position))


def _iso(time: int) -> str:
    text = f"{time:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
