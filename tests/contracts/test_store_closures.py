"""What every store must do: keep closure tables, which any process extends."""

from __future__ import annotations

from terminology.model.closure import ClosureConcept, ClosureRelation, ClosureTable
from terminology.store import closures as closures_module


def concept(code: str, system: str = "http://example.org/s", version: str = "1") -> ClosureConcept:
    return ClosureConcept(system=system, version=version, code=code)


def relation(narrower: str, broader: str, since: int, *, equivalent: bool = False) -> ClosureRelation:
    return ClosureRelation(narrower=concept(narrower), broader=concept(broader), equivalent=equivalent, since=since)


def test_a_table_grows_by_versions(store):
    tables = store.closures
    assert tables.table("t") is None
    tables.begin("t")
    assert tables.table("t") == ClosureTable(0, [])
    assert tables.extend("t", 0, [concept("a"), concept("b")], [relation("b", "a", 1)])
    assert tables.extend("t", 1, [concept("c")], [relation("c", "a", 2), relation("c", "b", 2, equivalent=True)])
    assert tables.table("t") == ClosureTable(2, [concept("a"), concept("b"), concept("c")])
    assert tables.relations("t", 0)[0] == relation("b", "a", 1)
    assert tables.relations("t", 1) == [relation("c", "a", 2), relation("c", "b", 2, equivalent=True)]
    assert tables.relations("t", 2) == []


def test_extending_an_outdated_version_of_a_table_adds_nothing(store):
    tables = store.closures
    tables.begin("t")
    assert tables.extend("t", 0, [concept("a")], [])
    assert not tables.extend("t", 0, [concept("b")], [])
    assert not tables.extend("other", 0, [concept("b")], [])
    assert tables.table("t") == ClosureTable(1, [concept("a")])


def test_a_table_begins_anew_and_leaves_others_alone(store):
    tables = store.closures
    for name in ("t", "u"):
        tables.begin(name)
        tables.extend(name, 0, [concept("a"), concept("b")], [relation("b", "a", 1)])
    tables.begin("t")
    assert tables.table("t") == ClosureTable(0, [])
    assert tables.relations("t", 0) == []
    assert tables.relations("u", 0) == [relation("b", "a", 1)]


def test_the_least_recently_used_tables_make_room(store, monkeypatch):
    monkeypatch.setattr(closures_module, "MOST_TABLES", 2)
    for name in ("a", "b", "c"):
        store.closures.begin(name)
    left = [name for name in ("a", "b", "c") if store.closures.table(name)]
    assert len(left) == 2
    assert "c" in left


def test_every_owner_has_tables_of_their_own(store, monkeypatch):
    monkeypatch.setattr(closures_module, "MOST_TABLES", 2)
    mine, theirs = store.closures.of("me"), store.closures.of("them")
    for tables, code in ((mine, "a"), (theirs, "b")):
        tables.begin("t")
        assert tables.extend("t", 0, [concept(code)], [])
    assert store.closures.table("t") is None
    assert mine.table("t") == ClosureTable(1, [concept("a")])
    for name in ("u", "v", "w"):
        theirs.begin(name)
    assert sum(theirs.table(name) is not None for name in ("t", "u", "v", "w")) == 2
    assert mine.table("t") is not None, "what others do drops none of mine"


def test_tables_are_not_published(store):
    before = store.generation()
    store.closures.begin("t")
    store.closures.extend("t", 0, [concept("a")], [])
    assert store.generation() == before
