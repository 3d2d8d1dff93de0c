"""What is said of codes that a version does not have, by concept maps of their system and by other releases of it."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.operations.resolving import existing
from terminology.store.counting import counting
from tests.catalogue.loading import World, code_system, concept_map, value_set
from tests.valuesets.validating import coding, ids, said, texts, verdict

S, OTHER = "http://example.org/birds", "http://example.org/fish"
MAP = "http://example.org/successors"
SYSTEM = code_system(S, "3", "owl", "barn-owl", "swift")


def target(code, since=None, relationship="equivalent"):
    dated = {"property": [{"code": "effectiveDate", "valueDateTime": since}]} if since else {}
    return {"code": code, "relationship": relationship, **dated}


def renaming(elements, url=MAP, version="1", **group):
    given = [{"code": code, **element} for code, element in elements.items()]
    group = {"source": S, "target": S, "element": given} | group
    return concept_map(url, version) | {"title": "Names of birds", "group": [group]}


def to(*targets, **element):
    return {"target": list(targets), **element}


def reason(catalogue, code):
    """The text of what is said beside a code's being unknown; None when nothing is."""
    found = verdict(catalogue, None, coding(S, code))
    assert found.result is False
    assert ids(found)[-1].startswith("Unknown_Code")
    return next((i.text for i in found.issues if i.message_id.startswith("CODE_FORMER")), None)


def test_a_former_code_is_answered_with_its_successor_and_since_when():
    content = World(SYSTEM, renaming({"strix": to(target("owl", "2019-10-01"), display="Strix")}))
    found = verdict(content.request(), None, coding(S, "strix"))
    assert said(found) == [
        ("error", "invalid-code", "Coding.code", "Unknown_Code_in_Version"),
        ("information", "invalid-code", "Coding.code", "CODE_FORMER"),
    ]
    assert texts(found)["CODE_FORMER"] == (
        "strix (Strix) is a former code. In its place there is since 2019-10-01: owl (owl of 3). Source: Names of birds"
    )


def test_value_sets_and_lookup_say_the_same():
    members = value_set(S + "/vs", compose={"include": [{"system": S}]})
    catalogue = World(SYSTEM, members, renaming({"strix": to(target("owl"))})).request()
    told = texts(verdict(catalogue, Canonical(S + "/vs"), coding(S, "strix")))["CODE_FORMER"]
    with pytest.raises(TerminologyError) as raised:
        existing(catalogue, catalogue.code_system(Canonical(S)), "strix")
    assert [issue.message_id for issue in raised.value.issues] == ["CODE_NOT_FOUND", "CODE_FORMER"]
    assert raised.value.issues[1].text == told
    assert told == "strix is a former code. In its place there is: owl (owl of 3). Source: Names of birds"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"a": to(target("b", "2018")), "b": to(target("owl", "2020"))}, "since 2018: owl (owl of 3)."),
        ({"a": to(target("b"), target("swift")), "b": to(target("a"), target("owl"))}, "is: swift (swift of 3), owl ("),
        ({"a": to(target("owl", None, "related-to"), target("swift", None, "related-to"))}, "is: owl (owl of 3), swif"),
        ({"a": to(target("owl", None, "related-to"), target("swift"))}, "is: swift (swift of 3)."),
        ({"a": {"noMap": True}}, "a is a former code, and there is none in its place. Source: Names of birds"),
        ({"a": to(target("b"))}, None),
        ({"a": to(target("a"))}, None),
        ({"a": to(target("owl", None, "not-related-to"))}, None),
        ({"a": {}}, None),
        ({"b": to(target("owl"))}, None),
    ],
    ids=[
        "one that was replaced, too", "a circle", "several", "the equivalent before others", "none", "gone, too",
        "itself", "not related", "silence", "another code",
    ],
)  # fmt: skip
def test_successors_are_followed_until_they_are_in_the_version(elements, expected):
    found = reason(World(SYSTEM, renaming(elements)).request(), "a")
    assert (expected is None and found is None) or expected in found


def test_what_happened_after_the_version_says_nothing_about_it():
    old = dated("1", "2018-01-01", "2018-12-31", "owl")
    content = World(old, renaming({"strix": to(target("owl", "2019-10-01")), "bubo": to(target("owl", "2018-06-30"))}))
    assert reason(content.request(), "strix") is None
    assert "since 2018-06-30: owl" in reason(content.request(), "bubo")


def dated(version, start, end, *codes):
    period = {"url": PERIOD, "valuePeriod": {"start": start, "end": end}}
    return code_system(S, version, *codes, extension=[period])


def test_a_code_of_another_release_is_answered_with_its_days():
    content = World(
        dated("1", "2018-01-01", "2018-12-31", "owl", "strix", "bubo"),
        dated("2", "2019-01-01", "2019-12-31", "owl", "strix"),
        dated("3", "2020-01-01", "2020-12-31", "owl"),
        renaming({"bubo": to(target("owl", "2019-01-01"))}),
    )
    catalogue = content.request(today="2020-05-05")
    found = verdict(catalogue, None, coding(S, "strix"))
    assert said(found)[1:] == [("information", "invalid-code", "Coding.code", "CODE_OTHER_RELEASE")]
    told = "strix (strix of 2) is in version 2, which is for dates of service from 2019-01-01 to 2019-12-31"
    assert texts(found)["CODE_OTHER_RELEASE"] == told
    with pytest.raises(TerminologyError) as raised:
        existing(catalogue, catalogue.code_system(Canonical(S)), "strix")
    assert raised.value.issues[1].text == told
    assert ids(verdict(catalogue, None, coding(S, "bubo"))) == [
        "CODE_FORMER", "CODE_OTHER_RELEASE", "Unknown_Code_in_Version",
    ]  # fmt: skip
    assert ids(verdict(catalogue, None, coding(S, "dodo"))) == ["Unknown_Code_in_Version"]
    next_year = content.request(today="2019-05-05")
    assert ids(verdict(next_year, None, coding(S, "bubo"))) == [
        "CODE_FORMER", "CODE_OTHER_RELEASE", "Unknown_Code_in_Version",
    ]  # fmt: skip


def test_releases_without_a_last_day_do_not_follow_one_another():
    content = World(code_system(S, "1", "owl", "strix"), dated("2", "2019-01-01", "2019-12-31", "owl"))
    assert ids(verdict(content.request(), None, coding(S, "strix", version="2"))) == ["Unknown_Code_in_Version"]
    content = World(dated("1", "2018-01-01", "2018-12-31", "strix"), code_system(S, "2", "owl"))
    assert ids(verdict(content.request(), None, coding(S, "strix", version="2"))) == ["Unknown_Code_in_Version"]


PERIOD = "http://hl7.org/fhir/StructureDefinition/resource-effectivePeriod"


def test_maps_to_other_systems_name_no_successors():
    fish = code_system(OTHER, "1", "owl")
    elements = {"strix": to(target("owl"))}
    for group in ({"target": OTHER}, {"source": OTHER}):
        assert reason(World(SYSTEM, fish, renaming(elements, **group)).request(), "strix") is None


def test_maps_may_call_the_system_by_another_name():
    content = World(SYSTEM, renaming({"strix": to(target("owl"))}, source="urn:oid:1.2.3"))
    content.alias("urn:oid:1.2.3", S)
    assert "owl of 3" in reason(content.request(), "strix")


def test_of_several_versions_of_a_map_the_newest_counts_and_one_that_is_brought_before_both():
    content = World(
        SYSTEM,
        renaming({"strix": to(target("owl"))}, version="1"),
        renaming({"strix": to(target("barn-owl"))}, version="2"),
    )
    assert "is: barn-owl (barn-owl of 3)." in reason(content.request(), "strix")
    brought = renaming({"strix": to(target("swift"))}, version="1")
    assert "is: swift (swift of 3)." in reason(content.request(brought), "strix")


def test_a_fragment_may_have_the_code_all_the_same():
    fragment = code_system(S, "3", "owl", content="fragment")
    found = verdict(World(fragment, renaming({"strix": to(target("owl"))})).request(), None, coding(S, "strix"))
    assert found.result is True
    assert ids(found) == ["UNKNOWN_CODE_IN_FRAGMENT"]


def test_codes_that_are_there_cost_nothing_more_and_others_nothing_where_there_is_no_map():
    """Statements of the second request for each code: the generation, and the concept that was not found."""
    without, with_ = World(SYSTEM), World(SYSTEM, renaming({"strix": to(target("owl"))}))
    costs = {}
    for name, content in (("without", without), ("with", with_)):
        for code in ("owl", "dodo", "strix", "strix"):
            verdict(content.request(), None, coding(S, code))
            with counting(content.store) as statements:
                verdict(content.request(), None, coding(S, code))
            costs[name, code] = len(statements)
    assert costs["with", "owl"] == costs["without", "owl"]
    assert costs["without", "dodo"] == costs["without", "strix"] == 2
    assert costs["with", "dodo"] == 2  # what the map says of it is kept
    verdict(with_.request(), None, coding(S, "moa"))
    with counting(with_.store) as statements:
        verdict(with_.request(), None, coding(S, "elephant bird"))
    assert len(statements) == 3
