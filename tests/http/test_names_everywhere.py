"""Every parameter of every operation that names a system takes its OID: a walk over the OPERATIONS table."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.ingest import load
from terminology.operations.operation import Operation
from terminology.operations.table import OPERATIONS

S, OID, NOTHING = "http://example.org/CodeSystem/s", "urn:oid:1.2.3.4", "urn:oid:9.9.9"
T, OTHER = "http://example.org/CodeSystem/t", "http://example.org/CodeSystem/other"
NAME = "{system}"
"""Stands for the system's name in the calls below."""

ELSEWHERE = {
    "useSupplement": "a supplement by its own canonical",
    **dict.fromkeys(("default-valueset-version", "check-valueset-version", "force-valueset-version"), "value sets"),
    "manifest": "a Library, whose versions become parameters that are here",
    "context": "an element",
    "sourceScope": "a value set",
    "targetScope": "a value set",
    "source": "a value set",
    "target": "a value set",
    "thisUrl": "a value set",
    "otherUrl": "a value set",
    "codeSystem": "the system itself, by its canonical",
    "property": "a Coding there is its code",
    "cache-id": "resources of earlier requests",
    "uuid": "nothing",
    "profile": "parameters that are all here, or a structure",
    "resource": "any resource: tests/operations/test_validate_bindings.py",
}
NOT_OF_SYSTEMS = {("ValueSet", "url"), ("ConceptMap", "url")}
NAMING_TYPES = {
    "uri",
    "canonical",
    "Coding",
    "CodeableConcept",
    "Resource",
    "ValueSet",
    "ConceptMap",
    "Parameters",
    "part",
}


def system(version: str, *codes: str) -> dict[str, Any]:
    return {
        "resourceType": "CodeSystem", "id": f"s-{version}", "url": S, "version": version, "status": "active",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": OID}], "content": "complete",
        "concept": [{"code": "top", "concept": [{"code": code} for code in codes]}],
    }  # fmt: skip


LOADED = [
    system("1", "a", "old"),
    system("2", "a", "b"),
    {"resourceType": "CodeSystem", "id": "t", "url": T, "status": "active", "content": "complete",
     "concept": [{"code": "x"}]},
]  # fmt: skip


def value_set(*include: dict[str, Any], id_: str = "v") -> dict[str, Any]:
    url = f"http://example.org/ValueSet/{id_}"
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": {"include": list(include)}}


def concept_map(source: str, target: str, **more: Any) -> dict[str, Any]:
    to = {"code": "x", "relationship": "equivalent", **more}
    return {
        "resourceType": "ConceptMap", "url": "http://example.org/m", "status": "active",
        "group": [{"source": source, "target": target, "element": [{"code": "a", "target": [to]}]}],
    }  # fmt: skip


def given(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"name": name, "valueUri": value}
    if isinstance(value, list):
        return {"name": name, "part": value}
    if "resourceType" in value:
        return {"name": name, "resource": value}
    return {"name": name, "valueCodeableConcept" if "coding" in value else "valueCoding": value}


def coding(code: str) -> dict[str, str]:
    return {"system": NAME, "code": code}


def concept(code: str) -> dict[str, Any]:
    return {"coding": [coding(code)]}


ANY, LISTED = value_set({"system": S}), value_set({"system": NAME, "concept": [{"code": "a"}]})
BOTH, FIRST = value_set({"system": S}, {"system": T}), value_set({"system": S, "version": "1"}, id_="first")
RULES = ("system-version", "check-system-version", "force-system-version")
DEPENDING = concept_map(S, T, dependsOn=[{"attribute": "http://x", "valueCoding": coding("b")}])
SUPPLEMENT = {
    "resourceType": "CodeSystem", "url": "http://example.org/more", "status": "active", "content": "supplement",
    "supplements": NAME, "concept": [{"code": "a", "display": "Named"}],
}  # fmt: skip
MAP = given("tx-resource", concept_map(S, T))
SUPPLEMENTED = [given("useSupplement", str(SUPPLEMENT["url"])), given("tx-resource", SUPPLEMENT)]

OF_SYSTEMS: dict[str, list[dict[str, Any]]] = {
    "url": [given("url", NAME), given("code", "a")],
    "system": [given("system", NAME), given("code", "a")],
    "coding": [given("coding", coding("a"))],
    "codeableConcept": [given("codeableConcept", concept("a"))],
    "tx-resource": [given("url", S), given("code", "a"), given("display", "Named"), *SUPPLEMENTED],
    **{rule: [given("url", S), given("code", "old"), given(rule, f"{NAME}|1")] for rule in RULES},
}
IN_ANY = given("valueSet", ANY)
OF_VALUE_SETS: dict[str, list[dict[str, Any]]] = {
    "system": [IN_ANY, given("system", NAME), given("code", "a")],
    "coding": [IN_ANY, given("coding", coding("a"))],
    "codeableConcept": [IN_ANY, given("codeableConcept", concept("a"))],
    "valueSet": [given("valueSet", LISTED), given("system", S), given("code", "a")],
    "tx-resource": [
        given("url", LISTED["url"]), given("tx-resource", LISTED), given("system", S), given("code", "a"),
    ],
    **{r: [IN_ANY, given("system", S), given("code", "old"), given(r, f"{NAME}|1")] for r in RULES},
}  # fmt: skip
CALLS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "CodeSystem/$lookup": {
        "system": [given("system", NAME), given("code", "a")],
        "coding": [given("coding", coding("a"))],
        "tx-resource": [given("system", S), given("code", "a"), *SUPPLEMENTED],
    },
    "CodeSystem/$validate-code": OF_SYSTEMS,
    "CodeSystem/$subsumes": {
        "system": [given("system", NAME), given("codeA", "top"), given("codeB", "a")],
        "codingA": [given("codingA", coding("top")), given("codingB", {"system": S, "code": "a"})],
        "codingB": [given("codingA", {"system": S, "code": "top"}), given("codingB", coding("a"))],
        "tx-resource": [given("system", NAME), given("codeA", "top"), given("codeB", "new"),
                        given("tx-resource", system("3", "new"))],
    },
    "CodeSystem/$diff": {
        "system": [given("system", NAME), given("from", "1"), given("to", "2")],
        "tx-resource": [given("system", NAME), given("from", "1"), given("to", "3"),
                        given("tx-resource", system("3", "new"))],
    },
    "CodeSystem/$find-matches": {
        "system": [given("system", NAME), given("exact", "true"),
                   given("property", [given("code", "code"), given("value", "a")])],
        "tx-resource": [given("system", NAME), given("exact", "true"), given("tx-resource", system("3", "new")),
                        given("property", [given("code", "code"), given("value", "new")])],
    },
    "ValueSet/$expand": {
        "valueSet": [given("valueSet", LISTED)],
        "exclude-system": [given("valueSet", BOTH), given("exclude-system", NAME)],
        "tx-resource": [given("url", LISTED["url"]), given("tx-resource", LISTED)],
        **{rule: [given("valueSet", ANY), given(rule, f"{NAME}|1")] for rule in RULES},
    },
    "ValueSet/$validate-code": OF_VALUE_SETS,
    "ValueSet/$related": {
        "thisValueSet": [given("thisValueSet", LISTED), given("otherValueSet", ANY)],
        "otherValueSet": [given("thisValueSet", ANY), given("otherValueSet", LISTED)],
        "tx-resource": [given("thisUrl", LISTED["url"]), given("otherValueSet", ANY), given("tx-resource", LISTED)],
        **{r: [given("thisValueSet", ANY), given("otherValueSet", FIRST), given(r, f"{NAME}|1")] for r in RULES},
    },
    "ConceptMap/$translate": {
        "sourceSystem": [MAP, given("sourceCode", "a"), given("sourceSystem", NAME)],
        "sourceCoding": [MAP, given("sourceCoding", coding("a"))],
        "sourceCodeableConcept": [MAP, given("sourceCodeableConcept", concept("a"))],
        "system": [MAP, given("code", "a"), given("system", NAME)],
        "coding": [MAP, given("coding", coding("a"))],
        "codeableConcept": [MAP, given("codeableConcept", concept("a"))],
        "targetCoding": [given("tx-resource", concept_map(T, S)), given("targetCoding", coding("x"))],
        "targetCodeableConcept": [given("tx-resource", concept_map(T, S)),
                                  given("targetCodeableConcept", concept("x"))],
        "targetSystem": [given("tx-resource", concept_map(T, S)), given("sourceCoding", {"system": T, "code": "a"}),
                         given("targetSystem", NAME)],
        "targetsystem": [given("tx-resource", concept_map(T, S)), given("coding", {"system": T, "code": "a"}),
                         given("targetsystem", NAME)],
        "dependency": [
            given("tx-resource", DEPENDING), given("sourceCoding", {"system": S, "code": "a"}),
            given("dependency", [given("attribute", "http://x"), given("value", {"system": S, "code": "b"})])],
        "conceptMap": [given("conceptMap", concept_map(NAME, T)), given("sourceCoding", {"system": S, "code": "a"})],
        "tx-resource": [given("tx-resource", concept_map(NAME, T)), given("sourceCoding", {"system": S, "code": "a"})],
    },
    "$closure": {
        "concept": [given("name", "mine"), given("concept", coding("top")), given("concept", coding("a"))],
        "tx-resource": [given("name", "mine"), given("tx-resource", system("3", "new")),
                        given("concept", coding("top")), given("concept", coding("new"))],
    },
}  # fmt: skip
CALLS["ConceptMap/$closure"] = CALLS["$closure"]


def batched(call: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The same question in a batch, with the parameter that it is about shared by all, or within."""
    shared = [p for p in call if p["name"] == name and name in {*RULES, "url", "system", "tx-resource"}]
    within = [p for p in call if p not in shared]
    return [*shared, given("validation", {"resourceType": "Parameters", "parameter": within})]


for title in ("CodeSystem/$validate-code", "ValueSet/$validate-code"):
    single = CALLS[title]
    batches = {name: batched(call, name) for name, call in single.items()}
    batches["validation"] = [given("validation", {"resourceType": "Parameters", "parameter": single["coding"]})]
    CALLS[title.replace("$", "$batch-")] = batches


def taking(operation: Operation) -> list[str]:
    """The parameters of an operation that may name a system."""
    return [
        p.name
        for p in operation.parameters
        if p.type in NAMING_TYPES and p.name not in ELSEWHERE and (operation.resource, p.name) not in NOT_OF_SYSTEMS
    ]


EVERY = [
    pytest.param(operation, name, id=f"{operation.title} {name}")
    for operation in OPERATIONS
    if operation.name not in {"validate-bindings", "versions", "preferred-id", "translate-id"}
    for name in taking(operation)
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("everywhere")
    file, database = folder / "all.json", f"sqlite:///{folder / 'all.db'}"
    entries = [{"resource": resource} for resource in LOADED]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    app = create_app(database=database, insecure_writes=True)
    load(app.extensions["terminology"].store, [file])
    return app.test_client()


def in_url(call: list[dict[str, Any]]) -> str | None:
    """The same call in a URL, where that has room for its parameters."""
    plain = all("valueUri" in p for p in call)
    return urlencode({p["name"]: p["valueUri"] for p in call}) if plain else None


@pytest.mark.parametrize(("operation", "name"), EVERY)
def test_an_oid_works_where_the_canonical_does(client: FlaskClient, operation: Operation, name: str) -> None:
    def answer(system: str) -> Any:
        at = f"/r5/{operation.title}"
        if operation.name == "closure":
            assert client.post(at, json={"resourceType": "Parameters", "parameter": [given("name", "mine")]}).json
        call = json.loads(json.dumps(CALLS[operation.title][name]).replace(NAME, system))
        found = client.post(at, json={"resourceType": "Parameters", "parameter": call}).json
        if (query := in_url(call)) is not None and not operation.affects_state:
            assert client.get(f"{at}?{query}").json == found
        for changing in ("identifier", "timestamp"):
            found.get("expansion", {}).pop(changing, None)
        return json.loads(json.dumps(found).replace(system, S))

    by_canonical = answer(S)
    assert by_canonical["resourceType"] != "OperationOutcome"
    assert answer(OID) == by_canonical
    assert answer(NOTHING) != by_canonical  # so that the name matters
