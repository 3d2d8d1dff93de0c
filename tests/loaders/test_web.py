"""What lies at URLs, on a server of this machine: files, resources, pages of a search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from loaders.fetch import gather
from loaders.web import authorizations
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from tests.loaders.serving import Answer, LocalServer

VALUE_SET = {"resourceType": "ValueSet", "url": "http://example.org/vs", "status": "active"}
JSON = "application/fhir+json"


class Site:
    """Answers by path; remembers what was sent along."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str | None]] = []
        self._server = LocalServer(self._answer)
        self.host, self.url, self.close = self._server.host, self._server.url, self._server.close

    def _answer(self, path: str, headers: Message) -> Answer:
        self.asked.append((path, headers.get("Authorization")))
        return self.answers.get(path, (404, "text/plain", b"nothing"))

    def serve(self, path: str, content: Any, type_: str = JSON, status: int = 200) -> str:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers[path] = (status, type_, body)
        return self.url + path


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def fetched(url: str, tmp_path: Path, **parameters: str) -> dict[str, bytes]:
    options = LoadOptions(parameters={"cache": str(tmp_path), **parameters})
    return {file.path: file.read() for file in gather([url], options).tree.files()}


def test_a_resource_is_called_by_its_address(site: Site, tmp_path: Path) -> None:
    url = site.serve("/fhir/ValueSet/one", VALUE_SET)
    assert fetched(url, tmp_path) == {url: json.dumps(VALUE_SET).encode()}


def test_a_changed_resource_is_fetched_again(site: Site, tmp_path: Path) -> None:
    url = site.serve("/fhir/ValueSet/one", VALUE_SET)
    fetched(url, tmp_path)
    site.serve("/fhir/ValueSet/one", {**VALUE_SET, "title": "New"})
    assert b"New" in fetched(url, tmp_path)[url]


def test_all_pages_of_a_search_are_one_bundle(site: Site, tmp_path: Path) -> None:
    def page(names: str, following: str | None) -> dict[str, Any]:
        link = [{"relation": "next", "url": following}] if following else []
        entries = [{"fullUrl": f"urn:{n}", "resource": {**VALUE_SET, "name": n}} for n in names]
        return {"resourceType": "Bundle", "type": "searchset", "total": 3, "link": link, "entry": entries}

    url = site.serve("/fhir/ValueSet?name=x", page("AB", f"{site.url}/fhir/page2"))
    site.serve("/fhir/page2", page("C", None))
    bundle = json.loads(fetched(url, tmp_path)[url])
    assert bundle["type"] == "collection"
    assert [entry["resource"]["name"] for entry in bundle["entry"]] == ["A", "B", "C"]


def test_circular_pages_are_refused(site: Site, tmp_path: Path) -> None:
    again = {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": "/fhir/x"}]}
    url = site.serve("/fhir/x", again)
    with pytest.raises(TerminologyError, match="pages have no end"):
        fetched(url, tmp_path)


PART = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}


def test_matches_of_which_a_part_is_shown_are_read_whole(site: Site, tmp_path: Path) -> None:
    """Many servers, this one too, leave the concepts of code systems out of searches."""
    system = {"resourceType": "CodeSystem", "id": "a b", "url": "http://example.org/cs", "content": "complete"}
    whole = {**system, "concept": [{"code": "x"}]}
    entries = [{"resource": {**system, "meta": PART}}, {"resource": VALUE_SET}]
    search = site.serve("/fhir/CodeSystem?name=a", {"resourceType": "Bundle", "type": "searchset", "entry": entries})
    site.serve("/fhir/CodeSystem/a%20b", whole)
    (bundle,) = fetched(search, tmp_path).values()
    assert [entry["resource"] for entry in json.loads(bundle)["entry"]] == [whole, VALUE_SET]


@pytest.mark.parametrize("large", ["page", "match"])
def test_pages_and_matches_count_towards_the_limit_together(site: Site, tmp_path: Path, large: str) -> None:
    """A server that goes on and on does not fill the memory."""
    padding = {"description": "x" * 3000}
    whole, part = {**VALUE_SET, "id": "one"}, {**VALUE_SET, "id": "one", "meta": PART}
    more = {"url": f"{site.url}/fhir/ValueSet?page=2", "relation": "next"}
    first = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": part}], "link": [more]}
    second = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": VALUE_SET}]}
    site.serve("/fhir/ValueSet?page=2", {**second, **(padding if large == "page" else {})})
    site.serve("/fhir/ValueSet/one", {**whole, **(padding if large == "match" else {})})
    url = site.serve("/fhir/ValueSet", first)
    assert len(fetched(url, tmp_path, max_file="5000")) == 1
    with pytest.raises(TerminologyError) as raised:
        fetched(url, tmp_path, max_file="3500")
    assert raised.value.kind == "too-large"


def test_credentials_go_to_their_host_only(site: Site, tmp_path: Path) -> None:
    other = Site()
    entry = {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": f"{other.url}/p2"}]}
    url = site.serve("/p1", entry)
    other.serve("/p2", {"resourceType": "Bundle", "type": "searchset"})
    fetched(url, tmp_path, authorization=f"{site.host}=Basic abc= ; elsewhere.example.org=Bearer x")
    assert site.asked == [("/p1", "Basic abc=")]
    assert other.asked == [("/p2", None)]
    other.close()


def test_reading_credentials() -> None:
    read = authorizations("Host.example.org=Basic a=b; other=Bearer c\nthird=x")
    assert read == {"host.example.org": "Basic a=b", "other": "Bearer c", "third": "x"}
    assert authorizations("") == {}


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "nothing at"), (403, "may not be read"), (401, "fetch_authorization"), (500, "status 500")],
)
def test_refusals_are_reported_by_their_status(site: Site, tmp_path: Path, status: int, said: str) -> None:
    url = site.serve("/x", VALUE_SET, status=status)
    with pytest.raises(TerminologyError, match=said):
        fetched(url, tmp_path)


def test_too_large_and_unreachable(site: Site, tmp_path: Path) -> None:
    url = site.serve("/large.txt", b"x" * 5000, "text/plain")
    with pytest.raises(TerminologyError) as raised:
        fetched(url, tmp_path, max_file="1000")
    assert raised.value.kind == "too-large"
    with pytest.raises(TerminologyError, match="cannot be reached"):
        fetched("http://127.0.0.1:1/x", tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
