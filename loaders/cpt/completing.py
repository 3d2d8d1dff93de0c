"""Makes concepts from the facts of CPT files, in whatever order and combination the files were loaded.

Of two files of the same kind, the later one counts. The display is the best available text (long before medium before
short). Deleted codes are inactive, unless this release still lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from loaders.cpt.files import Layout
from loaders.cpt.reading import FILE, layout_of
from loaders.cpt.uses import PREFERENCE, Aspect, aspect, lists_all
from loaders.uniting import united
from terminology.codesystems.cpt.codes import CODE, Range, derived
from terminology.codesystems.replacing import REPLACED_BY
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.loading import Facts, Listed
from terminology.model.outcome import Issue

ADD_ON = re.compile(r"\(list separately in addition to [^()]*\)\.?\s*", re.IGNORECASE)
REFERRED = re.compile(rf"(?<!\w)({CODE.pattern})(?:\s*[-–]\s*({CODE.pattern}))?(?!\w)")

INACTIVE = Property("inactive", "boolean", value=True)


Shape = tuple[Layout, frozenset[Aspect]]
"""The kind of file a fact is from: its layout and the kinds of text in it (PLA, consumer, consolidated…)."""


@dataclass(slots=True)
class _Said:
    """The facts of a version by kind."""

    described: dict[Shape, dict[str, Concept]] = field(default_factory=dict)
    modifiers: dict[str, Concept] = field(default_factory=dict)
    deleted: dict[str, Concept] = field(default_factory=dict)
    telemedicine: frozenset[str] = frozenset()

    def take(self, facts: Facts) -> None:
        marked = list(facts.concepts)
        concepts = {c.code: _plain(c) for c in marked}
        layout = layout_of(marked[0]) if marked else None
        match layout:
            case Layout.MODIFIERS | Layout.MODIFIER_TEXT:
                self.modifiers = concepts
            case Layout.DELETED:
                self.deleted = concepts
            case Layout.TELEMEDICINE:
                self.telemedicine = frozenset(concepts)
            case Layout():
                shape = frozenset(aspect(d) for c in concepts.values() for d in c.designations)
                self.described.pop((layout, shape), None)
                self.described[layout, shape] = concepts

    def in_order(self) -> dict[str, list[Concept]]:
        """All codes with their facts, in the order of the best list."""
        found: dict[str, list[Concept]] = {}
        for _, concepts in sorted(self.described.items(), key=lambda item: _rank(item[0])):
            for concept in concepts.values():
                found.setdefault(concept.code, []).append(concept)
        return found


def _rank(shape: Shape) -> tuple[int, int]:
    """Lists of all codes first, the best texts before others."""
    layout, aspects = shape
    best = min((PREFERENCE.index(a) for a in aspects if a in PREFERENCE), default=len(PREFERENCE))
    return (best, -len(aspects)) if lists_all(layout, aspects) else (len(PREFERENCE) + best, -len(aspects))


class CptCompleter:
    """A `terminology.model.loading.Completer`."""

    def complete(
        self,
        metadata: CodeSystemMetadata,  # noqa: ARG002 - every release is completed alike
        listed: Iterable[Listed],
        facts: Sequence[Facts],
        note: Callable[[Issue], None],  # noqa: ARG002 - what is wrong is said when a file is read
    ) -> Iterator[Listed]:
        """Codes in the order of the list, deleted ones after them, modifiers last."""
        said = _Said()
        for part in facts:
            said.take(part)
        known = {concept.code: concept for concept, _ in listed}
        for concept in _concepts(said):
            other = known.pop(concept.code, None)
            yield (united(other, concept) if other else concept), None
        for concept in known.values():
            yield concept, None


COMPLETER = CptCompleter()


def _concepts(said: _Said) -> Iterator[Concept]:
    described = said.in_order()
    for code in described | dict.fromkeys(said.deleted):
        deleted = None if code in described else said.deleted.get(code)
        yield _code(code, described.get(code, ()), said, _deletion(deleted, described) if deleted else ())
    for modifier in said.modifiers.values():
        yield replace(modifier, properties=(*derived(modifier.code), *modifier.properties))


def _code(code: str, described: Sequence[Concept], said: _Said, deletion: Sequence[Property]) -> Concept:
    concept = Concept(code, properties=derived(code))
    for one in (*described, *([said.deleted[code]] if deletion else ())):
        concept = united(concept, replace(one, properties=() if deletion else one.properties))
    designations = sorted(concept.designations, key=lambda d: PREFERENCE.index(aspect(d)))
    properties = list(concept.properties)
    if any(ADD_ON.search(d.value) for d in designations):
        properties.append(Property("addOn", "boolean", value=True))
    if said.telemedicine:
        properties.append(Property("telemedicine", "boolean", code in said.telemedicine))
    name = next((str(p.value) for p in properties if p.code == "testName"), None)
    display = designations[0].value if designations else name
    return Concept(code, display, designations=tuple(designations), properties=(*properties, *deletion))


def _deletion(deleted: Concept, codes: Iterable[str]) -> list[Property]:
    """Properties of a deleted code, including its successors."""
    notes = [str(p.value) for p in deleted.properties if p.code == "deletionNote"]
    successors = dict.fromkeys(code for note in notes for code in _referred(note, codes) if code != deleted.code)
    return [*deleted.properties, *(Property(REPLACED_BY, "code", code) for code in successors), INACTIVE]


def _referred(text: str, codes: Iterable[str]) -> Iterator[str]:
    """The codes that a text names; of ranges, those in the release."""
    for first, last in REFERRED.findall(text):
        range_ = Range.parse(f"{first}-{last}") if last else None
        if range_ is None:
            yield first
        else:
            yield from (code for code in codes if range_.covers(code))


def _plain(fact: Concept) -> Concept:
    properties = tuple(p for p in fact.properties if p.code != FILE)
    return Concept(fact.code, fact.display, fact.definition, fact.designations, properties)
