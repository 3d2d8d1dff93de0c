"""The proxy's XML, by itself and against the server's, which was written apart."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from terminology.fhir import xml as servers
from terminology.fhir.json import dumps
from tests.conformance.proxy import xml
from tests.conformance.proxy.elements import R5, RELEASES
from tests.fhir.test_xml import ARRAYS, CODE_SYSTEM, CONCEPT_MAP, PARAMETERS, without_strangers

FHIR = 'xmlns="http://hl7.org/fhir"'
VALUE_SET: dict[str, Any] = {
    "resourceType": "ValueSet",
    "id": "x",
    "extension": [{"url": "http://example.org/e", "_valueCode": {"extension": [{"url": "u", "valueDecimal": 6}]}}],
    "contained": [{"resourceType": "CodeSystem", "id": "inner", "status": "draft", "content": "fragment"}],
    "url": "http://example.org/vs",
    "_url": {"id": "u"},
    "status": "active",
    "experimental": False,
    "compose": {"include": [{"system": "http://example.org/cs", "concept": [{"code": "a", "display": "<ä> & 'b'"}]}]},
}
SAMPLES = {
    "Parameters": PARAMETERS,
    "arrays": ARRAYS,
    "CodeSystem": CODE_SYSTEM,
    "ConceptMap": CONCEPT_MAP,
    "ValueSet": VALUE_SET,
}


def plain(resource: dict[str, Any]) -> dict[str, Any]:
    """As `json` reads it, without what is no FHIR."""
    return dict(json.loads(dumps(without_strangers(resource))))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_server_reads_what_the_proxy_writes(name: str) -> None:
    sample = plain(SAMPLES[name])
    assert json.loads(dumps(servers.loads(xml.dumps(sample, R5)))) == sample


@pytest.mark.parametrize("name", SAMPLES)
def test_the_proxy_reads_what_the_server_writes(name: str) -> None:
    sample = plain(SAMPLES[name])
    assert xml.loads(servers.dumps(sample), R5) == sample


@pytest.mark.parametrize("release", RELEASES)
def test_a_round_trip(release: Literal["R4", "R5"]) -> None:
    assert xml.loads(xml.dumps(VALUE_SET, RELEASES[release]), RELEASES[release]) == VALUE_SET


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f'<ValueSet {FHIR}><status value="a"/><url value="u"/></ValueSet>', "ValueSet.url stands behind status"),
        (f'<ValueSet {FHIR}><url value="u"/><url value="v"/></ValueSet>', "ValueSet.url stands there twice"),
        (f'<ValueSet {FHIR}><colour value="red"/></ValueSet>', "ValueSet.colour is no element of ValueSet"),
        (f'<ValueSet {FHIR}><meta value="m"/></ValueSet>', "ValueSet.meta has a value"),
        (f"<ValueSet {FHIR}><!-- a secret --></ValueSet>", "is not FHIR's"),
        ('<ValueSet><url value="u"/></ValueSet>', "is not FHIR's"),
        (f"<Nothing {FHIR}/>", "Nothing is no resource"),
        (f"<ValueSet {FHIR}>", "Premature end"),
    ],
)
def test_what_is_no_fhir(text: str, problem: str) -> None:
    with pytest.raises(xml.NotXmlError, match=problem):
        xml.loads(text.encode(), R5)


@pytest.mark.parametrize("value", [{"colour": "red"}, {"status": {"code": "active"}}, {"compose": ["x"]}])
def test_what_has_no_xml(value: dict[str, Any]) -> None:
    with pytest.raises(xml.NotXmlError):
        xml.dumps({"resourceType": "ValueSet", **value}, R5)
