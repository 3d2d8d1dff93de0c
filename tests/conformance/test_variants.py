"""Variants of the suite's questions, of which it asks each once: whatever answers them says what the usual way says."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from terminology import ingest
from terminology.store.opening import open_store
from tests.conformance.questions import alike, questions
from tests.docs.examples import DOCS
from tests.http.mutating import Asked
from tests.http.test_mutated_requests import Both

FEW, MANY = 200, 4_000
HEADERS = {"CONTENT_TYPE": "application/fhir+json", "HTTP_ACCEPT": "application/fhir+json"}


@pytest.mark.parametrize(("seed", "count"), [(1, FEW), pytest.param(2, MANY, marks=pytest.mark.slow)])
def test_variants_are_answered_as_usual(shared: Path, tmp_path: Path, seed: int, count: int) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    store = open_store(url)
    ingest.load(store, [str(DOCS / "examples" / "clinic.json")])
    store.close()
    both, rng, quickly = Both(url), random.Random(seed), Counter[bool]()
    for question in rng.choices(questions(shared / "conformance" / "tests"), k=count):
        release = rng.choice(("r4", "r5"))
        for parameters in alike(question, rng):
            asked = Asked("POST", f"/{release}/{question.path}", json.dumps(parameters).encode(), HEADERS)
            usual = both.asked_usually(asked)
            assert not usual.status.startswith("5"), parameters
            for _ in range(2):
                answer, quick = both.asked_quickly(asked)
                assert answer == usual, parameters
                quickly[quick] += 1
    both.close()
    assert quickly[True] > quickly[False], "most were answered by what was prepared"
