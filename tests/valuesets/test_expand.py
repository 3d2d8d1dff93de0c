"""Expansions: what they say about codes, how they are paged and bounded, what they tell about themselves."""

from __future__ import annotations

import time

import pytest

from terminology.fhir.expansion import render_expansion
from terminology.fhir.json import dumps, loads
from terminology.model import deadline
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Property
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Located, NotEnumerable
from terminology.model.requests import VersionRules
from terminology.model.results import ExpandResult
from terminology.model.valueset import ConceptReference, ExpansionParameter
from tests.codesystems.building import stored
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.valuesets.building import codes, expansion, include, parameters, system, tree, value_set
from valuesets.entries import EntryWriter
from valuesets.expand import Limits
from valuesets.nesting import MOST_LEVELS
from valuesets.unclosed import UNCLOSED, UNCLOSED_REASON

S = "http://example.org/s"
TREE = MemoryCodeSystem.of(S, "a", "b < a", "c < b", "d < a", "e", version="1")


def test_identifier_time_and_parameters():
    vs = value_set("v", include(S))
    found = expansion(MemoryCatalogue(TREE), vs, count=2, offset=1, filter="", exclude_nested=True, active_only=False)
    assert (found.identifier, found.timestamp) == ("urn:uuid:fixed", "2026-01-02T03:04:05.678Z")
    assert (found.total, found.offset) == (5, 1)
    assert parameters(found) == [
        ("activeOnly", False), ("excludeNested", True), ("count", 2), ("offset", 1), ("used-codesystem", f"{S}|1"),
    ]  # fmt: skip
    assert expansion(MemoryCatalogue(TREE), vs).offset is None


def test_a_value_set_that_is_not_there():
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(), Canonical("http://example.org/none", "3"))
    assert caught.value.kind == "not-found"
    assert "http://example.org/none|3" in caught.value.issues[0].text


def test_the_version_of_a_value_set_named_without_one_is_the_wanted_one():
    catalogue = MemoryCatalogue(
        TREE, value_set("v", include(S, "a"), version="1"), value_set("v", include(S, "e"), version="2")
    )
    url = "http://example.org/v"
    wanted = VersionRules(default_valueset_version=(Canonical(url, "1"),))
    found = expansion(catalogue, Canonical(url), versions=wanted)
    assert [c.code for c in found.contains] == ["a"]
    assert ("default-valueset-version", f"{url}|1") in parameters(found)
    stated = expansion(catalogue, Canonical(url, "2"), versions=wanted)
    assert [c.code for c in stated.contains] == ["e"]
    assert "default-valueset-version" not in dict(parameters(stated))
    with pytest.raises(TerminologyError, match=r"v\|3"):
        expansion(catalogue, Canonical(url), versions=VersionRules(default_valueset_version=(Canonical(url, "3"),)))


def test_versions_of_imports_are_forced_and_checked():
    url = "http://example.org/v"
    catalogue = MemoryCatalogue(
        TREE, value_set("v", include(S, "a"), version="1"), value_set("v", include(S, "e"), version="2")
    )
    importing = value_set("w", include(imports=[f"{url}|2"]))
    forced = expansion(catalogue, importing, versions=VersionRules(force_valueset_version=(Canonical(url, "1"),)))
    assert [c.code for c in forced.contains] == ["a"]
    assert ("force-valueset-version", f"{url}|1") in parameters(forced)
    assert ("used-valueset", f"{url}|1") in parameters(forced)
    check = VersionRules(check_valueset_version=(Canonical(url, "1"),))
    for asked in (importing, Canonical(url, "2")):
        with pytest.raises(TerminologyError) as caught:
            expansion(catalogue, asked, versions=check)
        assert (caught.value.kind, caught.value.issues[0].message_id) == ("invalid", "VALUESET_REFERENCE_VERSION_CHECK")
    left_open = expansion(catalogue, value_set("w", include(imports=[url])), versions=check)
    assert [c.code for c in left_open.contains] == ["a"]
    assert ("check-valueset-version", f"{url}|1") in parameters(left_open)


def test_a_problem_of_the_definition_stops_the_expansion():
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(TREE), value_set("v", include(S), include("http://example.org/unknown")))
    assert caught.value.issues[0].message_id == "UNKNOWN_CODESYSTEM_EXP"
    check = VersionRules(check_system_version=(Canonical(S, "2.x"),))
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(TREE), value_set("v", include(S, version="1")), versions=check)
    assert (caught.value.kind, caught.value.issues[0].message_id) == ("invalid", "VALUESET_VERSION_CHECK")


# order, pages, limits


def test_order_is_that_of_the_definition():
    vs = value_set("v", include(S, "d", "b"), include(S), exclude=[include(S, "e")])
    assert codes(MemoryCatalogue(TREE), vs) == ["d", "b", "a", "c"]
    assert codes(MemoryCatalogue(TREE), vs, offset=1, count=2) == ["b", "a"]
    assert codes(MemoryCatalogue(TREE), vs, offset=4, count=2) == []
    assert codes(MemoryCatalogue(TREE), vs, count=0) == []


def test_too_costly_without_a_page():
    vs = value_set("v", include(S), version="7")
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(TREE), vs, limits=Limits(max_codes=4))
    assert caught.value.kind == "too-costly"
    text = "The value set 'http://example.org/v|7' expansion has too many codes to produce (>4)"
    assert caught.value.issues[0].text == text
    with pytest.raises(TerminologyError, match=">2"):
        expansion(MemoryCatalogue(TREE), vs, limit=2)
    assert len(codes(MemoryCatalogue(TREE), vs, limits=Limits(max_codes=4), count=5, exclude_nested=True)) == 5
    assert len(codes(MemoryCatalogue(TREE), vs, limits=Limits(max_codes=4), offset=1)) == 4
    assert len(codes(MemoryCatalogue(TREE), vs, limits=Limits(max_page=3), count=5)) == 3


def test_incomplete_ok_returns_the_first_codes_of_a_too_costly_value_set():
    vs, few = value_set("v", include(S)), Limits(max_codes=2)

    def cut(**wishes):
        found = expansion(MemoryCatalogue(TREE), vs, incomplete_ok=True, **wishes)
        marked = [e.url.rpartition("/")[2] for e in found.extensions] == ["valueset-toocostly"]
        return [entry.code for entry in found.contains], found.total, marked

    everything = codes(MemoryCatalogue(TREE), vs, exclude_nested=True)
    assert cut(limits=few) == (everything[:2], 5, True)
    assert cut(limits=few, offset=1) == (everything[1:3], 5, True)
    assert cut(limits=few, offset=3) == (everything[3:], 5, False)
    assert cut(limit=2) == (everything[:2], 5, True)
    assert cut(limits=few, count=1) == (everything[:1], 5, False)
    assert cut(exclude_nested=True) == (everything, 5, False)
    found = expansion(MemoryCatalogue(TREE), vs, incomplete_ok=True)
    assert ("incomplete-ok", True) in parameters(found)


@pytest.mark.parametrize(("size", "nests"), [(MOST_LEVELS, True), (MOST_LEVELS + 1, False), (5_000, False)])
def test_hierarchies_too_deep_for_json_stay_flat(size, nests):
    chain = [Concept(f"c{n}", parents=(f"c{n - 1}",) if n else ()) for n in range(size)]
    system = stored(CodeSystemMetadata(url=S), chain)
    catalogue = MemoryCatalogue()
    catalogue.code_system = lambda *_: system
    found = expansion(catalogue, value_set("v", include(S)), count=size)
    assert len(found.contains) == (1 if nests else size)
    loads(dumps(render_expansion(ExpandResult(value_set("v"), found))))


def test_a_deadline_that_has_passed():
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(TREE), value_set("v", include(S)), deadline=time.monotonic() - 1)
    assert caught.value.kind == "too-costly"


def test_writing_the_entries_is_in_the_time_of_the_request(monkeypatch):
    written = []
    monkeypatch.setattr(deadline.time, "monotonic", lambda: len(written))
    monkeypatch.setattr(EntryWriter, "_texts", lambda *_: written.append(1) or ("text", ()))
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(TREE), value_set("v", include(S)), deadline=2.5)
    assert caught.value.kind == "too-costly"
    assert len(written) == 3


def test_a_page_reads_only_its_own_concepts():
    big = MemoryCodeSystem.of(S, *(f"c{i}" for i in range(500)))
    found = expansion(MemoryCatalogue(big), value_set("v", include(S)), offset=490, count=5)
    assert [c.code for c in found.contains] == ["c490", "c491", "c492", "c493", "c494"]
    assert big.calls["located"] == 5
    assert big.calls["concepts"] == 0


# hierarchy


@pytest.mark.parametrize(
    ("vs", "wishes", "expected"),
    [
        (value_set("v", include(S)), {}, ["a", ["b", ["c"], "d"], "e"]),
        (value_set("v", include(S)), {"exclude_nested": True}, ["a", "b", "c", "d", "e"]),
        (value_set("v", include(S)), {"filter": "b"}, ["b"]),
        (value_set("v", include(S)), {"count": 5}, ["a", ["b", ["c"], "d"], "e"]),
        (value_set("v", include(S)), {"count": 4}, ["a", "b", "c", "d"]),
        (value_set("v", include(S)), {"offset": 1}, ["b", "c", "d", "e"]),
        (value_set("v", include(S, filters=[("concept", "is-a", "b")])), {}, ["b", ["c"]]),
        (value_set("v", include(S, filters=[("code", "regex", "[ab]")])), {}, ["a", "b"]),
        (value_set("v", include(S, "a", "b")), {}, ["a", "b"]),
        (value_set("v", include(S), exclude=[include(S, "d")]), {}, ["a", "b", "c", "e"]),
    ],
)
def test_when_expansions_nest(vs, wishes, expected):
    assert tree(expansion(MemoryCatalogue(TREE), vs, **wishes).contains) == expected


def test_nesting_skips_codes_that_are_not_shown():
    retired = (Property("status", "code", "retired"),)
    s = system(
        Concept("a"),
        Concept("b", parents=("a",), properties=retired),
        Concept("c", parents=("b",)),
        Concept("r", properties=retired),
        Concept("q", parents=("r",)),
    )
    assert tree(expansion(MemoryCatalogue(s), value_set("v", include(S)), active_only=True).contains) == [
        "a",
        ["c"],
        "q",
    ]


def test_several_parents_stay_flat():
    s = MemoryCodeSystem.of(S, "a", "b", "c < a < b")
    assert tree(expansion(MemoryCatalogue(s), value_set("v", include(S))).contains) == ["a", "b", "c"]


def test_imports_are_flat():
    inner = value_set("inner", include(S))
    found = expansion(MemoryCatalogue(TREE, inner), value_set("v", include(imports=[inner.url])))
    assert tree(found.contains) == ["a", "b", "c", "d", "e"]
    assert ("used-valueset", inner.url) in parameters(found)


# codes


def test_versions_are_shown_where_several_meet():
    one, two = (MemoryCodeSystem.of(S, "a", version=v) for v in ("1", "2"))
    both = value_set("v", include(S, version="1"), include(S))
    assert {(c.version, c.code) for c in expansion(MemoryCatalogue(one, two), both).contains} == {
        ("1", "a"),
        ("2", "a"),
    }
    alone = value_set("v", include(S, version="1"))
    assert [c.version for c in expansion(MemoryCatalogue(one, two), alone).contains] == [None]


def test_versions_that_match_are_one_and_the_newest_stays():
    one, two = MemoryCodeSystem.of(S, "a", "b", version="1"), MemoryCodeSystem.of(S, "a", "c", version="2")
    match = (ExpansionParameter("versionsMatch", "Boolean", value=True),)
    both = value_set("v", include(S, version="2"), include(S, version="1"), expansion_parameters=match)
    found = expansion(MemoryCatalogue(one, two), both)
    assert {(c.version, c.code) for c in found.contains} == {("2", "a"), ("1", "b"), ("2", "c")}
    assert ("versionsMatch", True) in parameters(found)


def test_excludes_that_cross_versions_say_so():
    one, two = MemoryCodeSystem.of(S, "a", version="1"), MemoryCodeSystem.of(S, "a", "b", version="2")
    vs = value_set("v", include(S, version="2"), exclude=[include(S, version="1")])
    found = expansion(MemoryCatalogue(one, two), vs)
    assert [c.code for c in found.contains] == ["b"]
    assert ("versionsMatch", True) in parameters(found)


def test_excludes_of_an_import_that_keeps_versions_apart_say_nothing():
    apart = (ExpansionParameter("versionsMatch", "Boolean", value=False),)
    one, two = MemoryCodeSystem.of(S, "a", version="1"), MemoryCodeSystem.of(S, "a", "b", version="2")
    inner = value_set("i", include(S, version="2"), exclude=[include(S, version="1")], expansion_parameters=apart)
    found = expansion(MemoryCatalogue(one, two, inner), value_set("v", include(imports=[inner.url])))
    assert [c.code for c in found.contains] == ["a", "b"]
    assert "versionsMatch" not in dict(parameters(found))


def test_abstract_codes():
    s = system(Concept("a", properties=(Property("notSelectable", "boolean", value=True),)), Concept("b"))
    found = expansion(MemoryCatalogue(s), value_set("v", include(S)))
    assert [(c.code, c.abstract) for c in found.contains] == [("a", True), ("b", False)]
    assert codes(MemoryCatalogue(s), value_set("v", include(S)), exclude_not_for_ui=True) == ["b"]


# grammars


class Units(MemoryCodeSystem):
    """Codes with an apostrophe: as many as you like, and none that can be listed."""

    def __init__(self, **header):
        super().__init__(CodeSystemMetadata(url=S, **header), (), enumerable=False)

    def locate(self, code):
        return Located(ordinal=None, concept=Concept(code, code.upper())) if code.endswith("'") else None

    def select(self, f):
        raise NotEnumerable(f.property)

    def holds(self, located, f):
        return located.concept.code.startswith(f.value)


def test_a_grammar_lists_what_the_value_set_lists():
    found = expansion(MemoryCatalogue(Units()), value_set("v", include(S, "a'", "b'", "no")))
    assert [(c.code, c.display) for c in found.contains] == [("a'", "A'"), ("b'", "B'")]
    assert found.extensions == ()
    assert codes(MemoryCatalogue(Units()), value_set("v", include(S, "a'")), exclude_post_coordinated=True) == []
    assert codes(MemoryCatalogue(Units()), value_set("v", include(S, "a'", "b'")), filter="b") == ["b'"]


def test_a_grammar_alone_cannot_be_listed():
    with pytest.raises(TerminologyError) as caught:
        expansion(MemoryCatalogue(Units()), value_set("v", include(S)))
    assert (caught.value.kind, caught.value.issues[0].message_id) == ("not-supported", "VALUESET_NOT_ENUMERABLE")


def test_a_grammar_chooses_from_the_value_set_beside_it():
    common = value_set("common", include(S, "a'", "ab'", "b'"))
    catalogue = MemoryCatalogue(Units(), common)
    assert codes(catalogue, value_set("v", include(S, imports=[common.url]))) == ["a'", "ab'", "b'"]
    filtered = include(S, filters=[("start", "=", "a")], imports=[common.url])
    assert codes(catalogue, value_set("v", filtered)) == ["a'", "ab'"]
    without = value_set("v", include(imports=[common.url]), exclude=[include(S, filters=[("start", "=", "ab")])])
    assert codes(catalogue, without) == ["a'", "b'"]
    assert codes(catalogue, value_set("v", include(imports=[common.url]), exclude=[include(S)])) == []


def test_a_value_set_stands_for_a_grammar_that_names_one():
    common = value_set("common", include(S, "a'", "b'"))
    catalogue = MemoryCatalogue(Units(usual_codes=common.url), common)
    found = expansion(catalogue, value_set("v", include(S)))
    assert [c.code for c in found.contains] == ["a'", "b'"]
    assert found.total is None
    reason = f"The code System '{S}' has a grammar and so has infinite members. This extension is based on {common.url}"
    assert [(e.url, e.value) for e in found.extensions] == [(UNCLOSED, True), (UNCLOSED_REASON, reason)]
    some = expansion(catalogue, value_set("v", include(S, filters=[("start", "=", "b")])))
    assert ([c.code for c in some.contains], some.total) == (["b'"], 1)


def test_a_stand_in_for_a_grammar_is_limited_by_the_page_only():
    common = value_set("common", include(S, "a'", "b'", "c'"))
    catalogue = MemoryCatalogue(Units(usual_codes=common.url), common)
    vs = value_set("v", include(S))
    assert len(codes(catalogue, vs, limits=Limits(max_codes=2))) == 3
    assert len(codes(catalogue, vs, limits=Limits(max_codes=2), count=1)) == 1
    with pytest.raises(TerminologyError, match="too many codes"):
        codes(catalogue, vs, limits=Limits(max_codes=2, max_page=2))


def test_a_value_set_that_stands_for_a_grammar_is_referred_to():
    common = value_set("common", include(S, ConceptReference("a'", "Inch")), status="draft")
    catalogue = MemoryCatalogue(Units(usual_codes=common.url), common)
    found = expansion(catalogue, value_set("v", include(S)))
    assert [(p.name, p.value) for p in found.parameters if p.name.startswith("warning")] == [
        ("warning-draft", common.url)
    ]
    assert [(c.code, c.display) for c in found.contains] == [("a'", "A'")]  # in the words of the system


def test_sets_with_more_than_is_listed_are_unclosed():
    composing = system(Concept("a"), Concept("b"))
    composing.enumerable = False
    catalogue = MemoryCatalogue(composing)
    cone = ("concept", "is-a", "a")
    whole = expansion(catalogue, value_set("v", include(S)))
    assert [e.url for e in whole.extensions] == [UNCLOSED, UNCLOSED_REASON]
    assert whole.total == 2
    assert [e.url for e in expansion(catalogue, value_set("v", include(S, filters=[cone]))).extensions] == [UNCLOSED]
    closed = value_set("v", include(S, filters=[cone, ("expressions", "=", "false")]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryCodeSystem, "_passes", lambda *_: True)
        assert expansion(catalogue, closed).extensions == ()
    assert expansion(catalogue, value_set("v", include(S, "a"))).extensions == ()
    assert expansion(catalogue, value_set("v", include(S)), exclude_post_coordinated=True).extensions == ()


def test_fragments_are_unclosed_and_named():
    found = expansion(
        MemoryCatalogue(system(Concept("a"), content="fragment", version="1")), value_set("v", include(S))
    )
    assert [e.value for e in found.extensions] == [
        True, f"This extension is based on a fragment of the code system {S}",
    ]  # fmt: skip
    assert ("used-fragment", f"{S}|1") in parameters(found)
    assert found.total == 1
