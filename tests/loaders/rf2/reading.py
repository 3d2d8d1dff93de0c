"""Reads releases with the loader alone: parts, concepts, tables, notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from loaders.rf2 import LOADER
from loaders.sources import open_tree
from terminology.model.outcome import Issue
from terminology.model.records import Column, LoadOptions, Note, PartBegin, PlainBatch, PlainConcept, TableBatch

NO_OPTIONS = LoadOptions()


@dataclass
class Part:
    """One version: what its concepts are, and its tables by name."""

    begin: PartBegin
    concepts: dict[str, PlainConcept] = field(default_factory=dict)
    tables: dict[str, dict[str, list[Column]]] = field(default_factory=dict)
    notes: list[Issue] = field(default_factory=list)

    @property
    def version(self) -> str:
        return self.begin.metadata.version

    def properties(self, code: str, name: str) -> list[object]:
        return [value for own, _, value, _ in self.concepts[code][4] if own == name]

    def rows(self, table: str) -> list[dict[str, object]]:
        columns = {name: [v for part in parts for v in _plain(part)] for name, parts in self.tables[table].items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def read_release(*paths: Path, options: LoadOptions = NO_OPTIONS) -> list[Part]:
    """The versions that paths make."""
    tree = open_tree(paths)
    parts: list[Part] = []
    for claim in LOADER.recognise(tree):
        for record in LOADER.read(tree, claim, options):
            match record:
                case PartBegin():
                    parts.append(Part(record))
                case PlainBatch():
                    parts[-1].concepts |= {concept[0]: concept for concept in record.concepts}
                case TableBatch():
                    table = parts[-1].tables.setdefault(record.table, {})
                    for name, column in record.columns.items():
                        table.setdefault(name, []).append(column)
                case Note():
                    parts[-1].notes.append(record.issue)
                case _:
                    raise AssertionError(record)
    return parts


def _plain(column: Column) -> list[object]:
    return column if isinstance(column, list) else column.tolist()
