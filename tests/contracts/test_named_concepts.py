"""A concept comes with the displays of what it names: where statements wait for another process, in one statement."""

from __future__ import annotations

from itertools import compress

import orjson
import pytest

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.written import LINE
from terminology.store.counting import counting
from terminology.store.documents import encode
from terminology.store.protocol import Store
from tests.codesystems.building import publish

HEADER = CodeSystemMetadata(url="http://example.org/animals", version="1")
CONCEPTS = (
    Concept("animal", "Animal"),
    Concept('"ä\\', 'A "quoted" one \\ ä'),
    Concept("untitled"),
    Concept("1", "A number"),
    Concept("cat", "Cat", parents=("animal",)),
    Concept(
        "lion",
        "Lion",
        parents=("cat", '"ä\\'),
        properties=(
            Property("food", "code", "mouse"),
            Property("kin", "code", "cat"),
            Property("like", "code", "untitled"),
            Property("like", "string", "animal"),
            Property("legs", "integer", 1),
        ),
    ),
    Concept("loner", "Alone"),
    Concept("counted", "Counted", properties=(Property("legs", "integer", 1),)),
)
NAMES = {
    "animal": {"cat": "Cat"},
    "cat": {"animal": "Animal", "lion": "Lion"},
    "lion": {"cat": "Cat", '"ä\\': 'A "quoted" one \\ ä'},
    "loner": {},
    "counted": {},
}


def system_in(store: Store, header: CodeSystemMetadata = HEADER) -> StoredCodeSystem:
    system = StoredCodeSystem(header, store.version(publish(store, header, CONCEPTS)))
    assert system.written("1")  # reads which concepts have a status
    return system


def named(system: StoredCodeSystem, code: str) -> tuple[list[str], dict[str, str]]:
    """All codes a concept names, and the displays of those that have one."""
    concept = system.written(code)
    assert concept is not None
    links = compress(concept.values.split(LINE), [like and like.kind == "code" for like in concept.value_shape.likes])
    codes = [line for line in (*links, *concept.parents.split(LINE), *concept.children.split(LINE)) if line]
    names = zip(codes, system.names(codes), strict=True)
    return [*map(orjson.loads, codes)], {orjson.loads(code): orjson.loads(name) for code, name in names if name}


@pytest.mark.parametrize("code", NAMES)
def test_a_concept_and_what_it_names(store: Store, backend: str, code: str) -> None:
    system = system_in(store)
    with counting(store) as statements:
        codes, names = named(system, code)
    assert names == NAMES[code]
    assert len(statements) == (1 if backend == "postgres" or not codes else 2)


def test_a_code_that_is_not_there(store: Store) -> None:
    system = system_in(store)
    with counting(store) as statements:
        assert system.written("mouse") is None
    assert len(statements) == 1


def test_where_case_does_not_matter_names_are_found_without_regard_to_it(store: Store) -> None:
    header = CodeSystemMetadata(url="http://example.org/free", version="1", case_sensitive=False)
    concepts = (Concept("Animal", "Animals"), Concept("Cat", "Cats", properties=(Property("kin", "code", "ANIMAL"),)))
    system = StoredCodeSystem(header, store.version(publish(store, header, concepts)))
    assert named(system, "CAT") == (["ANIMAL"], {"ANIMAL": "Animals"})


def test_one_statement_reads_a_row_and_the_concepts_it_names(store: Store, backend: str) -> None:
    reader = store.version(publish(store, HEADER, CONCEPTS))
    for concept in CONCEPTS:
        row, along = reader.row_with_named(concept.code)
        assert row == reader.row(concept.code)  # and keeps it
        if backend == "postgres":
            assert along == reader.documents_by_key(named_by(concept))
        else:
            assert along is None
    with counting(store) as statements:
        kept, along = reader.row_with_named("lion")
    assert (kept, along, len(statements)) == (reader.row("lion"), None, 0), "a row that is kept is not read again"
    assert reader.row_with_named("mouse")[0] is None


def named_by(concept: Concept) -> list[str]:
    """The codes that one of CONCEPTS names."""
    children = [other.code for other in CONCEPTS if concept.code in other.parents]
    return [*concept.parents, *children, *(str(p.value) for p in concept.properties if p.kind == "code")]


def test_documents_have_links_at_the_places_the_statement_reads() -> None:
    """The statement names places of a document; they never change."""
    document = encode(Concept("c", properties=(Property("p", "code", "v"),), parents=("up",), children=("down",)))
    assert document == b'["c",null,null,null,[["p",0,"v"]],["up"],["down"]]'
