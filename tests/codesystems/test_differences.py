"""Comparing two versions: every kind of change, and what is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminology.codesystems.differences import changes, missing
from terminology.model.changes import Layer
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.protocols import NotEnumerable, Placed, ReadsPlaces
from tests.codesystems.building import stored
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import include, value_set
from valuesets.touched import touched

S = "http://example.org/s"
RETIRED = (Property("status", "code", "retired"),)
GROUP = (Property("notSelectable", "boolean", True),)

OLD = (
    Concept("top", "Top", properties=GROUP),
    Concept("a", "A", parents=("top",)),
    Concept("b", "B", parents=("top",), properties=RETIRED),
    Concept("c", "C", parents=("top",)),
    Concept("gone", "Gone", parents=("top",)),
)
NEW = (
    Concept("top", "Top", properties=GROUP),
    Concept("other", "Other", properties=GROUP),
    Concept("a", "A, better said", parents=("top",)),
    Concept("b", "B", parents=("top",)),
    Concept("c", "C", parents=("other",), properties=RETIRED),
    Concept("new", "New", parents=("other",)),
)


def system(version: str, concepts: tuple[Concept, ...]) -> MemoryCodeSystem:
    return MemoryCodeSystem(CodeSystemMetadata(url=S, version=version), concepts)


def found() -> list[tuple[str, str, bool]]:
    return [(c.kind, c.code, c.group) for c in changes(system("1", OLD), system("2", NEW))]


def test_every_kind_of_change_is_found_once() -> None:
    assert found() == [
        ("added", "other", True),
        ("added", "new", False),
        ("removed", "gone", False),
        ("retitled", "a", False),
        ("inactivated", "c", False),
        ("reactivated", "b", False),
        ("moved", "c", False),
    ]


def test_changes_state_the_old_and_the_new_value() -> None:
    by_kind = {c.kind: c for c in changes(system("1", OLD), system("2", NEW))}
    assert (by_kind["retitled"].before, by_kind["retitled"].after) == ("A", "A, better said")
    assert (by_kind["moved"].before, by_kind["moved"].after) == ("top", "other")
    assert (by_kind["removed"].before, by_kind["removed"].after) == ("Gone", None)


def test_a_version_does_not_differ_from_itself() -> None:
    assert changes(system("1", OLD), system("1", OLD)) == []


class Layered(MemoryCodeSystem):
    """Groups and titles come from files of their own."""

    def layers(self) -> list[Layer]:
        groups = frozenset(concept.code for concept in self.all if concept.properties == GROUP)
        titled = frozenset(concept.code for concept in self.all if not (concept.display or "").startswith("made: "))
        return [Layer("groups", "groups.txt", groups), Layer("titles", "titles.txt", titled, "titles")]


def layered(version: str, *concepts: Concept) -> Layered:
    return Layered(CodeSystemMetadata(url=S, version=version), concepts)


FLAT = (Concept("a", "A"), Concept("c", "C, better said"))


def test_layers_that_only_one_version_has_are_no_change() -> None:
    whole, flat = layered("1", *(one for one in OLD if one.code in {"top", "a", "c", "gone"})), layered("2", *FLAT)
    without = missing(whole, flat)
    assert [(one.layer.what, one.version) for one in without] == [("groups", "2")]
    assert [(c.kind, c.code) for c in changes(whole, flat, without)] == [("removed", "gone"), ("retitled", "c")]
    assert missing(flat, whole) == without
    assert [(c.kind, c.code) for c in changes(flat, whole, without)] == [("added", "gone"), ("retitled", "c")]


def test_generated_titles_are_no_change() -> None:
    made, flat = layered("1", Concept("a", "made: a"), Concept("c", "made: c")), layered("2", *FLAT)
    without = missing(made, flat)
    assert [(one.layer.what, one.version) for one in without] == [("titles", "1")]
    assert changes(made, flat, without) == []


def test_versions_with_the_same_layers_are_compared_whole() -> None:
    assert missing(layered("1", *OLD), layered("2", *NEW)) == []
    assert missing(system("1", OLD), layered("2", *FLAT)) == []


def test_a_grammar_has_no_codes_to_compare() -> None:
    grammar = MemoryCodeSystem(CodeSystemMetadata(url=S), [], enumerable=False)
    with pytest.raises(NotEnumerable):
        changes(grammar, grammar)


def test_a_value_set_is_touched_when_its_codes_differ_or_listed_ones_changed() -> None:
    catalogue = MemoryCatalogue(system("1", OLD), system("2", NEW))
    found = changes(system("1", OLD), system("2", NEW))

    def of(*includes):
        one = touched(catalogue, value_set("v", *includes), S, ("1", "2"), found)
        return one and (one.gained, one.lost, one.changed)

    cone = include(S, filters=(("concept", "descendent-of", "top"),))
    assert of(cone) == ((), ("c", "gone"), ())
    assert of(include(S, "a")) == ((), (), ("a",))
    assert of(include(S, "gone")) == ((), ("gone",), ())
    assert of(include(S, "top")) is None
    assert of(include("http://example.org/unknown")) is None


def test_a_value_set_with_a_stated_version_is_evaluated_with_both_versions() -> None:
    catalogue = MemoryCatalogue(system("1", OLD), system("2", NEW))
    pinned = value_set("v", replace(include(S), version="1"))
    one = touched(catalogue, pinned, S, ("1", "2"), ())
    assert one is not None
    assert one.gained == ("new", "other")


def test_reading_places_only_gives_the_same_changes_as_reading_concepts() -> None:
    one = stored(CodeSystemMetadata(url=S, version="1"), OLD)
    assert isinstance(one, ReadsPlaces)
    every = range(one.size)
    whole = [
        Placed(found.concept.code, found.concept.display, found.concept.parents, found.inactive, found.abstract)
        for found in one.located(every)
    ]
    assert list(one.placed(every)) == whole
    assert changes(one, stored(CodeSystemMetadata(url=S, version="2"), NEW)) == changes(
        system("1", OLD), system("2", NEW)
    )
