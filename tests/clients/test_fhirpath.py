"""fhirpath.js with its `%terminologies` and `memberOf`, and values that `%factory` makes, in Node.js."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.clients import npm
from tests.clients.conftest import Running
from tests.http.content import MAP, OLD, SYSTEM, VALUE_SET

pytestmark = pytest.mark.npm

PROGRAM = """
import fhirpath from 'fhirpath';
import model from 'fhirpath/fhir-context/{endpoint}';
const {{ base, resource, expressions }} = {given};
const options = {{ async: 'always', terminologyUrl: base, fhirServerUrl: base }};
const asked = expressions.map((expression) => fhirpath.evaluate(resource, expression, {{}}, model, options));
console.log(JSON.stringify(await Promise.all(asked)));
"""
OBSERVED: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "category": [{"coding": [{"system": OLD, "code": "7"}]}],
    "code": {"coding": [{"system": SYSTEM, "code": "P1.1"}, {"system": SYSTEM, "code": "P2"}]},
    "valueCodeableConcept": {"coding": [{"system": SYSTEM, "code": "P2"}]},
}
WEIGHT = "http://hl7.org/fhir/concept-properties#itemWeight"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
CODING = f"%factory.Coding('{SYSTEM}', '{{code}}')"


def evaluated(running: Running, endpoint: str, *expressions: str) -> list[list[Any]]:
    """What each expression gives for the observation."""
    given = {"base": f"{running.url}/{endpoint}", "resource": OBSERVED, "expressions": expressions}
    results: list[list[Any]] = npm.run(PROGRAM.format(endpoint=endpoint, given=json.dumps(given)))
    return results


@pytest.mark.parametrize("endpoint", ["r4", "r5"])
def test_asks_the_server(running: Running, endpoint: str) -> None:
    translated = {"r4": "equivalence", "r5": "relationship"}[endpoint]
    assert evaluated(
        running,
        endpoint,
        f"%terminologies.expand('{VALUE_SET}', 'filter=skin').expansion.contains.display",
        "%terminologies.lookup(Observation.code.coding.first()).parameter.where(name = 'display').value",
        f"%terminologies.validateVS('{VALUE_SET}', Observation.value).parameter.where(name = 'result').value",
        f"%terminologies.validateVS('{VALUE_SET}', Observation.code).parameter.where(name = 'result').value",
        f"%terminologies.validateCS('{SYSTEM}', {CODING.format(code='P1')}).parameter.where(name = 'display').value",
        f"%terminologies.subsumes('{SYSTEM}', 'P1', 'P1.1')",
        f"%terminologies.translate('{MAP}', Observation.category.coding).parameter.where(name = 'match')"
        f".part.where(name = '{translated}').value.first()",
    ) == [["Biopsy of skin"], ["Biopsy of skin"], [False], [True], ["Biopsy"], ["subsumes"], ["equivalent"]]


@pytest.mark.parametrize("endpoint", ["r4", "r5"])
def test_member_of(running: Running, endpoint: str) -> None:
    assert evaluated(
        running,
        endpoint,
        f"Observation.code.coding.where(memberOf('{VALUE_SET}')).code",
        f"Observation.code.coding.where(memberOf('{VALUE_SET}|1')).code",
        f"Observation.value.memberOf('{VALUE_SET}')",
        f"{CODING.format(code='P1')}.memberOf('{VALUE_SET}')",
    ) == [["P1.1"], ["P1.1"], [False], [True]]


@pytest.mark.parametrize("endpoint", ["r4", "r5"])
def test_a_value_set_as_a_resource(running: Running, endpoint: str) -> None:
    """What is no canonical is sent: `valueSet` in the body of a POST."""
    biopsies = "'ValueSet/biopsies'.resolve()"
    assert evaluated(
        running,
        endpoint,
        f"%terminologies.expand({biopsies}, 'count=1&offset=1').expansion.contains.code",
        f"%terminologies.validateVS({biopsies}, Observation.value).parameter.where(name = 'result').value",
        f"%terminologies.subsumes('{SYSTEM}', Observation.code.coding.first(), {CODING.format(code='P1')})",
        "%terminologies.translate('ConceptMap/old-to-new'.resolve(), Observation.category.coding)"
        ".parameter.where(name = 'match').part.where(name = 'concept').value.code",
        f"%terminologies.translate('{MAP}', {CODING.format(code='P2')}, 'reverse=true')"
        ".parameter.where(name = 'result').value",
    ) == [["P1.1"], [False], ["subsumed-by"], ["P1", "P1.1"], [False]]


@pytest.mark.parametrize("endpoint", ["r4", "r5"])
def test_weights_of_codes(running: Running, endpoint: str) -> None:
    """`weight()` searches the CodeSystem by its url: for the code of the property that it looks up, or for concepts."""
    weighed = {
        "r4": {"extension": [{"url": ORDINAL, "valueDecimal": 2.5}]},
        "r5": {"property": [{"code": "points", "valueDecimal": 2.5}]},
    }
    scale = {
        "resourceType": "CodeSystem",
        "id": f"scale-{endpoint}",
        "url": f"http://example.org/CodeSystem/scale-{endpoint}",
        "status": "active",
        "content": "complete",
        "property": [{"code": "points", "uri": WEIGHT, "type": "decimal"}],
        "concept": [{"code": "often", **weighed[endpoint]}],
    }
    address = f"{running.url}/{endpoint}/CodeSystem/{scale['id']}"
    written = requests.put(address, json=scale, headers={"X-API-Key": running.key}, timeout=60)
    assert written.status_code == 201, written.text
    assert evaluated(running, endpoint, f"%factory.Coding('{scale['url']}', 'often').weight()") == [[2.5]]


def test_what_the_server_does_not_know_is_empty(running: Running) -> None:
    unknown = "http://example.org/ValueSet/unknown"
    assert evaluated(
        running, "r4", f"%terminologies.expand('{unknown}')", f"Observation.code.memberOf('{unknown}')"
    ) == [[], []]


def test_resources_of_the_server(running: Running) -> None:
    assert evaluated(running, "r4", "'ValueSet/biopsies'.resolve().title") == [["Biopsies of all kinds"]]
