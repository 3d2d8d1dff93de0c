"""fhirclient (SMART's), which reads every answer strictly into R4's models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from fhirclient.client import FHIRClient
from fhirclient.models.codesystem import CodeSystem
from fhirclient.models.conceptmap import ConceptMap
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.parameters import Parameters
from fhirclient.models.valueset import ValueSet
from fhirclient.server import FHIRNotFoundException, FHIRServer, FHIRUnauthorizedException

from tests.clients.conftest import Running
from tests.http.content import BIOPSIES, SYSTEM, VALUE_SET


@pytest.fixture
def server(running: Running) -> Iterator[FHIRServer]:
    client = FHIRClient(settings={"app_id": "tests", "api_base": running.r4})
    yield client.server
    client.server.session.close()


def test_understands_the_capabilities(server: FHIRServer) -> None:
    assert server.prepare()
    types = {resource.type for resource in server.capabilityStatement.rest[0].resource}
    assert types >= {"CodeSystem", "ConceptMap", "ValueSet"}
    assert server.capabilityStatement.fhirVersion == "4.0.1"


def test_reads(server: FHIRServer) -> None:
    system = CodeSystem.read("procedures", server)
    assert (system.url, system.concept[0].concept[0].designation[0].value) == (SYSTEM, "Hautbiopsie")
    mapped = ConceptMap.read("old-to-new", server).group[0].element
    assert [element.target[0].equivalence for element in mapped] == ["equivalent", "unmatched"]


def test_searches_and_follows_the_pages(server: FHIRServer) -> None:
    search = ValueSet.where({"_sort": "name", "_count": "1", "title:missing": "false", "publisher": "Example"})
    assert [found.title for found in search.perform_resources_iter(server)] == [BIOPSIES["title"]]
    pages = list(ValueSet.where({"_sort": "name", "_count": "1"}).perform_iter(server))
    assert [page.entry[0].resource.id for page in pages][:2] == ["biopsies", "sutures"]
    assert len(pages) == pages[0].total


def test_asks_operations(server: FHIRServer) -> None:
    expanded = ValueSet.read_from(f"ValueSet/$expand?url={VALUE_SET}&filter=skin&count=5", server)
    assert [(concept.code, concept.display) for concept in expanded.expansion.contains] == [("P1.1", "Biopsy of skin")]
    answer = Parameters.read_from(f"CodeSystem/$lookup?system={SYSTEM}&code=P2", server)
    assert ("display", "Suture") in [(p.name, p.valueString) for p in answer.parameter]


def test_writes_with_a_key(server: FHIRServer, running: Running) -> None:
    written = ValueSet(
        {"resourceType": "ValueSet", "id": "smart", "url": "http://example.org/smart", "status": "draft"}
    )
    with pytest.raises(FHIRUnauthorizedException):
        written.update(server)
    server.session.headers["X-API-Key"] = running.key
    written.update(server)
    assert ValueSet.read("smart", server).meta.versionId == "1"
    written.delete(server)
    with pytest.raises(requests.HTTPError, match="410"):
        ValueSet.read("smart", server)


def test_is_told_what_is_wrong(server: FHIRServer) -> None:
    with pytest.raises(FHIRNotFoundException) as missing:
        ValueSet.read("nothing", server)
    assert OperationOutcome(missing.value.response.json()).issue[0].code == "not-found"
