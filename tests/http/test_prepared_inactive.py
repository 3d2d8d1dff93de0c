"""Prepared verdicts about inactive concepts that say what to use instead, beside those of the usual way."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.http.app import create_app
from terminology.http.prepared import PreparedFirst
from terminology.library import Terminology
from tests.http.wsgi_calls import call
from tests.menagerie import MENAGERIE as M

SETS = ("", f"=isa/{M['Ailment of ear']}", f"=isa/{M['Paw']}", f"=refset/{M['Cute ailments']}", "=ecl/*")
CODES = [M[term] for term in ("Fat ear", "Swollen ear", "Ailment of ear", "Paw")]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("menagerie")
    with Terminology(folder / "menagerie.db") as terminology:
        ingest.load(terminology.store, [M.zipped(folder)])
    return create_app(database=f"sqlite:///{folder / 'menagerie.db'}", kept_answers=0)


@pytest.mark.parametrize("wish", ["", "&activeOnly=true", "&abstract=false", "&display=Paw"])
@pytest.mark.parametrize("implied", SETS)
def test_verdicts_on_replaced_concepts_are_those_of_the_usual_way(app: Flask, implied: str, wish: str) -> None:
    prepared = app.wsgi_app
    assert isinstance(prepared, PreparedFirst)
    url = quote(f"{ids.SYSTEM}?fhir_vs{implied}", safe="")
    for code in CODES * 2:
        target = f"/r4/ValueSet/$validate-code?url={url}&system={quote(ids.SYSTEM, safe='')}&code={code}{wish}"
        assert call(prepared, target) == call(prepared._app, target), target
