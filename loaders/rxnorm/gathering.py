"""Collects what the tables of a release state about each concept in the spool, and makes concepts of it.

A code of RxNorm is an RXCUI with at least one atom (name) of RxNorm itself. Names of other sources are their
publishers' and are not stored: that a source has the concept is the property SAB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from loaders.columns import pipes
from loaders.rxnorm import layout
from loaders.rxnorm.layout import Release
from loaders.spool import Fact, Spool
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NDC = "http://hl7.org/fhir/sid/ndc"
OWN = "RXNORM"
ENGLISH = "en-US"
SYNONYMS: Mapping[str, int] = MappingProxyType({"PSN": 1, "ET": 2, "SY": 3, "TMSY": 4})
"""Term types of names that do not define their concept, the best display first."""
OUT_OF_USE = frozenset({"O", "Y"})
"""Values of SUPPRESS: obsolete, suppressed by an editor. E (not prescribable as such) is in use."""
MERGED = "MERGED_TO_RXCUI"

DEFINITIONS = (
    PropertyDefinition("TTY", "string", f"{RXNORM}#TTY", "Term type: IN, PIN, MIN, SCD, SBD, BN, DF and so on."),
    PropertyDefinition("SAB", "string", f"{RXNORM}#SAB", "A source that has a name for the concept."),
    PropertyDefinition("STY", "Coding", f"{RXNORM}#STY", "Semantic type, by its identifier (T121)."),
    PropertyDefinition("SUPPRESS", "string", f"{RXNORM}#SUPPRESS", "O obsolete, Y suppressed, E not prescribable."),
    PropertyDefinition("RXAUI", "Coding", f"{RXNORM}#RXAUI", "An atom (name) of the concept."),
    PropertyDefinition(MERGED, "code", f"{RXNORM}#{MERGED}", "The concept that took the place of this one."),
    PropertyDefinition("inactive", "boolean", "http://hl7.org/fhir/concept-properties#inactive", "No longer in use."),
)


@dataclass(slots=True)
class Figures:
    """Counts for the report."""

    active: int = 0
    archived: int = 0
    names: int = 0
    relationships: int = 0
    attributes: int = 0


@dataclass(slots=True)
class Gathering:
    """Both passes over a release."""

    release: Release
    positions: dict[str, int] = field(default_factory=dict)
    foreign: int = 0
    figures: Figures = field(default_factory=Figures)
    relationships: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, None] = field(default_factory=dict)

    def number(self) -> None:
        """The first pass: collect all codes, in numerical order."""
        own: set[str] = set()
        others: set[str] = set()
        for cells in self._rows(layout.CONCEPTS):
            (own if cells[11] == OWN else others).add(cells[0])
        self.foreign = len(others - own)
        archived = {cells[12] for cells in self._rows(layout.ARCHIVE) if cells[13] == OWN and cells[12]} - own
        self.figures.active, self.figures.archived = len(own), len(archived)
        ordered = sorted(own | archived, key=lambda code: (len(code), code))
        self.positions = {code: position for position, code in enumerate(ordered)}

    def run(self, spool: Spool) -> None:
        """The second pass: put facts about the codes into the spool."""
        self._names(spool)
        self._types(spool)
        self._relationships(spool)
        self._attributes(spool)
        self._archive(spool)

    def definitions(self) -> tuple[PropertyDefinition, ...]:
        """The definitions of all properties in use. A relationship's uri ends in its general name (REL) and its own."""
        return (
            *DEFINITIONS,
            *(
                PropertyDefinition(name, "code", f"{RXNORM}#{general}-{name}", f"Relationship ({general}).")
                for name, general in self.relationships.items()
            ),
            *(
                PropertyDefinition(name, "Coding" if name == "NDC" else "string", f"{RXNORM}#{name}")
                for name in self.attributes
            ),
        )

    def _rows(self, name: str) -> Iterator[tuple[str, ...]]:
        if name in self.release.tables:
            for _, cells in pipes(self.release.tables[name], layout.WIDTHS[name]):
                yield tuple(cells)

    def _names(self, spool: Spool) -> None:
        for cells in self._rows(layout.CONCEPTS):
            position = self.positions.get(cells[0])
            if position is None:
                continue
            spool.add(position, "source", cells[11])
            if cells[11] == OWN:
                self.figures.names += 1
                spool.add(position, "atom", cells[7], cells[12], cells[14], cells[16])

    def _types(self, spool: Spool) -> None:
        for code, type_, _, name, *_ in self._rows(layout.TYPES):
            if (position := self.positions.get(code)) is not None:
                spool.add(position, "type", type_, name)

    def _relationships(self, spool: Spool) -> None:
        """Relationships between concepts of RxNorm. The second concept of a row (RXCUI2) is the one that has it."""
        for cells in self._rows(layout.RELATIONSHIPS):
            target, general, code, special, source = cells[0], cells[3], cells[4], cells[7], cells[10]
            position = self.positions.get(code)
            if source != OWN or position is None or target not in self.positions:
                continue
            name = special or general
            self.relationships[name] = general
            self.figures.relationships += 1
            spool.add(position, "related", name, target)

    def _attributes(self, spool: Spool) -> None:
        for cells in self._rows(layout.ATTRIBUTES):
            position = self.positions.get(cells[0])
            if cells[9] == OWN and cells[11] in {"N", ""} and position is not None:
                self.attributes[cells[8]] = None
                self.figures.attributes += 1
                spool.add(position, "attribute", cells[8], cells[10])

    def _archive(self, spool: Spool) -> None:
        """Archived names: what a retired code meant, and which code replaced it."""
        for cells in self._rows(layout.ARCHIVE):
            position = self.positions.get(cells[12])
            if cells[13] == OWN and position is not None:
                spool.add(position, "archived", cells[0], cells[14], cells[2], cells[15])


@dataclass(slots=True)
class Draft:
    """A concept in the making."""

    code: str
    atoms: list[tuple[str, str, str, str]] = field(default_factory=list)
    archived: list[tuple[str, str, str, str]] = field(default_factory=list)
    sources: dict[str, None] = field(default_factory=dict)
    values: dict[tuple[str, object], Property] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        """Add one fact, in the form that `Gathering` gives it."""
        match fact:
            case ["source", source]:
                self.sources[source] = None
            case ["atom", aui, type_, text, suppress]:
                self.atoms.append((aui, type_, text, suppress))
            case ["archived", aui, type_, text, merged]:
                self.archived.append((aui, type_, text, "O"))
                if merged and merged != self.code and not self.atoms:
                    self._value(Property(MERGED, "code", merged))
            case ["type", type_, name]:
                self._value(Property("STY", "Coding", Coding(code=type_, display=name)))
            case ["related", name, target]:
                self._value(Property(name, "code", target))
            case ["attribute", "NDC", code]:
                self._value(Property("NDC", "Coding", Coding(NDC, code)))
            case ["attribute", name, text]:
                self._value(Property(name, "string", text))
            case _:
                raise AssertionError(fact)

    def concept(self) -> Concept:
        """The concept. Its display is the name that defines it, if there is one."""
        atoms = sorted(self.atoms or self.archived, key=lambda atom: (SYNONYMS.get(atom[1], 0), atom[3] != "N"))
        _, type_, display, suppress = atoms[0]
        properties = [Property("TTY", "string", type_)]
        properties += [Property("SAB", "string", source) for source in self.sources]
        if suppress != "N":
            properties.append(Property("SUPPRESS", "string", suppress))
        if suppress in OUT_OF_USE:
            properties.append(Property("inactive", "boolean", value=True))
        properties += [
            Property("RXAUI", "Coding", Coding(code=aui)) for aui in dict.fromkeys(atom[0] for atom in atoms)
        ]
        return Concept(
            self.code,
            display,
            designations=tuple(_designations(atoms)),
            properties=(*properties, *self.values.values()),
        )

    def _value(self, value: Property) -> None:
        self.values.setdefault((value.code, value.value), value)


def _designations(atoms: Iterable[tuple[str, str, str, str]]) -> Iterator[Designation]:
    """All names with their term types, each once."""
    for type_, text in dict.fromkeys((type_, text) for _, type_, text, _ in atoms):
        yield Designation(text, ENGLISH, Coding(RXNORM, type_, display=type_))
