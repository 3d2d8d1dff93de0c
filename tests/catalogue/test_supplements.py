"""Supplements: asked for, applied by themselves, or missing."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from tests.catalogue.loading import World, code_system

URL = "http://example.org/cs"
SUPPLEMENT = "http://example.org/supplement"
LANGUAGE_PACK = {
    "url": "http://hl7.org/fhir/StructureDefinition/codesystem-supplement-type",
    "valueCode": "lang-pack",
}


def supplement(version="1", *, base=URL, url=SUPPLEMENT, **members):
    concept = {"code": "a", "designation": [{"language": "nl", "value": f"ectenoot {version}"}]}
    return code_system(url, version, content="supplement", supplements=base, concept=[concept], **members)


def designations(system):
    return [(d.value, str(d.source)) for d in system.locate("a").concept.designations]


@pytest.fixture
def world():
    return World(code_system(URL, "1.0.0", "a"), code_system(URL, "2.0.0", "a"), supplement("1"), supplement("2"))


def test_a_requested_supplement_adds_designations(world):
    system = world.request().code_system(Canonical(URL), [Canonical(SUPPLEMENT)])
    assert designations(system) == [("ectenoot 2", SUPPLEMENT + "|2")]
    assert [str(s.canonical) for s in system.supplements] == [SUPPLEMENT + "|2"]
    assert designations(world.request().code_system(Canonical(URL))) == []


def test_a_requested_version_of_a_supplement_is_used(world):
    system = world.request().code_system(Canonical(URL), [Canonical(SUPPLEMENT, "1")])
    assert designations(system) == [("ectenoot 1", SUPPLEMENT + "|1")]
    assert system.key != world.request().code_system(Canonical(URL)).key


@pytest.mark.parametrize("ref", ["http://example.org/nothing", SUPPLEMENT + "|3"])
def test_a_missing_supplement_is_not_found(world, ref):
    with pytest.raises(TerminologyError, match=f"Required supplement not found: {ref}".replace("|", r"\|")) as caught:
        world.request().code_system(Canonical(URL), [Canonical.parse(ref)])
    assert caught.value.kind == "not-found"
    assert caught.value.issues[0].detail == "not-found"


def test_every_missing_supplement_is_named(world):
    with pytest.raises(TerminologyError) as caught:
        world.request().code_system(
            Canonical(URL), [Canonical("urn:x:one"), Canonical(SUPPLEMENT), Canonical("urn:x:two")]
        )
    assert [issue.arguments["supplement"] for issue in caught.value.issues] == ["urn:x:one", "urn:x:two"]


def test_a_supplement_of_another_system_changes_nothing(world):
    world.load(code_system("http://example.org/other", "1", "a"))
    system = world.request().code_system(Canonical("http://example.org/other"), [Canonical(SUPPLEMENT)])
    assert system.supplements == ()


def test_a_supplement_supplied_with_the_request_comes_before_the_stored_one(world):
    mine = world.request(supplement("9"))
    assert designations(mine.code_system(Canonical(URL), [Canonical(SUPPLEMENT)])) == [
        ("ectenoot 9", SUPPLEMENT + "|9")
    ]
    again = world.request().code_system(Canonical(URL), [Canonical(SUPPLEMENT)])
    assert designations(again) == [("ectenoot 2", SUPPLEMENT + "|2")]


def test_language_packs_are_used_without_being_requested(world):
    pack = supplement("1", url="http://example.org/nl", extension=[LANGUAGE_PACK])
    world.load(pack)
    assert designations(world.request().code_system(Canonical(URL))) == [("ectenoot 1", "http://example.org/nl|1")]
    asked = world.request().code_system(Canonical(URL), [Canonical("http://example.org/nl")])
    assert designations(asked) == [("ectenoot 1", "http://example.org/nl|1")]
    mine = world.request(pack | {"version": "5"}).code_system(Canonical(URL))
    assert [str(s.canonical) for s in mine.supplements] == ["http://example.org/nl|5"]


def test_language_packs_apply_only_to_the_version_they_supplement(world):
    world.load(supplement("1", url="http://example.org/nl", base=URL + "|1.0.0", extension=[LANGUAGE_PACK]))
    request = world.request()
    assert request.code_system(Canonical(URL, "1.0.0")).supplements
    assert request.code_system(Canonical(URL, "2.0.0")).supplements == ()


def test_a_supplement_is_no_version_of_a_system(world):
    request = world.request()
    assert request.code_system_versions(SUPPLEMENT) == ()
    assert request.code_system(Canonical(SUPPLEMENT)).metadata.content == "supplement"
    assert URL in {c.url for c in request.systems_holding("a")}
    assert SUPPLEMENT not in {c.url for c in request.systems_holding("a")}


@pytest.mark.parametrize(
    ("made_for", "over"),
    [
        (URL, ["1.0.0", "2.0.0"]),
        (URL + "|2.0.0", ["2.0.0"]),
        (URL + "|2.x", ["2.0.0"]),
        (URL + "|9", ["1.0.0", "2.0.0"]),  # that version is not here, and a required supplement must not be ignored
    ],
)
def test_a_required_supplement_is_laid_over_the_versions_it_was_made_for(world, made_for, over):
    request = world.request(supplement("1", url="http://example.org/more", base=made_for))
    systems = [
        request.code_system(Canonical(URL, v), [Canonical("http://example.org/more")]) for v in ("1.0.0", "2.0.0")
    ]
    assert [system.metadata.version for system in systems if system.supplements] == over
