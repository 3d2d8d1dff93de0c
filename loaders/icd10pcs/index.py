"""The index: terms that lead to a code, a prefix of codes, a table, or another name.

`see` refers to another term of the index, with or without its codes; `use` refers to the label of an axis value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, cast

from loaders.icd10pcs import xml
from loaders.icd10pcs.lists import CHARACTER
from loaders.xml_stream import Element, children
from terminology.model.concept import Concept, Property
from terminology.model.loading import SourceFile

PLACE = re.compile(f"{CHARACTER}{{3,7}}")
"""A table, the beginning of codes, or a code."""

Kind = Literal["codes", "see", "use"]


class Entry(NamedTuple):
    """One entry of the index.

    `text` is the term with all above it, joined by commas. `target` is a code, the beginning of codes or a table
    (`codes`), or the name that `see` or `use` gives; `table` limits a `use` to one table.
    """

    kind: Kind
    text: str
    target: str
    table: str = ""


def parse(file: SourceFile) -> tuple[Entry, ...]:
    """Read an index file. Raises TerminologyError invalid that names the line."""
    reader = _Index(file.path)
    mains = (main for letter in children(file, ["letter"]) for main in letter.iterfind("mainTerm"))
    return tuple(entry for main in mains for entry in reader.entries(main, ()))


class _Index(xml.Reader):
    def entries(self, element: Element, above: tuple[str, ...]) -> Iterator[Entry]:
        """The entries of a term and of the terms below it."""
        title = xml.optional(element, "title") if above else self.text(element, "title")
        path = (*above, title) if title else above
        text = ", ".join(path)
        for child in element:
            match child.tag:
                case "code" | "codes" | "tab":
                    yield Entry("codes", text, self._codes(child))
                case "see" | "seeAlso":
                    yield from self._see(child, text)
                case "use":
                    tables = [self._codes(table) for table in child.iterfind("tab")]
                    name = self.own_text(child)
                    yield Entry("use", text, name.removesuffix(" in") if tables else name, "".join(tables))
                case "term":
                    yield from self.entries(child, path)

    def _see(self, element: Element, text: str) -> Iterator[Entry]:
        targets = [self._codes(child) for child in element if child.tag in {"code", "codes", "tab"}]
        if targets:
            yield from (Entry("codes", text, target) for target in targets)
        else:
            yield Entry("see", text, self.own_text(element))

    def _codes(self, element: Element) -> str:
        text = self.own_text(element)
        if not PLACE.fullmatch(text):
            raise self.problem(element, "PCS_CODE_SYNTAX", code=text)
        return text


def to_facts(entries: Iterable[Entry]) -> Iterator[Concept]:
    """The index as facts, one for each entry."""
    for entry in entries:
        table = (Property("table", "string", entry.table),) if entry.table else ()
        yield Concept(entry.kind, entry.text, properties=(Property("target", "string", entry.target), *table))


def from_facts(facts: Iterable[Concept]) -> Iterator[Entry]:
    """The reverse of `to_facts`."""
    for fact in facts:
        target, *table = (str(value.value) for value in fact.properties)
        yield Entry(cast("Kind", fact.code), fact.display or "", target, "".join(table))
