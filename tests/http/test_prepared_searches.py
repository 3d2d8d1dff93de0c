"""Searches for a canonical or an id get the answers of the usual way, to the last byte, and plain ones do not go it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from terminology import ingest
from terminology.http import prepared_searches, reading
from terminology.http.app import create_app
from terminology.http.prepared import PreparedFirst
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.http.content import MAP, SYSTEM, VALUE_SET
from tests.http.function_calls import counted
from tests.http.test_expansion_costs import calls
from tests.http.test_licences import CONTENT, LICENCES, OID
from tests.http.wsgi_calls import at_once, call
from tests.postgres import Cluster

SUTURES = "http://example.org/ValueSet/sutures"
MORE: list[dict[str, Any]] = [
    {"resourceType": "ValueSet", "id": f"same-{n}", "url": SUTURES, "version": str(n), "status": "active",
     "title": 'Größe "10"', "meta": {"tag": [{"system": "http://t", "code": "x"}]}, "versionAlgorithmString": "semver"}
    for n in range(5)
] + [
    {"resourceType": "NamingSystem", "id": "naming", "name": "Naming", "status": "active", "kind": "codesystem",
     "date": "2024", "uniqueId": [{"type": "oid", "value": "2.999.1"}, {"type": "uri", "value": SYSTEM}]},
]  # fmt: skip
SOUGHT = (
    VALUE_SET, f"{VALUE_SET}|1", f"{VALUE_SET}|2", SUTURES, f"{SUTURES},{VALUE_SET}", f"{VALUE_SET}\\,x", SYSTEM, MAP,
    f"{SYSTEM}|2025", OID, "urn:iso:std:iso:4217", "urn:oid:2.999.1", "http://unitsofmeasure.org", "http://none.org/x",
    'q"uote', "back\\slash", "größer ∅", "\0", "a b", " a", "a ", "%", "a&b=c", "\U0001f600", "x" * 3000, "a,b|,|,,c",
    "{0}", "<b>", "\x7f", "\u2028",
)  # fmt: skip
"""Values of `url`."""
RESULTS = (
    "", "&_elements=url,version", "&_summary=true", "&_summary=text", "&_summary=data", "&_summary=count",
    "&_total=none", "&_total=x", "&_count=1", "&_count=0", "&_count=2&_offset=1", "&_count=x", "&_sort=-version,_id",
    "&_sort=x", "&_format=json", "&_format=xml", "&_format=html", "&_format=application/fhir%2Bjson", "&_pretty=true",
    "&_cursor=x", "&_elements=concept,group",
)  # fmt: skip
OTHERS = (
    "_id=biopsies", "_id=procedures,free", "_id=same-1&version=1", "_id=same-1&version=2",
    "version=1&_id=same-1,same-2",
    f"system={SYSTEM}", f"system={SYSTEM}&_id=procedures", f"url={VALUE_SET}&url={SUTURES}", f"url={SUTURES}&version=",
    f"url={SUTURES}&status=active&title=gr", f"url={SUTURES}&status=x", "url=", "", f"url:below={SYSTEM}", "name=bio",
    f"url={SUTURES}&date=ge2024", f"url={SUTURES}&date=ge2024&date=x", f"%75rl={SUTURES}", f"url={SUTURES}&%75rl=x",
    f"u%72l={SUTURES}&_id=same-1", f"url={SUTURES}&unknown=1", f"url={SUTURES}&title=%000%00&_id=same-1",
    f"url={SUTURES}&_tag=http://t|x", f"url={SUTURES}&", f"&&url={SUTURES}", f"url={SUTURES}&version", "url",
    f"url={SUTURES}#x", f"url={SUTURES}&version:not=1", f"_id:missing=true&url={SUTURES}", "_id=same-1;version=1",
    f"url={SUTURES}&code=P2", f"url={SUTURES}&reference={SYSTEM}", f"url={SUTURES}&_count=2&_count=3",
)  # fmt: skip
TYPES = ("ValueSet", "CodeSystem", "ConceptMap", "NamingSystem")


def searches() -> Iterator[str]:
    for value, type_ in product(SOUGHT, TYPES):
        yield f"/r4/{type_}?url={quote(value, safe='')}"
    for (value, type_), results in product(zip(SOUGHT[:8], TYPES * 2, strict=True), RESULTS):
        yield f"/r5/{type_}?url={quote(value)}{results}"
        yield f"/r4/{type_}?_count=3&url={quote(value)}{results}"
    for other, type_ in product(OTHERS, TYPES):
        yield f"/r4/{type_}?{other}"


HEADERS: tuple[dict[str, str], ...] = (
    {"HTTP_ACCEPT": "application/fhir+xml"}, {"HTTP_ACCEPT": "application/fhir+json"}, {"HTTP_ACCEPT": "text/plain"},
    {"HTTP_ACCEPT": "text/html"}, {"HTTP_ACCEPT_ENCODING": "gzip"}, {"HTTP_PREFER": "handling=lenient"},
    {"HTTP_PREFER": "return=minimal"},
    {"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_HOST": 'a"b'}, {"HTTP_HOST": "größer"}, {"wsgi.url_scheme": "https"},
    {"SCRIPT_NAME": "/there"}, {"HTTP_AUTHORIZATION": "Bearer x"}, {"HTTP_ACCEPT_LANGUAGE": "de"},
    {"REQUEST_METHOD": "HEAD"}, {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "0"}, {"REQUEST_METHOD": "DELETE"},
)  # fmt: skip


def loaded(url: str, folder: Path, *resources: dict[str, Any]) -> str:
    path = folder / "bundle.json"
    entries = [{"resource": resource} for resource in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    store = open_store(url)
    ingest.load(store, [str(path)])
    store.close()
    return url


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("searches")
    return loaded(f"sqlite:///{folder / 'x.db'}", folder, *CONTENT, *MORE)


@pytest.fixture(scope="module")
def app(database: str) -> Flask:
    return create_app(database=database, kept_answers=0)


def usual(app: Flask) -> Any:
    assert isinstance(app.wsgi_app, PreparedFirst)
    return app.wsgi_app._app


def is_the_same_everywhere(app: Flask, target: str, **headers: str) -> None:
    expected = call(usual(app), target, **headers)
    for _ in range(2):  # the second time everything is prepared
        assert call(app.wsgi_app, target, **headers) == expected, (target, headers)
        assert at_once(app, target, **headers) in (None, expected), (target, headers)


@pytest.mark.parametrize("licences", ["", LICENCES])
def test_searches_are_answered_as_usual(database: str, licences: str) -> None:
    app = create_app(database=database, kept_answers=0, licences=licences)
    asked = [*searches()]
    for target in asked:
        is_the_same_everywhere(app, target)
    for target, headers in product(asked[::23], HEADERS):
        is_the_same_everywhere(app, target, **headers)


def test_on_postgres(postgres_server: Cluster, tmp_path: Path) -> None:
    app = create_app(database=loaded(postgres_server.new_database(), tmp_path, *CONTENT, *MORE), kept_answers=0)
    for target in [*searches()][::7]:
        is_the_same_everywhere(app, target)


PLAIN = (
    f"/r4/ValueSet?url={quote(VALUE_SET, safe='')}", f"/r5/ValueSet?url={SUTURES}|1&_elements=url,version",
    "/r4/ValueSet?_id=same-2&version=2&_format=json&_total=none", f"/r4/ValueSet?url={SUTURES}&_count=2&status=active",
    f"/r4/CodeSystem?url={SYSTEM}&_summary=true", f"/r5/ConceptMap?url={MAP}&_elements=status", "/r4/ValueSet?url=none",
)  # fmt: skip
CEILINGS = (120, 120, 130, 195, 165, 120, 110)
"""Of calls: a code system is looked for among built-in ones, too, and a page that is not the last has more links."""
KNOWN_CEILINGS = (60, 60, 60, 120, 60, 60, 100)
"""Of calls, for searches that were made before; that nothing was found is not kept."""


@pytest.mark.parametrize("target", PLAIN)
def test_plain_searches_are_answered_at_once(app: Flask, target: str) -> None:
    call(app.wsgi_app, target.replace("1", "2"))
    expected = call(usual(app), target)
    for _ in range(2):
        assert at_once(app, target) == expected


@pytest.mark.parametrize("target", [f"/r4/CodeSystem?url={SYSTEM}", f"/r5/ConceptMap?url={MAP}"])
def test_what_takes_long_to_write_is_written_by_the_application_and_then_kept(database: str, target: str) -> None:
    app = create_app(database=database, kept_answers=0)
    call(app.wsgi_app, target.replace("example", "other"))
    assert at_once(app, target) is None
    layer, expected = app.wsgi_app, call(usual(app), target)
    layer._app = None  # type: ignore[attr-defined]
    assert call(layer, target) == expected
    assert at_once(app, target) == expected


def test_a_search_for_very_long_resources_is_not_answered_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_searches, "AT_ONCE", 10)
    target = f"/r5/ValueSet?url={VALUE_SET}&_summary=data"
    call(app.wsgi_app, target.replace("biopsies", "none"))
    assert at_once(app, target) is None
    call(app.wsgi_app, target)
    assert at_once(app, target) is not None


def test_a_search_for_many_ids_is_not_answered_at_once(app: Flask) -> None:
    target = f"/r4/ValueSet?_id={','.join(f'same-{number}' for number in range(200))}"
    assert len(json.loads(call(app.wsgi_app, target).body)["entry"]) == 5
    assert at_once(app, target) is None
    is_the_same_everywhere(app, target)


def test_what_is_cut_for_a_long_page_is_whole_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CONCEPTS", 5)
    alone, together = (f"/r5/CodeSystem?_id={ids}" for ids in ("procedures", "procedures,free"))
    for _ in range(2):
        is_the_same_everywhere(app, alone)
        is_the_same_everywhere(app, together)
    assert b'"concept"' in call(app.wsgi_app, alone).body
    assert b'"concept"' not in call(app.wsgi_app, together).body


def test_what_is_published_meanwhile_is_found(tmp_path: Path) -> None:
    url = loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, *CONTENT, *MORE)
    app = create_app(database=url, kept_answers=0)
    target = f"/r4/ValueSet?url={SUTURES}&version=1"
    assert "Größe".encode() in call(app.wsgi_app, target).body
    assert at_once(app, target) is not None
    loaded(url, tmp_path, {**MORE[1], "title": "Changed"})
    assert at_once(app, target) is None
    is_the_same_everywhere(app, target)
    found = at_once(app, target)
    assert found is not None
    assert b'"Changed"' in found.body


def test_what_is_remembered_is_bounded_and_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = loaded(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, *CONTENT, *MORE)
    monkeypatch.setattr("terminology.http.cache_context.WRITTEN_BYTES", 5_000)
    monkeypatch.setattr("terminology.http.cache_context.SEARCHES_BYTES", 50_000)
    app = create_app(database=url, kept_answers=0)
    for target in searches():
        call(app.wsgi_app, target)
        now = app.extensions["terminology_epochs"].now
        assert now.written.used <= 5_000
        assert now.searches.used <= 50_000
    assert min(now.written.used, now.searches.used) > 1_000
    loaded(url, tmp_path, {**MORE[1], "title": "Changed"})
    call(app.wsgi_app, PLAIN[0])
    assert (now.written.used, now.searches.used) == (0, 0)


def test_a_failure_is_logged_and_the_usual_way_answers(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = call(usual(app), PLAIN[0])
    call(app.wsgi_app, PLAIN[0])

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(prepared_searches.PreparedSearch, "_matches", broken)
    assert call(app.wsgi_app, PLAIN[0]) == expected
    assert "a prepared search failed" in caplog.text


@pytest.mark.parametrize(("target", "most", "known"), [*zip(PLAIN, CEILINGS, KNOWN_CEILINGS, strict=True)])
def test_a_search_takes_a_limited_number_of_calls(app: Flask, target: str, most: int, known: int) -> None:
    assert calls(app, target) <= known
    assert len(asked_for(app, target)) == (1 if "none" in target.partition("url=")[2] else 0)
    found = app.extensions["terminology_epochs"].now.found
    found.clear()
    assert len(asked_for(app, target)) == (2 if "_count=2" in target else 1)
    found.clear()
    number, _ = counted(partial(call, app.wsgi_app, target))
    assert number <= most


def asked_for(app: Flask, target: str) -> list[str]:
    """The statements of a search."""
    with counting(app.extensions["terminology"].store) as statements:
        call(app.wsgi_app, target)
    return [one for one in statements if "FROM resource" in one]
