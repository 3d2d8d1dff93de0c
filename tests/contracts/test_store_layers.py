"""A version that lies over another one: what every backend must do with it."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from terminology.model.brief import brief
from terminology.store import index_kinds
from terminology.store.briefs import block_of
from tests.store.ticking import HOUR, concepts, entry, header, publish

CODES = ("A", "b", "C")
TOKENS = (("below", BitMap([0])), ("both", BitMap([1])))


@pytest.fixture
def base(store):
    writer = store.new_version()
    writer.write_concepts(concepts(CODES))
    writer.write_bitmaps(index_kinds.TOKEN, TOKENS)
    writer.write_bitmaps("kind", [("same", BitMap([0])), ("other", BitMap([1]))])
    writer.write_blob("array", "", b"\x01\x00\x00\x00")
    writer.write_blobs(index_kinds.BRIEFS, [("0", block_of([brief("A", "ay"), brief("b", "be"), brief("C", "see")]))])
    described = entry(size=3, case_sensitive=False)
    assert [row.code for row in writer.reader(described).scan()] == list(CODES), "its writer reads it before it is seen"
    return writer, described


@pytest.fixture
def layer(store, base):
    """A layer that changes `b`, published with what it lies over."""
    below, described = base
    writer = store.new_version(below.key)
    writer.write_concepts([(1, "b", "b", b"another document")])
    writer.write_bitmaps("kind", [("other", BitMap([1, 2])), ("new", BitMap([2]))])
    writer.write_bitmaps(index_kinds.TOKEN, [("above", BitMap([0])), ("both", BitMap([1]))])
    with store.publication() as publication:
        publication.put_base(below, described)
        publication.publish_version(writer, entry(size=3, case_sensitive=False), header())
    return writer


def test_only_the_layer_is_listed_not_its_base(store, base, layer):
    (seen,) = store.versions()
    assert (seen.key, seen.base, seen.size) == (layer.key, base[0].key, 3)
    assert store.versions_with_code("c") == store.versions_with_code("C") == {layer.key}
    assert store.versions_with_code("d") == set()


def test_concepts_of_the_layer_are_not_brief(store, layer):
    """A list may show more of them than the blocks below say, and those are complete."""
    reader = store.version(layer.key)
    assert reader.briefs([2, 1, 0, 0]) == [brief("C", "see"), b"", brief("A", "ay"), brief("A", "ay")]
    assert reader.briefs([2, 0]) == [brief("C", "see"), brief("A", "ay")]


def test_rows_come_from_layer_and_base(store, layer):
    reader = store.version(layer.key)
    expected = [(0, "A", b"document of A"), (1, "b", b"another document"), (2, "C", b"document of C")]
    assert list(map(tuple, reader.scan())) == expected
    assert list(map(tuple, reader.scan(BitMap([1, 2])))) == expected[1:]
    assert list(map(tuple, reader.rows([2, 1, 7, 1]))) == [expected[2], expected[1], expected[1]]
    assert [tuple(reader.row(key)) for key in ("a", "b", "c")] == expected
    for asked in ([0, 1, 2], [2, 1, 7], [0, 2], [1], []):
        pairs = sorted(reader.documents(asked)[1:-1].removeprefix("[").removesuffix("]").split("],["))
        assert pairs == ([f"{n},{expected[n][2].decode()}" for n in sorted(asked) if n < 3] or [""])
    assert reader.row("d") is None
    assert (list(reader.codes()), reader.ordinals(["b", "c", "d"])) == (list(CODES), {"b": 1, "c": 2})


def test_sets_and_arrays_come_from_layer_and_base_and_words_from_each(store, layer):
    reader = store.version(layer.key)
    assert {key: list(reader.bitmap("kind", key)) for key in reader.bitmap_keys("kind")} == {
        "new": [2], "other": [1, 2], "same": [0],
    }  # fmt: skip
    assert list(reader.bitmap_keys(index_kinds.TOKEN)) == ["above", "below", "both"]
    assert list(reader.bitmaps_between(index_kinds.TOKEN, "a", "c")) == ["below", "both"]
    assert list(reader.bitmaps(index_kinds.TOKEN, ["above", "both"])) == ["both"]
    assert reader.bitmaps("kind", ["new", "other"]) == {"new": BitMap([2]), "other": BitMap([1, 2])}
    assert reader.bitmaps_between("kind", "o", "t") == {"other": BitMap([1, 2]), "same": BitMap([0])}
    below, above = reader.layers
    assert (list(below.bitmap_keys(index_kinds.TOKEN)), list(above.bitmap_keys(index_kinds.TOKEN))) == (
        ["below", "both"], ["above", "both"],
    )  # fmt: skip
    assert (list(reader.array("array")), reader.blob("array")) == ([1], b"\x01\x00\x00\x00")


@pytest.mark.parametrize("text", ["above", "below", "both", "above below", "be ab", "a"])
def test_a_version_has_the_words_of_both(store, layer, text):
    assert layer.key in store.versions_with(text)


def test_a_base_is_kept_as_long_as_a_layer_lies_over_it(store, base, layer, clock):
    clock.forward(24 * HOUR)
    store.collect_garbage()
    assert store.version(layer.key).row("a") is not None
    publish(store, ["z"])
    clock.forward(24 * HOUR)
    store.collect_garbage()  # the layer
    assert len(base[0].read_concepts([0])) == 1
    store.collect_garbage()  # what nothing lies over any more
    assert base[0].read_concepts([0]) == []


def test_the_difference_of_layers_includes_that_of_their_bases(store, base, layer):
    other = store.new_version(base[0].key)
    assert store.difference(layer.key, other.key) == "concept b"
    assert store.difference(layer.key, base[0].key) == "layers"
    assert store.difference(layer.key, layer.key) is None
