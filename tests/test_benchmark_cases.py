"""The cases of `benchmarks.compare` are answered rightly: a benchmark of wrong answers would say nothing."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from benchmarks.answers import Answers
from benchmarks.cases import Case, cases, resources
from terminology import ingest
from terminology.http.app import create_app
from terminology.store.opening import open_store

SIZE = 1_000
ASKED = 50
CASES = cases(SIZE)
ANSWERS = Answers(resources(SIZE))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("benchmark")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources(SIZE)]}
    (folder / "bundle.json").write_text(json.dumps(bundle))
    url = f"sqlite:///{folder}/cases.db"
    store = open_store(url)
    ingest.load(store, [str(folder / "bundle.json")])
    store.close()
    return create_app(database=url, kept_answers=0).test_client()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_has_right_answers(client: FlaskClient, case: Case) -> None:
    for path in case.paths[:ASKED]:
        found = client.get(f"/r4{path}")
        assert ANSWERS.wrong(path, found.status_code, found.get_json()) is None, found.text
        assert (found.status_code >= 400) == case.fails


def test_there_are_twenty_that_ask_about_many_codes() -> None:
    assert len(CASES) == 20
    assert all(len(set(case.paths)) > 5 for case in CASES)
