"""fhirpy, which builds searches and follows pages (R5)."""

from __future__ import annotations

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, OperationOutcome, ResourceNotFound

from tests.clients.conftest import Running
from tests.http.content import BIOPSIES, SYSTEM, VALUE_SET


@pytest.fixture
def client(running: Running) -> SyncFHIRClient:
    return SyncFHIRClient(running.r5, authorization=f"Bearer {running.key}")


def test_reads(client: SyncFHIRClient) -> None:
    found = client.reference("ValueSet", "biopsies").to_resource()
    assert found.title == BIOPSIES["title"]
    assert found.compose["include"][0]["concept"][1].code == "P1.1"
    before = found.serialize()
    assert found.refresh().serialize() == before


def test_searches_and_follows_the_pages(client: SyncFHIRClient) -> None:
    sets = client.resources("ValueSet").sort("name").limit(1)
    assert [found.id for found in sets.search(publisher="Example").fetch_all()] == ["biopsies"]
    assert [found.id for found in sets.fetch_all()][:2] == ["biopsies", "sutures"]
    assert sets.search(url=VALUE_SET).first().id == "biopsies"
    assert sets.search(url=VALUE_SET).get().id == "biopsies"


def test_counts(client: SyncFHIRClient) -> None:
    assert client.resources("ConceptMap").count() == 1
    assert client.resources("ValueSet").search(name__exact="Biopsies").count() == 1


def test_asks_operations(client: SyncFHIRClient) -> None:
    expanded = client.resources("ValueSet").execute(
        "$expand", "get", params={"url": VALUE_SET, "filter": "skin", "count": 5}
    )
    assert [(concept.code, concept.display) for concept in expanded.expansion.contains] == [("P1.1", "Biopsy of skin")]
    asked = {
        "resourceType": "Parameters",
        "parameter": [{"name": "coding", "valueCoding": {"system": SYSTEM, "code": "P2"}}],
    }
    answer = client.reference("ValueSet", "biopsies").execute("$validate-code", data=asked)
    assert {"name": "result", "valueBoolean": False} in answer.parameter


def test_writes(client: SyncFHIRClient) -> None:
    url = "http://example.org/ValueSet/fhirpy"
    written = client.resource("ValueSet", id="fhirpy", url=url, status="draft").save()
    assert written.meta.versionId == "1"
    written["status"] = "active"
    assert written.save().meta.versionId == "2"
    again = client.resource("ValueSet", url=url, status="retired")
    updated, created = client.resources("ValueSet").search(url=url).update(again)
    assert (updated.id, updated.status, created) == ("fhirpy", "retired", False)
    with pytest.raises(OperationOutcome) as refused:
        updated.patch(title="A part of a resource is no patch")
    assert refused.value.resource["issue"][0]["code"] == "not-supported"
    updated.delete()
    with pytest.raises(ResourceNotFound, match="fhirpy"):
        client.get("ValueSet", "fhirpy")


def test_is_told_what_is_wrong(client: SyncFHIRClient, running: Running) -> None:
    with pytest.raises(OperationOutcome) as refused:
        client.resources("ValueSet").search(colour="red").fetch()
    assert refused.value.resource["issue"][0]["code"] == "not-supported"
    with pytest.raises(OperationOutcome) as refused:
        client.resource("ValueSet", id="fhirpy-wrong", status="sleeping").save()
    assert refused.value.resource["issue"][0]["expression"] == ["ValueSet.status"]
    with pytest.raises(AuthorizationError, match="OperationOutcome"):
        SyncFHIRClient(running.r5).resource("ValueSet", id="fhirpy-nobody", status="draft").save()
