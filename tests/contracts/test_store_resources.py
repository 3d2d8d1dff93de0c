"""What every store must do: resources, their history and search, mappings, aliases and documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminology.model.outcome import TerminologyError
from terminology.store.counting import counting
from terminology.store.entries import DocumentEntry, MappingRow, NewResource, VersionEntry
from terminology.store.queries import Condition, HistoryQuery, ResourceQuery
from tests.store.ticking import value_set

BASE = "http://example.org/"


def put(store, *resources: NewResource):
    with store.publication() as publication:
        stored = [publication.put_resource(resource) for resource in resources]
    return stored[-1]


def found(store, **query) -> list[str]:
    total, page = store.resources(ResourceQuery(type="ValueSet", **query))
    assert total == len(page)
    return [entry.id for entry in page]


def test_a_resource_comes_back_as_written(store):
    fields = {
        "version": "1", "name": "Näme", "title": "A title", "status": "active", "date": "2024-05-01",
        "publisher": "Someone", "source": "package#1", "body": b'{"resourceType":"ValueSet"}',
    }  # fmt: skip
    stored = put(store, value_set(**fields))
    for read in (
        stored,
        store.resource("ValueSet", "vs"),
        store.resources_by_url("ValueSet", "http://example.org/vs")[0],
    ):
        assert {name: getattr(read, name) for name in fields} == fields
        assert (read.type, read.id, read.url, read.version_id) == ("ValueSet", "vs", "http://example.org/vs", 1)
        assert read.last_updated == "2026-05-28T20:26:40.000Z"
        assert read.key == stored.key
    assert store.resource("ValueSet", "other") is None
    assert store.resource("ConceptMap", "vs") is None
    assert store.resources_by_url("ConceptMap", "http://example.org/vs") == []


def test_absent_values_stay_absent(store):
    stored = put(store, NewResource(type="NamingSystem", id="ns", url=None, version=None))
    assert (stored.url, stored.version, stored.name, stored.status, stored.body) == (None, None, None, None, b"")
    assert store.resources_by_url("NamingSystem", "") == []


def test_the_same_canonical_is_replaced_and_keeps_its_id(store, clock):
    first = put(store, value_set(version="1", body=b"one"))
    clock.forward(60)
    second = put(store, value_set(id_="another-id", version="1", body=b"two"))
    assert (second.id, second.key, second.version_id, second.body) == ("vs", first.key, 2, b"two")
    assert second.last_updated > first.last_updated
    assert store.history("ValueSet", "vs") == [first]
    assert store.resource("ValueSet", "another-id") is None


def test_versions_of_a_canonical_live_side_by_side(store):
    put(store, value_set("b", version="2"), value_set("a", version="1"), value_set("c"))
    assert [e.version for e in store.resources_by_url("ValueSet", "http://example.org/vs")] == [None, "1", "2"]


def test_a_header_that_is_put_again_is_a_new_version_since_its_content_lies_elsewhere(store):
    header = NewResource(type="ConceptMap", id="cm", url="http://example.org/cm", version=None, body=b"header")
    assert [put(store, header).version_id for _ in range(2)] == [1, 2]


def test_writing_the_same_again_changes_nothing(store, clock):
    first = put(store, value_set(body=b"same"))
    clock.forward(60)
    assert put(store, value_set(body=b"same")) == first
    assert store.history("ValueSet", "vs") == []


def test_without_url_the_id_decides(store):
    put(store, value_set(url=None, body=b"one"))
    assert put(store, value_set(url=None, body=b"two")).version_id == 2
    put(store, value_set("vs2", url=None, body=b"three"))
    assert found(store) == ["vs", "vs2"]


@pytest.mark.parametrize("url", ["http://example.org/another", None])
def test_an_id_of_another_canonical_is_a_conflict(store, url):
    put(store, value_set())
    with pytest.raises(TerminologyError, match=r"belongs to another ValueSet \(http://example.org/vs\)") as caught:
        put(store, value_set(url=url))
    assert caught.value.kind == "conflict"


def test_version_ids_continue_after_a_deletion(store):
    first = put(store, value_set(body=b"one"))
    with store.publication() as publication:
        assert publication.drop_resource("ValueSet", "vs")
        assert not publication.drop_resource("ValueSet", "vs")
    assert store.resource("ValueSet", "vs") is None
    again = put(store, value_set(url="http://example.org/changed", body=b"two"))
    assert again.version_id == 3
    assert again.key != first.key
    assert [(e.version_id, e.body) for e in store.history("ValueSet", "vs")] == [(1, b"one")]


@pytest.fixture
def library(store):
    put(
        store,
        value_set("1", f"{BASE}b", "1", name="Ärzte", title="Österreich", status="active", date="2024-05-17"),
        value_set("2", f"{BASE}a", "2", name="arztpraxis", title="100% sure", status="draft", date="2024"),
        value_set("3", f"{BASE}a", "1", name="ARZ", publisher="HL7 International", date="2025-01-01T10:00:00Z"),
        value_set("4", f"{BASE}c", None, name="Straße", publisher="hl7 europe", status="active"),
        NewResource(type="ConceptMap", id="1", url="http://example.org/cm", version=None, name="Arzt"),
    )  # fmt: skip
    return store


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["3", "2", "1", "4"]),
        ({"id": "2"}, ["2"]),
        ({"url": "http://example.org/a"}, ["3", "2"]),
        ({"url": "http://example.org/a", "version": "2"}, ["2"]),
        ({"url": "http://example.org/"}, []),
        ({"name": "arz"}, ["3", "2", "1"]),
        ({"name": "ÄRZT"}, ["2", "1"]),
        ({"name": "Arzt", "exact": True}, []),
        ({"name": "Ärzte", "exact": True}, ["1"]),
        ({"name": "strasse"}, ["4"]),
        ({"title": "100%"}, ["2"]),
        ({"title": "1__"}, []),
        ({"title": "oster"}, ["1"]),
        ({"publisher": "HL7"}, ["3", "4"]),
        ({"publisher": "HL7 I"}, ["3"]),
        ({"status": "active"}, ["1", "4"]),
        ({"status": "act"}, []),
        ({"status": "active", "name": "a"}, ["1"]),
        ({"name": ""}, ["3", "2", "1", "4"]),
        ({"mentions": "no such text"}, []),
        ({"date": "2024"}, ["2", "1"]),
        ({"date": "2024-05"}, ["1"]),
        ({"date": "eq2024-05-17"}, ["1"]),
        ({"date": "ne2024-05"}, ["3", "2"]),
        ({"date": "gt2024-05-17"}, ["3", "2"]),
        ({"date": "ge2024-05-17"}, ["3", "2", "1"]),
        ({"date": "lt2024-05-17"}, ["2"]),
        ({"date": "le2024-05-17"}, ["2", "1"]),
        ({"date": "sa2024-05-17"}, ["3"]),
        ({"date": "eb2025"}, ["2", "1"]),
        ({"date": "ap2024-07"}, ["2"]),
        ({"date": "2025-01-01T11:00:00+01:00"}, ["3"]),
        ({"date": "gt2024-12"}, ["3"]),
    ],
)
def test_search(library, query, ids):
    assert found(library, **query) == ids


@pytest.mark.parametrize(
    ("field", "values", "modifier", "ids"),
    [
        ("name", ("RZTE",), "contains", ["1"]),
        ("title", ("0% S",), "contains", ["2"]),
        ("title", ("_",), "contains", []),
        ("title", ("!",), "contains", []),
        ("name", ("strasse", "ärzte"), "", ["1", "4"]),
        ("name", ("ARZ", "Straße"), "exact", ["3", "4"]),
        ("title", ("true",), "missing", ["3", "4"]),
        ("title", ("false",), "missing", ["2", "1"]),
        ("called", (f"RZTE {BASE.upper()}B",), "", ["1"]),
        ("called", ("0% straße",), "", []),
        ("called", ("_",), "", []),
        ("called", (f"{BASE}a",), "", ["3", "2"]),
        ("version", ("true",), "missing", ["4"]),
        ("date", ("true",), "missing", ["4"]),
        ("status", ("active",), "not", ["3", "2"]),
        ("status", ("active", "draft"), "not", ["3"]),
        ("status", ("active", "draft"), "", ["2", "1", "4"]),
        ("canonical", (f"{BASE}a",), "", ["3", "2"]),
        ("canonical", (f"{BASE}a|2", f"{BASE}c"), "", ["2", "4"]),
        ("canonical", (BASE,), "below", ["3", "2", "1", "4"]),
        ("canonical", ("http://example.or",), "below", []),
        ("last_updated", ("2026-05-28",), "", ["3", "2", "1", "4"]),
        ("last_updated", ("gt2026-05-28T20:26:40.000Z",), "", []),
        ("last_updated", ("ge2026-05-28T20:26:40.000Z",), "", ["3", "2", "1", "4"]),
        ("last_updated", ("lt2026-05",), "", []),
    ],
)
def test_conditions(library, field, values, modifier, ids):
    assert found(library, conditions=(Condition(field, values, modifier),)) == ids


def test_conditions_must_all_hold(library):
    asked = (Condition("date", ("ge2024-05-17",)), Condition("date", ("lt2025",)), Condition("status", ("active",)))
    assert found(library, conditions=asked) == ["1"]


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (("name",), ["3", "1", "2", "4"]),
        (("-name",), ["4", "2", "1", "3"]),
        (("title",), ["2", "1", "3", "4"]),
        (("-title",), ["1", "2", "3", "4"]),
        (("status", "-url"), ["4", "1", "2", "3"]),
        (("-date",), ["3", "1", "2", "4"]),
        (("last_updated", "-id"), ["4", "3", "2", "1"]),
    ],
)
def test_sorting_puts_what_has_no_value_last(library, sort, ids):
    assert found(library, sort=sort) == ids
    pages = [library.resources(ResourceQuery(type="ValueSet", sort=sort, offset=n, count=1))[1] for n in range(4)]
    assert [entry.id for (entry,) in pages] == ids


@pytest.fixture
def systems(store):
    for name, content, supplements, case_sensitive, codes in (
        ("a", "complete", None, True, ["X", "y"]),
        ("b", "fragment", None, False, ["x"]),
        ("c", "supplement", f"{BASE}a|1", True, ["y"]),
    ):
        writer = store.new_version()
        writer.write_concepts([(n, code, code, b"") for n, code in enumerate(codes)])
        url = f"{BASE}{name}"
        entry = VersionEntry(
            key=writer.key, url=url, version="1", content=content, size=len(codes), case_sensitive=case_sensitive,
            supplements=supplements, effective_start=None, effective_end=None, resource_id=name,
        )  # fmt: skip
        with store.publication() as publication:
            publication.publish_version(writer, entry, NewResource(type="CodeSystem", id=name, url=url, version="1"))
    return store


@pytest.mark.parametrize(
    ("field", "value", "modifier", "ids"),
    [
        ("content", "complete", "", ["a"]),
        ("content", "complete", "not", ["b", "c"]),
        ("supplements", f"{BASE}a", "", ["c"]),
        ("supplements", f"{BASE}a|1", "", ["c"]),
        ("supplements", f"{BASE}a|2", "", []),
        ("supplements", f"{BASE}", "", []),
        ("code", "X", "", ["a", "b"]),
        ("code", "x", "", ["b"]),
        ("code", "y", "", ["a", "c"]),
        ("code", "", "", []),
    ],
)
def test_code_systems_are_found_by_what_they_hold(systems, field, value, modifier, ids):
    query = ResourceQuery(type="CodeSystem", conditions=(Condition(field, (value,), modifier),))
    total, page = systems.resources(query)
    assert (total, [entry.id for entry in page]) == (len(ids), ids)


@pytest.mark.parametrize(
    ("field", "value", "ids"),
    [
        ("source_code", "a", ["1", "2"]),
        ("source_code", "http://s|a", ["1"]),
        ("source_code", "http://s|", ["1"]),
        ("target_code", "http://other|", []),
        ("target_code", "a", []),
        ("target_code", "http://t|x", ["1"]),
        ("source_system", "http://other", ["2"]),
        ("target_system", "http://t", ["1"]),
    ],
)
def test_maps_are_found_by_what_they_map(store, field, value, ids):
    with store.publication() as publication:
        for id_, row in (
            ("1", mapping(0, "a", "x", b"")),
            ("2", mapping(0, "a", None, b"", source_system="http://other", target_system=None)),
        ):
            new = NewResource(type="ConceptMap", id=id_, url=f"{BASE}{id_}", version=None)
            publication.put_mappings(publication.put_resource(new).key, [row])
    total, page = store.resources(ResourceQuery(type="ConceptMap", conditions=(Condition(field, (value,)),)))
    assert (total, [entry.id for entry in page]) == (len(ids), ids)


def test_mentions_looks_into_the_bodies(store):
    body = '{"compose": {"include": [{"system": "http://example.org/Größe"}]}}'.encode()
    put(store, value_set("1", f"{BASE}a", body=body), value_set("2", f"{BASE}b", body=b"{}"))
    assert found(store, mentions="http://example.org/Größe") == ["1"]


def test_a_search_costs_two_statements_and_pages(library):
    with counting(library) as statements:
        total, page = library.resources(ResourceQuery(type="ValueSet", offset=1, count=2))
    assert len(statements) == 2
    assert total == 4
    assert [entry.id for entry in page] == ["2", "1"]
    assert library.resources(ResourceQuery(type="ValueSet", count=0)) == (4, [])
    assert library.resources(ResourceQuery(type="NamingSystem")) == (0, [])


def test_an_invalid_date_is_refused_in_a_search_and_kept_in_a_resource(store):
    put(store, value_set(date="sometime"))
    assert found(store) == ["vs"]
    assert found(store, date="ge1000") == []
    with pytest.raises(TerminologyError, match="'someday'") as caught:
        found(store, date="someday")
    assert caught.value.kind == "invalid"


def mapping(map_key: int, source: str | None, target: str | None, document: bytes, **fields) -> MappingRow:
    values = {"group": 0, "source_system": "http://s", "target_system": "http://t"} | fields
    return MappingRow(map_key=map_key, source_code=source, target_code=target, document=document, **values)


def test_mappings_are_found_both_ways(store):
    with store.publication() as publication:
        first = publication.put_resource(NewResource(type="ConceptMap", id="1", url="http://m/1", version=None)).key
        second = publication.put_resource(NewResource(type="ConceptMap", id="2", url="http://m/2", version=None)).key
        a = mapping(first, "a", "x", b"1")
        b = mapping(first, "a", None, b"2", group=1, target_system=None)
        c = mapping(second, "a", "x", b"3", source_system="http://other")
        d = mapping(second, None, "x", b"4")
        publication.put_mappings(first, iter([a, b]))
        publication.put_mappings(second, [c, d])
    with counting(store) as statements:
        assert store.mappings(code="a", reverse=False) == [a, b, c]
    assert len(statements) == 1
    assert store.mappings(code="x", reverse=True) == [a, c, d]
    assert store.mappings(code="a", reverse=False, source_systems=("http://s",)) == [a, b]
    assert store.mappings(code="a", reverse=False, source_systems=("http://other", "http://s")) == [a, b, c]
    assert store.mappings(code="a", reverse=False, target_systems=("http://t",), map_key=second) == [c]
    assert store.mappings(code="x", reverse=True, target_systems=("http://t",), source_systems=("http://other",)) == [c]
    assert store.mappings(code="x", reverse=False) == []
    assert store.mappings(code=None, reverse=False) == [d]
    assert store.mappings(code=None, reverse=True, source_systems=("http://s",)) == [b]
    assert list(store.map_mappings(first)) == [a, b]
    assert list(store.map_mappings(first, 1)) == [b]
    with store.publication() as publication:
        publication.put_mappings(first, [replace(a, document=b"new")])
        publication.drop_resource("ConceptMap", "2")
    assert store.mappings(code="a", reverse=False) == [replace(a, document=b"new")]
    assert list(store.map_mappings(second)) == []


def test_a_long_map_is_streamed_in_order(store):
    with store.publication() as publication:
        key = publication.put_resource(NewResource(type="ConceptMap", id="1", url="http://m", version=None)).key
        publication.put_mappings(key, (mapping(key, str(n), "x", b"") for n in range(5000)))
    assert [row.source_code for row in store.map_mappings(key)] == [str(n) for n in range(5000)]


def test_aliases_belong_to_their_naming_system(store):
    with store.publication() as publication:
        one = publication.put_resource(NewResource(type="NamingSystem", id="1", url=None, version=None)).key
        two = publication.put_resource(NewResource(type="NamingSystem", id="2", url=None, version=None)).key
        publication.put_aliases(one, [("urn:oid:1", "http://a"), ("urn:oid:2", "http://a")])
        publication.put_aliases(two, [("urn:oid:2", "http://b"), ("urn:oid:3", "http://b")])
    assert store.aliases() == {"urn:oid:1": "http://a", "urn:oid:2": "http://a", "urn:oid:3": "http://b"}
    with store.publication() as publication:
        publication.put_aliases(one, [("urn:oid:1", "http://c")])
    assert store.aliases() == {"urn:oid:1": "http://c", "urn:oid:2": "http://b", "urn:oid:3": "http://b"}
    with store.publication() as publication:
        publication.drop_resource("NamingSystem", "2")
    assert store.aliases() == {"urn:oid:1": "http://c"}


def document(id_: str, path: str = "a.html", index: int = 0, **fields) -> DocumentEntry:
    values = {
        "digest": "d", "loader": "html", "state": "loaded", "reason": None, "system": "http://s", "version": None,
        "code": "1", "title": "T", "media_type": "text/html", "loaded_at": "2026-01-01T00:00:00Z",
    } | fields  # fmt: skip
    return DocumentEntry(id=id_, path=path, index=index, **values)


def test_documents_are_stored_with_their_state(store):
    entries = [
        document("ab12", "b.html"),
        document("cd34", "a.html", 1, state="pending", reason="no code", code=None, system=None),
        document("ab99", "a.html", 0),
    ]
    with store.publication() as publication:
        for entry in entries:
            publication.put_document(entry, entry.id.encode())
    assert [entry.id for entry in store.documents()] == ["ab99", "cd34", "ab12"]
    assert store.documents("pending") == [entries[1]]
    assert store.documents("removed") == []
    with store.publication() as publication:
        publication.put_document(replace(entries[1], state="loaded", code="7"), b"again")
    assert store.documents("pending") == []
    assert store.document("cd34") == (replace(entries[1], state="loaded", code="7"), b"again")


def test_a_document_is_found_by_an_unambiguous_beginning(store):
    with store.publication() as publication:
        for id_ in ("ab12", "ab1", "cd34"):
            publication.put_document(document(id_), id_.encode())
    assert store.document("cd")[1] == b"cd34"
    assert store.document("ab1")[1] == b"ab1", "a whole id is never ambiguous"
    assert store.document("x") is None
    assert store.document("") is None
    with pytest.raises(TerminologyError, match="ab1, ab12") as caught:
        store.document("ab")
    assert caught.value.kind == "invalid"


def test_by_its_id_a_resource_may_change_its_canonical(store):
    first = put(store, value_set(version="1", body=b"one"))
    moved = put(store, value_set(url="http://example.org/other", version="2", body=b"two", by_id=True))
    assert (moved.id, moved.key, moved.url, moved.version, moved.version_id) == (
        "vs", first.key, "http://example.org/other", "2", 2,
    )  # fmt: skip
    assert store.history("ValueSet", "vs") == [first]
    with pytest.raises(TerminologyError, match=r"http://example.org/other\|2 belongs to ValueSet/vs") as caught:
        put(store, value_set("another", "http://example.org/other", "2", by_id=True))
    assert caught.value.kind == "conflict"


@pytest.fixture
def past(store, clock):
    """At 20:26:40 `vs` is made, and then every minute: changed, deleted, made again; `other` with the last."""
    put(store, value_set(body=b"one"))
    clock.forward(60)
    put(store, value_set(body=b"two"))
    clock.forward(60)
    with store.publication() as publication:
        publication.drop_resource("ValueSet", "vs")
    clock.forward(60)
    put(store, value_set(body=b"four"), value_set("other", "http://example.org/other"))
    put(store, NewResource(type="ConceptMap", id="vs", url=None, version=None))
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["other 1", "vs 4", "vs 3 deleted", "vs 2", "vs 1"]),
        ({"id": "vs"}, ["vs 4", "vs 3 deleted", "vs 2", "vs 1"]),
        ({"id": "vs", "version_id": 2}, ["vs 2"]),
        ({"id": "vs", "since": "2026-05-28T20:28:40.000000"}, ["vs 4", "vs 3 deleted"]),
        ({"since": "2026-05-28T20:28:40.000001"}, ["other 1", "vs 4"]),
        ({"at": ("2026-05-28T20:28:00.000000", "2026-05-28T20:28:00.999999")}, ["vs 2"]),
        ({"at": ("2026-05-28T20:27:00.000000", "2026-05-28T20:28:00.999999")}, ["vs 2", "vs 1"]),
        ({"at": ("2026-05-28T20:29:00.000000", "2026-05-28T20:29:00.999999")}, ["vs 3 deleted"]),
        ({"at": ("2027-01-01T00:00:00.000000", "2027-12-31T23:59:59.999999")}, ["other 1", "vs 4"]),
        ({"at": ("2025-01-01T00:00:00.000000", "2025-12-31T23:59:59.999999")}, []),
        ({"id": "no"}, []),
    ],
)
def test_history_newest_first(past, query, found):
    total, page = past.history_page(HistoryQuery(type="ValueSet", **query))
    assert [f"{e.id} {e.version_id}{' deleted' * gone}" for e, gone in page] == found
    assert total == len(found)


def test_history_in_pages(past):
    total, page = past.history_page(HistoryQuery(type="ValueSet", offset=1, count=2))
    assert (total, [e.version_id for e, _ in page]) == (5, [4, 3])
    assert page[1].entry.body == b""


@pytest.mark.parametrize(
    ("url", "found"), [("http://x/a", False), ("http://x/a/b", False), ("http://x/a?b", False), ("http://x/ab", True)]
)
def test_resources_below_a_canonical_can_be_excluded(store, url, found):
    put(store, value_set(url=url))
    without = Condition("below", ("http://y", "http://x/a"), "not")
    assert store.resources(ResourceQuery(type="ValueSet", conditions=(without,)))[0] == found
    assert store.history_page(HistoryQuery(type="ValueSet", conditions=(without,)))[0] == found
