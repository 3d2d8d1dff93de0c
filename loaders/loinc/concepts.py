"""Builds a concept from the facts about one code. Reads no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache

from loaders.loinc.gathering import ENGLISH
from loaders.loinc.vocabulary import ANSWER, AXES, RELATED_NAMES
from loaders.spool import Fact
from loaders.systems import LOINC
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Extension, Property, PropertyKind

LANGUAGE = "http://hl7.org/fhir/StructureDefinition/language"
"""The extension that gives the language of a text that has no element for it."""

ITEM_WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"
"""The extension that gives the score of an answer in its list."""

INACTIVE = frozenset({"DEPRECATED", "DISCOURAGED"})
"""Statuses of concepts that should not be used any more. LOINC calls deprecated ones inactive; discouraged ones are
by the terminology ecosystem's test cases."""

NAMES = ("LONG_COMMON_NAME", "SHORTNAME", "DisplayName", "CONSUMER_NAME")
"""Columns of the main table that are names, best first."""

ELEMENTS = frozenset({"LOINC_NUM", "DefinitionDescription", "LONG_COMMON_NAME", "SHORTNAME", "CONSUMER_NAME"})
"""Columns that are elements of a concept, and no properties."""

CODE_LISTS = frozenset({"AskAtOrderEntry", "AssociatedObservations"})
"""Columns with several codes."""

RANKS = frozenset({"COMMON_TEST_RANK", "COMMON_ORDER_RANK"})
"""Columns with a number, 0 for none."""

PartNames = Mapping[tuple[str, str], str]
"""Type and name of a part → its code."""


def column_properties(columns: Iterable[str]) -> list[str]:
    """The properties that columns of the main table become."""
    return [column for column in columns if column not in ELEMENTS]


@dataclass(slots=True)
class Draft:
    """A concept in the making."""

    code: str
    part_names: PartNames
    display: str | None = None
    definition: str | None = None
    designations: dict[tuple[str, str, str | None], Designation] = field(default_factory=dict)
    properties: dict[tuple[str, str, str | None], Property] = field(default_factory=dict)
    parents: dict[str, None] = field(default_factory=dict)
    row: Mapping[str, str] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        """Add one fact, in the form that `gathering` gives it."""
        match fact:
            case ["term", row]:
                self._term(row)
            case ["display", text]:
                self._display(text)
            case ["definition", text]:
                self.definition = self.definition or text
            case ["designation", text, language, use]:
                self._name(text, language, use)
            case ["property", code, kind, value]:
                self._property(code, kind, value, None)
            case ["variant", language, names, related]:
                self._variant(language, names, related)
            case ["answer", answer, score]:
                self._property(ANSWER, "code", answer, _extension(ITEM_WEIGHT, "Decimal", _decimal(score)))
            case ["parent", parent]:
                self.parents[parent] = None
            case _:
                raise AssertionError(fact)

    def concept(self) -> Concept:
        """The concept; properties from the main table come before those of other tables."""
        properties = [*self._columns(), *self.properties.values()]
        if any(p.code == "STATUS" and p.value in INACTIVE for p in properties):
            properties.append(Property("inactive", "boolean", value=True))
        return Concept(
            self.code,
            self.display,
            self.definition,
            tuple(self.designations.values()),
            tuple(properties),
            tuple(self.parents),
        )

    def _term(self, row: Mapping[str, str]) -> None:
        self.row = row
        self.definition = row.get("DefinitionDescription")
        self.display = row.get("LONG_COMMON_NAME") or row.get("SHORTNAME")
        for use in NAMES:
            if use in row:
                self._name(row[use], ENGLISH, "ConsumerName" if use == "CONSUMER_NAME" else use)

    def _variant(self, language: str, names: Mapping[str, str], related: str) -> None:
        for use, text in names.items():
            self._name(text, language, use)
        if related:
            self._property(RELATED_NAMES, "string", related, Extension(LANGUAGE, "Code", language))

    def _display(self, text: str) -> None:
        """The first text is the display; others that are given to the same answer are synonyms."""
        if not self.display:
            self.display = text or None
        elif text and text != self.display and self.code.startswith("LA"):
            self.designations[text, ENGLISH, None] = Designation(text, ENGLISH)

    def _name(self, text: str, language: str, use: str) -> None:
        self.designations[text, language, use] = Designation(text, language, _use(use))

    def _property(self, code: str, kind: PropertyKind, value: str, extension: Extension | None) -> None:
        extensions = () if extension is None else (extension,)
        self.properties.setdefault(
            (code, value, extension.value if extension else None), Property(code, kind, value, extensions)
        )

    def _columns(self) -> Iterator[Property]:
        """The properties from the row of the main table, without the axes that are linked to a part."""
        linked = {code for code, _, _ in self.properties}
        for column, text in self.row.items():
            if column in ELEMENTS or (column in AXES and column in linked):
                continue
            if column in CODE_LISTS:
                yield from (Property(column, "code", code.strip()) for code in text.split(";") if code.strip())
            elif column in RANKS:
                if text.isdecimal() and int(text):
                    yield Property(column, "integer", int(text))
            elif (part := self.part_names.get((AXES.get(column, ""), text))) is not None:
                yield Property(column, "code", part)
            else:
                yield Property(column, "string", text)


@cache
def _use(code: str) -> Coding:
    return Coding(LOINC, code, display=code)


def _extension(url: str, kind: str, value: object) -> Extension | None:
    return None if value is None else Extension(url, kind, value)


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
