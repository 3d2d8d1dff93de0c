"""LOINC: the filters that HL7 Terminology and tx.fhir.org define for it, and its implicit value sets.

Properties whose values are parts accept the part's code or its name, in any case (`SCALE_TYP = Doc`). Each answer list,
part in the hierarchy and group has a value set, `http://loinc.org/vs/` and its code; the one of all codes is named in
the header, so the catalogue provides it. Everything else is as in any stored code system.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pyroaring import BitMap

from terminology.codesystems.describing import displays_of
from terminology.codesystems.filters import regex
from terminology.codesystems.filters.naming import definition
from terminology.codesystems.filters.reading import listed, refusal
from terminology.codesystems.indexed import Test
from terminology.codesystems.replacing import with_successors
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.changes import Layer
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.model.results import FoundProperty
from terminology.model.values import value_key
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, Filter, ValueSet
from terminology.store import index_kinds
from terminology.store.entries import ConceptRow
from terminology.store.protocol import VersionReader

LOINC = "http://loinc.org"
VALUE_SETS = "http://loinc.org/vs/"

ANSWER, ANSWER_LIST, LIST_OF_CODE, GROUP = "Answer", "AnswerList", "answer-list", "group"
COPYRIGHT_NOTICE = "EXTERNAL_COPYRIGHT_NOTICE"
COPYRIGHTS: Mapping[str, str] = {"loinc": "false", "3rdparty": "true"}
"""Value of the filter `copyright` → whether a third party's notice exists."""

TERM = re.compile(r"(\d{1,7})-(\d)")
"""The number of a term, and its check digit."""

BY_TEXT = frozenset({"=", "in", "not-in", "regex"})
TEXT_KINDS = frozenset({"code", "string"})

LAYERS: Mapping[str, tuple[str, str]] = {
    "LP": ("parts, and the hierarchy of codes below them", "AccessoryFiles/PartFile"),
    "LL": ("answer lists", "AccessoryFiles/AnswerFile"),
    "LA": ("answers", "AccessoryFiles/AnswerFile"),
    "LG": ("groups", "AccessoryFiles/GroupFile"),
}
"""Beginnings of codes → what they are, and the folder of the release that has them."""

CLASS_TYPE = "CLASSTYPE"
CLASS_TYPES: Mapping[str, str] = {
    "1": "Laboratory class", "2": "Clinical class", "3": "Claims attachments", "4": "Surveys",
}  # fmt: skip


class LoincCodeSystem(StoredCodeSystem):
    """A version of LOINC."""

    described_texts: ClassVar[Collection[str]] = frozenset({CLASS_TYPE})

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        super().__init__(metadata, reader, key)
        self._value_names: dict[str, Mapping[str, str]] = {}

    def layers(self) -> Sequence[Layer]:
        """What files beside Loinc.csv bring; a `model.protocols.HasLayers`."""
        names = self.codes()
        return tuple(
            Layer(what, f"the folder {folder}", frozenset(code for code in names if code.startswith(prefix)))
            for prefix, (what, folder) in LAYERS.items()
        )

    def _located(self, row: ConceptRow) -> Located:
        return with_successors(super()._located(row), "MAP_TO")

    def explain(self, code: str) -> Issue | None:
        """That the last digit of a term's number does not fit the others: a slip of the pen."""
        found = TERM.fullmatch(code)
        if found is None or check_digit(found[1]) == found[2]:
            return None
        right = f"{found[1]}-{check_digit(found[1])}"
        located = self.locate(right)
        arguments = {"code": code, "right": f"{right} ({located.concept.display})" if located else right}
        message = "LOINC_CHECK_DIGIT_KNOWN" if located else "LOINC_CHECK_DIGIT"
        return Issue("error", "code-invalid", message, arguments, "invalid-code")

    # Filters

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter that LOINC does not have."""
        meant = self._meant(f)
        if self._by_text(meant):
            self._test(meant)
        else:
            super().must_understand(meant)

    def select(self, f: Filter) -> BitMap:
        """The set a filter means, LOINC's own filters among them."""
        meant = self._meant(f)
        if not self._by_text(meant):
            return super().select(meant)
        if (kept := self._selected.get(meant)) is not None:
            return kept[0]
        test = self._test(meant)
        named = [code for code, name in self._names(meant.property).items() if test(name)]
        found = self.with_match(meant.property, test) | self.with_value(meant.property, named)
        return self._keep(meant, self.every() - found if meant.op == "not-in" else found)

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        meant = self._meant(f)
        if not self._by_text(meant):
            return super().holds(located, meant)
        test, names = self._test(meant), self._names(meant.property)
        values = [value_key(p) for p in located.concept.properties if p.code == meant.property]
        found = any(test(value) or (value in names and test(names[value])) for value in values)
        return found is not (meant.op == "not-in")

    def _meant(self, f: Filter) -> Filter:
        """LOINC's own filters in terms of those that every code system has."""
        match f.property, f.op:
            case "LIST", _:
                return replace(f, property=ANSWER_LIST)
            case "ancestor", "=":
                return Filter("concept", "descendent-of", f.value)
            case "answers-for", "=":
                return Filter(ANSWER_LIST, "in", ",".join(self._lists_for(f.value)))
            case "group", "=" | "in":
                return Filter(GROUP, "in", ",".join(self._with_subgroups(listed(f))))
            case "copyright", "=":
                if (exists := COPYRIGHTS.get(f.value.casefold())) is None:
                    raise refusal("FILTER_VALUE_UNKNOWN", self, f, known="LOINC, 3rdParty")
                return Filter(COPYRIGHT_NOTICE, "exists", exists)
        return f

    def _lists_for(self, code: str) -> Sequence[str]:
        """The answer lists of a term; a list is its own. An unknown code has no answers."""
        located = self.locate(code)
        lists = located.concept.values(LIST_OF_CODE) if located else ()
        return [value_key(p) for p in lists] or [code]

    def _with_subgroups(self, groups: Iterable[str]) -> Iterable[str]:
        """Groups with all groups in them."""
        codes = self.codes()
        for group in groups:
            yield group
            yield from (codes[ordinal] for ordinal in self.descendants(group))

    def _by_text(self, f: Filter) -> bool:
        """Whether values are compared as texts and names of parts; a code as value needs no such comparison."""
        defined = self.metadata.property_definition(f.property)
        if defined is None or defined.kind not in TEXT_KINDS or f.op not in BY_TEXT or not f.value:
            return False
        return not (f.op == "=" and self.ordinals([f.value])) and definition(self.metadata, f.property) is defined

    def _test(self, f: Filter) -> Test:
        if f.op == "regex":
            return regex.test(self, f)
        wanted = {item.casefold() for item in (listed(f) if f.op != "=" else [f.value])}
        return lambda text: text.casefold() in wanted

    def _names(self, property_code: str) -> Mapping[str, str]:
        """The displays of the values of a property that are codes: read once, for this version never changes."""
        if property_code not in self._value_names:
            defined = self.metadata.property_definition(property_code)
            refers = defined is not None and defined.kind == "code"
            codes = self._reader.bitmap_keys(index_kinds.property_values(property_code)) if refers else ()
            self._value_names[property_code] = displays_of(self, codes)
        return self._value_names[property_code]

    # Implicit value sets

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """`/vs/LL…` the answers of a list in its order, `/vs/LP…` what is below a part, `/vs/LG…` a group's terms."""
        if not url.startswith(VALUE_SETS):
            return None
        located = self.locate(url.removeprefix(VALUE_SETS))
        if located is None:
            return None
        concept = located.concept
        match concept.code[:2]:
            case "LL":
                listed_answers = tuple(_answers(concept))
                rest = () if listed_answers else (Filter(ANSWER_LIST, "=", concept.code),)  # defined elsewhere: none
                return self._value_set(url, "LOINCAnswerList", concept, concepts=listed_answers, filters=rest)
            case "LP":
                below = Filter("ancestor", "=", concept.code)
                return self._value_set(url, "LOINCValueSetFor", concept, filters=(below,))
            case "LG":
                members = Filter(GROUP, "=", concept.code)
                return self._value_set(url, "LOINCGroup", concept, filters=(members,))
        return None

    def _value_set(
        self, url: str, prefix: str, concept: Concept, *, concepts: tuple[ConceptReference, ...] = (),
        filters: tuple[Filter, ...] = (),
    ) -> ValueSet:  # fmt: skip
        version = self.metadata.version
        include = ConceptSet(LOINC, version, concepts, filters, path="ValueSet.compose.include[0]")
        return ValueSet(
            url=url,
            version=version,
            name=prefix + concept.code.replace("-", "_"),
            experimental=False,
            publisher=self.metadata.publisher,
            compose=Compose((include,)),
        )

    # Properties

    def names(self, codes: Sequence[bytes]) -> list[bytes]:
        """None, as `described` has none."""
        return [b""] * len(codes)

    def described(self, properties: Sequence[Property]) -> list[FoundProperty]:
        """Codes without the names of what they stand for, as LOINC's users know `$lookup`; class types with theirs."""
        return [
            FoundProperty(p, description=CLASS_TYPES.get(str(p.value)) if p.code == CLASS_TYPE else None)
            for p in properties
        ]


def check_digit(number: str) -> str:
    """The digit that checks a number: modulo 10, every second digit from the right doubled (LOINC Users' Guide)."""
    doubled = int("".join(reversed(number[::-1][::2]))) * 2
    total = sum(map(int, f"{doubled}{number[::-1][1::2]}"))
    return str(-total % 10)


def _answers(concept: Concept) -> Iterable[ConceptReference]:
    """The answers of a list, with their scores."""
    for value in concept.values(ANSWER):
        yield ConceptReference(value_key(value), extensions=value.extensions)
