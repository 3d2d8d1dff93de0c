"""Parts, leases and garbage: what is hidden, how long it stays, and what is collected."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from terminology.model.outcome import TerminologyError
from terminology.store.counting import counting
from tests.store.ticking import HOUR, concepts, entry, header, part, publish, put_part


def test_keys_are_not_reused_after_garbage_is_collected(store, clock):
    key = publish(store).entry.key
    with store.publication() as publication:
        publication.drop_version("http://example.org/cs", "1")
    clock.forward(24 * HOUR)
    store.collect_garbage()
    assert store.new_version().key > key


def test_parts_replace_their_predecessor(store):
    first = put_part(store, [b"one", b"two"])
    other = put_part(store, [], source="b.txt", version=None, kind="detail")
    assert [p.key for p in store.parts()] == [first, other]
    assert list(store.part_blocks(first)) == [b"one", b"two"]
    assert list(store.part_blocks(other)) == []
    second = put_part(store, [b"three"], digest="d2", header=b"h", count=5)
    assert store.parts() == [
        part(source="b.txt", version=None, kind="detail", key=other),
        part(key=second, digest="d2", header=b"h", count=5),
    ]
    assert list(store.part_blocks(first)) == [b"one", b"two"], "who reads it just now can go on"
    assert store.parts("http://nothing") == []
    with store.publication() as publication:
        publication.drop_part(second)
    assert [p.key for p in store.parts("http://example.org/cs")] == [other]


def test_spilled_blocks_can_be_read_before_they_are_committed(store):
    key = store.spill_part(f"block {n}".encode() for n in range(3))
    assert list(store.part_blocks(key)) == [b"block 0", b"block 1", b"block 2"]
    assert store.parts() == []


def test_garbage_collection_deletes_only_what_is_invisible(store, clock):
    kept, kept_part = publish(store, ["a"]), put_part(store, [b"kept"])
    replaced, replaced_part = publish(store, ["r"], version="2", id_="cs2"), put_part(store, [b"r"], source="b")
    publish(store, ["s"], version="2", id_="cs2")
    put_part(store, [b"s"], source="b")
    abandoned, spilled = store.new_version(), store.spill_part([b"spilled"])
    abandoned.write_concepts(concepts(["x"]))
    abandoned.write_bitmaps("k", [("a", BitMap([1]))])
    abandoned.write_blob("k", "a", b"blob")

    store.collect_garbage()
    assert replaced.row("r") is not None
    assert len(abandoned.read_concepts([0])) == 1
    assert list(store.part_blocks(spilled)) == [b"spilled"]

    clock.forward(24 * HOUR)
    store.collect_garbage()
    assert replaced.rows([0]) == []
    assert abandoned.read_concepts([0]) == []
    assert list(store.part_blocks(spilled)) == []
    assert list(store.part_blocks(replaced_part)) == []
    assert kept.row("a") is not None
    assert list(store.part_blocks(kept_part)) == [b"kept"]
    assert len(store.versions()) == 2
    assert len(store.parts()) == 2


def test_parts_that_are_given_up_are_garbage_at_once(store):
    def breaks_off():
        yield b"begun"
        raise TerminologyError.of("invalid", "CONCEPT_WITHOUT_CODE", system="s", display="d")

    kept, committed, gone = store.spill_part([b"kept"]), put_part(store, [b"put"]), store.spill_part([b"gone"])
    store.abandon_parts([gone, committed])
    with pytest.raises(TerminologyError, match="code"):
        store.spill_part(breaks_off())
    store.collect_garbage()
    assert [list(store.part_blocks(part)) for part in (kept, committed, gone, gone + 1)] == [
        [b"kept"],
        [b"put"],
        [],
        [],
    ]


def test_more_garbage_than_one_transaction_takes(store, clock):
    writer = store.new_version()
    writer.write_concepts(concepts([str(n) for n in range(12_000)]))
    writer.write_bitmaps("k", ((str(n), BitMap([n])) for n in range(12_000)))
    clock.forward(24 * HOUR)
    with counting(store) as statements:
        store.collect_garbage()
    assert statements.count("COMMIT") > 5
    assert writer.read_concepts([0, 11_999]) == []


def test_writing_renews_the_lease(store, clock):
    spilled = store.spill_part([b"waits"])
    waiting = store.new_version()
    writer = store.new_version()
    for n in range(20):
        clock.forward(HOUR / 10)
        writer.write_concepts([(n, str(n), str(n), b"")])
        store.collect_garbage()
    assert list(store.part_blocks(spilled)) == [b"waits"], "what the same store holds is renewed along"
    waiting.write_concepts(concepts(["still there"]))


def test_writing_after_a_lost_lease_is_a_conflict(store, clock):
    writer, spilled = store.new_version(), store.spill_part([b"x"])
    clock.forward(24 * HOUR)
    store.collect_garbage()
    for write in (
        lambda: writer.write_concepts(concepts(["late"])),
        lambda: writer.write_bitmaps("k", [("a", BitMap())]),
        lambda: writer.write_blob("k", "a", b""),
    ):
        with pytest.raises(TerminologyError, match="Load its sources again") as caught:
            write()
        assert caught.value.kind == "conflict"
    with pytest.raises(TerminologyError, match="Load its sources again"), store.publication() as publication:
        publication.publish_version(writer, entry(), header())
    with pytest.raises(TerminologyError, match="Load its source again"), store.publication() as publication:
        publication.put_part(part(), spilled)
    assert store.versions() == []
    assert store.resources_by_url("CodeSystem", "http://example.org/cs") == []
