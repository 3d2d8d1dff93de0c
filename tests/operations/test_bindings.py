"""The terminology binding of EHRs: value sets of elements, resources against their bindings, what can be answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from terminology.cli.main import cli
from terminology.fhir import structuredefinition
from terminology.http.app import create_app
from terminology.ingest import load
from terminology.operations import validate_bindings
from terminology.store.opening import open_store
from tests.operations.calling import value
from tests.operations.profiles import BASE, CS, EVERYTHING, PROFILE, RACE, VS, element, structure, value_set


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bindings")
    file = folder / "all.json"
    entries = [{"resource": resource} for resource in EVERYTHING]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    url = f"sqlite:///{folder / 'test.db'}"
    store = open_store(url)
    load(store, [file])
    store.close()
    return url


@pytest.fixture(scope="module")
def client(database: str) -> FlaskClient:
    return create_app(database=database).test_client()


def concept(*codes: str, system: str = CS + "codes") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def check(client: FlaskClient, query: str = "", /, **members: Any) -> list[tuple[str, str]]:
    """Severities and places of what is wrong with an Observation."""
    answer = client.post(f"/r5/$validate-bindings{query}", json={"resourceType": "Observation", **members})
    assert answer.status_code == 200, answer.text
    return [(i["severity"], *i.get("expression", ())) for i in answer.json["issue"]]


FINE = [("information",)]


# ValueSet/$expand and $validate-code with context


@pytest.mark.parametrize(
    ("context", "codes"),
    [
        ("Observation.status", ["final", "draft"]),
        (f"{BASE}Observation%23Observation.status", ["final", "draft"]),
        (f"{BASE}Observation%23status", ["final", "draft"]),
        (f"{BASE}Observation|1%23Observation.code", ["a", "b"]),
        ("Observation.component.range.type", ["a"]),
        ("Observation.site.use", ["final", "draft"]),
        ("Observation.valueQuantity.comparator", ["final", "draft"]),
        ("Observation.onsetAge", ["mg"]),
        (f"{PROFILE}%23Observation.category", ["a"]),
        (f"{PROFILE}%23Observation.component:first.range.type", ["a"]),
        (f"{PROFILE}%23Observation.component:first.value[x]", ["a"]),
        (f"{PROFILE}%23Observation.site.city", ["final", "draft"]),
        (f"{PROFILE}%23Observation.reason", ["a", "b"]),
        (f"{PROFILE}%23Observation.reason&contextDirection=outgoing", ["a"]),
    ],
)
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_the_value_set_of_an_element(client: FlaskClient, release: str, context: str, codes: list[str]) -> None:
    answer = client.get(f"/{release}/ValueSet/$expand?context={context}")
    assert [c["code"] for c in answer.json["expansion"]["contains"]] == codes


@pytest.mark.parametrize(
    ("context", "status", "text"),
    [
        ("Observation.nothing", 404, "has no element 'Observation.nothing'"),
        ("Observation.value[x]", 404, "No value set is bound"),
        ("Observation.onset[x]", 404, "No value set is bound"),
        ("Patient.gender", 404, "'http://hl7.org/fhir/StructureDefinition/Patient' is not here"),
        ("gender", 400, "names no element"),
        ("Observation.status&contextDirection=sideways", 400, "incoming or outgoing"),
    ],
)
def test_contexts_without_a_value_set(client: FlaskClient, context: str, status: int, text: str) -> None:
    answer = client.get(f"/r5/ValueSet/$expand?context={context}")
    assert answer.status_code == status
    assert text in answer.json["issue"][0]["details"]["text"]


@pytest.mark.parametrize("element_", ["Observation.status", "Observation.code"])
def test_a_differential_needs_its_base(client: FlaskClient, element_: str) -> None:
    """It would not be true that there is no such element, or that nothing is bound to it."""
    profile = structure(
        "Observation", element("Observation.code", short="Which"), profile=VS, baseDefinition="http://example.org/far"
    )
    given = [{"name": "tx-resource", "resource": profile}, {"name": "context", "valueUri": f"{VS}#{element_}"}]
    answer = client.post("/r5/ValueSet/$expand", json={"resourceType": "Parameters", "parameter": given})
    assert answer.status_code == 404
    assert "'http://example.org/far' is not here" in answer.json["issue"][0]["details"]["text"]
    given[0] = {"name": "tx-resource", "resource": {**profile, "baseDefinition": BASE + "Observation"}}
    answer = client.post("/r5/ValueSet/$expand", json={"resourceType": "Parameters", "parameter": given})
    assert answer.json["expansion"]["contains"]


@pytest.mark.parametrize(
    ("context", "code", "result", "severities"),
    [
        ("Observation.code", "a", True, []),
        (f"{PROFILE}%23Observation.code", "c", False, ["error"]),
        ("Observation.reason", "c", True, ["warning"]),
        ("Observation.category", "c", True, ["information"]),
        ("Observation.code", "c", True, ["information"]),
        ("Observation.reason", "unknown", False, ["error", "warning"]),
    ],
)
def test_the_strength_says_what_another_code_is(client: FlaskClient, context, code, result, severities) -> None:
    answer = client.get(f"/r5/ValueSet/$validate-code?context={context}&system={CS}codes&code={code}").json
    assert value(answer, "result") is result
    issues = value(answer, "issues")
    assert sorted(i["severity"] for i in issues["issue"]) == severities if severities else issues is None


# $validate-bindings


def test_a_resource_in_order(client: FlaskClient) -> None:
    assert check(client, status="final", code=concept("a"), category=[concept("a")]) == FINE


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"status": "wrong"}, [("error", "Observation.status")]),
        ({"category": [concept("a"), concept("c")]}, "Observation.category[1]"),
        ({"code": concept("zzz")}, "Observation.code"),
        ({"range": {"type": {"system": CS + "codes", "code": "b"}}}, [("error", "Observation.range.type.code")]),
        (
            {"component": [{}, {"range": [{"type": {"system": CS + "codes", "code": "c"}}]}]},
            [("error", "Observation.component[1].range[0].type.code")],
        ),
        ({"site": {"use": "nowhere"}}, [("error", "Observation.site.use")]),
        ({"valueQuantity": {"comparator": "?"}}, [("error", "Observation.value.comparator")]),
        ({"performer": {"concept": concept("c")}}, "Observation.performer.concept"),
        (
            {"contained": [{"resourceType": "Observation", "status": "?"}]},
            [("error", "Observation.contained[0].status")],
        ),
        ({"reason": {"text": "words"}}, [("warning", "Observation.reason")]),
        ({"category": [{"text": "words"}]}, FINE),
        ({"valueCodeableConcept": concept("zzz")}, [("error", "Observation.value.coding[0].code")]),
        ({"valueQuantity": {"system": "http://unitsofmeasure.org", "code": "mg"}}, FINE),
        ({"valueString": "text"}, FINE),
        (
            {"onsetAge": {"system": "http://unitsofmeasure.org", "code": "kg"}},
            [("warning", "Observation.onset.code")],
        ),
        ({"unknownMember": concept("zzz"), "_status": {"id": "x"}}, FINE),
    ],
)  # fmt: skip
def test_each_kind_of_place_is_found(client: FlaskClient, members: dict[str, Any], expected: Any) -> None:
    found = check(client, **members)
    if isinstance(expected, str):
        assert any(place.startswith(expected) for _, place in found)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("element", "severity"), [("reason", "warning"), ("category", "information"), ("code", "information")]
)
def test_the_strength_decides(client: FlaskClient, element: str, severity: str) -> None:
    content = concept("c") if element != "category" else [concept("c")]
    found = {s for s, place in check(client, **{element: content}) if ".coding[" not in place}
    assert found == {severity}


def test_a_profile_is_stricter_than_its_type(client: FlaskClient) -> None:
    assert ("error", "Observation.code") in check(client, f"?profile={PROFILE}", code=concept("c"))
    assert ("error", "Observation.code") in check(client, meta={"profile": [PROFILE]}, code=concept("c"))
    instance = client.post(
        "/r5/StructureDefinition/strict-observation/$validate-bindings",
        json={"resourceType": "Observation", "code": concept("c")},
    )
    assert "error" in {i["severity"] for i in instance.json["issue"]}
    strict = f"?profile={PROFILE}"
    assert check(client, strict, status="?") == [("error", "Observation.status")], "what the base says still holds"
    assert check(client, strict, site={"city": "final", "use": "?"}) == [("error", "Observation.site.use")]
    assert ("error", "Observation.site.city") in check(client, strict, site={"city": "?"})
    assert ("error", "Observation.reason") in check(client, strict, reason=concept("b")), "beyond the maximum"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ([], "information"),
        (["gender$female"], "information"),
        (["venue$ward"], "information"),
        (["gender$male"], None),
        (["gender$female", "venue$home"], None),
        (["gender$female", "venue$ward"], "error"),
        ([f"gender${CS}gender|other", f"venue${CS}venue|ward"], "error"),
        (["gender$http://example.org/else|female", "venue$ward"], None),
    ],
)
def test_bindings_for_a_use_hold_where_it_is_named(client: FlaskClient, usage: list[str], expected: str | None) -> None:
    query = "".join(f"&usage={one}" for one in usage)
    found = check(client, f"?profile={PROFILE}{query}", reason=concept("a"))
    severities = [severity for severity, *place in found if place == ["Observation.reason"]]
    assert severities == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("purpose", "severity"),
    [
        ("required", "error"), ("maximum", "error"), ("extensible", "warning"), ("current", "warning"),
        ("preferred", "information"), ("minimum", None), ("candidate", None), ("ui", None), ("starter", None),
        ("component", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_what_a_purpose_makes_of_other_codes(
    client: FlaskClient, release: str, purpose: str, severity: str | None
) -> None:
    more = {"purpose": purpose, "valueSet": VS + "category"}
    if release == "r4":
        parts = [{"url": "purpose", "valueCode": purpose}, {"url": "valueSet", "valueCanonical": VS + "category"}]
        also = {"extension": [{"url": structuredefinition.ADDITIONAL, "extension": parts}]}
    else:
        also = {"additional": [more]}
    profile = structure(
        "Observation", element("Observation.code", "CodeableConcept", bound="preferred code", also=also), profile=VS
    )
    found = by(client, profile, release=release, code=concept("b"))
    assert [s for s, place in found if place == "Observation.code"] == ([severity] if severity else [])


def test_one_of_the_repeats_is_enough_where_the_binding_says_so(client: FlaskClient) -> None:
    also = {"additional": [{"purpose": "required", "valueSet": VS + "category", "any": True}]}
    profile = structure(
        "Observation", element("Observation.category", "CodeableConcept", bound="example code", also=also), profile=VS
    )
    assert by(client, profile, category=[concept("b"), concept("a")]) == [("information", "")]
    wrong = by(client, profile, category=[concept("b"), concept("b")])
    assert [place for severity, place in wrong if severity == "error"] == [
        "Observation.category[0]", "Observation.category[1]",
    ]  # fmt: skip


def by(client: FlaskClient, profile: dict[str, Any], *others: dict[str, Any], **members: Any) -> list[tuple[str, str]]:
    """What is wrong with an Observation by a profile that travels along, with others."""
    release = members.pop("release", "r5")
    given = [
        *({"name": "tx-resource", "resource": resource} for resource in (profile, *others)),
        {"name": "profile", "valueCanonical": profile["url"]},
        {"name": "resource", "resource": {"resourceType": "Observation", **members}},
    ]
    answer = client.post(f"/{release}/$validate-bindings", json={"resourceType": "Parameters", "parameter": given})
    assert answer.status_code == 200, answer.text
    return [(i["severity"], *i.get("expression", ("",))) for i in answer.json["issue"]]


@pytest.mark.parametrize(
    ("strength", "severity"),
    [("required", "warning"), ("extensible", "warning"), ("preferred", "information"), ("example", "information")],
)
def test_what_is_not_here_is_no_error(client: FlaskClient, strength: str, severity: str) -> None:
    profile = structure(
        "Observation", element("Observation.code", "CodeableConcept", bound=f"{strength} lost"), profile=VS
    )
    for code in (concept("a", system=CS + "not-here"), concept("a", "b", system=CS + "not-here")):
        assert {severity for severity, _ in by(client, profile, code=code)} == {severity}


def test_errors_are_not_lost_among_notes(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate_bindings, "MOST_ISSUES", 3)
    told = client.post(
        "/r5/$validate-bindings",
        json={"resourceType": "Observation", "category": [concept("c")] * 3, "status": "wrong"},
    ).json["issue"]
    assert [issue["severity"] for issue in told].count("error") == 1
    assert told[-1]["details"]["text"] == "3 further issues are left out."


def test_what_concerns_a_value_set_is_said_once(client: FlaskClient) -> None:
    draft = value_set("draft", CS + "codes", "a") | {"status": "retired"}
    profile = structure(
        "Observation", element("Observation.category", "CodeableConcept", bound="required draft"), profile=VS
    )
    found = by(client, profile, draft, category=[concept("a"), concept("a"), concept("b")])
    assert found == [
        ("information", "Observation.category[0]"),
        ("error", "Observation.category[2]"),
        ("information", "Observation.category[2].coding[0].code"),
    ]


def test_slices_hold_for_their_own_values(client: FlaskClient) -> None:
    strict = f"?profile={PROFILE}"
    first = {"code": concept("b"), "valueCodeableConcept": concept("c")}
    assert ("error", "Observation.component[0].value") in check(client, strict, component=[first])
    assert check(client, strict, component=[first | {"code": concept("a")}]) == FINE
    unit = {"system": "http://unitsofmeasure.org", "code": "kg"}
    assert ("error", "Observation.value.code") in check(client, strict, valueQuantity=unit)


def test_extensions_are_known_by_their_url(client: FlaskClient) -> None:
    wrong = {"url": RACE, "valueCodeableConcept": concept("c")}
    assert ("error", "Observation.extension[0].value") in check(client, extension=[wrong])
    other = {"url": "http://example.org/other", "valueString": "x"}
    assert check(client, extension=[other]) == [("information", "Observation.extension[0]")]


def test_extensions_of_primitive_values(client: FlaskClient) -> None:
    wrong, right = ({"url": RACE, "valueCodeableConcept": concept(code)} for code in "ca")
    found = check(client, status="final", _status={"extension": [right, wrong]})
    assert ("error", "Observation.status.extension[1].value") in found
    assert not any("extension[0]" in place for _, place in found)
    repeated = check(client, site={"line": ["x", "y"], "_city": {"extension": [wrong]}, "_line": [None, {}, "odd"]})
    assert ("error", "Observation.site.city.extension[0].value") in repeated


def test_a_profile_on_another_type_is_an_error(client: FlaskClient) -> None:
    body = {"resourceType": "Bundle", "type": "collection"}
    (issue,) = client.post(f"/r5/$validate-bindings?profile={PROFILE}", json=body).json["issue"]
    assert (issue["severity"], issue["code"], issue["expression"]) == ("error", "structure", ["Bundle"])
    assert "is for Observation" in issue["details"]["text"]


def test_definitions_and_value_sets_may_travel_along(client: FlaskClient) -> None:
    profile = structure(
        "Observation", element("Observation.code", "CodeableConcept", bound="required mine"), profile="http://x.org/p"
    )
    given = [
        {"name": "tx-resource", "resource": profile},
        {"name": "tx-resource", "resource": value_set("mine", CS + "codes", "c")},
        {"name": "profile", "valueCanonical": "http://x.org/p"},
        {"name": "resource", "resource": {"resourceType": "Observation", "code": concept("a")}},
    ]
    body = {"resourceType": "Parameters", "parameter": given}
    answer = client.post("/r4/$validate-bindings", json=body).json
    assert {i["severity"] for i in answer["issue"]} == {"error", "information"}
    given[1] = {"name": "uuid", "valueUuid": "urn:uuid:1"}
    (issue,) = client.post("/r4/$validate-bindings", json=body).json["issue"]
    assert (issue["severity"], issue["expression"]) == ("warning", ["Observation.code"])
    assert "Not checked against the value set" in issue["details"]["text"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Observation", "code": 7}, 200),
        ({"resourceType": "Observation", "code": {"coding": 7}}, 400),
        ({"resourceType": "Observation", "code": {"coding": [{"code": 7}]}}, 400),
        ({"resourceType": "Observation", "component": "x", "contained": [{"resourceType": "Nothing"}]}, 200),
        ({"resourceType": "Patient"}, 404),
        ({"resourceType": "Parameters", "parameter": []}, 400),
    ],
)
def test_what_is_no_resource_is_no_fault(client: FlaskClient, body: dict[str, Any], status: int) -> None:
    answer = client.post("/r5/$validate-bindings", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json["resourceType"] == "OperationOutcome"


# StructureDefinitions as resources


def test_structures_are_read_and_searched(client: FlaskClient) -> None:
    assert client.get("/r5/StructureDefinition/Observation").json["snapshot"]["element"][0]["path"] == "Observation"
    assert client.get(f"/r4/StructureDefinition?url={PROFILE}").json["total"] == 1
    assert client.get(f"/r5/StructureDefinition?valueset={VS}category").json["total"] == 3
    assert client.get(f"/r5/StructureDefinition?base={BASE}Observation").json["total"] == 1
    xml = client.get("/r5/StructureDefinition/strict-observation?_format=xml")
    assert b'<sliceName value="first"' in xml.data


def test_what_r5_has_beyond_r4_travels_in_extensions(client: FlaskClient) -> None:
    def reason(release: str) -> dict[str, Any]:
        elements = client.get(f"/{release}/StructureDefinition/strict-observation").json["differential"]["element"]
        return next(e["binding"] for e in elements if e["id"] == "Observation.reason")

    assert len(reason("r5")["additional"]) == 2
    assert "additional" not in reason("r4")
    assert len(reason("r4")["extension"]) == 2


# terminology bindings


def bindings(database: str, path: Path, *options: str) -> Any:
    return CliRunner().invoke(cli, ["bindings", str(path), "--database", database, "--release", "R5", *options])


def test_the_command_says_what_cannot_be_answered_and_why(database: str, tmp_path: Path) -> None:
    guide = structure(
        "Observation",
        element("Observation.status", "code", bound="required status"),
        element("Observation.code", "CodeableConcept", bound="required lost"),
        element("Observation.reason", "CodeableConcept", bound="extensible missing"),
        element("Observation.category", "CodeableConcept", bound="example"),
        element("Observation.performer", "CodeableReference", bound="example code|9"),
        profile="http://x.org/guide",
    )
    file = tmp_path / "guide.json"
    file.write_text(json.dumps(guide))
    told = bindings(database, file, "--json")
    assert told.exit_code == 1
    report = json.loads(told.output)
    assert report["counts"] == {"full": 1, "none": 4}
    reasons = {b["element"].partition(".")[2]: b.get("reason", "") for b in report["bindings"]}
    assert reasons["status"] == ""
    assert "not-here" in reasons["code"]
    assert "missing" in reasons["reason"]
    assert "words" in reasons["category"]
    assert reasons["performer"].endswith("(here in version 1)")
    table = bindings(database, file)
    assert "5 bindings can be answered: 1 yes, 4 no" in table.output
    file.write_text(json.dumps(guide | {"differential": {"element": guide["differential"]["element"][:2]}}))
    assert bindings(database, file, "--all").exit_code == 0
    (tmp_path / "none.txt").write_text("nothing")
    assert bindings(database, tmp_path / "none.txt").exit_code == 1
