"""Prepared answers are the usual ones, whatever the code systems and value sets are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote
from wsgiref.types import WSGIApplication

from hypothesis import given as drawn
from hypothesis import settings

from terminology.fhir.json import Json
from terminology.http.api import Api
from terminology.http.cache_context import Epochs
from terminology.http.prepared import PreparedFirst
from terminology.http.wsgi import FhirFirst
from terminology.model.coding import Canonical
from tests.http.wsgi_calls import body_of, call
from tests.property.test_expression import CODES, OTHER, SYSTEM, UNKNOWN
from tests.property.test_stored_and_supplied import loaded, resources


def nobody(_environ: dict[str, Any], _start: Any) -> Iterator[bytes]:
    raise AssertionError("only endpoints are asked")


def bodies(canonicals: list[Canonical]) -> Iterator[tuple[str, bytes]]:
    for system, code, display in product((SYSTEM, OTHER), (*CODES, UNKNOWN), ({}, {"display": "Display c1"})):
        coding = {"system": system, "code": code, **display}
        concept = {"coding": [coding], "text": "Display c1"}
        for about in (("coding", "Coding", coding), ("codeableConcept", "CodeableConcept", concept)):
            yield "/r4/CodeSystem/$validate-code", body_of(about, ("uuid", "Uuid", f"of {code}"))
            for canonical in canonicals:
                yield "/r5/ValueSet/$validate-code", body_of(("url", "Uri", str(canonical)), about)
        second = {"system": OTHER, "code": CODES[1]}
        several = ("codeableConcept", "CodeableConcept", {"coding": [coding, second]})
        for canonical in canonicals:
            yield "/r4/ValueSet/$validate-code", body_of(("url", "Uri", str(canonical)), several)
        yield "/r5/CodeSystem/$lookup", body_of(("coding", "Coding", coding))
        other = {"system": SYSTEM, "code": CODES[0]}
        yield "/r4/CodeSystem/$subsumes", body_of(("codingA", "Coding", coding), ("codingB", "Coding", other))


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
@drawn(resources())
def test_prepared_answers_are_the_usual_ones(world: tuple[list[Json], list[Canonical]]) -> None:
    given, canonicals = world
    with loaded(given) as terminology:
        api = Api(terminology)
        usual: WSGIApplication = FhirFirst(api, nobody)
        prepared = PreparedFirst(usual, api, Epochs(terminology.store, terminology.clock, api.guard, 0))
        asked: list[tuple[str, bytes | None]] = [*((target, None) for target in questions(canonicals))]
        for target, body in [*asked, *bodies(canonicals)]:
            for _ in range(2):
                assert call(prepared, target, body) == call(usual, target, body), (target, body)
