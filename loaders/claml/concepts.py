"""Makes concepts of classes and modified classes.

The display is the rubric `preferredLong`, else `preferred`, in the language of the file. A modified code joins those of
its class and its modifier classes with a colon. Rubrics that are names (preferred, inclusion…) become designations in
all languages, `definition` becomes the definition, and every other kind a property of the same name. Metas become
properties too. Chapters and blocks are headings, which cannot be selected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loaders.claml.hierarchy import Hierarchy
from loaders.claml.model import Classification, Node, Rubric
from loaders.claml.modifiers import EXCLUDE_ON_PRECEDING, Modified
from loaders.documents.canonicals import BASE
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.status import CONCEPT_PROPERTIES, STANDARD_PROPERTIES

PROPERTIES = f"{BASE}/claml#"
USES = f"{BASE}/CodeSystem/designation-use"
LANGUAGE = "http://hl7.org/fhir/StructureDefinition/language"
PREFERRED = Coding(
    "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra", "preferredForLanguage", display="Preferred For Language"
)
NAMES = ("preferredLong", "preferred")
"""Kinds of rubrics for the display, best first."""
TERMS = frozenset({*NAMES, "inclusion", "synonym", "title", "shortTitle", "preferredAbbreviated"})
HEADINGS = frozenset({"chapter", "block"})
_OWN = frozenset({"kind", "usage", "usageMark", "modifierClass"})
_HIDDEN_METAS = frozenset({EXCLUDE_ON_PRECEDING})


class Shaper:
    """Makes concepts, and collects in `names` the properties that they use, each with its kind of rubric or Meta."""

    def __init__(self, found: Classification, hierarchy: Hierarchy) -> None:
        self._found = found
        self._hierarchy = hierarchy
        self._language = found.language
        self._classes = found.classes

    def of_class(self, code: str) -> Concept:
        """The concept of a class."""
        node = self._classes[code]
        return self._concept(code, (node,), node.rubrics, self._hierarchy.parents[code])

    def of_modified(self, modified: Modified) -> Concept:
        """The concept of a modified code: kind, usage and Metas are those of its class."""
        rubrics = [rubric for node in modified.chain[-1:] for rubric in node.rubrics if rubric.kind not in NAMES]
        concept = self._concept(modified.code, (modified.base, *modified.chain), rubrics, (modified.parent,))
        chain = tuple(Property("modifierClass", "string", f"{n.modifier} {n.code}") for n in modified.chain)
        return Concept(
            concept.code, concept.display, concept.definition, concept.designations, (*concept.properties, *chain),
            concept.parents,
        )  # fmt: skip

    def _concept(
        self, code: str, nodes: tuple[Node, ...], rubrics: Iterable[Rubric], parents: tuple[str, ...]
    ) -> Concept:
        names = dict(self._names(nodes))
        display = names.pop(self._language, None) or next(iter(names.values()), None)
        texts = list(rubrics)
        definition = next((r.text for r in texts if r.kind == "definition" and self._is_main(r)), None)
        return Concept(
            code,
            display,
            definition,
            (*self._translations(names, display), *self._terms(texts, display)),
            (*self._standing(nodes), *self._prose(texts, definition)),
            parents,
        )

    def _names(self, nodes: tuple[Node, ...]) -> Iterator[tuple[str | None, str]]:
        """The name in each language; modifier classes without a name in it use that of the main language."""
        first = dict(self._labels(nodes[0]))
        for language, name in first.items():
            parts = [name]
            for node in nodes[1:]:
                labels = dict(self._labels(node))
                parts.append(
                    labels.get(language) or labels.get(self._language) or next(iter(labels.values()), node.code)
                )
            yield language, ": ".join(parts)

    def _labels(self, node: Node) -> Iterator[tuple[str | None, str]]:
        for kind in reversed(NAMES):
            for rubric in reversed(node.rubrics):
                if rubric.kind == kind:
                    yield rubric.language or self._language, rubric.text

    def _translations(self, names: dict[str | None, str], display: str | None) -> Iterator[Designation]:
        for language, name in names.items():
            if name != display:
                yield Designation(name, language, PREFERRED)

    def _terms(self, rubrics: Iterable[Rubric], display: str | None) -> Iterator[Designation]:
        """Designations besides the names that `_names` gives: the short name if the display is long, inclusions."""
        for rubric in rubrics:
            is_told = rubric.kind in NAMES and (rubric.text == display or not self._is_main(rubric))
            if rubric.kind in TERMS and not is_told:
                use = Coding(USES, rubric.kind, display=rubric.kind)
                yield Designation(rubric.text, rubric.language or self._language, use)

    def _standing(self, nodes: tuple[Node, ...]) -> Iterator[Property]:
        base = nodes[0]
        if base.kind:
            yield Property("kind", "code", base.kind)
        if base.kind in HEADINGS and len(nodes) == 1:
            yield Property("notSelectable", "boolean", True)
        if base.usage:
            yield Property("usage", "code", base.usage)
            if mark := self._found.marks.get(base.usage):
                yield Property("usageMark", "string", mark)
        later = {name for node in nodes[1:] for name, _ in node.metas}
        for number, node in enumerate(nodes):
            for name, value in node.metas:
                if value and name not in _HIDDEN_METAS and not (number == 0 and name in later):
                    yield Property(property_code(name), "string", value)

    def _prose(self, rubrics: Iterable[Rubric], definition: str | None) -> Iterator[Property]:
        for rubric in rubrics:
            if rubric.kind in TERMS or rubric.text == definition:
                continue
            language = () if self._is_main(rubric) else (Extension(LANGUAGE, "Code", rubric.language),)
            yield Property(property_code(rubric.kind), "string", rubric.text, language)

    def _is_main(self, rubric: Rubric) -> bool:
        return rubric.language in {None, self._language}


def property_code(name: str) -> str:
    """The property code of a Meta or a kind of rubric; names with a meaning of their own in FHIR get a prefix."""
    code = " ".join(name.split())
    return f"claml-{code}" if code in _OWN or code in STANDARD_PROPERTIES else code


def definitions(found: Classification) -> tuple[PropertyDefinition, ...]:
    """The properties that the concepts of a file may have."""
    nodes = [*found.classes.values(), *(n for classes in found.modifiers.values() for n in classes.values())]
    metas = {name for node in nodes for name, value in node.metas if value} - _HIDDEN_METAS
    kinds = {rubric.kind for node in nodes for rubric in node.rubrics} - TERMS
    marks = ", ".join(f"{name} ({mark})" for name, mark in found.marks.items())
    said = {property_code(name): f"Meta `{name}` of the class." for name in sorted(metas)}
    said |= {property_code(kind): f"Rubric of kind `{kind}`." for kind in sorted(kinds)}
    return (
        PropertyDefinition("kind", "code", PROPERTIES + "kind", "Kind of class, as the classification names it."),
        PropertyDefinition("usage", "code", PROPERTIES + "usage", f"Kind of usage: {marks or 'none'}."),
        PropertyDefinition("usageMark", "string", PROPERTIES + "usageMark", "The mark of the usage, as it is printed."),
        PropertyDefinition(
            "modifierClass", "string", PROPERTIES + "modifierClass", "Modifier and class appended to the class's code."
        ),
        *(PropertyDefinition(code, "string", None, text) for code, text in said.items() if code),
        PropertyDefinition(
            "notSelectable", "boolean", CONCEPT_PROPERTIES + "notSelectable", "True for chapters and blocks."
        ),
    )
