"""Where a version of a system is missing, a code is valid only if it belongs whatever that version has.

The oracle evaluates random value sets in three-valued logic (True, False, None for "nobody can say").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.model.coding import Canonical
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, ValueSet
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.validating import coding, ids, verdict

S = "http://example.org/s"
CODES = "abcd"
CONTENT = {"1": "abc", "2": "abd"}
DEFAULT, MISSING = "2", "9"
NOT_IN = "None_of_the_provided_codes_are_in_the_value_set_one"

Truth = bool | None
ByVersion = dict[str, Truth]


def both(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    return False if False in found else None if None in found else True


def either(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    return True if True in found else None if None in found else False


def inverse(truth: Truth) -> Truth:
    return None if truth is None else not truth


@st.composite
def rules(draw: st.DrawFn, urls: list[str]) -> ConceptSet:
    imports = draw(st.lists(st.sampled_from(urls), max_size=2, unique=True)) if urls else []
    value_sets = tuple(map(Canonical, imports))
    if imports and draw(st.booleans()):
        return ConceptSet(value_sets=value_sets, path="ValueSet.compose")
    codes = draw(st.lists(st.sampled_from(CODES), max_size=2, unique=True))
    version = draw(st.sampled_from(["1", "2", MISSING, None]))
    return ConceptSet(S, version, tuple(map(ConceptReference, codes)), (), value_sets, "ValueSet.compose")


@st.composite
def value_sets(draw: st.DrawFn) -> list[ValueSet]:
    """Three, of which later ones may import earlier ones."""
    found: list[ValueSet] = []
    for number in range(3):
        some = rules([v.url for v in found])
        include = tuple(draw(st.lists(some, min_size=1, max_size=2)))
        exclude = tuple(draw(st.lists(some, max_size=2)))
        found.append(ValueSet(url=f"http://example.org/v{number}", compose=Compose(include, exclude)))
    return found


def of_rule(known: Mapping[str, ValueSet], rule: ConceptSet, code: str) -> ByVersion:
    imported = [of_value_set(known, known[reference.url], code) for reference in rule.value_sets]
    if rule.system is None:
        own, *others = imported
    else:
        version = rule.version or DEFAULT
        named = not rule.concepts or code in {reference.code for reference in rule.concepts}
        has: Truth = None if version == MISSING else code in CONTENT[version]
        own, others = {version: has if named else False}, imported
    shared = [either(found.values()) for found in others]
    return {version: both([truth, *shared]) for version, truth in own.items()}


def of_value_set(known: Mapping[str, ValueSet], value_set: ValueSet, code: str) -> ByVersion:
    assert value_set.compose is not None
    included: ByVersion = {}
    for rule in value_set.compose.include:
        for version, truth in of_rule(known, rule, code).items():
            included[version] = either([included.get(version, False), truth])
    excluded = either(
        truth for rule in value_set.compose.exclude for truth in of_rule(known, rule, code).values()
    )  # by code alone
    return {version: both([truth, inverse(excluded)]) for version, truth in included.items()}


@given(value_sets())
@settings(max_examples=150)
def test_a_verdict_is_valid_only_if_membership_is_certain(found: list[ValueSet]) -> None:
    known = {value_set.url: value_set for value_set in found}
    systems = (MemoryCodeSystem.of(S, *codes, version=version) for version, codes in CONTENT.items())
    catalogue = MemoryCatalogue(*systems, *found)
    for code in CODES:
        truth = either(of_value_set(known, found[-1], code).values())
        result = verdict(catalogue, found[-1], coding(S, code))
        assert result.result is (truth is True)
        assert truth is False or NOT_IN not in ids(result)
