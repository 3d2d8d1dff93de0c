"""What every store must do: code system versions and the generation."""

from __future__ import annotations

import threading

import pytest
from pyroaring import BitMap

from terminology.fhir.json import dumps, loads
from terminology.model.outcome import TerminologyError
from terminology.store import index_kinds
from terminology.store.counting import counting
from terminology.store.entries import ConceptRow
from tests.store.ticking import concepts, entry, header, part, publish

CODES = ("b", "A", "ä", "Z", "10", "9")


def keys(store) -> list[int]:
    return [version.key for version in store.versions()]


def test_an_empty_store_is_empty(store):
    assert store.generation() == 0
    assert store.versions() == []
    assert store.parts() == []
    assert store.aliases() == {}
    assert store.documents() == []


def test_a_version_is_hidden_until_it_is_published(store):
    writer = store.new_version()
    writer.write_concepts(concepts(["a"]))
    assert store.versions() == []
    with pytest.raises(TerminologyError) as caught:
        store.version(writer.key)
    assert caught.value.kind == "not-found"
    with store.publication() as publication:
        publication.publish_version(writer, entry(size=1), header())
    assert keys(store) == [writer.key]
    assert store.version(writer.key).row("a") == ConceptRow(0, "a", b"document of a")


def test_an_entry_comes_back_as_published(store):
    writer = store.new_version()
    fields = {
        "content": "fragment", "size": 7, "case_sensitive": False, "supplements": "http://example.org/base|2",
        "effective_start": "2024-10-01", "effective_end": "2025-09-30",
    }  # fmt: skip
    with store.publication() as publication:
        publication.publish_version(writer, entry(version=None, **fields), header(version=None))
    assert store.versions() == [entry(version=None, key=writer.key, **fields)]
    assert store.version(writer.key).entry == store.versions()[0]


def test_versions_of_one_url_or_all_come_by_url_and_version(store):
    for url, version in (("http://b", "2"), ("http://a", None), ("http://b", "1")):
        publish(store, url=url, version=version, id_=f"{url}-{version}")
    assert [(v.url, v.version) for v in store.versions()] == [("http://a", None), ("http://b", "1"), ("http://b", "2")]
    assert [v.version for v in store.versions("http://b")] == ["1", "2"]
    assert store.versions("http://nothing") == []


@pytest.mark.parametrize("version", ["1", None])
def test_publishing_again_replaces_and_never_reuses_a_key(store, version):
    first = publish(store, ["a"], version=version)
    second = publish(store, ["b"], version=version)
    assert keys(store) == [second.entry.key]
    assert second.entry.key > first.entry.key
    assert first.row("a") is not None, "a reader in the middle of a request still reads"


def test_a_dropped_version_goes_with_its_header(store):
    publish(store)
    publish(store, version="2", id_="cs-2")
    with store.publication() as publication:
        publication.drop_version("http://example.org/cs", "1")
    assert [version.version for version in store.versions()] == ["2"]
    assert store.resource("CodeSystem", "cs") is None
    assert store.resource("CodeSystem", "cs-2") is not None


def test_a_deleted_header_takes_its_version_along(store):
    publish(store)
    with store.publication() as publication:
        assert publication.drop_resource("CodeSystem", "cs")
    assert store.versions() == []


def test_rows_by_key_ordinal_and_scan(store):
    reader = publish(store, CODES)
    assert reader.row("a") == ConceptRow(1, "A", b"document of A")
    assert reader.row("A") is None, "the key is casefolded"
    assert reader.row("nothing") is None
    assert [row.code for row in reader.rows([3, 0, 3, 99, 1])] == ["Z", "b", "Z", "A"]
    assert reader.rows([]) == []
    assert [row.code for row in reader.scan()] == list(CODES)
    assert [row.code for row in reader.scan(BitMap([4, 2, 99]))] == ["ä", "10"]
    assert list(reader.scan(BitMap())) == []
    assert list(reader.codes()) == list(CODES)
    assert reader.ordinals(["z", "ä", "Z", "nothing"]) == {"z": 3, "ä": 2}
    assert reader.ordinals([]) == {}


def test_documents_are_one_json_text(store):
    writer = store.new_version()
    writer.write_concepts([(n, code, code, dumps([code, "ü\0"])) for n, code in enumerate(CODES)])
    with store.publication() as publication:
        publication.publish_version(writer, entry(size=len(CODES)), header())
    reader = store.version(writer.key)
    for asked in ([3, 0, 3, 99, 1], [], range(len(CODES))):
        found = dict(loads(reader.documents(asked)))
        assert found == {n: [CODES[n], "ü\0"] for n in asked if n < len(CODES)}


def test_versions_do_not_see_each_other(store):
    first = publish(store, ["a", "b"])
    second = publish(store, ["b", "c", "d"], version="2", id_="cs-2")
    assert first.row("c") is None
    assert second.row("a") is None
    assert [row.code for row in first.scan()] == ["a", "b"]
    assert [row.code for row in second.rows([0, 1])] == ["b", "c"]
    assert list(first.codes()) == ["a", "b"]
    assert first.ordinals(["b", "c"]) == {"b": 1}


def test_versions_with_words_or_codes_are_told_apart(store):
    first = publish(store, ["EX1", "EX2"], words=["knee", "kneecap"])
    second = publish(store, ["x"], version="2", id_="cs-2", words=["knee", "pain"])
    both, one, other = {first.entry.key, second.entry.key}, {first.entry.key}, {second.entry.key}
    assert store.versions_with("Knee") == both
    assert store.versions_with("kneeca") == one
    assert store.versions_with("pain kne") == other
    assert store.versions_with("EX1") == one
    assert store.versions_with("ex") == one
    assert store.versions_with("nothing") == set()
    assert store.versions_with("") == set()


def test_versions_with_a_code_by_the_case_rule_of_each(store):
    strict, lenient, hidden = (store.new_version() for _ in range(3))
    strict.write_concepts([(0, "EX1", "EX1", b"document"), (1, "other", "other", b"document")])
    for writer in (lenient, hidden):
        writer.write_concepts([(0, "ex1", "EX1", b"document")])
    with store.publication() as publication:
        publication.publish_version(strict, entry(size=2), header())
        publication.publish_version(
            lenient, entry(version="2", size=1, case_sensitive=False), header(version="2", id_="cs-2")
        )
    with counting(store) as statements:
        assert store.versions_with_code("EX1") == {strict.key, lenient.key}
    assert len(statements) == 1
    assert store.versions_with_code("eX1") == {lenient.key}
    assert store.versions_with_code("EX") == set()
    assert store.versions_with_code("") == set()


def test_more_rows_than_one_statement_takes(store):
    codes = [f"code {n}" for n in range(10_000)]
    reader = publish(store, codes)
    assert [row.code for row in reader.scan()] == codes
    backwards = list(range(9_999, -1, -1))
    assert [row.ordinal for row in reader.rows(backwards)] == backwards
    assert len(reader.ordinals(codes)) == 10_000
    assert sum(1 for _ in reader.scan(BitMap(range(0, 10_000, 2)))) == 5_000


def test_codes_with_any_character_are_found(store):
    codes = ["", " ", "a'b", "%", "\U0001f489", "\uffff"]
    reader = publish(store, codes)
    for ordinal, code in enumerate(codes):
        assert reader.row(code) == ConceptRow(ordinal, code, f"document of {code}".encode())


def test_a_code_with_nul_is_found_or_refused_as_invalid_text(store, backend):
    """FHIR's texts have none (R5, 2.1.28.0.1), and PostgreSQL's cannot."""
    if backend != "postgres":
        assert publish(store, ["a\x00b"]).row("a\x00b") is not None
        return
    reader = publish(store, ["ab"])
    with pytest.raises(TerminologyError) as caught:
        publish(store, ["a\x00b"], version="2", id_="cs-2")
    assert caught.value.kind == "invalid"
    with pytest.raises(TerminologyError) as caught:
        reader.row("a\x00b")
    assert caught.value.kind == "invalid"


def test_a_lone_surrogate_in_a_search_is_invalid(store):
    with pytest.raises(TerminologyError) as caught:
        publish(store).row("\ud800")
    assert caught.value.kind == "invalid"


def test_a_duplicate_key_is_a_conflict_that_names_the_code(store):
    writer = store.new_version()
    writer.write_concepts(concepts(["a", "b"]))
    with pytest.raises(TerminologyError, match="'B'") as caught:
        writer.write_concepts([(2, "c", "C", b""), (3, "b", "B", b"")])
    assert caught.value.kind == "conflict"
    with pytest.raises(TerminologyError, match="'X'"):
        writer.write_concepts([(2, "x", "x", b""), (3, "x", "X", b"")])
    assert [row.code for row in writer.read_concepts(range(9))] == ["a", "b"], "a failed batch leaves nothing"


def test_a_duplicate_ordinal_is_a_conflict(store):
    writer = store.new_version()
    writer.write_concepts(concepts(["a"]))
    with pytest.raises(TerminologyError) as caught:
        writer.write_concepts([(0, "b", "b", b"")])
    assert caught.value.kind == "conflict"


def test_written_concepts_can_be_read_before_publishing(store):
    writer = store.new_version()
    writer.write_concepts(concepts(["a", "B", "c"]))
    assert [row.code for row in writer.read_concepts([2, 1, 7])] == ["c", "B"]


def test_bitmaps_and_blobs(store):
    writer = store.new_version()
    writer.write_bitmaps(index_kinds.FLAG, [(index_kinds.LEAF, BitMap([1, 5])), (index_kinds.ROOT, BitMap())])
    writer.write_bitmaps(index_kinds.TOKEN, ((word, BitMap([n])) for n, word in enumerate(["b", "ä", "ba", "a", "Z"])))
    writer.write_blob(index_kinds.TERM_ORDINALS, "", b"\x00\x01")
    writer.write_blob(index_kinds.TERM_ORDINALS, "other", b"")
    with store.publication() as publication:
        publication.publish_version(writer, entry(), header())
    reader = store.version(writer.key)
    assert reader.bitmap(index_kinds.FLAG, index_kinds.LEAF) == BitMap([1, 5])
    assert reader.bitmap(index_kinds.FLAG, index_kinds.ROOT) == BitMap()
    assert reader.bitmap(index_kinds.FLAG, index_kinds.INACTIVE) is None
    assert reader.bitmap("unknown", "a") is None
    assert reader.bitmap_keys(index_kinds.TOKEN) == ["Z", "a", "b", "ba", "ä"], "in code point order"
    assert reader.bitmaps_between(index_kinds.TOKEN, "b", "bb") == {"b": BitMap([0]), "ba": BitMap([2])}
    assert reader.bitmaps_between(index_kinds.TOKEN, "b", "b") == {}
    assert reader.bitmaps(index_kinds.TOKEN, ["ä", "c", "Z"]) == {"ä": BitMap([1]), "Z": BitMap([4])}
    assert reader.bitmaps(index_kinds.TOKEN, []) == {}
    assert reader.blob(index_kinds.TERM_ORDINALS) == b"\x00\x01"
    assert reader.blob(index_kinds.TERM_ORDINALS, "other") == b""
    assert reader.blob("unknown") is None


def test_writing_a_set_twice_is_a_conflict(store):
    writer = store.new_version()
    writer.write_bitmaps("kind", [("a", BitMap([1]))])
    with pytest.raises(TerminologyError) as caught:
        writer.write_bitmaps("kind", [("b", BitMap([1])), ("a", BitMap([2]))])
    assert caught.value.kind == "conflict"


def test_reading_costs_the_statements_it_should(store):
    reader = publish(store, CODES)
    with counting(store) as statements:
        reader.row("a")
    assert len(statements) == 1
    with counting(store) as statements:
        reader.rows([0, 1, 2, 3])
    assert len(statements) == 1
    with counting(store) as statements:
        for _ in range(3):
            assert reader.bitmap("flag", "leaf") is None
    assert len(statements) == 1, "also that a set is not there is remembered"
    with counting(store) as statements:
        store.generation()
    assert len(statements) == 1
    with counting(store) as statements:
        assert store.version(reader.entry.key) is reader
    assert statements == []
    with counting(store) as statements:
        reader.codes()
        first = len(statements)
        reader.codes()
    assert len(statements) == first


def test_the_generation_rises_with_every_publication(store):
    with store.publication():
        pass
    assert store.generation() == 1
    publish(store)
    assert store.generation() == 2


def test_a_publication_is_all_or_nothing(store):
    publish(store, ["a"])
    before = store.versions(), store.generation(), store.resource("CodeSystem", "cs")
    writer = store.new_version()
    blocks = store.spill_part([b"x"])

    def fail_in_the_middle():
        with store.publication() as publication:
            publication.publish_version(writer, entry(), header(body=b"new"))
            publication.put_part(part(), blocks)
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail_in_the_middle()
    assert (store.versions(), store.generation(), store.resource("CodeSystem", "cs")) == before
    assert store.parts() == []
    with store.publication() as publication:
        publication.publish_version(writer, entry(), header(body=b"new"))
    assert keys(store) == [writer.key], "what was rolled back can be published after all"


def test_a_version_is_published_once(store):
    writer = store.new_version()
    with store.publication() as publication:
        publication.publish_version(writer, entry(), header())
    with pytest.raises(TerminologyError) as caught, store.publication() as publication:
        publication.publish_version(writer, entry(version="2"), header(version="2", id_="cs2"))
    assert caught.value.kind == "conflict"
    with pytest.raises(TerminologyError) as caught:
        writer.write_concepts(concepts(["late"]))
    assert caught.value.kind == "conflict"


def test_threads_read_while_one_writes(store):
    reader = publish(store, [str(n) for n in range(1000)])
    problems, stop = [], threading.Event()

    def read():
        try:
            while not stop.is_set():
                assert [row.code for row in reader.rows([999, 0])] == ["999", "0"]
                assert len(store.versions("http://example.org/cs")) == 1
                assert sum(1 for _ in reader.scan(BitMap([1, 2, 3]))) == 3
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            problems.append(error)
        finally:
            if "memory" not in store.url:
                store.close()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(5):
        writer = store.new_version()
        writer.write_concepts(concepts([str(i) for i in range(n, 500 + n)]))
        with store.publication() as publication:
            publication.publish_version(writer, entry("http://o"), header("http://o", id_="other"))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []


def test_threads_write_in_turns(store):
    problems = []

    def load(name: str):
        try:
            publish(store, [f"{name}{n}" for n in range(200)], url=name, id_=name)
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            problems.append(error)

    threads = [threading.Thread(target=load, args=(f"http://{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert store.generation() == 4
    for version in store.versions():
        assert list(store.version(version.key).codes()) == [f"{version.url}{n}" for n in range(200)]
