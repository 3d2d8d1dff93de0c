"""Reads filters: `{{ D … }}`, `{{ C … }}`, `{{ M … }}` and history supplements (ECL 2.2, 6.8 to 6.12)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.leaves import ALIAS, LETTERS, ORDERS, Leaves

TYPES: Mapping[str, str] = MappingProxyType(
    {"syn": ids.SYNONYM, "fsn": ids.FULLY_SPECIFIED_NAME, "def": ids.DEFINITION}
)
STATUSES: Mapping[str, str] = MappingProxyType({"primitive": ids.PRIMITIVE, "defined": ids.DEFINED})
ACCEPTABILITIES: Mapping[str, str] = MappingProxyType(
    {"prefer": ids.PREFERRED, "preferred": ids.PREFERRED, "accept": ids.ACCEPTABLE, "acceptable": ids.ACCEPTABLE}
)
PROFILES: tuple[nodes.HistoryProfile, ...] = ("MIN", "MOD", "MAX")

F = TypeVar("F")


class FilterParser(Leaves, ABC):
    """Filters; the constraints in them are read by the parser that this is a part of."""

    @abstractmethod
    def expression(self) -> nodes.Constraint:
        """`expressionConstraint`."""

    @abstractmethod
    def sub_expression(self) -> nodes.Constraint:
        """`subExpressionConstraint`."""

    def member_filters(self) -> tuple[nodes.MemberFilters, ...]:
        """`*(ws memberFilterConstraint)`."""
        found = []
        while self.attempt(self._members_opened) is not None:
            found.append(nodes.MemberFilters(self._filters(self._member_filter)))
        return tuple(found)

    def filters(self) -> tuple[nodes.DescriptionFilters | nodes.ConceptFilters, ...]:
        """`*(ws (descriptionFilterConstraint / conceptFilterConstraint))`."""
        found: list[nodes.DescriptionFilters | nodes.ConceptFilters] = []
        while (letter := self.attempt(self._filter_letter)) is not None:
            if letter == "M":
                self.scanner.fail(
                    "a member filter needs a memberOf constraint (^) before it", self.scanner.position - 1
                )
            if letter == "C":
                found.append(nodes.ConceptFilters(self._filters(self._concept_filter)))
            else:
                found.append(nodes.DescriptionFilters(self._filters(self._description_filter)))
        return tuple(found)

    def history(self, operand: nodes.Constraint) -> nodes.Constraint:
        """`[ws "{{" ws "+" ws "history" [ historyProfileSuffix / ws historySubset ] ws "}}"]`."""
        scanner = self.scanner
        if self.attempt(self._supplement_opened) is None:
            return operand
        if scanner.take_word("history") is None:
            scanner.fail("expected HISTORY")
        if scanner.take_first("-_"):
            suffix = scanner.take_word(*PROFILES)
            if suffix is None:
                scanner.fail("expected MIN, MOD or MAX")
            profile = next(p for p in PROFILES if p.lower() == str(suffix).lower())
            self._close()
            return nodes.WithHistory(operand, profile)
        scanner.skip()
        subset = self.bracketed(self.expression) if scanner.sees("(") else None
        self._close()
        return nodes.WithHistory(operand, subset=subset)

    # Which filters come

    def _members_opened(self) -> str | None:
        self._open()
        return self.scanner.take_word("M")

    def _filter_letter(self) -> str | None:
        """C or D, which is also meant where none stands."""
        self._open()
        if self.scanner.sees("+"):
            return None
        return (self.scanner.take_word("C", "D", "M") or "D").upper()

    def _supplement_opened(self) -> bool:
        self._open()
        self.scanner.expect("+")
        self.scanner.skip()
        return True

    def _filters(self, read: Callable[[], F]) -> tuple[F, ...]:
        """`ws filter *(ws "," ws filter) ws "}}"`."""
        found = []
        while True:
            self.scanner.skip()
            found.append(read())
            self.scanner.skip()
            if not self.scanner.take(","):
                break
        self.scanner.expect("}}")
        return tuple(found)

    def _open(self) -> None:
        self.scanner.skip()
        self.scanner.expect("{{")
        self.scanner.skip()

    def _close(self) -> None:
        self.scanner.skip()
        self.scanner.expect("}}")

    # Description filters

    def _description_filter(self) -> nodes.DescriptionFilter:
        """`termFilter / languageFilter / typeFilter / dialectFilter / moduleFilter / …`."""
        readers: Mapping[str, Callable[[], nodes.DescriptionFilter]] = {
            "term": self._term_filter,
            "language": self._language_filter,
            "typeId": self._type_id_filter,
            "type": self._type_filter,
            "dialectId": self._dialect_id_filter,
            "dialect": self._dialect_filter,
            "moduleId": self._module_filter,
            "effectiveTime": self._effective_time_filter,
            "active": self._active_filter,
            "id": self._id_filter,
        }
        return self._by_keyword(readers)

    def _by_keyword(self, readers: Mapping[str, Callable[[], F]]) -> F:
        word = self.scanner.take_word(*readers)
        if word is None:
            raise self.scanner.error(f"expected one of {', '.join(sorted(readers))}")
        return next(read for name, read in readers.items() if name.lower() == word.lower())()

    def _term_filter(self) -> nodes.TermFilter:
        """`term ws stringComparisonOperator ws (typedSearchTerm / typedSearchTermSet)`."""
        return nodes.TermFilter(nodes.Textual(self.equality(), self.search_terms()))

    def _language_filter(self) -> nodes.LanguageFilter:
        """`language ws booleanComparisonOperator ws (languageCode / languageCodeSet)`."""
        return nodes.LanguageFilter(self.equality(), self.one_or_several(self._language_code))

    def _language_code(self) -> str:
        start, code = self.scanner.position, self.scanner.take_while(LETTERS)
        if len(code) != 2:
            self.scanner.fail("expected a language code of two letters", start)
        return code.lower()

    def _type_id_filter(self) -> nodes.TypeFilter:
        """`typeId ws booleanComparisonOperator ws (subExpressionConstraint / eclConceptReferenceSet)`."""
        return nodes.TypeFilter(self.equality(), self._concepts())

    def _type_filter(self) -> nodes.TypeFilter:
        """`type ws booleanComparisonOperator ws (typeToken / typeTokenSet)`."""
        return nodes.TypeFilter(self.equality(), self._tokens(TYPES))

    def _dialect_id_filter(self) -> nodes.DialectFilter:
        """`dialectId ws operator ws (subExpressionConstraint / dialectIdSet) [ws acceptabilitySet]`."""
        operator = self.equality()
        several = self.attempt(lambda: self.several(self._dialect_id)) if self.scanner.sees("(") else None
        return nodes.DialectFilter(operator, self._accepted(several or (nodes.Acceptable(self.sub_expression()),)))

    def _dialect_id(self) -> nodes.Acceptable:
        concept = self.concept()
        return nodes.Acceptable(concept, self._acceptabilities() or frozenset())

    def _dialect_filter(self) -> nodes.DialectFilter:
        """`dialect ws booleanComparisonOperator ws (dialectAlias / dialectAliasSet) [ws acceptabilitySet]`."""
        operator = self.equality()
        several = self.several(self._dialect_alias) if self.scanner.sees("(") else (self._dialect_alias(),)
        return nodes.DialectFilter(operator, self._accepted(several))

    def _dialect_alias(self) -> nodes.Acceptable:
        start, alias = self.scanner.position, self.scanner.take_while(ALIAS)
        if not alias[:1].isalpha():
            self.scanner.fail("expected a dialect such as en-gb", start)
        return nodes.Acceptable(alias.lower(), self._acceptabilities() or frozenset(), start)

    def _accepted(self, several: tuple[nodes.Acceptable, ...]) -> tuple[nodes.Acceptable, ...]:
        """An acceptability set after the whole filter counts for those that have none of their own."""
        common = self._acceptabilities()
        if common is None:
            return several
        return tuple(replace(one, acceptabilities=one.acceptabilities or common) for one in several)

    def _acceptabilities(self) -> frozenset[str] | None:
        """`[ws acceptabilitySet]`: tokens, or concepts."""

        def read() -> frozenset[str]:
            self.scanner.skip()
            return frozenset(self.several(self._acceptability))

        return self.attempt(read)

    def _acceptability(self) -> str:
        word = self.scanner.take_word(*ACCEPTABILITIES)
        return ACCEPTABILITIES[word.lower()] if word else self.concept().id

    def _id_filter(self) -> nodes.IdFilter:
        """`id ws idComparisonOperator ws (descriptionId / descriptionIdSet)`."""
        return nodes.IdFilter(self.equality(), self.one_or_several(lambda: self.sctid("a description id")))

    # Concept filters, and those that all kinds have

    def _concept_filter(self) -> nodes.ConceptFilter:
        """`definitionStatusFilter / moduleFilter / effectiveTimeFilter / activeFilter`."""
        readers: Mapping[str, Callable[[], nodes.ConceptFilter]] = {
            "definitionStatusId": self._definition_status_id_filter,
            "definitionStatus": self._definition_status_filter,
            "moduleId": self._module_filter,
            "effectiveTime": self._effective_time_filter,
            "active": self._active_filter,
        }
        return self._by_keyword(readers)

    def _definition_status_id_filter(self) -> nodes.DefinitionStatusFilter:
        """`definitionStatusId ws booleanComparisonOperator ws (subExpressionConstraint / eclConceptReferenceSet)`."""
        return nodes.DefinitionStatusFilter(self.equality(), self._concepts())

    def _definition_status_filter(self) -> nodes.DefinitionStatusFilter:
        """`definitionStatus ws booleanComparisonOperator ws (definitionStatusToken / definitionStatusTokenSet)`."""
        return nodes.DefinitionStatusFilter(self.equality(), self._tokens(STATUSES))

    def _module_filter(self) -> nodes.ModuleFilter:
        """`moduleId ws booleanComparisonOperator ws (subExpressionConstraint / eclConceptReferenceSet)`."""
        return nodes.ModuleFilter(self.equality(), self._concepts())

    def _effective_time_filter(self) -> nodes.EffectiveTimeFilter:
        """`effectiveTime ws timeComparisonOperator ws (timeValue / timeValueSet)`."""
        return nodes.EffectiveTimeFilter(self.operator(ORDERS), self.one_or_several(self.time))

    def _active_filter(self) -> nodes.ActiveFilter:
        """`active ws booleanComparisonOperator ws ("1" / "true" / "0" / "false")`."""
        equal = self.equality() == "="
        start = self.scanner.position
        value = self.truth()
        if value is None:
            digit = self.scanner.take_first("01")
            if digit is None:
                self.scanner.fail("expected true, false, 1 or 0", start)
            value = digit == "1"
        return nodes.ActiveFilter(value == equal)

    def _concepts(self) -> nodes.Constraint:
        """`subExpressionConstraint / eclConceptReferenceSet`."""
        found = self.attempt(lambda: self.several(self.concept)) if self.scanner.sees("(") else None
        if found is not None:
            return found[0] if len(found) == 1 else nodes.Or(found)
        return self.sub_expression()

    def _tokens(self, meanings: Mapping[str, str]) -> nodes.Constraint:
        """A token, or several in brackets, as the concepts they stand for."""

        def token() -> nodes.Concept:
            word = self.scanner.take_word(*meanings)
            if word is None:
                raise self.scanner.error(f"expected one of {', '.join(sorted(meanings))}")
            return nodes.Concept(meanings[word.lower()])

        found = self.one_or_several(token)
        return found[0] if len(found) == 1 else nodes.Or(found)

    # Member filters

    def _member_filter(self) -> nodes.MemberFilter:
        """`moduleFilter / effectiveTimeFilter / activeFilter / memberFieldFilter`."""
        readers: Mapping[str, Callable[[], nodes.MemberFilter]] = {
            "moduleId": self._module_filter,
            "effectiveTime": self._effective_time_filter,
            "active": self._active_filter,
        }
        if self.scanner.sees_word(*readers):
            return self._by_keyword(readers)
        start, name = self.scanner.position, self.field_name()
        return nodes.FieldFilter(name, self.field_comparison(), start)

    @abstractmethod
    def field_comparison(self) -> nodes.Comparison | nodes.Times:
        """An operator and what is compared with."""
