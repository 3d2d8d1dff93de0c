"""Parses ClaML 2 and 3 into a `Classification`: the file is streamed, and required elements are checked.

Elements are matched by their local names, so files with and without a namespace read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from loaders.claml.model import Classification, ModifiedBy, Node, Rubric
from loaders.problems import problem
from loaders.xml_stream import Element, children, line_of, local
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

NO_MARKS: Mapping[str, str] = MappingProxyType({})
INCLUDED = re.compile("\uffff([^\uffff]*)\uffff")
"""Stands where a label includes a rubric, by its id, until all are read: no XML can have that character."""
_NESTED = 5
"""Rubrics that include others, one in the other, at most."""
_IN_BRACKETS = "in brackets"
"""The class of references that are printed in parentheses, as WHO and the BfArM call it."""

_PARTS = ("Meta", "Identifier", "Title", "UsageKinds", "Modifier", "ModifierClass", "Class")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_BLOCKS = frozenset({"Para", "Fragment", "ListItem", "Table", "Row", "Cell", "List", "Caption"})


def parse(file: SourceFile) -> Classification:
    """Read a file. Raises TerminologyError invalid that names file and line."""
    reader = _Reader(file.path)
    for element in children(file, _PARTS):
        reader.take(element)
    if not reader.found.classes:
        raise TerminologyError.of("invalid", "CLAML_NO_CLASSES", path=file.path)
    reader.check_modifiers()
    reader.include()
    return reader.found


class _Reader:
    def __init__(self, path: str) -> None:
        self.found = Classification(path)
        self._stated: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._texts: dict[str, str] = {}

    def take(self, element: Element) -> None:
        """Read one child of the root."""
        found = self.found
        match local(element):
            case "Meta":
                found.metas[element.get("name", "")] = element.get("value", "")
            case "Identifier":
                found.identifiers.append((element.get("authority", ""), element.get("uid", "")))
            case "Title":
                found.name, found.title = element.get("name", ""), label_text(element)
                found.version, found.date = element.get("version", ""), element.get("date", "")
            case "UsageKinds":
                found.marks.update({k.get("name", ""): k.get("mark", "") for k in _inner(element, "UsageKind")})
            case "Modifier":
                found.modifiers.setdefault(self._attribute(element, "code"), {})
                self._stated[element.get("code", "")] = (line_of(element), _codes(element, "SubClass"))
            case "ModifierClass":
                self._modifier_class(element)
            case "Class":
                node = self._node(element)
                if node.code in found.classes:
                    raise problem(found.path, node.line, "CLAML_CODE_TWICE", code=node.code)
                found.classes[node.code] = node

    def include(self) -> None:
        """Replace references to rubrics by the texts of those rubrics."""
        for nodes in (self.found.classes, *self.found.modifiers.values()):
            for code, node in nodes.items():
                if any(INCLUDED.search(rubric.text) for rubric in node.rubrics):
                    told = tuple(replace(rubric, text=self._whole(node, rubric.text)) for rubric in node.rubrics)
                    nodes[code] = replace(node, rubrics=told)

    def _whole(self, node: Node, text: str) -> str:
        missing = [name for name in INCLUDED.findall(text) if name not in self._texts]
        if missing:
            raise problem(self.found.path, node.line, "CLAML_UNKNOWN", what="rubric", codes=", ".join(missing))
        for _ in range(_NESTED):
            text = INCLUDED.sub(lambda found: self._texts.get(found[1], ""), text)
        return INCLUDED.sub("", text)

    def check_modifiers(self) -> None:
        """Check that every named modifier class exists."""
        for modifier, (line, codes) in self._stated.items():
            self._check_known(modifier, codes, line)
        for node in self.found.classes.values():
            for by in node.modified_by:
                if by.modifier not in self.found.modifiers:
                    raise problem(self.found.path, by.line, "CLAML_UNKNOWN", what="modifier", codes=by.modifier)
                self._check_known(by.modifier, by.valid or (), by.line)

    def _check_known(self, modifier: str, codes: tuple[str, ...], line: int) -> None:
        missing = [code for code in codes if code not in self.found.modifiers[modifier]]
        if missing:
            what = f"class of modifier {modifier}"
            raise problem(self.found.path, line, "CLAML_UNKNOWN", what=what, codes=", ".join(missing))

    def _modifier_class(self, element: Element) -> None:
        node = self._node(element, self._attribute(element, "modifier"))
        classes = self.found.modifiers.setdefault(node.modifier, {})
        if node.code in classes:
            raise problem(self.found.path, node.line, "CLAML_CODE_TWICE", code=node.code)
        classes[node.code] = node

    def _node(self, element: Element, modifier: str = "") -> Node:
        return Node(
            code=self._attribute(element, "code"),
            line=line_of(element),
            kind=element.get("kind", ""),
            usage=element.get("usage", ""),
            modifier=modifier,
            metas=tuple((m.get("name", ""), m.get("value", "")) for m in _inner(element, "Meta")),
            supers=tuple(code for code in _codes(element, "SuperClass") if code != modifier),
            subs=_codes(element, "SubClass"),
            modified_by=tuple(self._modified_by(by) for by in _inner(element, "ModifiedBy")),
            excluded=frozenset(_codes(element, "ExcludeModifier")),
            rubrics=tuple(self._rubrics(element)),
        )

    def _rubrics(self, element: Element) -> Iterator[Rubric]:
        for rubric in _inner(element, "Rubric"):
            for label in _inner(rubric, "Label"):
                if text := label_text(label, self.found.marks):
                    self._texts.setdefault(rubric.get("id", ""), text)
                    yield Rubric(rubric.get("kind", ""), label.get(_LANGUAGE), text)

    def _modified_by(self, element: Element) -> ModifiedBy:
        """`all` is true by default; a list of valid classes without it means only these."""
        valid = _codes(element, "ValidModifierClass")
        takes_all = element.get("all", "false" if valid else "true") == "true"
        position = element.get("position", "")
        return ModifiedBy(
            self._attribute(element, "code"),
            None if takes_all else valid,
            int(position) if position.isdecimal() else None,
            line_of(element),
        )

    def _attribute(self, element: Element, name: str) -> str:
        value = " ".join(element.get(name, "").split())
        if not value:
            raise problem(self.found.path, line_of(element), "CLAML_ATTRIBUTE", element=local(element), attribute=name)
        return value


def _inner(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local(child) == name)


def _codes(element: Element, name: str) -> tuple[str, ...]:
    found = (" ".join(child.get("code", "").split()) for child in _inner(element, name))
    return tuple(dict.fromkeys(code for code in found if code))


def label_text(element: Element, marks: Mapping[str, str] = NO_MARKS) -> str:
    """The text of a label; fragments, paragraphs and cells are separated by a space."""
    return " ".join("".join(_pieces(element, marks)).split())


def _pieces(element: Element, marks: Mapping[str, str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        match local(child):
            case "":
                pass
            case "Include":
                yield f"\uffff{child.get('rubric', '')}\uffff"
            case "Reference":
                yield _printed(label_text(child, marks), marks.get(child.get("usage", ""), ""), child.get("class", ""))
            case name:
                apart = " " if name in _BLOCKS else ""
                yield apart
                yield from _pieces(child, marks)
                yield apart
        yield child.tail or ""


def _printed(text: str, mark: str, class_: str) -> str:
    """A reference with its mark (dagger, star), which some files also have in its text."""
    marked = text if text.endswith(mark) else text + mark
    return f"({marked})" if class_ == _IN_BRACKETS else marked
