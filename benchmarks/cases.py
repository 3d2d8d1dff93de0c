"""The twenty requests of the public tx-benchmark, over made-up resources that any FHIR terminology server can load.

One search, five lookups (four systems, and a code that is not there), three kinds of validation, eight of expansion,
subsumption, and two kinds of translation. All are GETs below an R4 endpoint; each case asks about many codes in turn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests import synthetic

BASE = "http://example.org/benchmark"
SYSTEMS = tuple(f"{BASE}/system-{letter}" for letter in "abcd")
VALUE_SETS = ("listed", "whole", "cone", "property", "both", "without", "systems")
COLOURS = ("red", "green", "blue", "yellow", "black")
FAN = 8
"""Children of a concept."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """`fails`: the right answers are errors."""

    name: str
    paths: list[str]
    fails: bool = False


def code(system: int, number: int) -> str:
    """The code of a concept."""
    return f"{'ABCD'[system]}{number}"


def _ancestors(number: int) -> list[int]:
    above = []
    while number:
        number = (number - 1) // FAN
        above.append(number)
    return above


def _concept(system: int, number: int, size: int, words: list[str]) -> Json:
    name = f"{words[number % len(words)]} {words[number * 7 % len(words)]} {number}"
    below = range(number * FAN + 1, min(number * FAN + FAN + 1, size))
    concept: Json = {
        "code": code(system, number),
        "display": name,
        "designation": [{"language": "de", "value": f"{name} (deutsch)"}],
        "property": [
            {"code": "colour", "valueCode": COLOURS[number % len(COLOURS)]},
            {"code": "size", "valueString": str(number % 10)},
        ],
    }
    return concept | ({"concept": [_concept(system, child, size, words) for child in below]} if below else {})


def resources(size: int) -> list[Json]:
    """Four code systems of `size` concepts, value sets and a concept map, as R4."""
    return [*(_code_system(number, size) for number in range(len(SYSTEMS))), *_value_sets(size), _map(size)]


def _header(type_: str, name: str) -> Json:
    return {"resourceType": type_, "id": f"benchmark-{name}", "url": f"{BASE}/{name}", "version": "1",
            "name": name.replace("-", "_"), "status": "active"}  # fmt: skip


def _code_system(number: int, size: int) -> Json:
    return _header("CodeSystem", f"system-{'abcd'[number]}") | {
        "content": "complete",
        "caseSensitive": True,
        "hierarchyMeaning": "is-a",
        "property": [{"code": "colour", "type": "code"}, {"code": "size", "type": "string"}],
        "concept": [_concept(number, 0, size, synthetic.vocabulary(2_000))],
    }


def _value_sets(size: int) -> list[Json]:
    def include(system: int = 0, **members: Any) -> Json:
        return {"system": SYSTEMS[system], **members}

    def compose(name: str, *includes: Json, **members: Any) -> Json:
        return _header("ValueSet", name) | {"compose": {"include": list(includes), **members}}

    cone = {"property": "concept", "op": "is-a", "value": code(0, 1)}
    red = {"property": "colour", "op": "=", "value": "red"}
    listed = [{"code": code(0, number)} for number in range(min(50, size))]
    return [
        compose("listed", include(concept=listed)),
        compose("whole", include()),
        compose("cone", include(filter=[cone])),
        compose("property", include(filter=[red])),
        compose("both", include(filter=[cone, red])),
        compose("without", include(filter=[cone]), exclude=[include(filter=[red])]),
        compose("systems", *(include(system) for system in range(len(SYSTEMS)))),
    ]


def _map(size: int) -> Json:
    elements = [
        {"code": code(0, number), "target": [{"code": code(1, number), "equivalence": "equivalent"}]}
        for number in range(min(size, 1_000))
    ]
    sets = {"sourceUri": f"{BASE}/whole", "targetUri": f"{BASE}/systems"}
    return _header("ConceptMap", "map") | sets | {
        "group": [{"source": SYSTEMS[0], "target": SYSTEMS[1], "element": elements}]
    }  # fmt: skip


def cases(size: int, number: int = 1_000) -> list[Case]:
    """`number` requests of each kind over `resources(size)`, as paths below the endpoint."""
    rng = random.Random(size)

    def many(path: str, parameters: Callable[[], dict[str, object]]) -> list[str]:
        return [f"{path}?{urlencode(parameters())}" for _ in range(number)]

    def any_code(system: int = 0, most: int = size) -> str:
        return code(system, rng.randrange(most))

    def lookups(system: int) -> list[str]:
        return many("/CodeSystem/$lookup", lambda: {"system": SYSTEMS[system], "code": any_code(system)})

    def expand(name: str, value_set: str, **members: Callable[[], object]) -> Case:
        given = {"url": f"{BASE}/{value_set}", "count": 10}
        paths = many("/ValueSet/$expand", lambda: given | {key: make() for key, make in members.items()})
        return Case(name, paths)

    def subsumption() -> dict[str, object]:
        below = rng.randrange(1, size)
        above = rng.choice(_ancestors(below))
        return {"system": SYSTEMS[0], "codeA": code(0, above), "codeB": code(0, below)}

    words = synthetic.vocabulary(2_000)
    below = [number for number in range(size) if 1 in (number, *_ancestors(number))]
    member = {"url": f"{BASE}/cone", "system": SYSTEMS[0]}
    mapped = {"url": f"{BASE}/map", "system": SYSTEMS[0]}
    targets = {"url": f"{BASE}/map", "system": SYSTEMS[0], "targetsystem": SYSTEMS[1]}
    return [
        Case("search by url", many("/ValueSet", lambda: {"url": f"{BASE}/{rng.choice(VALUE_SETS)}"})),
        *(Case(f"lookup {'abcd'[number]}", lookups(number)) for number in range(len(SYSTEMS))),
        Case("lookup not found",
             many("/CodeSystem/$lookup", lambda: {"system": SYSTEMS[0], "code": f"none{rng.random()}"}),
             fails=True),
        Case("validate in system",
             many("/CodeSystem/$validate-code", lambda: {"url": SYSTEMS[0], "code": any_code()})),
        Case("validate in cone",
             many("/ValueSet/$validate-code", lambda: member | {"code": code(0, rng.choice(below))})),
        Case("validate, not in cone",
             many("/ValueSet/$validate-code", lambda: member | {"code": f"none{rng.random()}"})),
        expand("expand listed", "listed", _x=rng.random),
        expand("expand whole", "whole", offset=lambda: rng.randrange(size // 2)),
        expand("expand cone", "cone", offset=lambda: rng.randrange(max(1, len(below) - 10))),
        expand("expand property", "property", offset=lambda: rng.randrange(max(1, size // 5 - 10))),
        expand("expand two filters", "both", offset=lambda: rng.randrange(max(1, len(below) // 5 - 10))),
        expand("expand with exclude", "without", offset=lambda: rng.randrange(max(1, len(below) // 2))),
        expand("expand text in cone", "cone", filter=lambda: rng.choice(words)),
        expand("expand text, four systems", "systems", filter=lambda: rng.choice(words)),
        Case("subsumes", many("/CodeSystem/$subsumes", subsumption)),
        Case("translate by map",
             many("/ConceptMap/$translate", lambda: mapped | {"code": any_code(most=min(size, 1_000))})),
        Case("translate to system",
             many("/ConceptMap/$translate", lambda: targets | {"code": any_code(most=min(size, 1_000))})),
    ]  # fmt: skip
