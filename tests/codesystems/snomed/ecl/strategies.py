"""Hypothesis strategies for the trees of constraints about a random release."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.evaluate import OPERATORS
from tests.codesystems.snomed.ecl.random_release import ASSOCIATIONS, MODULES, RandomRelease
from tests.rf2 import DATE, EARLIER

SEARCHES = ("red", "r", "blu gre", "GREY", "rotlich", "rö", "2", "2.5", "clock", "odd", "(odd", "b a", "in")
PATTERNS = ("*", "red*", "*grey*", "rot", "*\\**", "RÖT*", "*2*", "* *")
TIMES = st.lists(st.sampled_from((int(DATE), int(EARLIER), 20250101)), min_size=1, max_size=2).map(tuple)
EQUALITIES = st.sampled_from(("=", "!="))
ORDERS = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
CARDINALITIES = st.one_of(
    st.just(nodes.AT_LEAST_ONE),
    st.tuples(st.integers(0, 9), st.integers(0, 12)).map(lambda ends: nodes.Cardinality(min(ends), max(ends))),
    st.integers(0, 12).map(nodes.Cardinality),
)
TERMS = st.one_of(
    st.sampled_from(SEARCHES).map(lambda text: nodes.SearchTerm("match", text)),
    st.sampled_from(PATTERNS).map(lambda text: nodes.SearchTerm("wild", text)),
)
TEXTUAL = st.builds(nodes.Textual, EQUALITIES, st.lists(TERMS, min_size=1, max_size=2).map(tuple))
NUMERIC = st.builds(nodes.Numeric, ORDERS, st.sampled_from([Decimal(n) for n in ("1", "2", "2.5", "-3", "0")]))
TRUTH = st.builds(nodes.Truth, EQUALITIES, st.booleans())
ACTIVE = st.builds(nodes.ActiveFilter, st.booleans())
TIME = st.builds(nodes.EffectiveTimeFilter, ORDERS, TIMES)


def one_or_more(elements: st.SearchStrategy, most: int = 3) -> st.SearchStrategy[tuple]:
    return st.lists(elements, min_size=1, max_size=most).map(tuple)


def sets(choices: tuple[str, ...]) -> st.SearchStrategy[nodes.Constraint]:
    """One concept, or several that are named: what filters take."""
    one = st.sampled_from(choices).map(nodes.Concept)
    return st.one_of(one, st.lists(one, min_size=2, max_size=3).map(lambda many: nodes.Or(tuple(many))))


def counts(release: RandomRelease) -> st.SearchStrategy[nodes.Constraint]:
    """Refinements of everything by simple sets of values, since it is how often they occur that matters."""
    return _Strategies(release).counts


def constraints(release: RandomRelease) -> st.SearchStrategy[nodes.Constraint]:
    """Trees about a release."""
    return _Strategies(release).constraints


class _Strategies:
    def __init__(self, release: RandomRelease) -> None:
        descriptions = tuple(row[0] for row in release.current("Description")[-30:])
        self._kinds = release.refsets
        self.refsets = st.sampled_from((*release.refsets, *ASSOCIATIONS)).map(nodes.Concept)
        self.names = st.one_of(
            st.sampled_from((*release.attributes, ids.IS_A)).map(nodes.Concept),
            st.just(nodes.Hierarchy("<<", nodes.Concept(release.attributes[1]))),
            st.just(nodes.Wildcard()),
        )
        common = (ACTIVE, TIME, st.builds(nodes.ModuleFilter, EQUALITIES, sets(MODULES)))
        self.concept_filters = st.builds(
            nodes.ConceptFilters,
            one_or_more(
                st.one_of(
                    st.builds(nodes.DefinitionStatusFilter, EQUALITIES, sets((ids.PRIMITIVE, ids.DEFINED))), *common
                )
            ),
        )
        types = sets((ids.SYNONYM, ids.FULLY_SPECIFIED_NAME, ids.DEFINITION))
        self.description_filters = st.builds(
            nodes.DescriptionFilters,
            one_or_more(
                st.one_of(
                    st.builds(nodes.TermFilter, TEXTUAL),
                    st.builds(nodes.LanguageFilter, EQUALITIES, one_or_more(st.sampled_from(("en", "de", "fr")), 2)),
                    st.builds(nodes.TypeFilter, EQUALITIES, types),
                    st.builds(nodes.DialectFilter, EQUALITIES, _dialects()),
                    st.builds(nodes.IdFilter, EQUALITIES, one_or_more(st.sampled_from(descriptions))),
                    *common,
                )
            ),
        )
        self.leaves = st.one_of(
            st.sampled_from((*release.things, ids.ROOT)).map(nodes.Concept),
            st.just(nodes.Wildcard()),
            self.refsets.map(nodes.MemberOf),
        )
        self.constraints = st.recursive(self.leaves, self._extended, max_leaves=6)
        cones = st.builds(
            nodes.Hierarchy, st.sampled_from(("<", "<<")), st.sampled_from(release.things).map(nodes.Concept)
        )
        refined = st.one_of(cones, st.just(nodes.Wildcard()))
        self.counts = st.builds(nodes.Refined, refined, self._refinements(st.one_of(self.leaves, cones)))

    def _extended(self, inner: st.SearchStrategy[nodes.Constraint]) -> st.SearchStrategy[nodes.Constraint]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        filters = one_or_more(st.one_of(self.description_filters, self.concept_filters), 2)
        return st.one_of(
            st.builds(nodes.Hierarchy, st.sampled_from(tuple(OPERATORS)), inner),
            st.builds(nodes.And, several),
            st.builds(nodes.Or, several),
            st.builds(nodes.Minus, inner, inner),
            st.builds(nodes.Refined, inner, self._refinements(inner)),
            st.builds(nodes.Dotted, inner, self.names),
            st.builds(nodes.Filtered, inner, filters),
            st.builds(nodes.WithHistory, inner, st.sampled_from((None, "MIN", "MOD", "MAX"))),
            st.builds(nodes.WithHistory, inner, st.none(), self.refsets),
            self._members(inner),
        )

    def _refinements(self, inner: st.SearchStrategy[nodes.Constraint]) -> st.SearchStrategy[nodes.Refinement]:
        among = st.builds(nodes.Among, EQUALITIES, inner)
        forward = st.builds(
            nodes.Attribute, self.names, st.one_of(among, among, NUMERIC, TEXTUAL, TRUTH), CARDINALITIES
        )
        backward = st.builds(nodes.Attribute, self.names, among, CARDINALITIES, st.just(value=True))
        group = st.builds(nodes.Group, _joined(forward), CARDINALITIES)
        return _joined(st.one_of(forward, group, backward))

    def _members(self, inner: st.SearchStrategy[nodes.Constraint]) -> st.SearchStrategy[nodes.Constraint]:
        """By fields that the reference sets of the kind have."""
        among = st.builds(nodes.Among, EQUALITIES, inner)
        common = (ACTIVE, TIME, st.builds(nodes.ModuleFilter, EQUALITIES, sets(MODULES)))
        by_kind = {
            0: {"referencedComponentId": among},
            1: {
                "mapGroup": NUMERIC,
                "mapPriority": st.one_of(NUMERIC, TRUTH),
                "mapAdvice": TEXTUAL,
                "mapTarget": TEXTUAL,
            },
            2: {"valueId": among, "referencedComponentId": among},
        }
        return st.sampled_from(tuple(by_kind)).flatmap(lambda kind: self._of_kind(kind, by_kind[kind], common))

    def _of_kind(
        self, kind: int, comparisons: dict[str, st.SearchStrategy], common: tuple[st.SearchStrategy, ...]
    ) -> st.SearchStrategy[nodes.Constraint]:
        fields = st.one_of(st.builds(nodes.FieldFilter, st.just(name), c) for name, c in comparisons.items())
        filters = st.builds(nodes.MemberFilters, one_or_more(st.one_of(fields, *common)))
        shown = st.one_of(st.none(), st.just(("*",)), one_or_more(st.sampled_from(tuple(comparisons)), 2))
        refset = st.just(nodes.Concept(self._kinds[kind]))
        return st.builds(nodes.MemberOf, refset, shown, st.lists(filters, max_size=2).map(tuple))


def _joined(part: st.SearchStrategy[nodes.Refinement]) -> st.SearchStrategy[nodes.Refinement]:
    """Parts joined by AND or OR, and those again."""
    several = st.lists(part, min_size=2, max_size=3).map(tuple)
    flat = st.one_of(part, st.builds(nodes.AllOf, several), st.builds(nodes.AnyOf, several))
    return st.one_of(flat, flat, st.builds(nodes.AnyOf, st.tuples(part, flat)))


def _dialects() -> st.SearchStrategy[tuple[nodes.Acceptable, ...]]:
    """Aliases, or concepts: never both in one filter."""
    levels = st.sets(st.sampled_from((ids.PREFERRED, ids.ACCEPTABLE))).map(frozenset)
    aliases = st.builds(nodes.Acceptable, st.sampled_from(("en-us", "en-gb")), levels)
    concepts = st.sampled_from((ids.US_ENGLISH, ids.GB_ENGLISH)).map(nodes.Concept)
    return st.one_of(one_or_more(aliases, 2), one_or_more(st.builds(nodes.Acceptable, concepts, levels), 2))
