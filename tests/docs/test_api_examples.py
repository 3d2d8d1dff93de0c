"""Every example of docs/api.md is asked and answered as shown, and the page names all there is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.http.search_parameters import PARAMETERS, Parameter
from terminology.store.resource_search import PREDICATES
from tests.docs.examples import DOCS, Block, blocks, check_answer, curl

PAGE = (DOCS / "api.md").read_text()
EXAMPLES = [b for b in blocks("api.md") if b.text.startswith("curl ")]


@pytest.fixture(scope="module")
def client(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """On a database of its own, since the examples write."""
    database = shutil.copy(clinic, tmp_path_factory.mktemp("api") / "clinic.db")
    base = "http://127.0.0.1:8080"
    return create_app(database=f"sqlite:///{database}", base_url=base, insecure_writes=True).test_client()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda b: f"line {b.line}")
def test_example(client: FlaskClient, example: Block) -> None:
    asked = curl(example.text)
    response = client.open(asked.path, method=asked.method, headers=asked.headers, data=asked.body)
    check_answer(example, response)


def test_every_interaction_is_listed(client: FlaskClient) -> None:
    (rest,) = client.get("/r5/metadata").json["rest"]
    codes = {i["code"] for r in rest["resource"] for i in r["interaction"]} | {i["code"] for i in rest["interaction"]}
    assert [code for code in codes if f"[`{code}`]" not in PAGE] == []


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_every_search_parameter_is_listed_with_its_modifiers(parameter: Parameter) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{parameter.name}`" in line)
    _, _, type_, of, _, modifiers, _ = row.split("|")
    assert type_.strip() == parameter.type
    assert of.strip() == (", ".join(parameter.types) or "all")
    assert set(modifiers.split()) == {f"`:{m}`" for m in PREDICATES[parameter.field].modifiers if m}
