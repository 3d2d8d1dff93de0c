"""Load → export → load, and everything that must be the same afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyroaring import BitMap

from terminology import ingest
from terminology.export import exporting, finding
from terminology.fhir import json
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.loading import Claim
from terminology.model.records import ConceptBatch, LoadOptions, PartBegin, Source
from terminology.store.documents import decode
from terminology.store.opening import open_store

SUFFIXES = {"json": ".json", "xml": ".xml", "package": ".tgz"}
FORMS = [("json", "R5"), ("json", "R4"), ("xml", "R5"), ("xml", "R4B"), ("package", "R5"), ("package", "R4")]
ALONE = LoadOptions(parameters={"dependencies": "no"})


class Given:
    """A loader that gives these concepts, whatever it reads."""

    name = "given"

    def __init__(self, metadata: CodeSystemMetadata, concepts: Iterable[Concept]) -> None:
        self.metadata = metadata
        self.concepts = concepts

    def recognise(self, tree) -> list[Claim]:
        return [Claim(self.name, tuple(f.path for f in tree.files()), "given")]

    def read(self, _tree, claim, _options):
        source = Source(name="given", path=claim.paths[0], digest="", loader=self.name)
        yield PartBegin(source=source, metadata=self.metadata)
        yield ConceptBatch(tuple(self.concepts))


def publish(store, metadata: CodeSystemMetadata, concepts: Iterable[Concept]) -> None:
    """Load concepts as a release."""
    ingest.load(store, [Path(__file__)], loaders=(Given(metadata, concepts),))


class Stored:
    """As much of a code system as an export asks for."""

    def __init__(self, store, entry) -> None:
        self.metadata = finding.stored(store, entry).metadata


def export(store, entry, path: Path, form: str = "json", release: str = "R5"):
    """Write a stored version to a file."""
    with path.open("wb") as file:
        return exporting.export(store, Stored(store, entry), file, form, release)


def again(store, entry, folder: Path, form: str = "json", release: str = "R5"):
    """A store with what an export of the version was loaded into, and its entry there."""
    path = folder / f"exported{SUFFIXES[form]}"
    export(store, entry, path, form, release)
    other = open_store()
    report = ingest.load(other, [path], ALONE)
    assert not report.skipped
    (loaded,) = [e for e in other.versions(entry.url) if e.version == entry.version]
    return other, loaded


def state(store, entry) -> dict[str, object]:
    """Everything that answers are made of: concepts in order, header, sets and arrays.

    But for reference sets and attributes of descriptions (`sct-…`), which a CodeSystem has no place for.
    """
    resource = store.resource("CodeSystem", entry.resource_id)
    of_version = "WHERE version = ? AND kind NOT LIKE 'sct-%' ORDER BY kind, key"
    select = store._database.select
    return {
        "concepts": [(row.ordinal, decode(row.document)) for row in store.version(entry.key).scan()],
        "header": json.loads(resource.body),
        "searched": sorted(p.code for p in finding.stored(store, entry).metadata.properties if p.searched),
        "entry": (entry.content, entry.case_sensitive, entry.effective_start, entry.effective_end, entry.supplements),
        "sets": select(f"SELECT kind, key, data FROM bitmap {of_version}", (entry.key,)),
        "arrays": select(f"SELECT kind, key, data FROM blob {of_version}", (entry.key,)),
    }


def is_layered(store, entry) -> bool:
    """Whether a version was laid over another one, whose rows it shares."""
    return not store._database.select("SELECT 1 FROM blob WHERE version = ? AND kind = 'parents'", (entry.key,))


def check(store, folder: Path, forms: Iterable[tuple[str, str]] = FORMS) -> int:
    """Every version of a store, in every form; gives how many there were."""
    entries = [entry for entry in store.versions() if entry.size]
    for entry in entries:
        before = state(store, entry)
        for form, release in forms:
            other, loaded = again(store, entry, folder, form, release)
            after = state(other, loaded)
            if is_layered(store, entry):  # sets lie in two places: compared as they are read
                reader = store.version(entry.key)
                kept = [row for row in after["sets"] if row[0] in {"descendants", "children", "flag"}]
                after["sets"] = [(kind, key, BitMap.deserialize(data)) for kind, key, data in kept]
                before["sets"] = [(kind, key, reader.bitmap(kind, key)) for kind, key, _ in kept]
                after["arrays"] = before["arrays"]
            other.close()
            for name, value in before.items():
                assert after[name] == value, (str(entry.url), form, release, name)
    return len(entries)
