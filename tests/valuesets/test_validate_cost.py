"""What `$validate-code` costs the store: counted in statements, cold and warm, with a system of its own each time."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.store.counting import counting
from tests.catalogue.loading import World, code_system, value_set
from tests.valuesets.validating import coding, verdict

COLD = {"owl": 9, "swift": 9, "dodo": 10}
"""Statements of the first validation: the generation, the value set, what it imports or the sets of its filters (2 at
most), two versions of the system with their headers (4), the concept; of what is not there, whether there are maps to
tell what became of it."""
WARM = {"owl": 1, "swift": 1, "dodo": 2}
"""Of every other one: the generation. What is not there is looked for again, since anybody can ask for very much."""

S = "http://example.org/birds"
SET = "http://example.org/set"
CONCEPTS = [
    {
        "code": "bird",
        "concept": [
            {"code": "owl", "display": "Owl", "property": [{"code": "night", "valueBoolean": True}]},
            {"code": "swift", "display": "Swift"},
        ],
    }
]
PROPERTIES = [{"code": "night", "type": "boolean"}]


def cone(code):
    return {"system": S, "filter": [{"property": "concept", "op": "is-a", "value": code}]}


def listed(*codes):
    return {"system": S, "concept": [{"code": code} for code in codes]}


NIGHT = {"system": S, "filter": [{"property": "night", "op": "=", "value": "true"}]}
KINDS = {
    "whole": {"include": [{"system": S}]},
    "listed": {"include": [listed("owl", "swift")]},
    "cone": {"include": [cone("bird")]},
    "property": {"include": [NIGHT]},
    "cone without others": {"include": [cone("bird")], "exclude": [listed("swift"), cone("swift")]},
    "imported": {"include": [{"valueSet": [SET + "/all"]}]},
    "an intersection": {"include": [{"system": S, "valueSet": [SET + "/all"]}, NIGHT]},
}


def world(kind):
    return World(
        code_system(S, "1", property=PROPERTIES, concept=CONCEPTS, hierarchyMeaning="is-a"),
        code_system(S, "0", "dodo"),
        value_set(SET + "/all", compose=KINDS["whole"]),
        value_set(SET, compose=KINDS[kind]),
    )


def costs(content, *asked, **wishes):
    """Statements of the first such request, and of the next one."""
    found = []
    for _ in range(2):
        with counting(content.store) as statements:
            verdict(content.request(), Canonical(SET), *asked, **wishes)
        found.append(len(statements))
    return found


@pytest.mark.parametrize("code", WARM)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wishes", [{}, {"form": "codeableConcept"}, {"languages": "de"}])
def test_a_validation_costs_the_store_little_cold_and_next_to_nothing_warm(kind, code, wishes):
    cold, warm = costs(world(kind), coding(S, code, "Owl"), **wishes)
    assert cold <= COLD[code]
    assert warm == WARM[code]


def test_ten_codings_cost_a_read_each():
    cold, warm = costs(world("cone"), *(coding(S, "dodo") for _ in range(10)), form="codeableConcept")
    assert cold <= COLD["dodo"] + 9
    assert warm == 1 + 10
