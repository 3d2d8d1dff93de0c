"""Whatever is sent, shown or loaded, nothing answers with a fault of its own (500), and nobody waits for long.

The short form always draws the same examples, so that the checks of a change depend on nothing else; the long form
(`-m slow`) draws many more of them.
"""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminology import ingest
from terminology.fhir import r4, xml
from terminology.http import search_parameters
from terminology.http.app import create_app
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.operations.operation import Operation
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES
from terminology.settings import Settings
from terminology.store.opening import open_store
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery
from tests.bad_input import junk
from tests.bad_input.content import DEVICES, MANY, MAP, SYSTEM
from tests.bad_input.outcomes import REVEALING

LENGTHS = [pytest.param(120, id="short"), pytest.param(5000, id="long", marks=pytest.mark.slow)]
FEWER = [pytest.param(30, id="short"), pytest.param(1500, id="long", marks=pytest.mark.slow)]
FORMATS = ("application/fhir+json", "application/fhir+xml")
SECONDS = 10
WRITES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("PUT", "/x", {}),
    ("PUT", "/x", {}),
    ("PUT", "/x", {"If-Match": 'W/"2"'}),
    ("PUT", "?url=http://x", {}),
    ("POST", "", {}),
    ("POST", "", {"If-None-Exist": "url=http://x&status=active"}),
    ("PATCH", "/x", {"Content-Type": "application/json-patch+json"}),
    ("DELETE", "/x", {}),
)
PATCH_OPERATIONS = (
    {"op": "test", "path": "/status", "value": "active"},
    {"op": "move", "from": "/status", "path": "/title"},
    {"op": "copy", "from": "/id", "path": "/name"},
    {"op": "replace", "path": "/status", "value": "draft"},
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def hold(examples: int, check: Callable[..., None], **strategies: st.SearchStrategy[Any]) -> None:
    """Run a check over examples that are the same each time."""
    suppressed = [HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large]
    bounded = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=SECONDS * 1000,
        suppress_health_check=suppressed,
    )
    bounded(given(**strategies)(check))()


def is_no_fault(response: Any, method: str = "GET") -> None:
    """An answer in FHIR that blames nobody here."""
    shown = response.get_data(as_text=True)
    assert response.status_code < 500, shown
    if method in {"HEAD", "OPTIONS"}:
        return
    if response.status_code == 204:
        assert not shown
        return
    assert response.content_type in {f"{format_}; charset=utf-8" for format_ in FORMATS}
    if "json" in response.content_type:
        assert "resourceType" in json.loads(shown)
    else:
        assert ET.fromstring(shown).tag.startswith("{http://hl7.org/fhir}")
    assert "Traceback" not in shown


SENSIBLE = {
    "lookup": {"system": SYSTEM, "code": "pump"},
    "subsumes": {"system": SYSTEM, "codeA": "pump", "codeB": "pump-small"},
    "expand": {"url": DEVICES},
    "translate": {"url": MAP, "code": "pump", "system": SYSTEM},
    "related": {"thisUrl": DEVICES, "otherUrl": DEVICES},
}


def sensible(operation: Operation) -> dict[str, str]:
    """URL parameters that work."""
    if operation.name == "validate-code":
        return {"url": DEVICES if operation.resource == "ValueSet" else SYSTEM, "system": SYSTEM, "code": "pump"}
    return SENSIBLE.get(operation.name, {})


@pytest.mark.parametrize("examples", LENGTHS)
def test_operations_with_junk_in_the_url(app: Flask, examples: int) -> None:
    def check(operation: Operation, data: st.DataObject) -> None:
        names = st.sampled_from([parameter.name for parameter in operation.parameters] or ["x"])
        given_ = {**sensible(operation), **data.draw(st.dictionaries(names, junk.TEXTS, min_size=1, max_size=3))}
        path = f"/{operation.resource}/${operation.name}" if operation.resource else f"/${operation.name}"
        query = urlencode(given_, errors="surrogatepass")
        headers = {"Accept": data.draw(st.sampled_from(FORMATS))}
        is_no_fault(
            app.test_client().get(f"/{data.draw(st.sampled_from(('r4', 'r5')))}{path}?{query}", headers=headers)
        )

    hold(examples, check, operation=st.sampled_from(OPERATIONS), data=st.data())


@pytest.mark.parametrize("examples", LENGTHS)
def test_searches_with_junk(app: Flask, examples: int) -> None:
    """Any parameter with any modifier and value, also those it does not have."""
    names = [p.name for p in search_parameters.PARAMETERS] + sorted(search_parameters.RESULT_PARAMETERS - {"_format"})
    modifiers = st.sampled_from(("", "", "exact", "contains", "missing", "not", "below", "text", ":"))
    values = st.one_of(
        junk.TEXTS, st.sampled_from((f"{SYSTEM}|1", "urn:oid:1.2", "a,b", "ge2024", "|", "\\,", "%", "-1"))
    )

    def check(type_: str, asked: list[tuple[str, str, str]], release: str, accept: str) -> None:
        pairs = [(f"{name}:{modifier}" if modifier else name, value) for name, modifier, value in asked]
        query = urlencode(pairs, errors="surrogatepass")
        is_no_fault(app.test_client().get(f"/{release}/{type_}?{query}", headers={"Accept": accept}))

    hold(
        examples,
        check,
        type_=st.sampled_from(RESOURCE_TYPES),
        asked=st.lists(st.tuples(st.sampled_from(names), modifiers, values), max_size=3),
        release=st.sampled_from(("r4", "r5")),
        accept=st.one_of(st.sampled_from(FORMATS), st.text(st.characters(min_codepoint=32, max_codepoint=126))),
    )


@pytest.mark.parametrize("examples", LENGTHS)
def test_operations_with_broken_bodies(app: Flask, examples: int) -> None:
    def check(call: tuple[str, Any], data: st.DataObject) -> None:
        path, whole = call
        body = junk.encoded(data.draw(junk.mutated(whole)))
        headers = {"Accept": data.draw(st.sampled_from(FORMATS)), "Content-Type": FORMATS[0]}
        address = f"/{data.draw(st.sampled_from(('r4', 'r5')))}/{path}"
        is_no_fault(app.test_client().post(address, data=body, headers=headers))

    hold(examples, check, call=st.sampled_from(junk.OPERATIONS), data=st.data())


@pytest.mark.parametrize("examples", LENGTHS)
def test_operations_with_broken_xml(app: Flask, examples: int) -> None:
    def check(call: tuple[str, Any], cut: tuple[float, float], added: str) -> None:
        path, whole = call
        text = xml.dumps(whole, "R5")
        begin, end = sorted(round(share * len(text)) for share in cut)
        body = text[:begin] + added.encode(errors="replace") + text[end if end - begin < 200 else begin :]
        headers = {"Accept": FORMATS[1], "Content-Type": FORMATS[1]}
        is_no_fault(app.test_client().post(f"/r5/{path}", data=body, headers=headers))

    shares = st.tuples(st.floats(0, 1), st.floats(0, 1))
    hold(examples, check, call=st.sampled_from(junk.OPERATIONS), cut=shares, added=junk.TEXTS)


@pytest.mark.parametrize("examples", LENGTHS)
def test_writes_of_broken_resources(writable: Flask, examples: int) -> None:
    def check(whole: dict[str, Any], data: st.DataObject) -> None:
        resource = data.draw(junk.mutated({**whole, "id": "x", "status": "active"}))
        method, path, headers = data.draw(st.sampled_from(WRITES))
        type_ = whole["resourceType"]
        if method == "PATCH":
            resource = data.draw(junk.mutated([*PATCH_OPERATIONS, {"op": "add", "path": "/x", "value": resource}]))
        address = f"/{data.draw(st.sampled_from(('r4', 'r5')))}/{type_}{path}"
        sent = {"Accept": data.draw(st.sampled_from(FORMATS)), "Content-Type": FORMATS[0], **headers}
        is_no_fault(
            writable.test_client().open(address, method=method, data=junk.encoded(resource), headers=sent), method
        )

    hold(examples, check, whole=st.sampled_from(junk.RESOURCES), data=st.data())


@pytest.mark.parametrize("examples", LENGTHS)
def test_broken_transactions(writable: Flask, examples: int) -> None:
    def check(data: st.DataObject) -> None:
        body = junk.encoded(data.draw(junk.mutated(junk.TRANSACTION)))
        headers = {"Accept": data.draw(st.sampled_from(FORMATS)), "Content-Type": FORMATS[0]}
        is_no_fault(writable.test_client().post("/r5", data=body, headers=headers))

    hold(examples, check, data=st.data())


@pytest.mark.parametrize("examples", LENGTHS)
def test_any_path_method_and_header(app: Flask, examples: int) -> None:
    known = st.sampled_from(
        ("CodeSystem", "ValueSet", "metadata", "$expand", "$lookup", "_search", "devices", "_history")
    )
    header = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)

    def check(method: str, steps: list[str], query: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        path = quote("/r5/" + "/".join(steps), safe="/$", errors="surrogatepass")
        address = f"{path}?{urlencode(query, errors='surrogatepass')}"
        is_no_fault(app.test_client().open(address, method=method, headers=headers, data=body), method)

    names = st.sampled_from(("url", "_count", "_format", "_summary", "_elements", "name:exact", "date", "_pretty", "x"))
    fields = st.sampled_from(("Accept-Language", "If-None-Match", "Prefer", "X-Cache-Id", "Content-Type", "Accept"))
    hold(
        examples, check, method=st.sampled_from(METHODS), steps=st.lists(st.one_of(known, junk.TEXTS), max_size=4),
        query=st.dictionaries(names, junk.TEXTS, max_size=3), headers=st.dictionaries(fields, header, max_size=2),
        body=st.binary(max_size=30),
    )  # fmt: skip


@pytest.mark.parametrize("examples", LENGTHS)
def test_any_page(app: Flask, examples: int) -> None:
    pages = (
        "/",
        "/suggest",
        "/systems",
        "/value-sets",
        "/systems/{}",
        "/systems/devices/codes/{}",
        "/value-sets/{}",
        "/{}",
    )

    def check(page: str, text: str, query: dict[str, str]) -> None:
        path = quote(page.format(text), errors="surrogatepass")
        response = app.test_client().get(f"{path}?{urlencode(query, errors='surrogatepass')}")
        assert response.status_code in {200, 302, 308, 404}
        assert not REVEALING.search(response.get_data(as_text=True))

    query = st.dictionaries(st.sampled_from(("q", "system", "offset", "x")), junk.TEXTS, max_size=3)
    names = st.one_of(junk.TEXTS, st.sampled_from((MANY, "devices", "circle", "pattern-broken")))
    hold(examples, check, page=st.sampled_from(pages), text=names, query=query)


@pytest.mark.parametrize("examples", LENGTHS)
def test_broken_resources_between_releases(examples: int) -> None:
    def check(resource: Any) -> None:
        if isinstance(resource, dict):
            r4.to_r5(resource)
            r4.to_r4(resource)

    hold(examples, check, resource=st.sampled_from(junk.RESOURCES).flatmap(junk.mutated))


def addresses(store: Store) -> list[str]:
    """Where what a store holds can be read and searched."""
    found = []
    for type_ in RESOURCE_TYPES:
        _, entries = store.resources(ResourceQuery(type=type_))
        found += [f"{type_}/{quote(entry.id, safe='')}" for entry in entries]
        found += [f"{type_}?_summary=true"] if entries else []
    return found


@pytest.mark.parametrize("examples", FEWER)
def test_loads_of_broken_resources(tmp_path: Path, examples: int) -> None:
    """What a load lets in can be read, searched and shown."""
    path, database, empty = (tmp_path / name for name in ("resource.json", "a.db", "empty.db"))
    open_store(f"sqlite:///{empty}").close()

    def check(resource: Any) -> None:
        path.write_bytes(junk.encoded(resource))
        shutil.copy(empty, database)
        with closing(open_store(f"sqlite:///{database}")) as store, suppress(TerminologyError):
            report = ingest.load(store, [path], LoadOptions())
            assert json.dumps(report.as_dict())
            assert report.summary()
            client = create_app(Settings.load({}, database=f"sqlite:///{database}")).test_client()
            for address in addresses(store):
                for accept in FORMATS:
                    is_no_fault(client.get(f"/r4/{address}", headers={"Accept": accept}))
                    is_no_fault(client.get(f"/r5/{address}", headers={"Accept": accept}))
            for page in ("/systems", "/value-sets"):
                assert client.get(page).status_code == 200

    hold(examples, check, resource=st.sampled_from(junk.RESOURCES).flatmap(junk.mutated))
