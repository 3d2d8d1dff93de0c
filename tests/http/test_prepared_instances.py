"""Operations on a resource by its id are answered from plans as well, and as they would be anyway, to the last byte."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.http.app import create_app
from tests.http.changing import put
from tests.http.test_prepared import CARE, LOOSE, VALUE_SETS, layers, loaded
from tests.http.wsgi_calls import body_of, call

CODES = ("A", "A1", "A2", "A3", "a1", "gone", "old", "One", "p", "%20A1", "")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('prepared') / 'x.db'}"
    return create_app(database=loaded(url, tmp_path_factory.mktemp("files")), kept_answers=0)


def questions() -> Iterator[str]:
    for release, id_, code in product(("r4", "r5"), ("care", "loose", "part", "none", "ucum"), CODES):
        on = f"/{release}/CodeSystem/{id_}/$"
        yield f"{on}lookup?code={code}"
        yield f"{on}validate-code?code={code}&display=Bandage"
        yield f"{on}validate-code?code={code}&url={LOOSE}"
        yield f"{on}subsumes?codeA=A&codeB={code}"
    for id_, code in product([v["id"] for v in VALUE_SETS], CODES):
        yield f"/r4/ValueSet/{id_}/$validate-code?system={CARE}&code={code}"
        yield f"/r5/ValueSet/{id_}/$expand?count=2&filter={code}"
    for id_, code in product(("across", "renamed", "none"), CODES):
        yield f"/r4/ConceptMap/{id_}/$translate?system={CARE}&code={code}"
        yield f"/r5/ConceptMap/{id_}/$translate?sourceSystem={CARE}&sourceCode={code}"
    yield from ("/r4/CodeSystem//$lookup?code=A1", "/r4/CodeSystem/$lookup/$lookup?code=A1", "/r4/care/$lookup?code=A1")
    yield from ("/r4/CodeSystem/care/x/$lookup?code=A1", "/r4/ValueSet/care/$expand", "/r4/CodeSystem/care/$expand")


def test_operations_on_resources_are_those_of_the_usual_way(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    prepared, usual = layers(app)
    for asked in questions():
        answer = call(usual, asked)
        assert call(prepared, asked) == answer, asked
        assert call(prepared, asked) == answer, asked
    assert not [record for record in caplog.records if "prepared" in record.message]


PLAIN: tuple[tuple[str, Any], ...] = (
    ("/r4/CodeSystem/care/$lookup?code=CODE", None),
    ("/r5/CodeSystem/care/$validate-code?code=CODE", None),
    ("/r4/ValueSet/whole/$validate-code?system=" + CARE + "&code=CODE", None),
    ("/r4/ValueSet/below/$expand?count=2", None),
    ("/r4/ConceptMap/across/$translate?system=" + CARE + "&code=CODE", None),
    ("/r4/ConceptMap/across/$translate", ("coding", "Coding", {"system": CARE, "code": "CODE"})),
    ("/r4/ValueSet/draft/$validate-code", ("coding", "Coding", {"system": CARE, "code": "CODE"})),
)


@pytest.mark.parametrize(("target", "parameter"), PLAIN, ids=[f"{target} {bool(body)}" for target, body in PLAIN])
def test_plain_ones_do_not_go_the_usual_way(
    app: Flask, target: str, parameter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, usual = layers(app)

    def ask(where: Any, code: str) -> Any:
        body = body_of(parameter).replace(b"CODE", code.encode()) if parameter else None
        return call(where, target.replace("CODE", code), body)

    expected = ask(usual, "A2")
    ask(layer, "A1")
    monkeypatch.setattr(layer, "_app", None)
    assert ask(layer, "A2") == expected


def test_a_resource_that_was_changed_or_deleted_is_not_answered_from_before(writable: FlaskClient) -> None:
    system: dict[str, Any] = {
        "resourceType": "CodeSystem", "id": "s", "content": "complete", "status": "active",
    }  # fmt: skip
    target = "/r4/CodeSystem/s/$lookup?code=a"
    for url, display in (("s", "A"), ("t", "Another")):
        put(writable, {**system, "url": f"http://example.org/{url}", "concept": [{"code": "a", "display": display}]})
        for _ in range(3):
            assert f'"{display}"' in writable.get(target).text
    assert writable.delete("/r5/CodeSystem/s").status_code == 204
    assert writable.get(target).status_code == 410
