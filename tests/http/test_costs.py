"""What hot reads cost over HTTP, counted in statements, without answers that are kept: budgets that no load can blur.

`tests/valuesets/test_validate_cost.py` counts the same for validation alone, cold and warm.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from terminology.http.app import create_app
from terminology.store.counting import counting
from tests.http.content import EVERYTHING, MAP, SYSTEM, VALUE_SET
from tests.http.publishing import database_with

OLD = "http://example.org/CodeSystem/old"
BUDGETS = {
    f"/r4/CodeSystem/$lookup?system={SYSTEM}&code=P1": 2,
    f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1": 2,
    f"/r4/CodeSystem/$validate-code?url={SYSTEM}&code=P1": 2,
    f"/r4/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code=P1": 2,
    f"/r4/CodeSystem/$subsumes?system={SYSTEM}&codeA=P1&codeB=P1.1": 2,
    f"/r4/ConceptMap/$translate?url={MAP}&system={OLD}&code=1": 2,
    f"/r4/ValueSet/$expand?url={VALUE_SET}&count=10": 2,
}
"""Statements of a request like others that were asked before: the generation, and what it reads."""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(database=database_with(tmp_path, *EVERYTHING), kept_answers=0)


@pytest.mark.parametrize(("question", "most"), BUDGETS.items(), ids=lambda v: str(v).partition("?")[0])
def test_statements_of_a_request(app: Flask, question: str, most: int) -> None:
    client = app.test_client()
    for code in ("P1", "P1.1", "P1"):
        assert client.get(question.replace("code=P1", f"code={code}")).status_code == 200
    with counting(app.extensions["terminology"].store) as statements:
        client.get(question)
    assert len(statements) <= most, statements
