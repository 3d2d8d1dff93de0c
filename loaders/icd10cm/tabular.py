"""The tabular list (XML): chapters, sections and diagnoses with their notes, 7th characters multiplied out.

The rule for the 7th character: a diagnosis without further divisions takes the nearest `sevenChrDef` on itself or
above; its code is filled with X up to six characters, and each character of the definition is appended. Which
characters do not apply (S06) is read from the notes that say so. A note within a definition is left out of titles, as
the order file does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from loaders.icd10cm.uses import INCLUSION_TERM, NOTES, dotted, standing
from loaders.problems import problem
from loaders.xml_stream import Element, children, line_of, text_of
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

_VERSION = re.compile(rb"<version>\s*(\d{4})\s*</version>")
_EXCEPTION = re.compile(r"7th characters? (.+?) do(?:es)? not apply to codes in category (\w+) with 6th character (.+)")
_CHARACTER = re.compile(r"\b[0-9A-Z]\b")
_SIXTH = re.compile(r"\b([0-9A-Z]) - ")
_RANGE = re.compile(r"([A-Z]\w\w)(?:-([A-Z]\w\w))?")


class Extension(NamedTuple):
    """A 7th character and what it means; `note` continues the text, but is not part of the code's title."""

    character: str
    text: str
    note: str = ""

    @property
    def whole(self) -> str:
        """The text with its note."""
        return f"{self.text} {self.note}" if self.note else self.text


class Exception7(NamedTuple):
    """7th characters that codes of a category do not take when their 6th character is one of `sixth`."""

    characters: frozenset[str]
    category: str
    sixth: frozenset[str]

    def forbids(self, code: str, character: str) -> bool:
        """Whether a code of six characters (without dot) must not take this 7th character."""
        return character in self.characters and code.startswith(self.category) and code[5:6] in self.sixth


@dataclass(frozen=True, slots=True)
class _Context:
    """What a diagnosis inherits from the elements above it."""

    parent: str
    extensions: tuple[Extension, ...] = ()
    exceptions: tuple[Exception7, ...] = ()


def year_of(file: SourceFile) -> str | None:
    """The fiscal year the file states."""
    found = _VERSION.search(file.head())
    return found.group(1).decode() if found else None


def concepts(file: SourceFile) -> Iterator[Concept]:
    """The concepts in the order of the list. Raises TerminologyError invalid that names the line."""
    reader = _Reader(file.path)
    for chapter in children(file, ["chapter"]):
        yield from reader.chapter(chapter)


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[str] = set()

    def chapter(self, element: Element) -> Iterator[Concept]:
        """A chapter and everything in it."""
        code = self._text(element, "name")
        yield self._concept(element, code, (), "chapter", billable=False)
        umbrellas: list[tuple[str, str, str]] = []
        for section in element.iterchildren("section"):
            first, last = self._range(section)
            above = next((u[0] for u in reversed(umbrellas) if u[1] <= first and last <= u[2]), code)
            name = f"{first}-{last}"
            yield self._concept(section, name, (above,), "section", billable=False)
            if section.find("diag") is None:
                umbrellas.append((name, first, last))
            for diagnosis in section.iterchildren("diag"):
                yield from self._diagnosis(diagnosis, _Context(name))

    def _range(self, section: Element) -> tuple[str, str]:
        """The first and the last category; a section of one is written `B10-B10`, since `B10` is the category."""
        found = _RANGE.fullmatch(section.get("id", ""))
        if found is None:
            raise self._problem(section, "ICD10CM_ELEMENT", parent="section", element="id of a range")
        return found[1], found[2] or found[1]

    def _diagnosis(self, element: Element, above: _Context) -> Iterator[Concept]:
        code = self._text(element, "name")
        own = tuple(_extensions(element))
        extensions = own or above.extensions
        exceptions = (*above.exceptions, *_exceptions(element))
        inner = element.findall("diag")
        yield self._concept(element, code, (above.parent,), "diagnosis", billable=not inner and not extensions)
        for diagnosis in inner:
            yield from self._diagnosis(diagnosis, _Context(code, extensions, exceptions))
        if not inner:
            yield from self._extended(element, code, extensions, exceptions)

    def _extended(
        self, element: Element, code: str, extensions: Iterable[Extension], exceptions: Iterable[Exception7]
    ) -> Iterator[Concept]:
        filled = code.replace(".", "").ljust(6, "X")
        for extension in extensions:
            character = extension.character
            if any(exception.forbids(filled, character) for exception in exceptions):
                continue
            full, title = dotted(filled + character), self._text(element, "desc")
            self._once(element, full)
            meaning = Property("seventhCharacter", "Coding", Coding(code=character, display=extension.whole))
            yield Concept(
                full,
                f"{title}, {extension.text}",
                designations=(Designation(f"{title}, {extension.whole}", use=INCLUSION_TERM),)
                if extension.note
                else (),
                properties=(*standing(kind="diagnosis", billable=True), meaning),
                parents=(code,),
            )

    def _concept(self, element: Element, code: str, parents: tuple[str, ...], kind: str, *, billable: bool) -> Concept:
        self._once(element, code)
        placeholder = (Property("placeholder", "boolean", True),) if element.get("placeholder") == "true" else ()
        return Concept(
            code,
            self._text(element, "desc"),
            designations=tuple(Designation(t, use=INCLUSION_TERM) for t in _notes(element, "inclusionTerm")),
            properties=(*standing(kind=kind, billable=billable), *placeholder, *_note_properties(element)),
            parents=parents,
        )

    def _once(self, element: Element, code: str) -> None:
        if code in self._seen:
            raise self._problem(element, "ICD10CM_CODE_TWICE", code=code)
        self._seen.add(code)

    def _text(self, element: Element, name: str) -> str:
        found = element.find(name)
        text = text_of(found) if found is not None else ""
        if not text:
            raise self._problem(element, "ICD10CM_ELEMENT", parent=str(element.tag), element=name)
        return text

    def _problem(self, at: Element, message_id: str, **arguments: str) -> TerminologyError:
        return problem(self._path, line_of(at), message_id, **arguments)


def _notes(element: Element, name: str) -> Iterator[str]:
    """The texts of the notes in an element's direct children with this name."""
    for note in element.iterfind(f"{name}/note"):
        if text := text_of(note):
            yield text


def _note_properties(element: Element) -> Iterator[Property]:
    for child in element:
        if child.tag in NOTES:
            for note in child:
                if text := text_of(note):
                    yield Property(str(child.tag), "string", text)
    for category in element.iterfind("visualImpairment/visCategory"):
        values = [text for value in category.iter("value") if (text := text_of(value))]
        if values:
            yield Property("visualImpairment", "string", "; ".join(values))


def _extensions(element: Element) -> Iterator[Extension]:
    """The 7th characters defined here; a note between them belongs to the one before it."""
    found: list[Extension] = []
    for child in element.iterfind("sevenChrDef/*"):
        text = text_of(child)
        if child.tag == "extension":
            found.append(Extension(child.get("char", ""), text))
        elif found and text:
            found[-1] = found[-1]._replace(note=f"{found[-1].note} {text}".strip())
    yield from found


def _exceptions(element: Element) -> Iterator[Exception7]:
    for note in _notes(element, "notes"):
        if found := _EXCEPTION.match(note):
            characters, category, sixth = found.groups()
            yield Exception7(frozenset(_CHARACTER.findall(characters)), category, frozenset(_SIXTH.findall(sixth)))
