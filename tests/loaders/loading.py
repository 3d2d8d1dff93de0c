"""Runs a loader alone over paths, and sorts what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loaders.sources import open_tree
from terminology.model.concept import Concept
from terminology.model.conceptmap import ConceptMap
from terminology.model.loading import Loader
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import (
    ConceptBatch,
    ConceptMapRecord,
    LoadOptions,
    Note,
    PartBegin,
    SkippedRecord,
)


@dataclass
class Loaded:
    """What came of a load."""

    begins: list[PartBegin] = field(default_factory=list)
    concepts: dict[str, Concept] = field(default_factory=dict)
    maps: dict[str, ConceptMap] = field(default_factory=dict)
    skipped: list[SkippedRecord] = field(default_factory=list)
    notes: dict[str, Issue] = field(default_factory=dict)

    @property
    def metadata(self):
        return self.begins[0].metadata

    def values(self, code: str, property_code: str) -> list[object]:
        return [p.value for p in self.concepts[code].values(property_code)]

    def names(self, code: str) -> list[tuple[str | None, str | None, str]]:
        """Language, use and text of every designation."""
        return [(d.language, d.use.code if d.use else None, d.value) for d in self.concepts[code].designations]


def load(loader: Loader, *paths: Path, version: str | None = None) -> Loaded:
    tree = open_tree(paths)
    loaded = Loaded()
    for claim in loader.recognise(tree):
        for record in loader.read(tree, claim, LoadOptions(version=version)):
            match record:
                case PartBegin():
                    loaded.begins.append(record)
                case ConceptBatch():
                    loaded.concepts |= {concept.code: concept for concept in record.concepts}
                case ConceptMapRecord():
                    loaded.maps[record.concept_map.url] = record.concept_map
                case SkippedRecord():
                    loaded.skipped.append(record)
                case Note():
                    loaded.notes[record.issue.message_id] = record.issue
                case _:
                    raise AssertionError(record)
    return loaded


def claimed(loader: Loader, *paths: Path) -> list[list[str]]:
    """The names of the files of each claim."""
    return [[path.rpartition("/")[2] for path in claim.paths] for claim in loader.recognise(open_tree(paths))]


def refusal(loader: Loader, *paths: Path, version: str | None = None) -> tuple[str, str]:
    """Message id and text of the error that a load ends with."""
    try:
        load(loader, *paths, version=version)
    except TerminologyError as error:
        return error.issues[0].message_id, error.issues[0].text
    raise AssertionError("it loaded")


def write_csv(path: Path, columns: Sequence[str], *rows: Sequence[str]) -> None:
    """A table as Regenstrief writes it: every cell in quotes."""
    lines = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (columns, *rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8")
