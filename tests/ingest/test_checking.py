"""`check` finds what is broken on purpose, mends what is derived, and finds nothing where all is well."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from terminology import ingest
from terminology.store.opening import open_store
from terminology.store.queries import Condition, ResourceQuery
from tests.ingest.building import Box

RELEASE = "version: 2025\nr | Root |\na | Alpha | r\nb | Beta | r"
OTHER = "version: 2026\nr | Root |\nc | Gamma | r"


@pytest.fixture
def kept(tmp_path):
    box = Box(open_store(f"sqlite:///{tmp_path / 'kept.db'}"), tmp_path / "given")
    box.give("one.release", RELEASE)
    box.give("two.release", OTHER)
    yield box
    box.store.close()


def break_it(box, *statements, references=True):
    path = box.store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA foreign_keys = {references:d}")  # what is found of a resource goes with it
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


def found(box, **options):
    return {damage.issue.message_id for damage in ingest.check(box.store, **options).found}


def test_a_sound_database(kept):
    report = ingest.check(kept.store, deep=True, repair=True)
    assert (report.clean, report.versions, report.derived_again, report.rows_removed) == (True, 2, [], 0)


OTHER_SET = "UPDATE bitmap SET data = (SELECT data FROM bitmap WHERE kind = 'flag' AND key = 'root' LIMIT 1)"
VERSION = "(SELECT key FROM code_system_version WHERE version = '2025' AND state = 'active')"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"DELETE FROM concept WHERE version = {VERSION} AND key = 'a'", "CHECK_COUNT"),
        (f"DELETE FROM concept WHERE version = {VERSION} AND key = 'a'", "CHECK_ORDINALS"),
        (f"UPDATE concept SET document = x'00' WHERE version = {VERSION} AND key = 'a'", "CHECK_DOCUMENTS"),
        (f"UPDATE bitmap SET data = x'0011' WHERE version = {VERSION} AND kind = 'children'", "CHECK_SET_UNREADABLE"),
        (f"{OTHER_SET} WHERE version = {VERSION} AND kind = 'flag' AND key = 'leaf'", "CHECK_DERIVED_OTHERWISE"),
        (f"UPDATE blob SET data = x'00' WHERE version = {VERSION} AND kind = 'parents'", "CHECK_DERIVED_OTHERWISE"),
        (f"DELETE FROM bitmap WHERE version = {VERSION} AND kind = 'token'", "CHECK_DERIVED_OTHERWISE"),
        (f"DELETE FROM blob WHERE version = {VERSION} AND kind = 'briefs'", "CHECK_DERIVED_OTHERWISE"),
        ("DELETE FROM resource WHERE type = 'CodeSystem' AND version = '2025'", "CHECK_WITHOUT_HEADER"),
    ],
)
def test_broken_derived_data_is_found_and_repaired(kept, statement, message):
    break_it(kept, statement)
    assert message in found(kept, deep=True)
    report = ingest.check(kept.store, deep=True, repair=True)
    assert report.derived_again == ["http://example.org/procedures|2025"]
    assert ingest.check(kept.store, deep=True).clean
    assert kept.displays("2025") == {"r": "Root", "a": "Alpha", "b": "Beta"}


def test_a_set_with_ordinals_beyond_the_size_is_found(kept):
    break_it(
        kept, "UPDATE code_system_version SET size = 1 WHERE version = '2025' AND state = 'active'",
    )  # fmt: skip
    assert {"CHECK_COUNT", "CHECK_SET_RANGE"} <= found(kept)


def test_rows_that_belong_to_nobody_are_deleted(kept):
    break_it(
        kept,
        "INSERT INTO concept (id, version, key, document) VALUES (4294967296 * 999, 999, 'x', x'00')",
        "INSERT INTO bitmap (version, kind, key, data) VALUES (999, 'flag', 'x', x'00')",
        "INSERT INTO part_block (part, number, data) VALUES (999, 0, x'00')",
    )
    break_it(
        kept,
        "INSERT INTO resource_word (resource_key, number, name, value) VALUES (999, 0, 'identifier', 'x')",
        references=False,
    )
    assert found(kept) == {"CHECK_ORPHANS"}
    assert ingest.check(kept.store, repair=True).rows_removed == 4
    assert ingest.check(kept.store).clean


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE part_block SET data = x'00' WHERE part = (SELECT min(part) FROM part_block)", "CHECK_PART_UNREADABLE"),
        ("UPDATE part SET concepts = 17 WHERE key = (SELECT min(key) FROM part)", "CHECK_PART_COUNT"),
        (f"UPDATE code_system_version SET state = 'retired' WHERE key = {VERSION}", "CHECK_WITHOUT_VERSION"),
        (f"UPDATE code_system_version SET state = 'retired' WHERE key = {VERSION}", "CHECK_NOT_PUBLISHED"),
        ("UPDATE part SET state = 'dropped' WHERE version = '2025'", "CHECK_WITHOUT_PARTS"),
    ],
)
def test_damage_that_cannot_be_repaired_is_reported(kept, statement, message):
    break_it(kept, statement)
    assert message in found(kept)
    assert message in found(kept, repair=True)
    assert not ingest.check(kept.store).clean
    assert kept.displays("2026") == {"r": "Root", "c": "Gamma"}


def test_versions_that_cannot_be_derived_say_why(kept):
    break_it(kept, "UPDATE part_block SET data = x'00' WHERE part = (SELECT min(part) FROM part_block)")
    assert "CHECK_UNDERIVABLE" in found(kept, deep=True)
    break_it(kept, f"DELETE FROM concept WHERE version = {VERSION}")
    assert "CHECK_UNDERIVABLE" in found(kept, repair=True)


VALUE_SET = {
    "resourceType": "ValueSet", "id": "vs", "url": "http://example.org/vs", "status": "active",
    "title": "Größe", "description": "About sizes", "identifier": [{"system": "urn:ids", "value": "7"}],
}  # fmt: skip


def load_value_set(box, folder):
    path = folder / "vs.json"
    path.write_text(json.dumps(VALUE_SET))
    ingest.load(box.store, [str(path)])


def identified(box):
    query = ResourceQuery(type="ValueSet", conditions=(Condition("identifier", ("urn:ids|7",)),))
    return [entry.id for entry in box.store.resources(query)[1]]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM resource_word", "DELETE FROM resource_word WHERE name = 'identifier'",
     "UPDATE resource_word SET value = 'other' WHERE name = 'identifier'"],
)  # fmt: skip
def test_missing_search_words_are_found_and_indexed_again(kept, statement, tmp_path):
    load_value_set(kept, tmp_path)
    assert identified(kept) == ["vs"]
    assert ingest.check(kept.store).clean
    break_it(kept, statement)
    before = kept.store.generation()
    assert identified(kept) == []
    assert found(kept) == {"CHECK_WORDS"}
    report = ingest.check(kept.store, repair=True)
    assert report.indexed_again == (3 if statement == "DELETE FROM resource_word" else 1), "headers, too"
    assert identified(kept) == ["vs"]
    assert kept.store.generation() == before + 1, "so that kept answers to searches are given up"
    assert ingest.check(kept.store).clean


def test_a_resource_that_cannot_be_read_is_reported(kept, tmp_path):
    load_value_set(kept, tmp_path)
    break_it(kept, "UPDATE resource SET body = x'7b' WHERE id = 'vs'")
    assert found(kept, repair=True) == {"CHECK_RESOURCE_UNREADABLE"}
