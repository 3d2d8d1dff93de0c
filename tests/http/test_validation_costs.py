"""What a posted validation costs over HTTP, counted in calls, nothing kept: see `test_expansion_costs`.

HL7's validator asks in this way, mostly. What it asks about may cost a few calls; in which form, hardly any.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from terminology.http.app import create_app
from terminology.http.fast_path import FastPath
from terminology.http.request_buffering import RequestBuffer
from terminology.store.counting import counting
from tests.http.function_calls import counted
from tests.http.test_prepared import CARE, SETS, loaded
from tests.http.test_prepared_bodies import LENIENT
from tests.http.wsgi_calls import body_of, call, environ_of

SYSTEMS, SETS_OF_VALUES = "/r4/CodeSystem/$validate-code", "/r4/ValueSet/$validate-code"
ASKED = (("A1", "Bandage"), ("A2", "Plaster – größer"), ("A", "All care"))
IN_SET = [("url", "Uri", f"{SETS}below"), ("displayLanguage", "Code", "en-US"), LENIENT]


def _second(coding: dict[str, str]) -> dict[str, str]:
    other = {"A1": "A2", "A2": "A1", "A": "A2"}[coding["code"]]
    return {**coding, "code": other, **({"display": dict(ASKED)[other]} if "display" in coding else {})}


QUESTIONS = {
    "a code": (SYSTEMS, lambda coding: [("url", "Uri", CARE), ("code", "Code", coding["code"])], 40),
    "a coding": (SETS_OF_VALUES, lambda coding: [("coding", "Coding", coding), *IN_SET], 44),
    "a concept": (
        SETS_OF_VALUES,
        lambda coding: [("codeableConcept", "CodeableConcept", {"coding": [coding], "text": "Said so"}), *IN_SET],
        44,
    ),
    "a concept with two codings": (
        SETS_OF_VALUES,
        lambda coding: [
            ("codeableConcept", "CodeableConcept", {"coding": [coding, _second(coding)]}),
            *IN_SET[:1],
        ],
        60,
    ),
    "a coding in a set that imports another": (
        SETS_OF_VALUES,
        lambda coding: [("coding", "Coding", coding), ("url", "Uri", f"{SETS}imported"), *IN_SET[1:]],
        60,
    ),
    "a code whose system is inferred": (
        SETS_OF_VALUES,
        lambda coding: [("code", "Code", coding["code"]), ("inferSystem", "Boolean", True), *IN_SET],
        44,
    ),
}  # fmt: skip


@pytest.mark.parametrize("named", [False, True], ids=["without display", "with display"])
@pytest.mark.parametrize(("target", "asking", "most"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_posted_validation_takes_a_limited_number_of_calls(
    tmp_path: Path, target: str, asking: Any, most: int, named: bool
) -> None:
    app = create_app(database=loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path), kept_answers=0)
    fast_path = FastPath(app.extensions["terminology_epochs"], buffer=RequestBuffer(10_000, 60))
    bodies = [
        body_of(*asking({"system": CARE, "code": code, **({"display": display} if named else {})}))
        for code, display in ASKED
    ]
    for body in bodies * 2:
        assert call(app.wsgi_app, target, body).status == "200 OK"
        fast_path(environ_of(target, body))
    asked = environ_of(target, bodies[1])
    number, found = counted(partial(fast_path, asked))
    assert found is not None
    assert number <= most, number
    with counting(app.extensions["terminology"].store) as statements:
        assert fast_path(environ_of(target, bodies[1])) is not None
    assert len([one for one in statements if "FROM generation" not in one]) == 0, "rows that were read are kept"
