"""Every example of docs/api.md is asked and answered as shown, and the page names all there is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terminology.http import openapi
from terminology.http.app import create_app
from terminology.http.jobs import interactions
from terminology.http.search_parameters import PARAMETERS, Parameter
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES
from terminology.store.resource_search import PREDICATES
from tests.docs.examples import DOCS, Block, blocks, check_answer, curl

PAGE = (DOCS / "api.md").read_text()
EXAMPLES = [b for b in blocks("api.md") if b.text.startswith("curl ")]


OAUTH = {
    "oauth_issuer": "https://login.example.org", "oauth_audience": "https://tx.example.org/r4",
    "oauth_jwks": "https://login.example.org/jwks", "oauth_token_url": "https://login.example.org/token",
}  # fmt: skip
"""As docs/access.md sets it up."""


@pytest.fixture(scope="module")
def client(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """On a database of its own, since the examples write."""
    folder = tmp_path_factory.mktemp("api")
    database = shutil.copy(clinic, folder / "clinic.db")
    base = "http://127.0.0.1:8080"
    settings = {"base_url": base, "insecure_writes": True, "uploads": str(folder / "uploads"), **OAUTH}
    return create_app(database=f"sqlite:///{database}", **settings).test_client()


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """What earlier examples answered and later ones use."""
    return {}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda b: f"line {b.line}")
def test_example(client: FlaskClient, variables: dict[str, str], example: Block) -> None:
    asked = curl(example.text.replace("$JOB", variables.get("$JOB", "$JOB")))
    response = client.open(asked.path, method=asked.method, headers=asked.headers, data=asked.body)
    check_answer(example, response)
    if "Content-Location" in response.headers:
        variables["$JOB"] = response.headers["Content-Location"]


def test_every_interaction_is_listed(client: FlaskClient) -> None:
    (rest,) = client.get("/r5/metadata").json["rest"]
    codes = {i["code"] for r in rest["resource"] for i in r["interaction"]} | {i["code"] for i in rest["interaction"]}
    assert [code for code in codes if f"[`{code}`]" not in PAGE] == []


def form(method: str, path: str) -> tuple[str, str]:
    """An interaction without what differs between examples of it."""
    place, mark, _ = path.partition("?")
    place = re.sub("|".join(rf"/{type_}(?=[/?]|$)" for type_ in RESOURCE_TYPES), "/[type]", place)
    place = re.sub(r"^/(r4b?|r5)(?=/|$)", "", place) or "/"
    place = re.sub(r"(?<=\[type\])/(?![$_])[^/]+", "/[id]", place)
    place = re.sub(r"_history/[^/]+", "_history/[version]", place).replace("$JOB", "/_jobs/[id]")
    by_search = mark and place == "/[type]" and method in {"PUT", "PATCH", "DELETE"}
    return method, f"{place}?…" if by_search else place


BESIDE_OPENAPI = {
    ("PUT", "/[type]?…"), ("PATCH", "/[type]?…"), ("DELETE", "/[type]?…"), ("HEAD", "/[type]/[id]"),
    ("OPTIONS", "/[type]/[id]"), ("GET", "/_jobs"), ("GET", "/_jobs/[id]"), ("DELETE", "/_jobs/[id]"),
    ("GET", "/$documents"), ("GET", "/health/live"), ("GET", "/health/ready"), ("GET", "/openapi.json"),
    ("GET", "/.well-known/smart-configuration"),
    *(("POST", f"/${name}") for name in interactions.TAKEN),
}  # fmt: skip


def test_every_interaction_has_an_example() -> None:
    """All that the OpenAPI description has, but for operations: docs/operations.md has those."""
    paths = openapi.document("http://localhost/r5", "R5")["paths"]
    operations = {name for operation in OPERATIONS for name in (operation.name, *operation.aliases)}
    described = {
        form(method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path.rpartition("$")[2] not in operations
    }
    shown = {form(asked.method, asked.path) for asked in (curl(example.text) for example in EXAMPLES)}
    assert (described | BESIDE_OPENAPI) - shown == set()


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_every_search_parameter_is_listed_with_its_modifiers(parameter: Parameter) -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("|") and f"`{parameter.name}`" in line]
    types = ", ".join(parameter.types) or "all"
    _, _, type_, _, _, modifiers, _ = next(row for row in rows if len(row) == 7 and row[3].strip() == types)
    assert type_.strip() == parameter.type
    assert set(modifiers.split()) == {f"`:{m}`" for m in PREDICATES[parameter.field].modifiers if m}
