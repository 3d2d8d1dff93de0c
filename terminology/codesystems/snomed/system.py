"""SNOMED CT: a loaded version that knows expression constraints, expressions, and its implicit value sets.

Beyond `StoredCodeSystem`: the filters `constraint`, `expressions` and `concept in`, codes that are postcoordinated
expressions, and subsumption among them. It has a grammar, so it is never enumerable as a whole, though all its
concepts can be listed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from pyroaring import BitMap

from terminology.codesystems.composing import not_compositional
from terminology.codesystems.replacing import with_alternatives
from terminology.codesystems.snomed import editions, implicit
from terminology.codesystems.snomed.associations import SUCCESSORS
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.codesystems.snomed.ecl.parser import parse
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.expressions.parser import looks_like_expression
from terminology.codesystems.snomed.maps import ImplicitMaps
from terminology.codesystems.snomed.postcoordination import Postcoordination
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.conceptmap import ConceptMap, Mapping
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Located
from terminology.model.results import Subsumption
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.store import index_kinds
from terminology.store.cache import BoundedCache
from terminology.store.entries import ConceptRow
from terminology.store.protocol import VersionReader

CONSTRAINT = "constraint"
EXPRESSIONS = frozenset({"expression", "expressions"})
CONCEPT = "concept"
HIERARCHICAL = MappingProxyType(
    {
        "is-a": "<< {}",
        "descendent-of": "< {}",
        "descendent-leaf": "< {}",
        "generalizes": ">> {}",
        "child-of": "<! {}",
        "is-not-a": "* MINUS << {}",
    }
)
"""Hierarchical filters as constraints; an expression has nothing below it, so it is a leaf."""

SUCCESSOR_PROPERTIES = frozenset(SUCCESSORS.values())
UNASKED = ("moduleId", "sufficientlyDefined")
NORMAL_FORM, TERSE_NORMAL_FORM = "normalForm", "normalFormTerse"

CONCEPTS = 4096
"""Concepts kept for expressions, which look at the same ones again and again."""


class SnomedCodeSystem(StoredCodeSystem):
    """A version of SNOMED CT. Immutable; threads may share it."""

    enumerable: ClassVar[bool] = False

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        super().__init__(metadata, reader, key)
        self.metadata = replace(metadata, edition=_edition(metadata, reader), unasked=UNASKED)
        self.substrate = Substrate(self, reader)
        self._concepts: BoundedCache[str, Concept | None] = BoundedCache(CONCEPTS)
        self._postcoordination = Postcoordination(self.substrate, self)
        self._maps = ImplicitMaps(self.substrate.refsets, self.metadata.canonical, self.displays)

    # Codes

    def locate(self, code: str) -> Located | None:
        """A concept, or a postcoordinated expression."""
        found = super().locate(code)
        if found is not None or code.isdecimal() or not self.metadata.compositional:
            return found
        expression = self._postcoordination.located(code)
        if expression is not None and expression.concept.code.isdecimal():
            return super().locate(expression.concept.code)
        return expression

    def _located(self, row: ConceptRow) -> Located:
        return with_alternatives(super()._located(row), SUCCESSOR_PROPERTIES)

    def explain(self, code: str) -> Issue | None:
        """Why an expression is not right."""
        if not self.metadata.compositional and looks_like_expression(code):
            return not_compositional(self.metadata)
        return self._postcoordination.explain(code)

    def concept(self, id_: str) -> Concept | None:
        """A concept; kept for a while."""
        if (kept := self._concepts.get(id_)) is not None:
            return kept[0]
        located = super().locate(id_)
        return self._concepts.put(id_, located.concept if located else None, 1)

    def is_a(self, id_: str, other: str) -> bool:
        """Whether a concept is another, or lies below it."""
        return id_ == other or self.substrate.is_among(id_, self.descendants(other))

    def subsumes(self, a: str, b: str) -> Subsumption:
        """By the hierarchy, and for expressions by what they say in full. Raises TerminologyError not-found."""
        if a.isdecimal() and b.isdecimal():
            return super().subsumes(a, b)
        if (unknown := next((code for code in (a, b) if self.locate(code) is None), None)) is not None:
            raise self._unknown(unknown)
        try:
            one, other = self._postcoordination.read(a), self._postcoordination.read(b)
        except Unreadable as error:
            raise self._unknown(error.text) from error
        above = self._postcoordination.forms.subsumes(one, other)
        below = self._postcoordination.forms.subsumes(other, one)
        if above and below:
            return "equivalent"
        return "subsumes" if above else "subsumed-by" if below else "not-subsumed"

    def _unknown(self, code: str) -> TerminologyError:
        return TerminologyError.of(
            "not-found", "SUBSUMES_CODE_UNKNOWN", detail="invalid-code", unknown=code, system=self.metadata.url
        )

    derivable = (NORMAL_FORM, TERSE_NORMAL_FORM)

    def derived(self, located: Located, names: Collection[str]) -> Sequence[Property]:
        """The normal forms; a `model.protocols.DerivesProperties`."""
        found = []
        for name, terms in ((NORMAL_FORM, True), (TERSE_NORMAL_FORM, False)):
            if name in names:
                form = self._postcoordination.normal_form(located.concept.code, terms=terms)
                found.append(Property(name, "string", form))
        return found

    # Filters

    def must_understand(self, f: Filter) -> None:
        """See StoredCodeSystem. A constraint is read, not evaluated: concepts it names may still be unknown."""
        if not self._is_own(f):
            super().must_understand(f)
        elif f.property == CONSTRAINT and self._selected.get(f) is None:
            try:
                parse(f.value)
            except Unreadable as error:
                raise invalid_constraint(error, f.value) from error

    def select(self, f: Filter) -> BitMap:
        """See StoredCodeSystem; a constraint that cannot be read raises TerminologyError INVALID_ECL."""
        if (kept := self._selected.get(f)) is not None:
            return kept[0]
        found = self._selected_by(f)
        return super().select(f) if found is None else self._keep(f, found)

    def _selected_by(self, f: Filter) -> BitMap | None:
        """What the filters of SNOMED CT select; None for one that every code system has."""
        if f.property in EXPRESSIONS and f.op == "=":
            return self.every()
        if f.property == CONSTRAINT and f.op == "=" and f.value:
            return self.constrained(f.value)
        if f.property == CONCEPT and f.op == "in":
            if not self.substrate.refsets.ids:
                given = f"{f.property} {f.op} '{f.value}'"
                raise TerminologyError.of("not-supported", "SNOMED_NO_MEMBERS", filter=given)
            refsets = [value.strip() for value in f.value.split(",")]
            return BitMap.union(BitMap(), *map(self.substrate.refsets.concepts, refsets))
        return None

    def _plain_test(self, f: Filter) -> Callable[[str, int], bool]:
        """See StoredCodeSystem: sets that constraints select are kept."""
        return (lambda _, ordinal: ordinal in self.select(f)) if self._is_own(f) else super()._plain_test(f)

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept, or an expression, passes a filter."""
        if located.ordinal is not None:
            return located.ordinal in self.select(f) if self._is_own(f) else super().holds(located, f)
        if f.property in EXPRESSIONS and f.op == "=":
            return f.value == "true"
        constraint = f.value if f.property == CONSTRAINT and f.op == "=" else self._as_constraint(f)
        if constraint is None:
            return not self._is_own(f) and super().holds(located, f)
        try:
            return self._postcoordination.meets(located.concept.code, parse(constraint), constraint)
        except Unreadable as error:
            raise invalid_constraint(error, constraint) from error

    def _is_own(self, f: Filter) -> bool:
        """Whether a filter is one that only SNOMED CT has."""
        if f.op == "=":
            return f.property in EXPRESSIONS or f.property == CONSTRAINT
        return f.op == "in" and f.property == CONCEPT

    def _as_constraint(self, f: Filter) -> str | None:
        """A hierarchical filter as an expression constraint, for expressions."""
        constraint = HIERARCHICAL.get(f.op)
        known = f.property in {CONCEPT, "code"} and self.concept(f.value) is not None
        return constraint.format(f.value) if constraint and known else None

    def constrained(self, constraint: str) -> BitMap:
        """The concepts that meet an expression constraint. Raises TerminologyError INVALID_ECL."""
        try:
            return Evaluator(self.substrate, constraint).concepts(parse(constraint))
        except Unreadable as error:
            raise invalid_constraint(error, constraint) from error

    # Implicit value sets

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """Those that SNOMED CT defines by their urls, based on this version or on another one."""
        return implicit.value_set(url)

    # Implicit concept maps

    def implicit_concept_map(self, url: str) -> ConceptMap | None:
        """Historical associations and map reference sets; a `model.protocols.ImpliesConceptMaps`."""
        return self._maps.header(url)

    def implicit_mappings(self, url: str, code: str, *, reverse: bool) -> Sequence[Mapping]:
        """The mappings of a code by such a map."""
        return self._maps.mappings(url, code, reverse=reverse)


def invalid_constraint(error: Unreadable, constraint: str) -> TerminologyError:
    """What is wrong with a constraint, and where."""
    arguments = {
        "expression": constraint, "reason": error.reason, "line": str(error.line), "column": str(error.column),
        "caret": error.caret,
    }  # fmt: skip
    return TerminologyError("invalid", Issue("error", "invalid", "INVALID_ECL", arguments, "vs-invalid"))


def _edition(metadata: CodeSystemMetadata, reader: VersionReader) -> str | None:
    """The edition by the version's module, or by the module that most of its concepts belong to."""
    version = editions.parse(metadata.version or "")
    if version is not None and (known := editions.EDITIONS.get(version.module or "")) is not None:
        return known
    kind = index_kinds.property_values("moduleId")
    sizes = {module: len(reader.bitmap(kind, module) or ()) for module in reader.bitmap_keys(kind)}
    return editions.EDITIONS.get(max(sizes, key=lambda module: sizes[module])) if sizes else None
