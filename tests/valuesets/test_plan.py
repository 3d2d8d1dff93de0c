"""Plans: what they resolve, what they report, and that asking about a code enumerates nothing."""

from __future__ import annotations

import pytest

from terminology.model import deadline
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Property
from terminology.model.outcome import TerminologyError
from terminology.model.requests import VersionRules
from terminology.model.valueset import Compose, ConceptReference, Contains, Expansion, ExpansionParameter, ValueSet
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import codes, include, value_set
from tests.valuesets.validating import coding, verdict
from valuesets.planning import plan

S = "http://example.org/s"
T = "http://example.org/t"


def system(*names, version=None, **header):
    return MemoryCodeSystem.of(S, *names, version=version, **header)


def outcome(planned, code, system=S, version=None):
    found = planned.contains(system, code, version)
    return found.outcome if found else None


def test_includes_and_excludes():
    vs = value_set("v", include(S), exclude=[include(S, "b")])
    planned = plan(MemoryCatalogue(system("a", "b")), vs)
    assert [outcome(planned, c) for c in ("a", "b", "x")] == ["in", "excluded", None]
    assert outcome(planned, "a", system=T) is None


def test_inactive_codes_leave_with_a_reason():
    s = MemoryCodeSystem(CodeSystemMetadata(url=S), [Concept("a", properties=(Property("status", "code", "retired"),))])
    assert outcome(plan(MemoryCatalogue(s), value_set("v", include(S), inactive=False)), "a") == "inactive"
    assert outcome(plan(MemoryCatalogue(s), value_set("v", include(S))), "a") == "in"


def test_inactive_codes_that_an_import_leaves_out_are_no_part_of_it():
    """They neither count nor are they taken out, and an exclude that is not here makes no difference to them."""
    retired = Concept("a", properties=(Property("status", "code", "retired"),))
    s = MemoryCodeSystem(CodeSystemMetadata(url=S), [retired, Concept("b")])
    active = value_set("active", include(S), inactive=False)
    catalogue, its = MemoryCatalogue(s, active), include(imports=[active.url])
    definitions = {
        "inactive": [value_set("v", its), value_set("v", its, exclude=[include(S, version="none")])],
        "excluded": [value_set("v", its, exclude=[include(S, "a")])],
        "in": [value_set("v", its, include(S, "a")), value_set("v", include(S), exclude=[its])],
    }
    for expected, value_sets in definitions.items():
        for one in value_sets:
            assert outcome(plan(catalogue, one), "a") == expected, one
    assert codes(catalogue, value_set("v", include(S), exclude=[its])) == ["a"]


def test_a_membership_has_the_entry_of_the_value_set():
    mine = ConceptReference("a", "My A")
    member = plan(MemoryCatalogue(system("a", "b")), value_set("v", include(S, mine))).contains(S, "a")
    assert member is not None
    assert member.reference is mine
    assert member.rule.definition.path == "ValueSet.compose.include[0]"


def test_codes_of_case_insensitive_systems_meet_in_any_case():
    catalogue = MemoryCatalogue(system("Ab", case_sensitive=False))
    vs = value_set("v", include(S, "AB"))
    assert outcome(plan(catalogue, vs), "ab") == "in"
    assert codes(catalogue, vs) == ["Ab"]


def test_every_version_is_a_membership_newest_first():
    catalogue = MemoryCatalogue(system("a", version="1.9"), system("a", version="1.10"))
    planned = plan(catalogue, value_set("v", include(S, version="1.9"), include(S, version="1.10")))
    assert [m.version for m in planned.memberships(S, "a")] == ["1.10", "1.9"]
    assert [m.version for m in planned.memberships(S, "a", "1.9")] == ["1.9"]
    assert [cs.metadata.version for cs in planned.usage.code_systems] == ["1.9", "1.10"]


@pytest.mark.parametrize(("match", "expected"), [(None, "excluded"), (True, "excluded"), (False, "in")])
def test_excludes_go_by_code_unless_versions_are_said_not_to_match(match, expected):
    excluded = [include(S, version="1")]
    vs = value_set("v", include(S, version="2"), exclude=excluded, expansion_parameters=matching(match))
    assert outcome(plan(MemoryCatalogue(system("a", version="1"), system("a", version="2")), vs), "a") == expected


@pytest.mark.parametrize("excluded", ["a", None])
@pytest.mark.parametrize(
    ("imported", "importing", "expected"),
    [(False, None, "in"), (False, True, None), (True, False, "in"), (None, None, None), (None, False, "in")],
)
def test_an_imported_value_set_says_whether_its_versions_match_unless_the_importing_one_does(
    imported, importing, expected, excluded
):
    """Judging a code and listing all of them agree, also where the exclude has the whole of the other version."""
    gone = include(S, *filter(None, [excluded]), version="1")
    inner = value_set("i", include(S, version="2"), exclude=[gone], expansion_parameters=matching(imported))
    outer = value_set("o", include(imports=[inner.url]), expansion_parameters=matching(importing))
    catalogue = MemoryCatalogue(system("a", version="1"), system("a", "b", version="2"), inner)
    assert outcome(plan(catalogue, outer), "a") == expected
    assert codes(catalogue, outer) == (["a", "b"] if expected else ["b"])


def test_versions_that_an_imported_value_set_counts_as_one_come_once():
    inner = value_set("i", include(S, version="1"), include(S, version="2"), expansion_parameters=matching(True))
    catalogue = MemoryCatalogue(system("a", "b", version="1"), system("a", version="2"), inner)
    assert codes(catalogue, value_set("o", include(imports=[inner.url]))) == ["a", "b"]


def matching(stated):
    return () if stated is None else (ExpansionParameter("versionsMatch", "String", str(stated).lower()),)


def test_imports_intersect():
    one, two = value_set("one", include(S, "a", "b")), value_set("two", include(S, "b", "c"))
    both = value_set("both", include(imports=[one.url, two.url]))
    catalogue = MemoryCatalogue(system("a", "b", "c"), one, two)
    planned = plan(catalogue, both)
    assert [outcome(planned, c) for c in "abc"] == [None, "in", None]
    assert [v.url for v in planned.usage.value_sets] == [one.url, two.url]
    narrowed = value_set("n", include(S, filters=[("code", "regex", "[ab]")], imports=[two.url]))
    assert codes(catalogue, narrowed) == ["b"]


def contained(name, *includes):
    return ValueSet(url="", id=name, compose=Compose(tuple(includes)))


def test_contained_value_sets_refer_to_each_other():
    one, two = contained("one", include(imports=["#two"]), include(S, "a")), contained("two", include(S, "b"))
    outer = value_set("outer", include(imports=["#one"]), contained=(one, two))
    assert codes(MemoryCatalogue(system("a", "b")), outer) == ["b", "a"]


def test_a_circle_of_contained_value_sets_is_refused_by_name():
    one, two = contained("one", include(imports=["#two"])), contained("two", include(imports=["#one"]))
    outer = value_set("outer", include(imports=["#one"]), contained=(one, two))
    with pytest.raises(TerminologyError, match=r"to http://example.org/outer#one .*outer, .*outer#one, .*outer#two\]"):
        plan(MemoryCatalogue(system("a")), outer)


def test_contained_value_sets_of_two_containers_may_have_one_name():
    inner = value_set("inner", include(imports=["#one"]), contained=(contained("one", include(S, "a")),))
    outer = value_set("outer", include(imports=["#one"]), contained=(contained("one", include(imports=[inner.url])),))
    assert codes(MemoryCatalogue(system("a", "b"), inner), outer) == ["a"]


def test_contained_value_sets_are_found_and_not_reported_as_used():
    inner = ValueSet(url="", id="inner", compose=value_set("x", include(S, "a")).compose)
    outer = value_set("outer", include(imports=["#inner"]), contained=(inner,))
    planned = plan(MemoryCatalogue(system("a", "b")), outer)
    assert outcome(planned, "a") == "in"
    assert planned.usage.value_sets == ()
    with pytest.raises(TerminologyError, match="#other"):
        plan(MemoryCatalogue(system("a")), value_set("outer", include(imports=["#other"])))


def test_planning_looks_at_the_clock_for_every_include(monkeypatch):
    seen = []
    monkeypatch.setattr(deadline.time, "monotonic", lambda: len(seen))
    monkeypatch.setattr(MemoryCatalogue, "code_system", lambda *_: seen.append(1))
    vs = value_set("v", *(include(f"urn:x:{number}") for number in range(9)))
    with pytest.raises(TerminologyError) as caught, deadline.within(2.5, "EXPANSION_DEADLINE"):
        plan(MemoryCatalogue(), vs)
    assert caught.value.kind == "too-costly"
    assert len(seen) == 3


def test_circles_are_refused_with_their_pathway():
    one = value_set("one", include(imports=["http://example.org/two"]), version="1")
    two = value_set("two", include(S), exclude=[include(imports=["http://example.org/one"])])
    with pytest.raises(TerminologyError) as caught:
        plan(MemoryCatalogue(system("a"), one, two), one)
    issue = caught.value.issues[0]
    assert issue.message_id == "VALUESET_CIRCULAR_REFERENCE"
    assert "[http://example.org/one|1, http://example.org/two]" in issue.text


def test_a_value_set_with_an_expansion_only_is_its_codes():
    entries = (Contains(system=S, code="a", contains=(Contains(system=S, code="b", display="My B"),)),)
    stored = ValueSet(url="http://example.org/st", expansion=Expansion(identifier="", timestamp="", contains=entries))
    known = MemoryCatalogue(system("a", "b", "c"))
    assert codes(known, stored) == ["a", "b"]
    assert [outcome(plan(known, stored), c) for c in "abc"] == ["in", "in", None]
    nowhere = MemoryCatalogue()
    assert codes(nowhere, stored) == ["a", "b"]
    assert outcome(plan(nowhere, stored), "b") == "in"
    assert plan(nowhere, stored).problems == ()


def test_a_stored_code_that_its_system_lacks_is_no_member():
    entries = (Contains(system=S, code="a"), Contains(system=S, code="gone", display="Gone"))
    stored = ValueSet(url="http://example.org/st", expansion=Expansion(identifier="", timestamp="", contains=entries))
    whole, part = MemoryCatalogue(system("a", "b")), MemoryCatalogue(system("a", "b", content="fragment"))
    for catalogue, expected in ((whole, ["a"]), (part, ["a", "gone"]), (MemoryCatalogue(), ["a", "gone"])):
        assert codes(catalogue, stored) == expected
        valid = [code for code in ("a", "b", "gone") if verdict(catalogue, stored, coding(S, code)).result]
        assert valid == expected


def test_unusable_references_become_problems_of_the_plan():
    vs = value_set(
        "v", include("http://example.org/unknown"), include(S, version="9"), include(imports=["http://example.org/no"])
    )  # fmt: skip
    planned = plan(MemoryCatalogue(system("a", version="1"), system("a", version="2")), vs)
    assert [p.kind for p in planned.problems] == ["unknown-system", "unknown-version", "unknown-value-set"]
    assert planned.problems[1].known == ("1", "2")
    assert "Valid versions: 1 or 2" in planned.problems[1].issue.text
    assert outcome(planned, "a") is None


@pytest.mark.parametrize(
    ("versions", "said"),
    [((None,), "No versions of this code system are known"), ((None, "2"), "Valid versions: 2")],
)
def test_a_system_without_a_version_is_none_of_the_valid_versions(versions, said):
    catalogue = MemoryCatalogue(*(system("a", version=version) for version in versions))
    (problem,) = plan(catalogue, value_set("v", include(S, version="9"))).problems
    assert problem.issue.text.endswith(f"so the value set cannot be expanded. {said}")


def test_a_client_may_accept_the_latest_version_in_place_of_a_missing_one():
    catalogue = MemoryCatalogue(system("a", version="1"), system("a", "b", version="2"))
    vs = value_set("v", include(S, version="9"), include("http://example.org/unknown", version="1"))
    planned = plan(catalogue, vs, rules=VersionRules(default_to_latest_version=True))
    assert outcome(planned, "b") == "in"
    assert [p.kind for p in planned.problems] == ["unknown-version"]
    assert planned.problems[0].reference.url == "http://example.org/unknown"


def test_headers_without_concepts_cannot_be_used():
    catalogue = MemoryCatalogue(system(content="not-present"))
    assert [p.kind for p in plan(catalogue, value_set("v", include(S))).problems] == ["content"]


def test_listed_codes_of_a_fragment_count_even_when_it_lacks_them():
    catalogue = MemoryCatalogue(system("a", content="fragment"))
    vs = value_set("v", include(S, "a", "beyond"))
    assert codes(catalogue, vs) == ["a", "beyond"]
    assert outcome(plan(catalogue, vs), "beyond") == "in"
    complete = MemoryCatalogue(system("a"))
    assert codes(complete, vs) == ["a"]
    assert outcome(plan(complete, vs), "beyond") is None


def test_version_rules_and_what_they_decided():
    catalogue = MemoryCatalogue(system("a", version="1"), system("a", "b", version="2"))
    forced = VersionRules(force_system_version=(Canonical(S, "1"),), check_system_version=(Canonical(S, "2"),))
    planned = plan(catalogue, value_set("v", include(S, version="2")), rules=forced)
    assert outcome(planned, "b") is None
    assert [(p.name, p.value) for p in planned.usage.decisions] == [("force-system-version", f"{S}|1")]
    assert [p.kind for p in planned.problems] == ["version-check"]


def test_excluded_systems_are_left_out():
    catalogue = MemoryCatalogue(system("a", version="1"), MemoryCodeSystem.of(T, "t"))
    planned = plan(catalogue, value_set("v", include(S), include(T)), exclude_systems=[Canonical(S)])
    assert outcome(planned, "a") is None
    assert outcome(planned, "t", system=T) == "in"


@pytest.mark.parametrize(
    ("stated", "excluded", "left"),
    [
        ("1", "1", []),
        ("1", "2", ["1"]),
        (None, "2", []),  # which it means
        (None, "1", ["2"]),
        ("9", "1", ["9"]),  # which is not here
        (None, None, []),
    ],
)
def test_excluded_versions_of_systems(stated, excluded, left):
    catalogue = MemoryCatalogue(system("a", version="1"), system("a", version="2"))
    planned = plan(catalogue, value_set("v", include(S, version=stated)), exclude_systems=[Canonical(S, excluded)])
    assert [rule.choice.version or "2" for rule in planned.root.includes] == left


def test_versions_that_an_imported_value_set_asks_for():
    """What it has is the same wherever it is imported, unless whoever asks, or imports it, has a rule of its own."""
    catalogue = MemoryCatalogue(system("a", version="1"), system("a", "b", version="2"))
    inner = value_set(
        "inner", include(S), expansion_parameters=(ExpansionParameter("system-version", "Uri", f"{S}|1"),)
    )
    catalogue.value_sets.append(inner)
    around = value_set("around", include(imports=[inner.url]), include(S, "b"))
    planned = plan(catalogue, around)
    assert [m.version for m in planned.memberships(S, "a")] == ["1"]
    assert [m.version for m in planned.memberships(S, "b")] == ["2"]
    assert [str(p.value) for p in planned.usage.decisions] == [f"{S}|1"]
    newer = plan(catalogue, around, rules=VersionRules(system_version=(Canonical(S, "2"),)))
    assert [m.version for m in newer.memberships(S, "a")] == ["2"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (include(S, filters=[("concept", "is-a", "")]), "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE"),
        (include(None, "a"), "VALUESET_SYSTEM_MISSING"),
        (include(), "VALUESET_INCLUDE_EMPTY"),
    ],
)
def test_definitions_without_sense_are_refused(broken, message):
    with pytest.raises(TerminologyError) as caught:
        plan(MemoryCatalogue(system("a")), value_set("v", broken))
    assert caught.value.issues[0].message_id == message
    assert caught.value.issues[0].expression[0].startswith("ValueSet.compose.include[0]")


class Vast(MemoryCodeSystem):
    """350,000 codes below one root that nobody may walk through."""

    size = 350_000

    def __init__(self):
        super().__init__(CodeSystemMetadata(url=S), [Concept("root")])

    def locate(self, code):
        self.calls["locate"] += 1
        number = int(code[1:])
        return super()._located(0) if number < self.size else None

    def holds(self, located, f):
        del located, f
        self.calls["holds"] += 1
        return True


def test_asking_about_a_vast_value_set_enumerates_nothing():
    vast = Vast()
    excluded = [f"c{i}" for i in range(1_000)]
    vs = value_set("v", include(S, filters=[("concept", "is-a", "root")]), exclude=[include(S, *excluded)])
    planned = plan(MemoryCatalogue(vast), vs)
    vast.calls.clear()
    assert outcome(planned, "c349999") == "in"
    assert outcome(planned, "c999") == "excluded"
    assert outcome(planned, "c350000") is None
    assert vast.calls == {"locate": 3, "holds": 2}
