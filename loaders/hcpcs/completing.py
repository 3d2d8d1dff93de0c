"""Makes concepts from the facts of HCPCS files, in whatever order and combination they were loaded.

The latest list counts. Corrections are applied in the order of their names (CMS numbers them), values get the labels of
the record layout, processing notes their texts; letters become groups, terminated codes inactive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from loaders import systems
from loaders.hcpcs import corrections
from loaders.hcpcs.concepts import MODIFIES
from loaders.hcpcs.facts import label_key, plain, role_of
from loaders.uniting import united
from terminology.codesystems.replacing import REPLACED_BY
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Property
from terminology.model.loading import Facts, Listed
from terminology.model.outcome import Issue
from terminology.model.versions import natural_key

MODIFIERS = "modifier"
"""Code of the group of all modifiers."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "A": "Transportation, medical and surgical supplies, miscellaneous and experimental",
        "B": "Enteral and parenteral therapy",
        "C": "Outpatient prospective payment system (temporary)",
        "E": "Durable medical equipment",
        "G": "Procedures and professional services (temporary)",
        "H": "Alcohol and drug abuse treatment, behavioral health",
        "J": "Drugs administered other than by oral method, chemotherapy drugs",
        "K": "Durable medical equipment (temporary, assigned by Medicare contractors)",
        "L": "Orthotic and prosthetic procedures and devices",
        "M": "Medical services, quality measures",
        "P": "Pathology and laboratory",
        "Q": "Miscellaneous services (temporary)",
        "R": "Diagnostic radiology services",
        "S": "Private payers (temporary, not Medicare)",
        "T": "State Medicaid agencies (not Medicare)",
        "U": "Coronavirus laboratory tests",
        "V": "Vision, hearing and speech-language pathology services",
        MODIFIERS: "HCPCS Level II modifiers",
    }
)


@dataclass(slots=True)
class _Said:
    """The facts of a version by kind."""

    rows: dict[str, Concept] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    corrections: list[tuple[str, Concept]] = field(default_factory=list)

    def take(self, facts: Facts) -> None:
        listed: dict[str, Concept] = {}
        for concept in facts.concepts:
            match role_of(concept):
                case "list":
                    listed[concept.code] = plain(concept)
                case "label":
                    self.labels[concept.code] = concept.display or ""
                case "note":
                    self.notes[concept.code] = concept.display or ""
                case "unlisted":
                    self.unlisted.add(concept.code)
                case "correction":
                    self.corrections.append((facts.source, concept))
        self.rows = listed or self.rows


class HcpcsCompleter:
    """A `terminology.model.loading.Completer`."""

    def complete(
        self,
        metadata: CodeSystemMetadata,
        listed: Iterable[Listed],
        facts: Sequence[Facts],
        note: Callable[[Issue], None],  # noqa: ARG002 - what is wrong is said when a file is read
    ) -> Iterator[Listed]:
        """All codes, each after its group."""
        said = _Said()
        for part in facts:
            said.take(part)
        codes = _corrected(said)
        for concept, _ in listed:
            codes[concept.code] = united(concept, codes[concept.code]) if concept.code in codes else concept
        finish = _Finisher(said, frozenset(codes), metadata.effective_start)
        for group, members in _grouped(codes.values()).items():
            if group and group not in codes:
                yield _group(group), None
            for concept in members:
                yield finish.concept(concept, group), None


COMPLETER = HcpcsCompleter()


def _corrected(said: _Said) -> dict[str, Concept]:
    codes = dict(said.rows)
    for _, correction in sorted(said.corrections, key=lambda c: natural_key(c[0].rpartition("/")[2])):
        corrected = corrections.apply(correction, codes.get(correction.code))
        if corrected is not None:
            codes[correction.code] = corrected
        elif corrections.change_of(correction) == "remove":
            codes.pop(correction.code, None)
    return codes


def _grouped(concepts: Iterable[Concept]) -> dict[str, list[Concept]]:
    """Concepts by group, in the order of their first member; '' for those without a group."""
    groups: dict[str, list[Concept]] = {}
    for concept in concepts:
        groups.setdefault(_group_of(concept), []).append(concept)
    return groups


def _group_of(concept: Concept) -> str:
    if any(p.code == "kind" and p.value == MODIFIES for p in concept.properties):
        return MODIFIERS
    system = systems.by_url(systems.HCPCS)
    return concept.code[0] if system is not None and system.spells(concept.code) else ""


def _group(code: str) -> Concept:
    title = GROUPS.get(code)
    named = title if code == MODIFIERS else f"{code} codes: {title}" if title else f"{code} codes"
    properties = (Property("kind", "code", "group"), Property("notSelectable", "boolean", value=True))
    return Concept(code, named, properties=properties)


@dataclass(frozen=True, slots=True)
class _Finisher:
    """Completes a concept from other files and the release's period. `start` is the first day of the period."""

    said: _Said
    codes: frozenset[str]
    start: str | None

    def concept(self, concept: Concept, group: str) -> Concept:
        properties = [self._labelled(p) for p in concept.properties]
        terminated = self._is_terminated(properties)
        properties += self._notes(properties)
        if concept.code in self.said.unlisted:
            properties.append(Property("notOtherwiseClassified", "boolean", value=True))
        if terminated:
            properties += self._successors(concept.code, properties)
            properties.append(Property("inactive", "boolean", value=True))
        return replace(concept, properties=tuple(properties), parents=(group,) if group else concept.parents)

    def _labelled(self, value: Property) -> Property:
        if not isinstance(value.value, Coding):
            return value
        label = self.said.labels.get(label_key(value.code, value.value.code or ""))
        return replace(value, value=replace(value.value, display=label)) if label else value

    def _is_terminated(self, properties: Iterable[Property]) -> bool:
        dates = (str(p.value) for p in properties if p.code == "terminationDate")
        return any(self.start is None or last < self.start for last in dates)

    def _notes(self, properties: Sequence[Property]) -> list[Property]:
        numbers = (str(p.value) for p in properties if p.code == "processingNote")
        return [
            Property("processingNoteText", "string", text)
            for number in numbers
            if (text := self.said.notes.get(number.zfill(4)))
        ]

    def _successors(self, code: str, properties: Sequence[Property]) -> list[Property]:
        named = [p.value.code for p in properties if p.code == "crossReference" and isinstance(p.value, Coding)]
        return [
            Property(REPLACED_BY, "code", other) for other in named if other and other in self.codes and other != code
        ]
