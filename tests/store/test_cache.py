"""The bounded cache and the bitmap cache of a store."""

from __future__ import annotations

import gc
import time

from pyroaring import BitMap

from terminology.store import index_kinds
from terminology.store.cache import TEXTS_OVERHEAD, AgeingCache, BoundedCache, Budget
from terminology.store.counting import counting
from terminology.store.opening import open_store
from terminology.store.sqlstore import SqlStore
from terminology.store.text import TextIndex
from tests import synthetic
from tests.store.building import built, publish
from tests.store.ticking import entry, header


def test_what_was_used_last_stays():
    cache = BoundedCache(10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    assert cache.get("a") == ("A", 4)
    cache.put("c", "C", 4)
    assert cache.get("b") is None
    assert cache.get("a") == ("A", 4)
    assert cache.get("c") == ("C", 4)
    assert cache.used == 8


def test_what_is_too_heavy_is_not_kept_and_evicts_nothing():
    cache = BoundedCache(10)
    cache.put("a", "A", 4)
    assert cache.put("b", "B", 11) == "B"
    assert cache.get("b") is None
    assert cache.get("a") == ("A", 4)


def test_the_first_of_two_puts_wins_and_counts_once():
    cache = BoundedCache(10)
    first, second = [1], [1]
    cache.put("a", first, 5)
    assert cache.put("a", second, 5) is first
    assert cache.used == 5


def test_several_at_a_time_are_as_one_after_the_other():
    cache = BoundedCache(10)
    cache.put("a", "A", 4)
    assert cache.get_each(["a", "b"]) == ["A", None]
    cache.put_all([("b", "B", 4), ("a", "other", 1), ("c", "C", 4), ("d", "D", 11)])
    assert cache.get_each(["a", "b", "c", "d"]) == ["A", None, "C", None]
    assert cache.used == 8
    assert (cache.hits, cache.misses) == (3, 3)


def test_a_full_cache_of_many_entries_takes_new_ones_as_fast_as_a_small_one():
    def seconds_of_puts(limit: int) -> float:
        cache: BoundedCache[int, int] = BoundedCache(limit)
        for number in range(2 * limit):
            cache.put(number, number, 1)
        rounds = []
        for start in range(10 * limit, 10 * limit + 4000, 500):
            began = time.thread_time()
            for number in range(start, start + 500):
                cache.put(number, number, 1)
            rounds.append(time.thread_time() - began)
        assert cache.used == limit
        return min(rounds)

    assert seconds_of_puts(40_000) < 5 * seconds_of_puts(400)  # some 15 times if the oldest entry is searched for


def test_none_is_a_value_and_clear_forgets():
    cache = BoundedCache(10)
    cache.put("a", None, 1)
    assert cache.get("a") == (None, 1)
    cache.clear()
    assert cache.get("a") is None
    assert cache.used == 0


def test_bitmaps_are_kept_up_to_their_bytes():
    store = SqlStore(open_store()._database, cached_bytes=60_000)
    writer = store.new_version()
    writer.write_bitmaps("k", ((str(n), BitMap(range(0, 40_000, 7))) for n in range(20)))
    with store.publication() as publication:
        publication.publish_version(writer, entry(), header())
    reader = store.version(writer.key)
    first = reader.bitmap("k", "0")
    assert reader.bitmap("k", "0") is first
    for n in range(20):
        reader.bitmap("k", str(n))
    assert store._kept.used <= 60_000
    with counting(store) as statements:
        assert reader.bitmap("k", "0") == first
        reader.bitmap("k", "0")
    assert len(statements) == 1
    store.close()


def test_whatever_is_read_of_a_version_stays_within_the_same_bytes():
    """Nothing grows beside the cache: arrays, codes, words and the columns made of them are all counted there."""
    store = SqlStore(open_store()._database, cached_bytes=30_000)
    reader, _ = publish(store, synthetic.polyhierarchy(3_000, words=500))
    index = TextIndex(reader)
    for text in ("b", "ba", "no such word", "bxd", "00"):
        index.search(text, within=BitMap(range(40))).page(0, 10)
        assert list(reader.codes())[7] == synthetic.code(7)
        assert store._kept.used <= 30_000
    assert vars(index) == {"_reader": reader}


def test_what_is_asked_for_counts_as_well_as_what_is_there():
    store = SqlStore(open_store()._database, cached_bytes=30_000)
    reader, _ = publish(store, synthetic.tree(5))
    before = store._kept.used
    assert reader.bitmap(index_kinds.DESCENDANTS, "x" * 10_000) is None
    assert store._kept.used - before > 10_000
    store.close()


def test_what_was_made_is_made_once_while_it_is_kept():
    reader = built(synthetic.tree(50))
    made = []
    for _ in range(3):
        assert reader.kept("name", lambda: made.append(1) or "thing", len) == "thing"
    assert made == [1]
    assert reader.array(index_kinds.TERM_ORDINALS) is reader.array(index_kinds.TERM_ORDINALS)
    assert reader.codes() is reader.codes()


def test_an_array_that_is_not_there_is_empty():
    assert len(built(synthetic.tree(5)).array("unknown")) == 0


def test_several_keys_are_asked_for_at_once() -> None:
    cache: BoundedCache[str, int | None] = BoundedCache(10)
    cache.put("a", 1, 1)
    cache.put("b", None, 1)
    assert cache.get_all(["a", "x", "b"]) == ({"a": 1, "b": None}, ["x"])
    assert (cache.hits, cache.misses) == (2, 1)


def test_texts_that_are_not_looked_up_until_the_newer_half_is_full_are_forgotten() -> None:
    size = len("k0") + len("v0") + TEXTS_OVERHEAD
    cache: AgeingCache[str, str] = AgeingCache(Budget(2 * 3 * size))
    cache.put_all([("k0", "v0"), ("k1", "v1"), ("k2", "v2"), ("k3", "v3")])  # the fourth is one too many
    assert cache.get_each(["k1", "kx", "k1"]) == ["v1", None, "v1"]  # moves to the newer half
    cache.put_all([("k4", "v4"), ("k5", "v5"), ("k6", "v6"), ("k7", "v7")])
    assert cache.get_each(["k0", "k2"]) == [None, None]
    assert cache.get_each(["k7"]) == ["v7"]


def test_texts_stay_within_their_bytes() -> None:
    cache: AgeingCache[bytes, bytes] = AgeingCache(Budget(50 * (8 + TEXTS_OVERHEAD)))
    keys = [b"%04d" % number for number in range(1000)]
    for key in keys:
        cache.put_all([(key, key)])
    kept = [one for one in cache.get_each(keys) if one is not None]
    assert 25 <= len(kept) <= 51
    assert kept == keys[-len(kept) :]


def test_caches_share_a_budget_as_long_as_they_are_there() -> None:
    budget = Budget(8 * (4 + TEXTS_OVERHEAD))
    first: AgeingCache[str, str] = AgeingCache(budget)
    first.put_all([("k1", "v1"), ("k2", "v2"), ("k3", "v3")])
    second: AgeingCache[str, str] = AgeingCache(budget)
    assert first.get_each(["k1", "k2", "k3"]) == [None, None, None], "it had more than its share"
    first.put_all([("k1", "v1"), ("k2", "v2")])
    third: AgeingCache[str, str] | None = AgeingCache(budget)
    assert budget.share == 8 * (4 + TEXTS_OVERHEAD) // 3
    del second, third
    gc.collect()
    assert budget.share == 8 * (4 + TEXTS_OVERHEAD)
    first.put_all([("k4", "v4"), ("k5", "v5"), ("k6", "v6"), ("k7", "v7")])
    assert first.get_each(["k4", "k5", "k6", "k7"]) == ["v4", "v5", "v6", "v7"]
