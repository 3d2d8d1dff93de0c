"""Description filters: concepts with a description that passes all filters (ECL 2.2, 6.8).

Cheap filters are applied first; terms, which are read in blocks, last. Only active descriptions count unless a filter
asks for inactive ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.descriptions import Bools, Descriptions
from terminology.codesystems.snomed.dialects import ALIASES
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import Scope, passes_time
from terminology.codesystems.snomed.tables import DIALECT
from terminology.store.arrays import UInts
from terminology.store.text_fold import fold, words

ACCEPTABILITIES = frozenset((ids.PREFERRED, ids.ACCEPTABLE))

Test = Callable[[str], bool]


def passing_descriptions(scope: Scope, filters: nodes.DescriptionFilters, concepts: BitMap) -> BitMap:
    """Those of some concepts that have a description which passes every filter of a constraint.

    Raises Unreadable if the version was loaded without descriptions.
    """
    if not scope.substrate.descriptions.known:
        raise scope.missing("descriptions")
    ordered = sorted(filters.filters, key=lambda one: isinstance(one, nodes.TermFilter))
    if not any(isinstance(one, nodes.ActiveFilter) for one in ordered):
        ordered.insert(0, nodes.ActiveFilter(active=True))
        rows = _rows_with_words(scope, ordered, concepts)
    else:
        rows = scope.substrate.descriptions.rows_of(concepts)
    for one in ordered:
        if len(rows):
            rows = rows[_passing(scope, one, rows)]
    return scope.substrate.descriptions.concepts_of(rows)


def _rows_with_words(scope: Scope, filters: list[nodes.DescriptionFilter], concepts: BitMap) -> UInts:
    """Descriptions of some concepts; if a filter searches for words, only those that the text index finds.

    The index has the active descriptions, but no text definitions.
    """
    descriptions = scope.substrate.descriptions
    searches = [one.comparison.terms for one in filters if isinstance(one, nodes.TermFilter) and _is_search(one)]
    if not searches:
        return descriptions.rows_of(concepts)
    found = concepts
    for terms in searches:
        found = found & reduce(BitMap.__or__, (scope.substrate.search(term.text) for term in terms))
    definitions = descriptions.rows_of_type(ids.DEFINITION)
    definitions = definitions[scope.substrate.marks(concepts)[descriptions.ordinals[definitions]]]
    return np.union1d(descriptions.rows_of(found), definitions)


def _is_search(one: nodes.TermFilter) -> bool:
    """Whether the text index can answer a term filter."""
    comparison = one.comparison
    return comparison.operator == "=" and all(t.kind == "match" and words(t.text) for t in comparison.terms)


def _passing(scope: Scope, one: nodes.DescriptionFilter, rows: UInts) -> Bools:
    descriptions = scope.substrate.descriptions
    match one:
        case nodes.TermFilter(comparison):
            test = text_test(comparison)
            return np.fromiter(map(test, descriptions.terms(rows)), dtype=np.bool_, count=len(rows))
        case nodes.LanguageFilter(equality, codes):
            return _equal(equality, descriptions.coded("languageCode", rows, codes))
        case nodes.TypeFilter(equality, types):
            return _equal(equality, descriptions.coded("typeId", rows, scope.ids(types)))
        case nodes.ModuleFilter(equality, modules):
            return _equal(equality, descriptions.coded("moduleId", rows, scope.ids(modules)))
        case nodes.DialectFilter(equality, dialects):
            accepted = [_accepted(scope, descriptions, dialect, rows) for dialect in dialects]
            return _equal(equality, reduce(np.logical_or, accepted))
        case nodes.EffectiveTimeFilter(order, times):
            found: Bools = passes_time(order, descriptions.values("effectiveTime", rows), times)
            return found
        case nodes.ActiveFilter(active):
            return np.asarray(descriptions.values("active", rows) == int(active))
        case nodes.IdFilter(equality, wanted):
            return _equal(equality, np.isin(descriptions.values("id", rows), [int(id_) for id_ in wanted]))


def _equal(equality: nodes.Equality, found: Bools) -> Bools:
    return found if equality == "=" else ~found


def _accepted(scope: Scope, descriptions: Descriptions, dialect: nodes.Acceptable, rows: UInts) -> Bools:
    if isinstance(dialect.dialect, str):
        refset = ALIASES.get(dialect.dialect)
        if refset is None:
            raise scope.fail(
                f"there is no dialect '{dialect.dialect}': name its language reference set", dialect.position
            )
        refsets = frozenset([refset])
    else:
        refsets = scope.ids(dialect.dialect)
    wanted = dialect.acceptabilities or ACCEPTABILITIES
    found = (descriptions.coded(f"{DIALECT}{refset}", rows, wanted) for refset in refsets)
    return reduce(np.logical_or, found, np.zeros(len(rows), dtype=np.bool_))


def text_test(comparison: nodes.Textual) -> Test:
    """A test of texts: one of the terms matches, or with `!=` none does."""
    tests = [_term_test(term) for term in comparison.terms]
    if comparison.operator == "=":
        return lambda text: any(test(text) for test in tests)
    return lambda text: not any(test(text) for test in tests)


def _term_test(term: nodes.SearchTerm) -> Test:
    """A test of texts by one search term, without regard to case and diacritics."""
    if term.kind == "wild":
        pattern = re.compile(wildcard_pattern(term.text), re.DOTALL)
        return lambda text: pattern.fullmatch(fold(text)) is not None
    wanted = [fold(word) for word in term.text.split()]

    def found(text: str) -> bool:
        own = fold(text).split()
        own += words(text)
        return all(any(word.startswith(want) for word in own) for want in wanted)

    return found


def wildcard_pattern(text: str) -> str:
    """A pattern with `*` as a regular expression; a backslash takes a character for itself."""
    parts = re.findall(r"\\.|\*|[^\\*]+|\\", text, re.DOTALL)
    return "".join(".*" if part == "*" else re.escape(fold(part.removeprefix("\\") or part)) for part in parts)
