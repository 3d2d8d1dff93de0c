"""Lookups in a release of SNOMED CT: what the system works out on request is not among what is prepared."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from flask import Flask

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.test_expansion_costs import calls
from tests.http.test_prepared import layers
from tests.http.wsgi_calls import call
from tests.menagerie import MENAGERIE

TERMS = ("Paw", "Scratched paw", "Abscess", "Swollen ear")
ASKED = (
    "", "&property=parent&property=child", "&property=normalForm", "&property=normalFormTerse&property=parent",
    "&property=sufficientlyDefined&property=inactive", "&property=*", "&property=designation",
    "&displayLanguage=de", "&displayLanguage=en-GB,en;q=0.3&property=moduleId",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("lookups")
    url = f"sqlite:///{folder / 'x.db'}"
    store = open_store(url)
    ingest.load(store, [MENAGERIE.zipped(folder)])
    store.close()
    return create_app(database=url, kept_answers=0)


def lookup(term: str, asked: str) -> str:
    return f"/r4/CodeSystem/$lookup?system={ids.SYSTEM}&code={MENAGERIE[term]}{asked}"


def test_lookups_are_those_of_the_usual_way(app: Flask) -> None:
    prepared, usual = layers(app)
    for _, asked, term in product(range(2), ASKED, TERMS):
        assert call(prepared, lookup(term, asked)) == call(usual, lookup(term, asked)), (term, asked)


@pytest.mark.parametrize("asked", [asked for asked in ASKED if "normalForm" not in asked])
def test_lookups_in_languages_and_of_properties_take_a_limited_number_of_calls(app: Flask, asked: str) -> None:
    assert calls(app, lookup("Scratched paw", asked)) <= 100


def test_what_is_worked_out_on_request_goes_the_usual_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, _ = layers(app)
    assert b"normalForm" in call(layer, lookup("Scratched paw", "&property=normalForm")).body
    monkeypatch.setattr(layer, "_app", None)
    with pytest.raises(TypeError):
        call(layer, lookup("Scratched paw", "&property=normalForm"))
