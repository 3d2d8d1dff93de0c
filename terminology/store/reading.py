"""Reads one published version: rows by key or ordinal, sets and arrays. Decodes bitmaps, but not concept documents.

Decoded values are kept in one cache for the whole store, limited by bytes; readers hold nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.model.brief import Brief
from terminology.store import index_kinds, naming
from terminology.store.arrays import OBJECT_BYTES, weight
from terminology.store.briefs import BLOCK, NO_BRIEFS, PLACE_SIZE, TWO_PLACES, briefs_in
from terminology.store.cache import BoundedCache
from terminology.store.codes import Codes
from terminology.store.database import Database
from terminology.store.entries import ConceptRow, VersionEntry
from terminology.store.protocol import VersionReader

Place = tuple[int, str, str | int]
"""Of which version, what it is, and which one of these."""
Kept = BoundedCache[Place, Any]

ROW, ORDINAL_OF = "\0row", "\0ordinal"
"""What a row and an ordinal are kept as: no kind of bitmap is called so."""
FEW = 4
"""Keys whose ordinals are worth keeping: more than these are a list that somebody has, not codes that users ask for."""

SCAN_ROWS = 2048
CODES_AT_ONCE = 20_000
TEXT_BYTES = 60
"""What a short string costs beside its characters."""
ROW_BYTES = 200
"""What a small row costs that is kept as objects."""

T = TypeVar("T")

ORDINAL = "id & 4294967295"
CONCEPT = f"SELECT {ORDINAL}, coalesce(code, key), document FROM concept"  # noqa: S608 - names of our own
PAIR = f"'[' || ({ORDINAL}) || ',' || document || ']'"
DOCUMENTS = f"SELECT group_concat({PAIR}) FROM concept"  # noqa: S608 - names of our own
BY_KEY = f"{CONCEPT} WHERE version = ? AND key = ?"
FROM_ID = f"{CONCEPT} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
ORDINALS = f"SELECT key, {ORDINAL} FROM concept WHERE version = ?"  # noqa: S608 - names of our own
AFTER_KEY = f"{ORDINALS} AND key > ? ORDER BY key LIMIT ?"
DOCUMENTS_BY_KEY = "SELECT key, document FROM concept WHERE version = ?"
DIFFERENT_CODES = "SELECT key, code FROM concept WHERE version = ? AND code IS NOT NULL"
BITMAP = "SELECT data FROM bitmap WHERE version = ? AND kind = ? AND key = ?"
BITMAPS = "SELECT key, data FROM bitmap WHERE version = ? AND kind = ?"
BITMAP_KEYS = "SELECT key FROM bitmap WHERE version = ? AND kind = ? ORDER BY key"
SETS = "SELECT kind, key FROM bitmap WHERE version = ?"
BLOB = "SELECT data FROM blob WHERE version = ? AND kind = ? AND key = ?"
BLOBS = "SELECT key, data FROM blob WHERE version = ? AND kind = ?"


class SqlVersionReader:
    """See `protocol.VersionReader`. Threads may share it."""

    def __init__(self, database: Database, entry: VersionEntry, kept: Kept) -> None:
        self.entry = entry
        self._database = database
        self._key = entry.key
        self._kept = kept
        self._reads_named = database.distant and entry.case_sensitive

    @property
    def layers(self) -> Sequence[VersionReader]:
        """See VersionReader."""
        return (self,)

    def row(self, key: str) -> ConceptRow | None:
        """See VersionReader."""
        place = (self._key, ROW, key)
        if (kept := self._kept.get(place)) is not None:
            row: ConceptRow | None = kept[0]
            return row
        found = self._read_row(key)
        if found is None:  # whoever asks for what is not there can ask for very much
            return None
        return cast("ConceptRow", self._kept.put(place, found, 2 * ROW_BYTES + len(key) + len(found.document)))

    def _read_row(self, key: str) -> ConceptRow | None:
        found = self._database.first(BY_KEY, (self._key, key))
        return None if found is None else ConceptRow._make(found)

    def row_with_named(self, key: str) -> tuple[ConceptRow | None, Mapping[str, bytes] | None]:
        """See VersionReader."""
        if (kept := self._kept.get((self._key, ROW, key))) is not None:
            return cast("ConceptRow", kept[0]), None
        if self._reads_named:
            return naming.row_with_named(self._database, self._key, key)
        return self._read_row(key), None

    def rows(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """See VersionReader; missing ordinals are left out, repeated ones are repeated."""
        found = concept_rows(self._database, self._key, ordinals)
        return [found[ordinal] for ordinal in ordinals if ordinal in found]

    def briefs(self, ordinals: Sequence[int]) -> list[Brief]:
        """See VersionReader. For neighbours, which mostly lie in one block, a block is looked for once."""
        version, kind, get = self._key, index_kinds.BRIEFS, self._kept.get
        found: list[Brief] = []
        last, block = -1, NO_BRIEFS
        for ordinal in ordinals:
            number = ordinal // BLOCK
            if number != last:
                if (kept := get((version, kind, number))) is None:
                    return self._read_briefs(ordinals)
                last, block = number, kept[0]
            begin, end = TWO_PLACES(block, PLACE_SIZE * (ordinal % BLOCK))
            found.append(block[begin:end])
        return found

    def _read_briefs(self, ordinals: Sequence[int]) -> list[Brief]:
        """The same with one statement for the blocks that are not cached."""
        version, kind = self._key, index_kinds.BRIEFS
        places: list[Place] = [(version, kind, ordinal // BLOCK) for ordinal in ordinals]
        blocks: list[bytes | None] = self._kept.get_each(places)
        read = self._read_blocks({place for place, block in zip(places, blocks, strict=True) if block is None})
        return briefs_in(ordinals, [block or read[place] for place, block in zip(places, blocks, strict=True)])

    def _read_blocks(self, places: Collection[Place]) -> dict[Place, bytes]:
        found: dict[str, bytes] = {}
        for among, chunk in self._database.among([str(number) for _, _, number in places]):
            found.update(self._database.select(f"{BLOBS} AND key {among}", (self._key, index_kinds.BRIEFS, *chunk)))
        blocks = {place: found.get(str(place[2]), NO_BRIEFS) for place in places}
        self._kept.put_all([(place, block, len(block) + OBJECT_BYTES) for place, block in blocks.items()])
        return blocks

    def documents(self, ordinals: Sequence[int]) -> str:
        """See VersionReader: one row, since with each row another thread may take the interpreter."""
        ids = [self._key << 32 | ordinal for ordinal in ordinals]
        database = self._database
        found = [database.first(f"{DOCUMENTS} WHERE id {among}", chunk) for among, chunk in database.among(ids)]
        return f"[{','.join([row[0] for row in found if row and row[0]])}]"

    def documents_by_key(self, keys: Collection[str]) -> dict[str, bytes]:
        """See VersionReader."""
        found: dict[str, bytes] = {}
        for among, chunk in self._database.among(keys):
            found.update(self._database.select(f"{DOCUMENTS_BY_KEY} AND key {among}", (self._key, *chunk)))
        return found

    def scan(self, within: BitMap | None = None) -> Iterator[ConceptRow]:
        """See VersionReader; reads page by page and holds no lock between pages."""
        if within is None:
            yield from self._scan_all()
            return
        ordinals = iter(within)
        while page := list(islice(ordinals, SCAN_ROWS)):
            yield from self.rows(page)

    def _scan_all(self) -> Iterator[ConceptRow]:
        start, end = concept_ids(self._key)
        while page := self._database.select(FROM_ID, (start, end, SCAN_ROWS)):
            yield from map(ConceptRow._make, page)
            start = concept_id(self._key, page[-1][0] + 1)

    def own_keys(self) -> Mapping[str, int]:
        """The ordinals of all concepts by key: for a layer, which has few rows."""
        return self.kept("own-keys", self._read_keys, lambda keys: sum(map(len, keys)) + ROW_BYTES * len(keys))

    def _read_keys(self) -> Mapping[str, int]:
        return dict(self._database.select(ORDINALS, (self._key,)))

    def own_ordinals(self) -> BitMap:
        """The ordinals of all concepts of a layer."""
        return self.kept("own-ordinals", lambda: BitMap(self.own_keys().values()), weight)

    def own_sets(self) -> frozenset[tuple[str, str]]:
        """Kinds and keys of all sets of a layer."""
        return self.kept(
            "own-sets",
            lambda: frozenset(self._database.select(SETS, (self._key,))),
            lambda sets: sum(len(key) + ROW_BYTES for _, key in sets),
        )

    def ordinals(self, keys: Iterable[str]) -> dict[str, int]:
        """See VersionReader; those of few keys are cached, since the same codes are asked for again."""
        wanted = list(keys)
        if len(wanted) > FEW:
            return self._ordinals(wanted)
        kept = {key: place[0] for key in wanted if (place := self._kept.get((self._key, ORDINAL_OF, key))) is not None}
        if len(kept) == len(wanted):
            return kept
        found = self._ordinals([key for key in wanted if key not in kept])
        for key, ordinal in found.items():
            self._kept.put((self._key, ORDINAL_OF, key), ordinal, ROW_BYTES + len(key))
        return kept | found

    def _ordinals(self, keys: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for among, chunk in self._database.among(keys):
            found.update(self._database.select(f"{ORDINALS} AND key {among}", (self._key, *chunk)))
        return found

    def codes(self) -> Sequence[str]:
        """See VersionReader; read from indexes, without the documents."""
        return self.kept("codes", self._read_codes, lambda codes: codes.weight)

    def _read_codes(self) -> Codes:
        different: dict[str, str] = dict(self._database.select(DIFFERENT_CODES, (self._key,)))
        ordered = [""] * self.entry.size
        last: str = ""
        while page := self._database.select(AFTER_KEY, (self._key, last, CODES_AT_ONCE)):
            for key, ordinal in page:
                ordered[ordinal] = different.get(key) or str(key)
            last = str(page[-1][0])
        return Codes(ordered)

    def bitmap(self, kind: str, key: str) -> BitMap | None:
        """See VersionReader."""
        place = (self._key, kind, key)
        if (kept := self._kept.get(place)) is not None:
            found: BitMap | None = kept[0]
            return found
        row = self._database.first(BITMAP, place)
        decoded = None if row is None else BitMap.deserialize(row[0])
        size = OBJECT_BYTES + len(key) + (0 if row is None else len(row[0]))
        return cast("BitMap | None", self._kept.put(place, decoded, size))

    def bitmaps(self, kind: str, keys: Collection[str]) -> dict[str, BitMap]:
        """See VersionReader; not cached."""
        found: dict[str, BitMap] = {}
        for among, chunk in self._database.among(keys):
            rows = self._database.select(f"{BITMAPS} AND key {among}", (self._key, kind, *chunk))
            found.update((key, BitMap.deserialize(data)) for key, data in rows)
        return found

    def bitmaps_between(self, kind: str, start: str, end: str) -> dict[str, BitMap]:
        """See VersionReader; not cached."""
        rows = self._database.select(f"{BITMAPS} AND key >= ? AND key < ?", (self._key, kind, start, end))
        return {key: BitMap.deserialize(data) for key, data in rows}

    def bitmap_keys(self, kind: str) -> Sequence[str]:
        """See VersionReader; in code point order, kept."""
        return self.kept(f"keys:{kind}", lambda: self._read_bitmap_keys(kind), weight_of_texts)

    def _read_bitmap_keys(self, kind: str) -> list[str]:
        return [key for (key,) in self._database.select(BITMAP_KEYS, (self._key, kind))]

    def array(self, kind: str, key: str = "", dtype: str = "<u4") -> npt.NDArray[Any]:
        """See VersionReader."""
        return self.kept(
            f"array:{kind}:{key}", lambda: np.frombuffer(self.blob(kind, key) or b"", dtype=dtype), lambda a: a.nbytes
        )

    def kept(self, name: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """See VersionReader."""
        place = (self._key, "", name)
        if (kept := self._kept.get(place)) is not None:
            return cast("T", kept[0])
        made = make()
        return cast("T", self._kept.put(place, made, OBJECT_BYTES + len(name) + weigh(made)))

    def blob(self, kind: str, key: str = "") -> bytes | None:
        """See VersionReader; not cached, since callers cache what they unpack from it."""
        row = self._database.first(BLOB, (self._key, kind, key))
        return None if row is None else bytes(row[0])


def weight_of_texts(texts: Collection[str]) -> int:
    """About how many bytes some strings take."""
    return sum(map(len, texts)) + TEXT_BYTES * len(texts)


def concept_id(version: int, ordinal: int) -> int:
    """The number under which a concept is stored: version key and ordinal in one integer."""
    return (version << 32) | ordinal


def concept_ids(version: int) -> tuple[int, int]:
    """The first number of a version's concepts, and the first after them."""
    return version << 32, (version + 1) << 32


def concept_rows(database: Database, version: int, ordinals: Iterable[int]) -> dict[int, ConceptRow]:
    """Those of the ordinals that exist, by ordinal; published or not."""
    found: dict[int, ConceptRow] = {}
    for among, chunk in database.among(concept_id(version, ordinal) for ordinal in ordinals):
        rows = database.select(f"{CONCEPT} WHERE id {among}", chunk)
        found.update((row[0], ConceptRow._make(row)) for row in rows)
    return found
