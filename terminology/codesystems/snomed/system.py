"""SNOMED CT: a loaded version that knows expression constraints, expressions, and its implicit value sets.

Beyond `StoredCodeSystem`: the filters `constraint`, `expressions` and `concept in`, codes that are postcoordinated
expressions, and subsumption among them. It has a grammar, so it is never enumerable as a whole, though all its
concepts can be listed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from pyroaring import BitMap

from terminology.codesystems.snomed import editions, implicit
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.codesystems.snomed.ecl.parser import parse
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Located
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.store import kinds
from terminology.store.protocol import VersionReader

CONSTRAINT = "constraint"
EXPRESSIONS = frozenset({"expression", "expressions"})
CONCEPT = "concept"


class SnomedCodeSystem(StoredCodeSystem):
    """A version of SNOMED CT. Immutable; threads may share it."""

    enumerable: ClassVar[bool] = False

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        super().__init__(metadata, reader, key)
        self.metadata = replace(metadata, edition=_edition(metadata, reader))
        self.substrate = Substrate(self, reader)

    # Filters

    def select(self, f: Filter) -> BitMap:
        """See StoredCodeSystem; a constraint that cannot be read raises TerminologyError INVALID_ECL."""
        if (kept := self._selected.get(f)) is not None:
            return kept[0]
        found = self._selected_by(f)
        return super().select(f) if found is None else self._selected.put(f, found, 1)

    def _selected_by(self, f: Filter) -> BitMap | None:
        """What the filters of SNOMED CT select; None for one that every code system has."""
        if f.property in EXPRESSIONS and f.op == "=":
            return self.every()
        if f.property == CONSTRAINT and f.op == "=" and f.value:
            return self.constrained(f.value)
        if f.property == CONCEPT and f.op == "in":
            refsets = [value.strip() for value in f.value.split(",")]
            return BitMap.union(BitMap(), *map(self.substrate.refsets.concepts, refsets))
        return None

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept, or an expression, passes a filter."""
        if located.ordinal is not None:
            return located.ordinal in self.select(f)
        return False

    def constrained(self, constraint: str) -> BitMap:
        """The concepts that meet an expression constraint. Raises TerminologyError INVALID_ECL."""
        try:
            return Evaluator(self.substrate, constraint).concepts(self.parsed(constraint))
        except Unreadable as error:
            raise invalid_constraint(error, constraint) from error

    def parsed(self, constraint: str) -> nodes.Constraint:
        """The tree of a constraint. Raises Unreadable."""
        return parse(constraint)

    # Implicit value sets

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """Those that SNOMED CT defines by their urls, based on this version or on another one."""
        return implicit.value_set(url)

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The modules that concepts belong to."""
        return tuple(self._reader.bitmap_keys(kinds.property_values("moduleId")))


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
    kind = kinds.property_values("moduleId")
    sizes = {module: len(reader.bitmap(kind, module) or ()) for module in reader.bitmap_keys(kind)}
    return editions.EDITIONS.get(max(sizes, key=lambda module: sizes[module])) if sizes else None
