"""What a page of an expansion costs over HTTP, counted in calls of Python functions and in statements, nothing kept.

Time depends on what else a machine does; these do not. Most of a page's time goes into calls, so a ceiling on them is
one on time, and what a page costs may depend on its codes alone, not on the value set it is of.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from flask import Flask

from terminology import ingest
from terminology.http.app import create_app
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests import synthetic
from tests.http.function_calls import counted
from tests.http.wsgi_calls import body_of, call

OTHER = "http://example.org/CodeSystem/other"
SETS = "http://example.org/ValueSet/"
SIZE = 400
RED = {"property": "site", "op": "=", "value": "site-0"}
CONE = {"property": "concept", "op": "is-a", "value": synthetic.code(0)}


def value_set(name: str, *include: dict[str, Any], **more: Any) -> dict[str, Any]:
    compose = {"include": list(include), **more}
    return {"resourceType": "ValueSet", "id": name, "url": SETS + name, "status": "active", "compose": compose}


def resources() -> list[dict[str, Any]]:
    words = synthetic.vocabulary(50)
    concepts = [
        {
            "code": f"c{n}", "display": f"{words[n % 50]} {words[n * 7 % 50]} {n}",
            "designation": [{"language": "de", "value": f"{words[n % 50]} deutsch"}],
            "property": [{"code": "site", "valueCode": f"site-{n % 3}"}, {"code": "parent", "valueCode": f"c{n // 8}"}],
        }
        for n in range(1, SIZE)
    ]  # fmt: skip
    common = {
        "resourceType": "CodeSystem", "status": "active", "content": "complete", "hierarchyMeaning": "is-a",
        "property": [{"code": "site", "type": "code"},
                     {"code": "parent", "type": "code", "uri": "http://hl7.org/fhir/concept-properties#parent"}],
    }  # fmt: skip
    system = {"system": synthetic.SYSTEM}
    first = {"code": "c0", "display": "Everything"}
    return [
        {**common, "id": "one", "url": synthetic.SYSTEM, "version": "1", "concept": [first, *concepts]},
        {**common, "id": "two", "url": OTHER, "concept": concepts},
        value_set("whole", system),
        value_set("cone", {**system, "filter": [{**CONE, "value": "c1"}]}),
        value_set("filters", {**system, "filter": [{**CONE, "value": "c0"}, RED]}),
        value_set("without", system, exclude=[{**system, "filter": [RED]}]),
        value_set("listed", {**system, "concept": [{"code": c["code"]} for c in concepts[::5]]}),
        value_set("two", system, {"system": OTHER}),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('costs') / 'costs.db'}"
    path = tmp_path_factory.mktemp("files") / "bundle.json"
    entries = [{"resource": resource} for resource in resources()]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    store = open_store(url)
    ingest.load(store, [str(path)])
    store.close()
    return create_app(database=url, kept_answers=0)


def calls(app: Flask, target: str, status: str = "200 OK") -> int:
    """Calls of Python functions that a request makes which was made before; those of the test itself are among them."""
    assert call(app.wsgi_app, target).status == status
    number, _ = counted(partial(call, app.wsgi_app, target))
    return number


WORD = synthetic.vocabulary(50)[3]
CEILINGS = {
    "whole&count=10&offset=100": 80,
    "cone&count=10": 80,
    "filters&count=10&offset=7": 80,
    "without&count=10": 80,
    "listed&count=10": 80,
    "two&count=10&offset=100": 80,
    f"whole&count=10&filter={WORD}": 106,
    f"cone&count=10&filter={WORD[:2]}": 102,
    f"two&count=10&filter={WORD}": 120,
    "whole&count=10&filter=1x1x1": 85,
    "whole&count=10&displayLanguage=de": 140,
    "cone&count=10&includeDesignations=true": 150,
    "listed&count=10&includeDesignations=true&displayLanguage=de": 150,
}


@pytest.mark.parametrize(("question", "most"), CEILINGS.items(), ids=CEILINGS)
def test_a_page_takes_a_limited_number_of_calls(app: Flask, question: str, most: int) -> None:
    assert calls(app, f"/r4/ValueSet/$expand?url={SETS}{question}") <= most


def test_the_cost_of_a_page_does_not_depend_on_its_offset(app: Flask) -> None:
    """Neither does it matter how many codes there are, nor how they were chosen. A page may lie in two blocks."""
    pages = [f"{name}&count=10&offset={offset}" for name in ("whole", "cone", "filters") for offset in (10, 20, 30)]
    found = {page: calls(app, f"/r4/ValueSet/$expand?url={SETS}{page}") for page in pages}
    assert max(found.values()) - min(found.values()) <= 1, found


@pytest.mark.parametrize("question", [question for question in CEILINGS if not question.startswith("two")])
def test_a_new_page_takes_one_statement_at_most(app: Flask, question: str) -> None:
    target = f"/r4/ValueSet/$expand?url={SETS}{question}"
    statements_of(app, target)
    assert len(statements_of(app, target)) == int("displayLanguage" in question or "Designations" in question), (
        "what was shown is kept, if it is plain"
    )
    offset = "&offset=23" if "offset" not in question else "3"
    assert len(statements_of(app, target + offset)) <= 1


def statements_of(app: Flask, target: str) -> list[str]:
    with counting(app.extensions["terminology"].store) as statements:
        call(app.wsgi_app, target)
    return [one for one in statements if "FROM generation" not in one]


@pytest.mark.parametrize("text", [WORD[:1], WORD, "c1", "1", f"{WORD[:2]} deutsch", "rubaq"])
def test_what_is_kept_of_a_search_is_of_its_value_set(app: Flask, text: str) -> None:
    """That of one which comes along is searched each time."""
    for resource in resources():
        if resource["resourceType"] != "ValueSet":
            continue
        page = f"count=10&filter={text.replace(' ', '+')}"
        asked = [expanded(app, f"/r4/ValueSet/$expand?url={resource['url']}&{page}") for _ in range(2)]
        asked.append(expanded(app, f"/r4/ValueSet/$expand?{page}", body_of(("valueSet", "resource", resource))))
        assert asked == asked[:1] * 3


def expanded(app: Flask, target: str, body: bytes | None = None) -> tuple[int, list[str]]:
    """The total of an expansion, and the codes of its page."""
    client, sent = app.test_client(), {"data": body, "content_type": "application/fhir+json"}
    expansion = (client.get(target) if body is None else client.post(target, **sent)).get_json()["expansion"]
    return expansion["total"], [entry["code"] for entry in expansion.get("contains", [])]
