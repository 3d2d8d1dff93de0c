"""Load → export → load is identical: for random systems, the samples of every loader, and real releases."""

from __future__ import annotations

import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders import lined
from loaders.documents import samples as documents
from terminology import ingest
from terminology.fhir import json
from terminology.model.codesystem import PropertyDefinition
from terminology.model.concept import Concept, Property
from terminology.model.records import LoadOptions
from terminology.model.status import CONCEPT_PROPERTIES
from terminology.store.opening import open_store
from tests import synthetic
from tests.codesystems.strategies import concepts, headers
from tests.export import trips
from tests.export.trips import FORMS, check, publish, state
from tests.loaders import test_cdt as cdt
from tests.loaders import test_ndc as ndc
from tests.loaders.claml.sample import claml
from tests.loaders.cpt import making as cpt
from tests.loaders.hcpcs import making as hcpcs
from tests.loaders.icd10cm import sample as icd10cm
from tests.loaders.icd10pcs import samples as icd10pcs
from tests.loaders.icd11 import sample as icd11
from tests.loaders.loinc import release as loinc
from tests.loaders.omop import test_omop as omop
from tests.loaders.rxnorm import release as rxnorm
from tests.loaders.tabular import test_tabular as tabular

TRIPS = 40


def written(folder: Path, **files: str | bytes) -> Path:
    """Files of these contents; `__` in a name stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def cpt_release(folder: Path) -> Path:
    for name, data in cpt.old_layout().items():
        path = folder / "CPT2025" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "CPT2025"


def sample_documents(folder: Path) -> Path:
    with documents.folder() as found:
        return shutil.copytree(found, folder / "documents")


RELEASES = {
    "icd-10-pcs": lambda f: written(f, **icd10pcs.FILES),
    "icd-10-cm": lambda f: written(
        f, icd10cm_tabular_2031__xml=icd10cm.TABULAR, icd10cm_order_2031__txt=icd10cm.order_file()
    ),
    "hcpcs": lambda f: written(
        f, HCPC2025_OCT_ANWEB__txt=hcpcs.text_file(), HCPC2025_recordlayout__txt=hcpcs.LAYOUT, notes__txt=hcpcs.NOTES
    ),
    "cpt": cpt_release,
    "cdt": lambda f: written(f, CDT2026__csv=cdt.FORMATS["csv"]),
    "claml": lambda f: written(f, claml__xml=claml()),
    "loinc": lambda f: loinc.write_release(f / "Loinc_2.80"),
    "rxnorm": lambda f: rxnorm.write_release(f / "rxnorm"),
    "ndc": lambda f: ndc.write(f / "2025-07-11"),
    "omop": lambda f: omop.write(written(f)),
    "icd-11": lambda f: written(
        f, **{"SimpleTabulation-ICD-11-MMS-en__txt": icd11.tabulation(), "mms__json": icd11.dumped()}
    ),
    "table": lambda f: written(f, tools__csv=tabular.TABLE, tools__mapping__toml=tabular.MAPPING),
    "documents": sample_documents,
}
"""What writes a release of invented content."""


@pytest.mark.parametrize("kind", RELEASES)
def test_releases_of_every_loader(kind: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(lined, "LARGE", 10_000)  # some are read whole, some line by line
    store = open_store()
    path = RELEASES[kind](tmp_path / "given")
    options = LoadOptions(system="http://example.org/invented" if kind == "claml" else None)
    assert not ingest.load(store, [path], options).failed
    assert check(store, tmp_path) >= 1


@pytest.mark.parametrize("kind", RELEASES)
def test_an_export_beside_its_release_changes_nothing(kind: str, tmp_path: Path) -> None:
    store = open_store()
    options = LoadOptions(system="http://example.org/invented" if kind == "claml" else None)
    ingest.load(store, [RELEASES[kind](tmp_path / "given")], options)
    for number, entry in enumerate(entry for entry in store.versions() if entry.size):
        before = state(store, entry)["concepts"]
        trips.export(store, entry, path := tmp_path / f"exported-{number}.json")
        assert not ingest.load(store, [path], trips.ALONE).skipped
        (now,) = [e for e in store.versions(entry.url) if e.version == entry.version]
        assert state(store, now)["concepts"] == before


@settings(max_examples=TRIPS)
@given(data=st.data(), header=headers(), form=st.sampled_from(FORMS))
def test_random_systems(data, header, form) -> None:
    found = data.draw(concepts(header.case_sensitive))
    store = open_store()
    publish(store, header, found)
    with TemporaryDirectory() as folder:
        assert check(store, Path(folder), [form]) == (1 if found else 0)
    store.close()


@pytest.mark.parametrize("content", ["tree", "polyhierarchy"])
def test_what_is_nested(content, tmp_path: Path) -> None:
    store = open_store()
    publish(store, synthetic.metadata(), getattr(synthetic, content)(40))
    check(store, tmp_path)
    trips.export(store, store.versions()[0], tmp_path / "one.json")
    nested = json.loads((tmp_path / "one.json").read_bytes())
    marked = [p for p in nested.get("property", ()) if p["code"] == "parent"]
    assert bool(marked) == (content == "polyhierarchy")
    assert (len(nested["concept"]) == 1) == (content == "tree")


def test_a_hierarchy_deeper_than_readers_allow(tmp_path: Path) -> None:
    store = open_store()
    chain = [Concept(str(n), parents=(str(n - 1),) if n else ()) for n in range(400)]
    publish(store, synthetic.metadata(), chain)
    assert check(store, tmp_path) == 1


def test_order_of_parents_and_codes_that_mean_parents(tmp_path: Path) -> None:
    store = open_store()
    metadata = replace(
        synthetic.metadata(),
        properties=(
            PropertyDefinition("parent", "string"),
            PropertyDefinition("up", "code", CONCEPT_PROPERTIES + "parent"),
        ),
    )
    stated = (
        Property("up", "code", "a"),
        Property("parent-2", "string", "no parent"),
        Property("parent", "string", "x"),
    )
    publish(store, metadata, [Concept("a"), Concept("b"), Concept("c", parents=("a", "b"), properties=stated)])
    before = state(store, store.versions()[0])
    assert before["concepts"][2][1].parents == ("a", "b")
    check(store, tmp_path)


def test_searched_properties_stay_searched(tmp_path: Path) -> None:
    store = open_store()
    metadata = replace(synthetic.metadata(), properties=(PropertyDefinition("note", "string", searched=True),))
    publish(store, metadata, [Concept("a", "Alpha", properties=(Property("note", "string", "Zebra"),))])
    check(store, tmp_path)
    other, entry = trips.again(store, store.versions()[0], tmp_path)
    assert other.versions_with("zebra") == {entry.key}


def test_memory_does_not_grow_with_the_system(tmp_path: Path) -> None:
    peaks = []
    for size in (4_200, 9_000):  # two pages of rows are in memory at most, of 2,048 each
        store = open_store(f"sqlite:///{tmp_path}/{size}.db")
        publish(store, synthetic.metadata(), synthetic.tree(size))
        (entry,) = store.versions()
        tracemalloc.start()
        trips.export(store, entry, tmp_path / "large.json")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        store.close()
    assert peaks[1] < 1.3 * peaks[0]


REAL = {
    "icd-9-cm": ["icd9cm-procedures-v32"],
    "snomed ct": ["tx-source/snomed"],
    "loinc": ["tx-source/loinc"],
}
LARGE = {
    "hcpcs": ["hcpcs"],
    "icd-10-pcs": ["icd10pcs-order", "icd10pcs-tables"],
    "icd-10-cm": ["icd10cm-order-2026"],
    "fhir r4": ["fhir-r4-core-terminology/hl7.fhir.r4.core-4.0.1-terminology-only.tgz"],
}


@pytest.mark.parametrize("names", REAL.values(), ids=list(REAL))
def test_real_releases(shared: Path, names: list[str], tmp_path: Path) -> None:
    store = open_store()
    options = LoadOptions(version="2.82" if "loinc" in names[0] else None, parameters={"dependencies": "no"})
    ingest.load(store, [shared / "data" / name for name in names], options)
    check(store, tmp_path, [("json", "R4")])


@pytest.mark.slow
@pytest.mark.parametrize("names", LARGE.values(), ids=list(LARGE))
def test_large_real_releases(shared: Path, names: list[str], tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/t.db")
    ingest.load(store, [shared / "data" / name for name in names], trips.ALONE)
    check(store, tmp_path, [("json", "R5"), ("package", "R4")])
