"""Which version of a code system a canonical means."""

from __future__ import annotations

import pytest

from terminology.catalogue.choosing import Candidate, Preferences, choose
from terminology.model.coding import Canonical
from terminology.settings import Settings
from tests.catalogue.loading import World, code_system, value_set
from valuesets.planning import plan

URL = "http://example.org/cs"
SET = "http://example.org/vs"


def chosen(*versions, wanted=None, **how):
    found = choose([Candidate(item=v, version=v) for v in versions], wanted, **how)
    return found.item if found else None


def meant(world, ref=URL, *, request=None, **context):
    system = (request or world.request(**context)).code_system(Canonical.parse(ref))
    return system.metadata.version if system else None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, "2.0.0"),
        ("1.0.0", "1.0.0"),
        ("1.x.x", "1.10.0"),
        ("1.x", "1.10.0"),
        ("1.?.?", "1.10.0"),
        ("1.2.x", "1.2.0"),
        ("1.2", "1.2.0"),
        ("1", None),
        ("3.x", None),
        ("2.0.1", None),
    ],
)
def test_a_requested_version_or_pattern_chooses(wanted, expected):
    assert chosen("1.10.0", "1.0.0", "2.0.0", "1.2.0", wanted=wanted) == expected


def test_an_exact_version_is_no_pattern():
    assert chosen("2.0", "2.0.5", wanted="2.0") == "2.0"


def test_a_preferred_version_counts_only_if_it_exists_and_none_is_requested():
    assert chosen("1.0", "2.0", preferred=["9.x", "1.x"]) == "1.0"
    assert chosen("1.0", "2.0", preferred=["9.x"]) == "2.0"
    assert chosen("1.0", "2.0", wanted="2.0", preferred=["1.x"]) == "2.0"


PERIODS = [
    Candidate(item="old", version="2023", start="2022-10-01", end="2023-09-30"),
    Candidate(item="now", version="2024", start="2023-10-01", end="2024-09-30"),
    Candidate(item="next", version="2025", start="2024-10-01"),
]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2024-07-01", "now"),
        ("2024-09-30", "now"),
        ("2024-10-01", "next"),
        ("2023-01-01", "old"),
        ("2020-01-01", "old"),
        (None, "next"),
    ],
)
def test_the_version_in_effect_on_the_day_is_chosen(today, expected):
    assert choose(PERIODS, today=today).item == expected


def test_a_version_that_has_ended_comes_before_one_that_has_not_begun():
    ended = [PERIODS[0], PERIODS[2]]
    assert choose(ended, today="2024-07-01").item == "old"


def test_preferences_come_from_default_versions_and_the_snomed_edition():
    settings = Settings.load({}, default_versions="http://a|1.x http://b|2", snomed_default_edition="42")
    preferences = Preferences(settings)
    assert preferences.of("http://a", "R5") == ("1.x",)
    assert preferences.of("http://b", "R5") == ("2",)
    assert preferences.of("http://c", "R5") == ()
    assert preferences.of("http://snomed.info/sct", "R4") == ("http://snomed.info/sct/42",)


@pytest.mark.parametrize(
    ("url", "core"),
    [
        ("http://hl7.org/fhir/administrative-gender", True),
        ("http://hl7.org/fhir/ValueSet/administrative-gender", True),
        ("http://hl7.org/fhir/us/core/ValueSet/x", False),
        ("http://hl7.org/fhir/test/CodeSystem/x", False),
        ("http://hl7.org/fhir/sid/icd-10", False),
        ("http://terminology.hl7.org/CodeSystem/x", False),
    ],
)
def test_core_canonicals_follow_the_release_of_the_endpoint(url, core):
    assert bool(Preferences(Settings.load({})).of(url, "R4")) is core


def test_the_endpoint_decides_for_core_canonicals():
    gender = "http://hl7.org/fhir/administrative-gender"
    world = World(
        code_system(gender, "4.0.1", "m"), code_system(gender, "5.0.0", "m"), code_system(gender, "6.0.0", "m")
    )
    assert meant(world, gender, release="R4") == "4.0.1"
    assert meant(world, gender, release="R5") == "5.0.0"
    assert meant(world, gender, release="R4B") == "4.0.1"
    assert meant(world, gender + "|4.0.1", release="R5") == "4.0.1"


def test_stored_versions_by_their_headers():
    world = World(
        code_system(URL, "2018-08-12", date="2018-08-12"),
        code_system(URL, "4.0.0", date="2024-11-19"),
        code_system(URL, "3.0.0", date="2022-11-19"),
    )
    assert meant(world) == "4.0.0"
    assert world.request().code_system_versions(URL) == ("2018-08-12", "3.0.0", "4.0.0")


def test_the_publisher_says_how_versions_compare():
    versions = [code_system(URL, v, versionAlgorithmString="alpha") for v in ("10", "9")]
    assert meant(World(*versions)) == "9"


def test_today_decides_between_stored_versions():
    world = World(
        code_system(URL, "2024", effectivePeriod={"start": "2023-10", "end": "2024-09"}),
        code_system(URL, "2025", effectivePeriod={"start": "2024-10-01"}),
    )
    assert meant(world, today="2024-07-01") == "2024"
    assert meant(world, today="2024-10-01") == "2025"


def test_a_locked_date_decides_for_what_a_value_set_leaves_open_imports_included():
    world = World(
        code_system(URL, "2024", "old", effectivePeriod={"start": "2023-10", "end": "2024-09"}),
        code_system(URL, "2025", "new", effectivePeriod={"start": "2024-10-01"}),
        value_set(SET + "/all", compose={"include": [{"system": URL}]}),
        value_set(SET + "/now", compose={"include": [{"valueSet": [SET + "/all"]}]}),
        value_set(SET + "/then", compose={"lockedDate": "2024", "include": [{"valueSet": [SET + "/all"]}]}),
        value_set(SET + "/stated", compose={"lockedDate": "2024", "include": [{"system": URL, "version": "2025"}]}),
    )
    request = world.request(today="2025-01-01")

    def codes(name):
        planned = plan(request, request.value_set(Canonical(f"{SET}/{name}")))
        return [code for code in ("old", "new") if planned.contains(URL, code)]

    assert {name: codes(name) for name in ("all", "now", "then", "stated")} == {
        "all": ["new"], "now": ["new"], "then": ["old"], "stated": ["new"],
    }  # fmt: skip
    assert request.as_of("someday").code_system(Canonical(URL)).metadata.version == "2025"


def test_a_pinned_version_is_the_default():
    world = World(code_system(URL, "1.0.0"), code_system(URL, "2.0.0"), default_versions=f"{URL}|1.x")
    assert meant(world) == "1.0.0"
    assert meant(world, URL + "|2.0.0") == "2.0.0"


def test_content_comes_before_headers():
    world = World(code_system(URL, "1.0.0", "a"), code_system(URL, "2.0.0", content="not-present"))
    assert meant(world) == "1.0.0"
    assert meant(world, URL + "|2.0.0") == "2.0.0"


def test_a_system_without_content_is_found():
    system = World(code_system(URL, "2.0.0", content="not-present")).request().code_system(Canonical(URL))
    assert system.metadata.content == "not-present"


def test_systems_without_version_and_unknown_systems():
    world = World(code_system(URL, None, "a"))
    assert world.request().code_system(Canonical(URL)).locate("a")
    assert world.request().code_system_versions(URL) == ("",)
    assert world.request().code_system(Canonical(URL, "1")) is None
    assert world.request().code_system(Canonical("http://example.org/other")) is None
    assert world.request().code_system_versions("http://example.org/other") == ()


def test_an_edition_without_version_means_its_latest_version():
    sct = "http://snomed.info/sct"
    international, other = f"{sct}/900000000000207008/version/20240201", f"{sct}/31000003106/version/20250909"
    world = World(code_system(sct, international, "1"), code_system(sct, other, "1"))
    assert meant(world, sct) == international
    assert meant(world, f"{sct}|{sct}/31000003106") == other


def test_entries_list_versions_and_the_default_one():
    world = World(code_system(URL, "1.0.0"), code_system(URL, "2.0.0"), code_system("http://example.org/a", None))
    supplement = code_system("http://example.org/b", "1", content="supplement", supplements=URL)
    world.load(supplement)
    listed = [
        (str(e.canonical), e.is_default, e.content, e.id)
        for e in world.catalogue.entries()
        if "example.org" in e.canonical.url
    ]
    assert listed == [
        ("http://example.org/a", True, "complete", "a-none"),
        ("http://example.org/b|1", False, "supplement", "b-1"),
        (URL + "|1.0.0", False, "complete", "cs-1.0.0"),
        (URL + "|2.0.0", True, "complete", "cs-2.0.0"),
    ]
