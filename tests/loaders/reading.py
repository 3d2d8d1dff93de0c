"""Reads files with a loader and sorts what comes: for tests of loaders of releases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from loaders.sources import open_tree
from terminology.model.concept import Concept
from terminology.model.loading import Loader
from terminology.model.records import ConceptBatch, LoadOptions, Note, PartBegin, SkippedRecord

NO_OPTIONS = LoadOptions()


@dataclass
class Read:
    """Parts with their concepts in order, notes and skipped records as texts."""

    parts: list[tuple[PartBegin, dict[str, Concept]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)

    @property
    def concepts(self) -> dict[str, Concept]:
        """The concepts of the only part."""
        ((_, concepts),) = self.parts
        return concepts


def read(loader: Loader, paths: Iterable[Path], options: LoadOptions = NO_OPTIONS) -> Read:
    """All records of all claims; a code that comes twice within a part is an error of the loader."""
    tree, result = open_tree(paths), Read()
    for claim in loader.recognise(tree):
        result.claimed += [path.rpartition("/")[2] for path in claim.paths]
        for record in loader.read(tree, claim, options):
            match record:
                case PartBegin():
                    result.parts.append((record, {}))
                case ConceptBatch():
                    concepts = result.parts[-1][1]
                    for concept in record.concepts:
                        assert concept.code not in concepts, concept.code
                        concepts[concept.code] = concept
                case Note():
                    result.notes.append(record.issue.text)
                case SkippedRecord():
                    result.skipped.append(f"{record.place}: {record.reason.text}")
    return result


def values(concept: Concept, code: str) -> list[object]:
    """The values of a property."""
    return [p.value for p in concept.values(code)]
