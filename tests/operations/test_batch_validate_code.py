"""`$batch-validate-code` of very many codes: what is shared is read once, and writing the answer is in its time."""

from __future__ import annotations

from typing import Any

import pytest

from terminology.model.coding import Coding
from terminology.model.requests import RequestContext
from terminology.model.results import ValidateCodeResult
from terminology.operations import batch_validate_code, inputs, validate_code
from terminology.operations.batch_validate_code import ON_VALUE_SETS
from terminology.operations.inputs import Inputs, given_in_body
from tests.operations.calling import SETTINGS


def batch(codes: int, *shared: dict[str, Any]) -> Inputs:
    validations = [
        {
            "name": "validation",
            "resource": {
                "resourceType": "Parameters",
                "parameter": [{"name": "coding", "valueCoding": {"system": "urn:x:roads", "code": str(number)}}],
            },
        }
        for number in range(codes)
    ]
    return Inputs(ON_VALUE_SETS, given_in_body({"resourceType": "Parameters", "parameter": [*shared, *validations]}))


def test_what_holds_for_all_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    converted = []
    original = inputs.convert

    def counted(parameter: Any, given: Any) -> Any:
        converted.append(parameter.name)
        return original(parameter, given)

    monkeypatch.setattr(inputs, "convert", counted)
    shared = ({"name": "url", "valueUri": "urn:x:set"}, {"name": "activeOnly", "valueBoolean": True})
    asked = ON_VALUE_SETS.request(batch(50, *shared))
    assert all(str(one.value_set) == "urn:x:set" and one.active_only for one in asked.validations)
    assert converted.count("url") == converted.count("activeOnly") == 1


def test_writing_the_answers_is_in_the_time_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0

    def slowly(result: ValidateCodeResult) -> dict[str, Any]:
        nonlocal clock
        clock += 1
        return {"resourceType": "Parameters", "parameter": [{"name": "result", "valueBoolean": result.result}]}

    verdict = ValidateCodeResult(result=True, coding=Coding("urn:x:roads", "0"))
    monkeypatch.setattr(batch_validate_code.time, "monotonic", lambda: clock)
    monkeypatch.setattr(validate_code, "run", lambda *_: verdict)
    monkeypatch.setattr(validate_code, "response", slowly)
    asked = ON_VALUE_SETS.request(batch(5))
    result = ON_VALUE_SETS.run(None, asked, RequestContext(deadline=2.5), SETTINGS)
    answers = [answer["resource"] for answer in ON_VALUE_SETS.response(result)["parameter"]]
    assert [answer["resourceType"] for answer in answers] == ["Parameters"] * 3 + ["OperationOutcome"] * 2
    assert {answer["issue"][0]["code"] for answer in answers[3:]} == {"too-costly"}
