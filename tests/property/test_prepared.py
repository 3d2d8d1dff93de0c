"""Prepared answers are the usual ones, whatever the code systems and value sets are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote
from wsgiref.types import WSGIApplication

from hypothesis import given, settings

from terminology.fhir.json import Json
from terminology.http.api import Api
from terminology.http.circumstances import Epochs
from terminology.http.prepared import PreparedFirst
from terminology.http.wsgi import FhirFirst
from terminology.model.coding import Canonical
from tests.http.wsgi_calls import call
from tests.property.test_expression import CODES, OTHER, SYSTEM, UNKNOWN
from tests.property.test_stored_and_supplied import loaded, resources


def nobody(_environ: dict[str, Any], _start: Any) -> Iterator[bytes]:
    raise AssertionError("only endpoints are asked")


def questions(canonicals: list[Canonical]) -> Iterator[str]:
    for canonical, page in product(canonicals, ("", "&count=2", "&count=3&offset=1", "&filter=c1", "&activeOnly=true")):
        yield f"/r4/ValueSet/$expand?url={quote(str(canonical), safe='')}{page}"
    for system in (SYSTEM, OTHER):
        url = quote(system, safe="")
        for code in (*CODES, UNKNOWN):
            yield f"/r5/CodeSystem/$lookup?system={url}&code={code}"
            for display in ("", "&display=Display%20c1"):
                yield f"/r4/CodeSystem/$validate-code?url={url}&code={code}{display}"
                for canonical in canonicals:
                    in_set = f"url={quote(str(canonical), safe='')}&system={url}&code={code}{display}"
                    yield f"/r5/ValueSet/$validate-code?{in_set}"
            yield f"/r4/CodeSystem/$subsumes?system={url}&codeA={code}&codeB={CODES[0]}"


@settings(deadline=None, max_examples=25)
@given(resources())
def test_prepared_answers_are_the_usual_ones(world: tuple[list[Json], list[Canonical]]) -> None:
    bodies, canonicals = world
    with loaded(bodies) as terminology:
        api = Api(terminology)
        usual: WSGIApplication = FhirFirst(api, nobody)
        prepared = PreparedFirst(usual, api, Epochs(terminology.store, terminology.clock, 0))
        for target in questions(canonicals):
            for _ in range(2):
                assert call(prepared, target) == call(usual, target), target
