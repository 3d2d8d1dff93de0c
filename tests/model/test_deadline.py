"""The time of a request: whoever works long is stopped, in the words of the operation that began."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pyroaring import BitMap

from terminology.codesystems.differences import changes
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.model import deadline
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import CodeableConcept, Coding
from terminology.model.concept import Concept, Property
from terminology.model.conceptmap import ConceptMap, Group, Unmapped
from terminology.model.deadline import OFTEN, check, in_time, within
from terminology.model.outcome import TerminologyError
from terminology.model.requests import DiffRequest, RequestContext, TranslateRequest, ValidateCodeRequest
from terminology.model.valueset import Filter
from terminology.operations import diff, translate
from terminology.settings import Settings
from tests.codesystems.building import stored
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from valuesets.touched import touched
from valuesets.validate import validate_code

S = "http://example.org/cs"
PAST = 0.0
SETTINGS = Settings.load({})
PROSE = "a description that is longer than what is kept as a value of its own in an index, and differs: "


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves: `clock.now`."""

    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    made = Clock()
    monkeypatch.setattr(deadline, "time", made)
    return made


def test_long_loops_are_stopped_in_the_words_of_their_operation(clock):
    check()  # nobody waits
    with within(110.0, "VALIDATION_DEADLINE"):
        items = in_time(range(10 * OFTEN))
        assert next(items) == 0
        clock.now = 111.0
        with pytest.raises(TerminologyError) as caught:
            list(items)
    assert (caught.value.kind, caught.value.issues[0].message_id) == ("too-costly", "VALIDATION_DEADLINE")
    check()  # it was that request's time


def test_an_inner_operation_without_a_deadline_keeps_the_outer_one():
    inner = within(None, "VALIDATION_DEADLINE")
    with within(PAST, "EXPANSION_DEADLINE"), inner, pytest.raises(TerminologyError, match="Expanding"):
        check()


@pytest.mark.parametrize(
    "asked",
    [
        Filter("display", "regex", ".*x"),
        Filter("display", "exists", "true"),
        Filter("concept", "regex", "c.*"),
        Filter("parent", "regex", "c.*"),
        Filter("note", "regex", ".*x"),
        Filter("note", "=", PROSE + "3"),
        Filter("kind", "regex", "k.*"),
    ],
    ids=str,
)
def test_filters_that_scan_end_in_time(asked):
    concepts = [
        Concept(
            f"c{n}", f"display {n}", parents=("c0",) if n else (),
            properties=(Property("note", "string", PROSE + str(n)), Property("kind", "code", f"k{n % 3}")),
        )
        for n in range(5)
    ]  # fmt: skip
    system = stored(CodeSystemMetadata(url=S), concepts)
    with within(PAST, "EXPANSION_DEADLINE"), pytest.raises(TerminologyError) as caught:
        system.select(asked)
    assert caught.value.kind == "too-costly"
    system.select(asked)  # that it was stopped is not remembered


def test_expression_constraints_end_in_time():
    evaluator = Evaluator(SimpleNamespace(whole=BitMap([1])))
    assert evaluator.concepts(nodes.Wildcard()) == BitMap([1])
    with within(PAST, "EXPANSION_DEADLINE"), pytest.raises(TerminologyError, match="Expanding"):
        evaluator.concepts(nodes.Wildcard())


def test_reading_many_concepts_ends_in_time():
    system = stored(CodeSystemMetadata(url=S), [Concept("a"), Concept("b")])
    with within(PAST, "DIFF_DEADLINE"), pytest.raises(TerminologyError):
        list(system.located([0, 1]))


def test_validating_ends_in_time():
    concept = CodeableConcept((Coding(S, "a"),))
    catalogue = MemoryCatalogue(MemoryCodeSystem.of(S, "a"))
    for asked in (value_set("v", include(S)), None):
        request = ValidateCodeRequest(form="codeableConcept", concept=concept, value_set=asked)
        with pytest.raises(TerminologyError, match="Validating took longer"):
            validate_code(catalogue, request, RequestContext(deadline=PAST))


def test_a_value_set_that_was_not_looked_at_for_lack_of_time_does_not_count_as_untouched():
    old, new = MemoryCodeSystem.of(S, "a", version="1"), MemoryCodeSystem.of(S, "b", version="2")
    catalogue, asked = MemoryCatalogue(old, new), value_set("v", include(S))
    arguments = (catalogue, asked, S, ("1", "2"), changes(old, new))
    assert touched(*arguments).gained == ("b",)
    with within(PAST, "DIFF_DEADLINE"), pytest.raises(TerminologyError, match="Comparing the versions"):
        touched(*arguments)
    with pytest.raises(TerminologyError, match="Comparing the versions"):
        diff.run(catalogue, DiffRequest(system=S, old="1", new="2"), RequestContext(deadline=PAST), SETTINGS)


def test_maps_that_refer_to_each_other_in_every_group_end_in_time():
    url = "http://example.org/map"
    groups = tuple(Group(unmapped=Unmapped(mode="other-map", other_map=url)) for _ in range(3))

    class Maps(MemoryCatalogue):
        asked = 0

        def concept_map(self, ref):
            del ref
            return ConceptMap(url=url, groups=groups)

        def mappings(self, **asked):
            self.asked += 1
            return super().mappings(**asked)

    catalogue = Maps()
    request = TranslateRequest(concept=CodeableConcept((Coding(S, "a"),)), concept_map=catalogue.concept_map(None))
    with pytest.raises(TerminologyError) as caught:
        translate.run(catalogue, request, RequestContext(deadline=PAST), SETTINGS)
    assert (caught.value.kind, catalogue.asked) == ("too-costly", 0)
