"""Documents lie over a large release as a layer: it answers as if all had been built anew, and costs what they cost."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from terminology import ingest
from terminology.ingest import deriving
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.language import Languages
from terminology.model.records import ConceptBatch, PartBegin, Source
from terminology.store import index_kinds, text_build
from terminology.store.counting import counting
from terminology.store.documents import decode
from terminology.store.opening import open_store
from terminology.store.queries import ResourceQuery
from terminology.store.text import TextIndex
from tests import synthetic
from tests.store.searches import counting_searches

HOUR = 3600.0
RELEASE = tuple(synthetic.polyhierarchy(60, words=40))
CODES = tuple(concept.code for concept in RELEASE)
WORDS = synthetic.vocabulary(40)
SYNONYMS = PropertyDefinition("synonym", "string", searched=True)


class Server:
    """A store whose clock is moved by hand, and loads of parts into it."""

    def __init__(self) -> None:
        self.now = 1_780_000_000.0
        self.store = open_store(clock=lambda: self.now)

    def load(self, name, concepts, kind="detail", version=None, **header):
        self.store.collect_garbage()
        metadata = synthetic.metadata(version=version, **header)
        source = Source(name=name, path=name, digest=repr(concepts), loader="test")
        return ingest.load_records(
            self.store, [PartBegin(source=source, metadata=metadata, kind=kind), ConceptBatch(tuple(concepts))]
        )

    def release(self, concepts=RELEASE, **header):
        return self.load("release", concepts, "release", "1", **header)

    @property
    def entry(self):
        (entry,) = self.store.versions(synthetic.SYSTEM)
        return entry

    @property
    def reader(self):
        return self.store.version(self.entry.key)

    def rows_of(self, key):
        (count,) = self.store._database.first("SELECT count(*) FROM concept WHERE version = ?", (key,))
        return count


@pytest.fixture
def layered(monkeypatch):
    monkeypatch.setattr(deriving, "LARGE", 0)
    return Server()


def answers(reader):
    """Everything a version says, but terms, whose numbers are each layer's own."""
    (names,) = {tuple(sorted(kind for kind in KINDS if reader.bitmap_keys(kind)))}
    sets = {(kind, key): reader.bitmap(kind, key) for kind in names for key in reader.bitmap_keys(kind)}
    rows = list(reader.scan())
    assert rows == reader.rows(range(reader.entry.size))
    assert rows == [reader.row(row.code) for row in rows]
    return rows, list(reader.codes()), {place: found for place, found in sets.items() if found}


KINDS = (
    index_kinds.CHILDREN,
    index_kinds.DESCENDANTS,
    index_kinds.ANCESTORS,
    index_kinds.FLAG,
    index_kinds.STATUS,
    index_kinds.PROPERTY_EXISTS,
    index_kinds.PROPERTY_PROSE,
    *(index_kinds.property_values(code) for code in ("site", "weight", "inactive", "status", "note")),
)


def found(reader, text, *languages, within=None):
    hits = TextIndex(reader).search(text, Languages.parse(*languages) if languages else Languages(), within)
    page = list(hits.page(0, 1_000))
    assert hits.total == len(page) == len(hits.members())
    assert page == [ordinal for start in range(0, len(page), 7) for ordinal in hits.page(start, 7)]
    return page


def texts():
    words = st.lists(st.sampled_from([*WORDS, "zebra", "zebras"]), min_size=1, max_size=4)
    return words.map(" ".join)


PROPERTIES = st.one_of(
    st.builds(Property, st.just("note"), st.just("string"), st.one_of(texts(), st.just("prose " * 20))),
    st.builds(Property, st.just("site"), st.just("code"), st.sampled_from(synthetic.SITES[:3])),
    st.builds(Property, st.just("synonym"), st.just("string"), texts()),
    st.just(Property("status", "code", "retired")),
    st.just(Property("inactive", "boolean", True)),
)
DESIGNATIONS = st.builds(
    Designation, texts(), st.sampled_from([None, "en", "de", "fr"]), st.sampled_from([None, synthetic.SYNONYM])
)
ADDITIONS = st.builds(
    Concept,
    st.sampled_from(CODES),
    st.one_of(st.none(), texts()),
    definition=st.one_of(st.none(), texts()),
    designations=st.lists(DESIGNATIONS, max_size=3).map(tuple),
    properties=st.lists(PROPERTIES, max_size=3).map(tuple),
)
DOCUMENTS = st.lists(
    st.lists(ADDITIONS, min_size=1, max_size=4, unique_by=lambda concept: concept.code), min_size=1, max_size=4
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS, st.lists(st.integers(0, 3), max_size=3), st.randoms(use_true_random=False))
def test_a_layer_answers_as_if_all_had_been_built_anew(documents, taken_out, rng):
    servers = {large: Server() for large in (0, 1_000)}
    for large, server in servers.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deriving, "LARGE", large)
            patch.setattr(text_build, "POPULAR", 4)
            properties = (*synthetic.metadata().properties, SYNONYMS)
            server.release(properties=properties)
            for number, concepts in enumerate(documents):
                server.load(f"document {number}", concepts)
            for number in dict.fromkeys(taken_out):
                if number < len(documents):
                    ingest.remove(server.store, f"document {number}")
    one, other = (server.reader for server in servers.values())
    assert one.entry.base is not None
    assert other.entry.base is None
    assert answers(one) == answers(other)
    for _ in range(12):
        asked = " ".join(word[: rng.randint(1, 9)] for word in rng.choices([*WORDS, "zebra"], k=rng.randint(1, 2)))
        for within in (None, BitMap(rng.sample(range(60), 9)), BitMap(range(0, 60, 2))):
            for languages in ((), ("de",), ("de, *;q=0",)):
                assert found(one, asked, *languages, within=within) == found(other, asked, *languages, within=within)
    assert found(one, "zebbra") == found(other, "zebbra"), "slips are looked for among the words of both layers"


def test_the_release_is_read_where_it_is_and_stays_as_long_as_it_is_needed(layered):
    layered.release()
    first = layered.entry
    layered.load("a", [Concept(CODES[3], designations=(Designation("Zebra"),))])
    assert layered.entry.base == first.key
    assert layered.rows_of(layered.entry.key) == 1
    layered.load("b", [Concept(CODES[4], designations=(Designation("Zebra"),))])
    assert (layered.entry.base, layered.rows_of(layered.entry.key)) == (first.key, 2)
    layered.now += HOUR
    layered.store.collect_garbage()
    assert found(layered.reader, "zebra") == [3, 4]
    assert found(layered.reader, CODES[7]) == [7]
    assert layered.rows_of(first.key) == 60
    layered.release([*RELEASE, Concept("new", "New")])
    layered.now += HOUR
    for _ in range(2):  # first the layer, then what nothing lies over any more
        layered.store.collect_garbage()
    assert layered.rows_of(first.key) == 0
    assert found(layered.reader, "zebra") == [3, 4]


def test_a_release_loaded_with_its_documents_is_built_once_for_all_that_follow(layered):
    source = Source(name="release", path="release", digest="1", loader="test")
    document = Source(name="a", path="a", digest="1", loader="test")
    ingest.load_records(
        layered.store,
        [
            PartBegin(source=source, metadata=synthetic.metadata()), ConceptBatch(RELEASE),
            PartBegin(source=document, metadata=synthetic.metadata(version=None), kind="detail"),
            ConceptBatch((Concept(CODES[3], definition="D"),)),
        ],
    )  # fmt: skip
    base = layered.entry.base
    assert base is not None
    layered.load("a", [Concept(CODES[3], definition="E")])
    assert layered.entry.base == base
    assert decode(layered.reader.row(CODES[3]).document).definition == "E"


def test_documents_taken_out_again_leave_the_release(layered):
    layered.release()
    before = answers(layered.reader)
    layered.load("a", [Concept(CODES[3], definition="D")])
    ingest.remove(layered.store, "a")
    assert answers(layered.reader) == before
    layered.load("b", [Concept(CODES[3], definition="E")])
    assert decode(layered.reader.row(CODES[3]).document).definition == "E"


@pytest.mark.parametrize(
    "concept",
    [
        Concept(CODES[3], parents=(CODES[0],)),
        Concept(CODES[3], properties=(Property("parent", "code", CODES[9]),)),
        Concept(CODES[3], properties=(Property("site", "code", CODES[9], group=1),)),
        Concept("nameless", "Named"),
    ],
)
def test_what_a_layer_cannot_hold_is_built_anew(layered, concept):
    layered.release([*RELEASE, Concept("nameless")])
    layered.load("a", [concept])
    assert layered.entry.base is None
    assert layered.rows_of(layered.entry.key) == 61
    assert ingest.check(layered.store, deep=True).clean


def test_properties_that_get_another_meaning_are_built_anew(layered):
    layered.release()
    layered.load("a", [Concept(CODES[3], definition="D")], properties=(SYNONYMS,))
    assert layered.entry.base is None


def test_codes_the_release_does_not_have_wait(layered):
    layered.release()
    layered.load("a", [Concept("unknown", "Unknown"), Concept(CODES[3], definition="D")])
    assert layered.entry.base is not None
    assert layered.reader.row("unknown") is None


def test_layers_are_found_by_their_words_and_those_below(layered):
    layered.release()
    layered.load("a", [Concept(CODES[3], designations=(Designation("Zebra"),))])
    key, word = layered.entry.key, RELEASE[5].display.split()[0]
    for text in ("zebra", word, f"zebra {word}", CODES[7]):
        assert key in layered.store.versions_with(text)
    assert layered.store.versions_with_code(CODES[7]) == {key}


def test_what_is_stored_below_is_found_where_documents_do_not_say_it(layered, monkeypatch):
    monkeypatch.setattr(text_build, "POPULAR", 4)
    layered.release()
    layered.load("a", [Concept(CODES[3], designations=(Designation(f"Zebra {WORDS[1]}"),))])
    below, _ = layered.reader.layers
    stored = [word for word in WORDS if below.blob(index_kinds.BEST, word) and not word.endswith("our")]
    assert WORDS[1] in stored
    assert len(stored) > 5
    with counting_searches() as searches:
        for word in stored:
            TextIndex(layered.reader).search(word).page(0, 10)
    assert searches == [word for word in stored if WORDS[1].startswith(word)]
    assert 3 in found(layered.reader, WORDS[1])


def test_a_sound_layer_and_broken_ones_are_told_apart(layered):
    layered.release()
    layered.load("a", [Concept(CODES[3], definition="D", designations=(Designation("Zebra"),))])
    assert ingest.check(layered.store, deep=True).clean
    for version, statement in (
        ("key", "UPDATE concept SET document = x'00' WHERE version = ?"),
        ("base", "UPDATE concept SET document = x'00' WHERE id = ? << 32"),
        ("base", "DELETE FROM bitmap WHERE kind = 'token' AND version = ?"),
        ("key", "DELETE FROM bitmap WHERE kind = 'token' AND version = ?"),
    ):
        layered.store._database.execute(statement, (getattr(layered.entry, version),))
        assert not ingest.check(layered.store, deep=True, repair=True).clean
        assert ingest.check(layered.store, deep=True).clean
        assert layered.entry.base is not None
        assert found(layered.reader, "zebra") == [3]


def test_one_document_costs_the_same_whatever_the_size_of_the_release(monkeypatch):
    monkeypatch.setattr(deriving, "LARGE", 0)
    costs = []
    for size in (300, 3_000):
        server = Server()
        server.release(tuple(synthetic.polyhierarchy(size, words=100)))
        with counting(server.store) as statements:
            server.load("a", [Concept(synthetic.code(7), properties=(Property("note", "string", "n"),))])
        total, _ = server.store.resources(ResourceQuery(type="CodeSystem"))
        assert (server.rows_of(server.entry.key), total) == (1, 1)
        costs.append((len(statements), sum("INSERT INTO concept" in statement for statement in statements)))
    assert costs[0] == costs[1]
    assert costs[0][1] == 1


def test_reading_a_layer_costs_no_more_statements_than_reading_a_release(layered):
    layered.release()
    layered.load("a", [Concept(CODES[3], definition="D")])
    reader = layered.reader
    reader.rows([3])
    reader.bitmap(index_kinds.FLAG, index_kinds.ROOT)  # by now it knows what the layer holds
    with counting(layered.store) as statements:
        reader.row(CODES[3])
        reader.row(CODES[4])
        reader.rows([5, 6, 7])
        reader.bitmap(index_kinds.DESCENDANTS, CODES[0])
    assert len(statements) == 4
    ordinals = random.Random(1).sample(range(60), 30)
    assert [row.ordinal for row in reader.rows(ordinals)] == ordinals


def test_a_coding_is_kept_as_a_value(layered):
    layered.release()
    value = Coding("http://example.org/other", "x")
    layered.load("a", [Concept(CODES[3], properties=(Property("note", "Coding", value),))])
    assert layered.reader.bitmap(index_kinds.PROPERTY_EXISTS, "note") == BitMap([3])
    assert decode(layered.reader.row(CODES[3]).document).properties[-1].value == value
