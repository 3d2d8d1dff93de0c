"""The content of a release's other files, without the lists, as one object. Reads facts; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from loaders.icd10pcs import addenda, conversion, definitions, index, tables
from loaders.icd10pcs.addenda import Addendum
from loaders.icd10pcs.definitions import Definitions
from loaders.icd10pcs.index import Entry
from loaders.icd10pcs.tables import Table
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.model.loading import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many headers and codes a list has; a codes file has no headers (None)."""

    source: str
    codes: int
    headers: int | None


@dataclass(slots=True)
class Knowledge:
    """The content of a release's files. `replaced` are deleted codes by the codes that replace them."""

    figures: list[Figures] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    definitions: Definitions = field(default_factory=Definitions)
    index: list[Entry] = field(default_factory=list)
    addenda: list[Addendum] = field(default_factory=list)
    replaced: dict[str, tuple[Coding, ...]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether all codes of the version are known, from a list or from the tables."""
        return bool(self.figures or self.tables)


def figures_fact(codes: int, headers: int | None) -> Concept:
    """The fact that goes with a list."""
    counts = (("codes", codes), ("headers", headers))
    return Concept("figures", properties=tuple(Property(n, "integer", c) for n, c in counts if c is not None))


def read(facts: Sequence[Facts]) -> Knowledge:
    """Everything that parts say; the role of a part is the end of its source's name (`icd-10-pcs/2025/tables`)."""
    known = Knowledge()
    for part in facts:
        match part.source.rpartition("/")[2]:
            case "tables":
                known.tables = tables.from_facts(part.concepts)
            case "definitions":
                known.definitions = definitions.from_facts(part.concepts)
            case "index":
                known.index += index.from_facts(part.concepts)
            case "order-addendum" | "codes-addendum":
                known.addenda.append(addenda.from_facts(part.concepts))
            case "conversion":
                known.replaced = conversion.from_facts(part.concepts)
            case "order-figures" | "codes-figures":
                known.figures += _figures(part.source, part.concepts)
    return known


def _figures(source: str, concepts: Iterable[Concept]) -> Iterator[Figures]:
    for fact in concepts:
        counts = {value.code: int(str(value.value)) for value in fact.properties}
        yield Figures(source=source.removesuffix("-figures"), codes=counts["codes"], headers=counts.get("headers"))
