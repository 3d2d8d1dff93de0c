"""One entry of an expansion: display, designations, properties, and extensions that matter to users.

Which extensions are carried, and which become properties, follows the terminology ecosystem's requirements
("Extensions"). Extensions of the value set come before those of the code system. Does not choose or order codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from terminology.model.brief import Brief, parts_of
from terminology.model.concept import Concept, Designation, Extension, Property, PropertyKind
from terminology.model.deadline import check
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.protocols import BriefInLanguages, CodeSystem, Located
from terminology.model.status import (
    CONCEPT_PROPERTIES,
    SAYS_NOTHING,
    STANDARD_PROPERTIES,
    STANDARDS_STATUS,
    ConceptStatus,
    property_named,
)
from terminology.model.valueset import ConceptReference, Contains, ExpansionProperty
from valuesets.languages import DesignationFilter, Term, choose_display, place_of_display, reaches
from valuesets.segments import Loose, Segment

_DEFINITIONS = "http://hl7.org/fhir/StructureDefinition/"

PROPERTY_OF_EXTENSION: Mapping[str, tuple[str, PropertyKind, str]] = MappingProxyType(
    {
        _DEFINITIONS + "codesystem-label": ("label", "string", "label"),
        _DEFINITIONS + "valueset-label": ("label", "string", "label"),
        _DEFINITIONS + "codesystem-conceptOrder": ("order", "decimal", "order"),
        _DEFINITIONS + "valueset-conceptOrder": ("order", "decimal", "order"),
        _DEFINITIONS + "itemWeight": ("weight", "decimal", "itemWeight"),
    }
)
"""Extension → the code, kind and standard name of the property it becomes."""

CARRIED_FROM_SYSTEM = frozenset(
    _DEFINITIONS + name for name in ("rendering-style", "rendering-xhtml", "codesystem-alternate", "coding-sctdescid")
)
CARRIED_FROM_VALUE_SET = CARRIED_FROM_SYSTEM | {
    _DEFINITIONS + "valueset-deprecated",
    _DEFINITIONS + "valueset-concept-definition",
    STANDARDS_STATUS,
}
CARRIED_ON_DESIGNATIONS = frozenset({_DEFINITIONS + "coding-sctdescid", STANDARDS_STATUS})

ALL_PROPERTIES = "*"
OWN = "own"
"""Marks the choice of displays that a value set may state."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the request wants of each code.

    `designations` None leaves designations out. `versioned` are the systems whose entries state their version.
    `own_language` is the language of displays that the value set states.
    """

    languages: Languages = ANY_LANGUAGE
    designations: DesignationFilter | None = None
    properties: tuple[str, ...] = ()
    own_language: str | None = None
    versioned: frozenset[str] = frozenset()

    def are_few(self, segment: Segment) -> bool:
        """Whether only code and display are wanted, and the system's own display is the right one."""
        if self.designations is not None or self.properties or segment.code_system is None:
            return False
        if not self.languages:
            return True
        home = segment.code_system.metadata.language
        return _is_home(self.languages, home) and (not segment.references or self.pass_over_own(home))

    def pass_over_own(self, home: str | None) -> bool:
        """Whether no display that the value set states is shown, but that of a system in this language, or better ones.

        So it is where the value set does not say in which language it is, and the client wants that of the system.
        """
        return self.own_language is None and home is not None and reaches(self.languages, home)


def _is_home(languages: Languages, home: str | None) -> bool:
    """Whether the preferred language is that of the system's displays, so that no designation can fit better."""
    first = next((wanted for wanted in languages.ranges if wanted.weight), None)
    return first is not None and home is not None and first.tag.lower() == home.lower()


@dataclass(slots=True)
class EntryWriter:
    """Writes entries; `declared` collects the properties they carry, for `expansion.property`."""

    wishes: Wishes = field(default_factory=Wishes)
    declared: dict[str, str | None] = field(default_factory=dict)

    def declarations(self) -> tuple[ExpansionProperty, ...]:
        """The properties of all entries written so far."""
        if not self.declared:
            return ()
        return tuple(ExpansionProperty(code, uri) for code, uri in sorted(self.declared.items()))

    def listed(self, segment: Segment, ordinals: Sequence[int]) -> list[Contains]:
        """Entries for codes of a segment, built from code and display alone where that gives the same result."""
        code_system = segment.code_system
        brief = self.brief(segment, ordinals)
        if code_system is None or brief is None:
            return [entry for _, entry in self.entries(segment, ordinals)]
        system, version, own = segment.system, self.version(segment), segment.references
        passes_over = bool(own) and self.wishes.pass_over_own(code_system.metadata.language)
        found = []
        for number, one in zip(ordinals, brief, strict=True):
            reference = own.get(number) if own else None
            if isinstance(one, Located):
                found.append(self.entry(segment, one, reference))
                continue
            status, code, display = parts_of(one)
            if status is SAYS_NOTHING and (reference is None or not reference.extensions):
                shown = display if reference is None or passes_over else reference.display or display
                found.append(Contains(system, version, code, shown))
            else:
                found.append(self.entry(segment, located_with(status, code, display), reference))
        return found

    def brief(self, segment: Segment, ordinals: Sequence[int]) -> Sequence[Brief | Located] | None:
        """Codes and displays, if entries have no more than that, or displays that a segment's references have instead.

        In a language these are left out only where `Wishes.pass_over_own` says so.
        """
        code_system, wishes = segment.code_system, self.wishes
        if code_system is None or wishes.designations is not None or wishes.properties:
            return None
        own, home, languages = segment.references, code_system.metadata.language, wishes.languages
        if own and languages and any(_says_more(own[number]) for number in ordinals if number in own):
            return None
        if wishes.are_few(segment):
            return code_system.brief(ordinals)
        if not isinstance(code_system, BriefInLanguages):
            return None
        if not own or wishes.pass_over_own(home):
            return code_system.brief_in(ordinals, languages, lambda found: place_of_display(found, home, languages))
        if wishes.own_language not in {home, None}:
            return None
        return code_system.brief_in(ordinals, (OWN, languages), lambda found: _own_place(found, home, languages))

    def entries(self, segment: Segment, ordinals: Sequence[int]) -> list[tuple[Located, Contains]]:
        """Entries for codes of a segment, each with its concept."""
        if segment.code_system is None:
            return []
        found = segment.code_system.located(ordinals)
        reference = segment.references.get
        return [(one, self.entry(segment, one, reference(number))) for number, one in zip(ordinals, found, strict=True)]

    def loose_entry(self, segment: Segment, loose: Loose) -> Contains:
        """An entry for a code without an ordinal, spelled as the value set spells it."""
        known = loose.located or Located(ordinal=None, concept=Concept(loose.code))
        return self.entry(segment, known, loose.reference)._replace(code=loose.code)

    def version(self, segment: Segment) -> str | None:
        """The version that entries of a segment state, if any."""
        return segment.version if segment.system in self.wishes.versioned else None

    def entry(self, segment: Segment, located: Located, reference: ConceptReference | None) -> Contains:
        """One entry. Raises TerminologyError too-costly when the time is up."""
        check()
        concept, code_system = located.concept, segment.code_system
        display, designations = self._texts(concept, code_system, reference)
        own = reference.extensions if reference else ()
        return Contains(
            system=segment.system,
            version=self.version(segment),
            code=concept.code,
            display=display,
            abstract=located.abstract,
            inactive=located.inactive,
            designations=designations,
            properties=self._properties(located, code_system, (*concept.extensions, *own)),
            extensions=_carried(concept.extensions, own) if concept.extensions or own else (),
        )

    # texts

    def _texts(
        self, concept: Concept, code_system: CodeSystem | None, reference: ConceptReference | None
    ) -> tuple[str | None, tuple[Designation, ...]]:
        plain = reference is None or (not reference.display and not reference.designations)
        if plain and not self.wishes.languages and self.wishes.designations is None and concept.display:
            return concept.display, ()
        language = code_system.metadata.language if code_system else None
        terms = list(_terms(concept, language, reference, self.wishes.own_language))
        shown = choose_display(terms, self.wishes.languages)
        if self.wishes.designations is None:
            return shown.value if shown else None, ()
        others = (t.as_designation() for t in terms if t is not shown)
        kept = tuple(_cleaned(d) for d in others if self.wishes.designations.wants(d))
        return shown.value if shown else None, kept

    # properties

    def _properties(
        self, located: Located, code_system: CodeSystem | None, extensions: Sequence[Extension]
    ) -> tuple[Property, ...]:
        found: dict[str, tuple[Property, ...]] = {}
        if code_system is not None and self.wishes.properties:
            for name in self._asked(located.concept, code_system):
                values = _values(located.concept, name)
                if values:
                    found[name] = values
                    self.declared[name] = _uri(code_system, name)
        for extension in extensions:
            if known := PROPERTY_OF_EXTENSION.get(extension.url):
                code, kind, standard = known
                found[code] = (Property(code, kind, extension.value),)
                self.declared[code] = CONCEPT_PROPERTIES + standard
        status = located.status or ("inactive" if located.inactive else None)
        if status and status.lower() != "active" and "status" not in found:
            found["status"] = (Property("status", "code", status),)
            self.declared["status"] = CONCEPT_PROPERTIES + "status"
        return tuple(p for values in found.values() for p in values)

    def _asked(self, concept: Concept, code_system: CodeSystem) -> Iterable[str]:
        headers = (code_system.metadata, *code_system.supplements)
        named = [property_named(headers, name) for name in self.wishes.properties]
        if ALL_PROPERTIES in named:
            return dict.fromkeys((*named, *(p.code for p in concept.properties)))
        return named


def _says_more(reference: ConceptReference) -> bool:
    return bool(reference.designations or reference.extensions)


def _own_place(designations: Sequence[Designation], home: str | None, languages: Languages) -> int | None:
    """The place of the concept's own display if that is shown, or what a value set says in its place; else None."""
    place = place_of_display(designations, home, languages)
    return place if place is not None and place < 0 else None


def located_with(status: ConceptStatus, code: str, display: str) -> Located:
    """A concept with as much as a list shows of it."""
    return Located(
        ordinal=None,
        concept=Concept(code, display),
        inactive=status.inactive,
        abstract=status.abstract,
        status=status.status,
    )


def _terms(
    concept: Concept, language: str | None, reference: ConceptReference | None, own_language: str | None
) -> Iterable[Term]:
    """All texts of a code: displays proper first, the value set's before the system's."""
    own = reference.display if reference else None
    if own:
        yield Term(own, own_language or (language if own == concept.display else None))
    if concept.display and concept.display != own:
        yield Term(concept.display, language)
    for designation in (*concept.designations, *(reference.designations if reference else ())):
        yield Term(designation.value, designation.language, designation)


def _cleaned(designation: Designation) -> Designation:
    if not designation.extensions:
        return designation
    kept = tuple(e for e in designation.extensions if e.url in CARRIED_ON_DESIGNATIONS)
    return replace(designation, extensions=kept)


def _carried(of_system: Iterable[Extension], own: Iterable[Extension]) -> tuple[Extension, ...]:
    """The extensions to pass on, one of each kind: a supplement's before the base's, the value set's before both."""
    found = {e.url: e for e in of_system if e.url in CARRIED_FROM_SYSTEM}
    found.update({e.url: e for e in own if e.url in CARRIED_FROM_VALUE_SET})
    return tuple(found.values())


def _values(concept: Concept, name: str) -> tuple[Property, ...]:
    stated = concept.values(name)
    if stated:
        return stated
    if name == "definition" and concept.definition:
        return (Property(name, "string", concept.definition),)
    if name == "parent":
        return tuple(Property(name, "code", code) for code in concept.parents)
    if name == "child":
        return tuple(Property(name, "code", code) for code in concept.children)
    return ()


def _uri(code_system: CodeSystem, name: str) -> str | None:
    for header in (code_system.metadata, *code_system.supplements):
        defined = header.property_definition(name)
        if defined is not None and defined.uri:
            return defined.uri
    return CONCEPT_PROPERTIES + name if name == "definition" or name in STANDARD_PROPERTIES else None
