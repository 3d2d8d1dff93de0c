"""The suite's questions about codes, and such that differ from them in codes, displays, versions and form."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminology.fhir.json import Json

PATHS = {"validate-code": "ValueSet/$validate-code", "cs-validate-code": "CodeSystem/$validate-code"}
SUBJECTS = {"code": "code", "system": "system", "systemVersion": "version", "display": "display"}
"""Parameter → the member of a Coding that says the same."""
OPTIONS: Sequence[Json] = (
    {"name": "abstract", "valueBoolean": False},
    {"name": "lenient-display-validation", "valueBoolean": True},
    {"name": "valueset-membership-only", "valueBoolean": True},
    {"name": "inferSystem", "valueBoolean": True},
    {"name": "displayLanguage", "valueCode": "de"},
)
ODD_CODES = "CODE1", "no such code", "w8", "x1", "x1!", "y2", "z3"
ODD_DISPLAYS = "Wrong", "display  1"
ALIKE = 6
"""Questions in a row that differ in what is asked about alone: later ones may be answered by what an earlier one left
prepared."""


@dataclass(frozen=True, slots=True)
class Question:
    """One of the suite's: `rest` are parameters that are not about the code, resources that it brings among them."""

    path: str
    coding: Json
    rest: Sequence[Json]
    resources: Sequence[Json]


def questions(folder: Path) -> list[Question]:
    """Those of the suites that bring all their content, about one code each."""
    suites = _read(folder, "test-cases.json")["suites"]
    tests = [(suite, test) for suite in suites if suite.get("mode") == "general" for test in suite["tests"]]
    found = (_question(folder, suite, test) for suite, test in tests if test["operation"] in PATHS)
    return [question for question in found if question is not None]


def _question(folder: Path, suite: Json, test: Json) -> Question | None:
    parameters = _read(folder, test["request"])["parameter"]
    if "profile" in test:
        parameters += _read(folder, test["profile"])["parameter"]
    coding = _coding({parameter["name"]: _value(parameter) for parameter in parameters})
    resources = [_read(folder, name) for name in test.get("setup", suite.get("setup", []))]
    apart = {"coding", "codeableConcept", *SUBJECTS}
    rest = [parameter for parameter in parameters if parameter["name"] not in apart]
    return coding and Question(PATHS[test["operation"]], coding, rest, resources)


def _read(folder: Path, name: str) -> Json:
    content: Json = json.loads((folder / name).read_text("utf-8-sig"))
    return content


def _value(parameter: Json) -> Any:
    return next((value for name, value in parameter.items() if name.startswith("value")), None)


def _coding(given: Json) -> Json | None:
    if "codeableConcept" in given:
        codings = given["codeableConcept"].get("coding", [])
        return codings[0] if codings else None
    return given.get("coding") or {SUBJECTS[name]: value for name, value in given.items() if name in SUBJECTS}


def alike(question: Question, rng: random.Random) -> Iterator[Json]:
    """Parameters of questions of one form, about codes, displays and versions of the systems that one brings."""
    systems = [one for one in question.resources if one["resourceType"] == "CodeSystem"]
    concepts = [concept for system in systems for concept in _concepts(system)]
    known = [concept["code"] for concept in concepts]
    codes = rng.choice((known or ODD_CODES, ODD_CODES, [*known, *ODD_CODES]))
    displays = [*(concept["display"] for concept in concepts if "display" in concept), *ODD_DISPLAYS]
    versions = [system["version"] for system in systems if "version" in system] or ["1"]
    has_display, has_version, in_form = rng.random() < 0.5, rng.random() < 0.2, rng.choice(FORMS)
    resources = [{"name": "tx-resource", "resource": one} for one in question.resources]
    rest = [*question.rest, *rng.choices(OPTIONS, k=rng.random() < 0.3), *resources]
    for _ in range(ALIKE):
        codings = []
        for _ in range(2):
            coding = {**question.coding, "code": rng.choice(codes)}
            coding.pop("display", None)
            coding |= {"display": rng.choice(displays)} if has_display else {}
            coding |= {"version": rng.choice(versions)} if has_version else {}
            codings.append(coding)
        yield {"resourceType": "Parameters", "parameter": [*in_form(codings), *rest]}


def _concepts(parent: Json) -> Iterator[Json]:
    for concept in parent.get("concept", []):
        yield concept
        yield from _concepts(concept)


def _as_code(codings: Sequence[Json]) -> list[Json]:
    coding = codings[0]
    return [{"name": name, "valueString": coding[member]} for name, member in SUBJECTS.items() if member in coding]


def _as_coding(codings: Sequence[Json]) -> list[Json]:
    return [{"name": "coding", "valueCoding": codings[0]}]


def _as_concept(codings: Sequence[Json]) -> list[Json]:
    return [{"name": "codeableConcept", "valueCodeableConcept": {"coding": codings[:1]}}]


def _as_several(codings: Sequence[Json]) -> list[Json]:
    return [{"name": "codeableConcept", "valueCodeableConcept": {"coding": codings, "text": "Said so"}}]


FORMS = _as_code, _as_coding, _as_concept, _as_several
