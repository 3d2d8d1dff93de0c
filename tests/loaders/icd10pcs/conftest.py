"""A store in memory, and releases loaded into it."""

from __future__ import annotations

import pytest

from terminology.ingest.loading import load
from terminology.library import Terminology
from terminology.model.concept import Concept
from terminology.model.records import LoadOptions
from terminology.store.documents import decode
from terminology.store.opening import open_store
from tests.loaders.icd10pcs import samples

URL = "http://www.cms.gov/Medicare/Coding/ICD10"


class Bench:
    """Loads files and looks at what came of them."""

    def __init__(self, folder) -> None:
        self.store = open_store("sqlite:///:memory:")
        self.folder = folder

    def load(self, *names: str, version: str | None = None, **contents):
        """Load sample files by name, or files of these contents (`__` for the dot of their names)."""
        return load(self.store, samples.write(self.folder, *names, **contents), LoadOptions(version=version))

    def concepts(self, version: str = "2025", url: str = URL) -> dict[str, Concept]:
        """All concepts of a version, in their order."""
        entry = next(v for v in self.store.versions(url) if v.version == version)
        return {row.code: decode(row.document) for row in self.store.version(entry.key).scan()}

    def versions(self, url: str = URL) -> dict[str | None, tuple[str, int]]:
        return {v.version: (v.content, v.size) for v in self.store.versions(url)}


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def terminology(tmp_path):
    """A database in a file with the whole sample release, opened as a library."""
    url = f"sqlite:///{tmp_path}/t.db"
    folder = tmp_path / "files"
    folder.mkdir()
    load(open_store(url), samples.write(folder))
    with_library = Terminology(url)
    yield with_library
    with_library.close()


def names(concept: Concept, use: str) -> list[str]:
    return [d.value for d in concept.designations if d.use and d.use.code == use]


def notes(report) -> list[str]:
    return [remark.issue.message_id for remark in report.notes]
