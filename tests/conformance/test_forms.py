"""The suite's questions in forms in which it does not ask them: a code, a Coding and a concept are answered alike.

The suite pins the answer in one form or another of nearly every question; what differs between forms is a rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from terminology.fhir.json import Json
from terminology.store.opening import open_store
from tests.conformance.questions import FORMS, Question, questions
from tests.http.mutating import Asked
from tests.http.test_mutated_requests import Both

HEADERS = {"CONTENT_TYPE": "application/fhir+json", "HTTP_ACCEPT": "application/fhir+json"}
CODING = re.compile(r"^(Coding|CodeableConcept\.coding\[0\])(\.|$)")
OUTSIDE, NONE_INSIDE = "None_of_the_provided_codes_are_in_the_value_set_one", "TX_GENERAL_CC_ERROR_MESSAGE"

Issue = tuple[str, str, str | None, str]
"""Severity, message id, what it is about, text."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    url = f"sqlite:///{tmp_path_factory.mktemp('forms') / 'empty.db'}"
    open_store(url).close()
    return Both(url)


def ask(both: Both, question: Question, form: Sequence[Json]) -> tuple[str, Json]:
    resources = [{"name": "tx-resource", "resource": one} for one in question.resources]
    body = {"resourceType": "Parameters", "parameter": [*form, *question.rest, *resources]}
    called = both.asked_usually(Asked("POST", f"/r5/{question.path}", json.dumps(body).encode(), HEADERS))
    content: Json = json.loads(called.body)
    return called.status, content


def values(answer: Json) -> dict[str, object]:
    """Parameters of an answer but for the issues; a concept is only repeated."""
    skipped = {"issues", "codeableConcept"}
    stated = [one for one in answer.get("parameter", ()) if one["name"] not in skipped]
    return {one["name"]: next(value for key, value in one.items() if key != "name") for one in stated}


def issues(answer: Json) -> list[Issue]:
    """The issues in no order; what is about a Coding as such is about a code that is alone."""
    outcomes = [one["resource"] for one in answer.get("parameter", ()) if one["name"] == "issues"] or [answer]
    return sorted(_issue(issue) for outcome in outcomes for issue in outcome.get("issue", ()))


def _issue(issue: Json) -> Issue:
    about = issue["expression"][0] if "expression" in issue else None
    about = about and (CODING.sub("", about) or "code")
    return issue["severity"], issue["extension"][0]["valueString"], about, issue["details"]["text"]


def of_concept(found: list[Issue]) -> list[Issue]:
    """Issues of a code as those of a concept that has no other: not being in the value set is said of both."""
    outside = [issue for issue in found if issue[1] == OUTSIDE]
    told = [("information", *issue[1:]) for issue in outside]
    told += [("error", NONE_INSIDE, None, _none_inside(issue[3])) for issue in outside]
    return sorted([*(issue for issue in found if issue[1] != OUTSIDE), *told])


def _none_inside(text: str) -> str:
    return f"No valid coding was found for the value set '{text.rpartition(' value set ')[2].strip(chr(39))}'"


def test_forms_are_answered_alike(shared: Path, both: Both) -> None:
    asked = [one for one in questions(shared / "conformance" / "tests") if one.coding.get("system")]
    assert len(asked) > 200
    for question in asked:
        code, one, concept = (ask(both, question, form([question.coding])) for form in FORMS[:3])
        assert code[0] == one[0] == concept[0], question
        assert values(code[1]) == values(one[1]), question
        assert issues(code[1]) == issues(one[1]), question
        assert issues(concept[1]) == of_concept(issues(one[1])), question
        assert values(concept[1]).get("result") == values(one[1]).get("result"), question
