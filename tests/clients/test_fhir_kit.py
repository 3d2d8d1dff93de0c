"""fhir-kit-client, in Node.js."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients import npm
from tests.clients.conftest import Running
from tests.http.content import SYSTEM, VALUE_SET

pytestmark = pytest.mark.npm

PROGRAM = """
import {{ Client }} from 'fhir-kit-client';
const client = new Client({client});
const failure = (asked) => asked.then(() => null, (error) => error.response);
const answer = async () => {{ {steps} }};
console.log(JSON.stringify(await answer()));
"""
Kit = Callable[..., Any]


@pytest.fixture
def kit(running: Running) -> Kit:
    """Runs statements, with a `client` of an endpoint, and returns what they return."""

    def run(steps: str, endpoint: str = "r4") -> Any:
        client = {"baseUrl": f"{running.url}/{endpoint}", "bearerToken": running.key}
        return npm.run(PROGRAM.format(client=json.dumps(client), steps=steps))

    return run


def test_reads_and_searches(kit: Kit) -> None:
    got = kit("""
        const first = await client.search({
            resourceType: 'ValueSet', searchParams: { _sort: 'name', _count: 1, 'name:missing': false },
        });
        const second = await client.nextPage({ bundle: first });
        const posted = await client.search({
            resourceType: 'CodeSystem', searchParams: { code: 'P1.1' }, options: { postSearch: true },
        });
        return {
            capabilities: await client.capabilityStatement(),
            read: await client.read({ resourceType: 'ConceptMap', id: 'old-to-new' }),
            old: await client.vread({ resourceType: 'ValueSet', id: 'biopsies', version: '1' }),
            pages: [first, second, await client.prevPage({ bundle: second })],
            posted,
        };
    """)
    assert got["capabilities"]["fhirVersion"] == "4.0.1"
    assert got["read"]["group"][0]["element"][0]["target"][0]["equivalence"] == "equivalent"
    assert got["old"]["meta"]["versionId"] == "1"
    assert [page["entry"][0]["resource"]["id"] for page in got["pages"]] == ["biopsies", "sutures", "biopsies"]
    assert [entry["resource"]["id"] for entry in got["posted"]["entry"]] == ["procedures"]


def test_asks_operations(kit: Kit) -> None:
    got = kit(f"""
        const coding = {{ system: '{SYSTEM}', code: 'P1' }};
        return [
            await client.operation({{
                name: '$expand', resourceType: 'ValueSet', method: 'GET',
                input: {{ url: '{VALUE_SET}', filter: 'skin', count: 5 }},
            }}),
            await client.operation({{
                name: 'lookup', resourceType: 'CodeSystem',
                input: {{ resourceType: 'Parameters', parameter: [{{ name: 'coding', valueCoding: coding }}] }},
            }}),
            await client.operation({{
                name: 'validate-code', resourceType: 'ValueSet', id: 'sutures', method: 'GET', input: coding,
            }}),
        ];
    """)
    assert [concept["code"] for concept in got[0]["expansion"]["contains"]] == ["P1.1"]
    assert {"name": "display", "valueString": "Biopsy"} in got[1]["parameter"]
    assert {"name": "result", "valueBoolean": False} in got[2]["parameter"]


def test_writes(kit: Kit) -> None:
    got = kit(
        """
        const body = { resourceType: 'ValueSet', id: 'kit', url: 'http://example.org/ValueSet/kit', status: 'draft' };
        const target = { resourceType: 'ValueSet', id: 'kit' };
        return {
            put: await client.update({ ...target, body }),
            patched: await client.patch({
                ...target, jsonPatch: [{ op: 'replace', path: '/status', value: 'active' }],
            }),
            batch: await client.batch({ body: {
                resourceType: 'Bundle', type: 'batch',
                entry: [{ request: { method: 'GET', url: 'ValueSet/kit' } }],
            } }),
            deleted: await client.delete(target),
            history: await client.request('ValueSet/kit/_history'),
            gone: await failure(client.read(target)),
        };
    """,
        endpoint="r5",
    )
    assert got["put"]["meta"]["versionId"] == "1"
    assert (got["patched"]["status"], got["patched"]["meta"]["versionId"]) == ("active", "2")
    assert got["batch"]["entry"][0]["resource"]["status"] == "active"
    assert [entry["request"]["method"] for entry in got["history"]["entry"]] == ["DELETE", "PUT", "PUT"]
    assert (got["gone"]["status"], got["gone"]["data"]["resourceType"]) == (410, "OperationOutcome")


def test_is_told_what_is_wrong(kit: Kit) -> None:
    wrong = kit("""
        const body = { resourceType: 'ConceptMap', id: 'kit', status: 'draft' };
        return [
            await failure(client.read({ resourceType: 'ValueSet', id: 'nothing' })),
            await failure(client.search({ resourceType: 'ValueSet', searchParams: { colour: 'red' } })),
            await failure(client.update({ resourceType: 'ConceptMap', id: 'kit', body })),
        ];
    """)
    assert [failure["status"] for failure in wrong] == [404, 400, 403]
    assert {failure["data"]["resourceType"] for failure in wrong} == {"OperationOutcome"}
    assert [failure["data"]["issue"][0]["code"] for failure in wrong] == ["not-found", "not-supported", "forbidden"]
