"""Turns a stream of concepts into a stored version: rows, sets and the text index.

Concepts are read once and only columns are kept; their documents wait in a temporary file until their children are
known. Does not publish or merge parts, and does not know where concepts come from. Ordinals are the order of arrival,
so equal input gives equal versions.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import IO

import numpy as np
from pyroaring import BitMap

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.concept import Concept
from terminology.model.deadline import check
from terminology.model.name_lists import some_of
from terminology.model.outcome import Issue, Severity, TerminologyError
from terminology.model.status import SAYS_NOTHING, property_code
from terminology.store import index_kinds
from terminology.store.arrays import bitmap
from terminology.store.briefs import BriefBlocks
from terminology.store.build_columns import Flags, PropertyValues
from terminology.store.build_hierarchy import Adjacency, Cycle, Edges, Hierarchy
from terminology.store.build_relationships import RelationshipColumns, is_relationship
from terminology.store.build_terms import ABSENT, designation_terms, property_terms
from terminology.store.documents import (
    Frozen,
    decode,
    dump,
    encode,
    freeze_concept,
    thaw_concept,
    with_children,
    with_links,
)
from terminology.store.entries import VersionEntry
from terminology.store.protocol import VersionWriter
from terminology.store.text_build import TextIndexBuilder

ROWS_AT_ONCE = 4096
UNKNOWN_WIDTH = 255
"""Of a document that was made anew: how many parts it has is read from itself."""
WAITING_IN_MEMORY = 16 * 1024 * 1024

INCOMPLETE = frozenset({"fragment", "example", "supplement"})
"""Contents that may name parents they do not hold."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built. `codes` are those of all concepts, by ordinal.

    `issues` are for the report of a load; the version is valid in spite of them.
    """

    size: int
    issues: tuple[Issue, ...] = ()
    codes: Sequence[str] = field(default=(), repr=False)


def concept_key(code: str, metadata: CodeSystemMetadata) -> str:
    """The form in which codes of a system are compared: casefolded if the system is stated not to be case-sensitive."""
    return code.casefold() if metadata.case_sensitive is False else code


def version_entry(key: int, metadata: CodeSystemMetadata, size: int, resource_id: str) -> VersionEntry:
    """The entry of a version with this header in the store's list."""
    return VersionEntry(
        key=key,
        url=metadata.url,
        version=metadata.version,
        content=metadata.content,
        size=size,
        case_sensitive=metadata.case_sensitive is not False,
        supplements=str(metadata.supplements) if metadata.supplements else None,
        effective_start=metadata.effective_start,
        effective_end=metadata.effective_end,
        resource_id=resource_id,
    )


def build_version(writer: VersionWriter, metadata: CodeSystemMetadata, concepts: Iterable[Concept]) -> BuildReport:
    """Write all concepts of a version and everything derived from them.

    Raises TerminologyError invalid for codes given twice, for a concept without a code, and for concepts
    that lie below themselves.
    """
    return build_documents(writer, metadata, map(freeze_concept, concepts))


def build_documents(
    writer: VersionWriter, metadata: CodeSystemMetadata, concepts: Iterable[Frozen], *, called: str | None = None
) -> BuildReport:
    """The same for concepts in the form of their documents (`documents.freeze_concept`), which is faster to read.

    `called` is what errors and issues call the version: by default its canonical.
    """
    with tempfile.SpooledTemporaryFile(WAITING_IN_MEMORY) as waiting:
        build = _Build(metadata, waiting, called or str(metadata.canonical))
        for frozen in concepts:
            build.add(frozen)
        return build.write(writer)


class _Nodes(dict[str, int]):
    """Numbers keys in the order of their first use, and remembers the ordinal of each."""

    def __init__(self, ordinals: array[int]) -> None:
        super().__init__()
        self._ordinals = ordinals

    def __missing__(self, key: str) -> int:
        node = self[key] = len(self._ordinals)
        self._ordinals.append(-1)
        return node


class _Build:
    """The columns of a version under construction. A node is a code in order of first mention, by its key."""

    def __init__(self, metadata: CodeSystemMetadata, waiting: IO[bytes], called: str) -> None:
        self._metadata = metadata
        self._called = called
        self._folds = metadata.case_sensitive is False
        self._up = frozenset(property_code(metadata, name) for name in ("parent", "subsumedBy"))
        self._down = property_code(metadata, "child")
        self._waiting = waiting
        self._lengths = array("I")
        self._widths = array("B")
        self._codes: list[str] = []
        self._ordinals = array("i")
        self._nodes = _Nodes(self._ordinals)
        self._node = self._folded_node if self._folds else self._nodes.__getitem__
        self._edges = Edges()
        self._named_as_child = BitMap()
        self._twice: list[str] = []
        self._flags = Flags(metadata)
        self._briefs = BriefBlocks()
        self._values = PropertyValues()
        self._relationships = RelationshipColumns(self._node)
        self._text = TextIndexBuilder()
        self._telling = frozenset({*self._flags.properties, *self._up, self._down})
        self._searched = frozenset(p.code for p in metadata.properties if p.searched)

    def add(self, frozen: Frozen) -> None:
        """Add the next concept."""
        code, display, _, designations, properties, parents, children, extensions, *_ = (*frozen, *ABSENT)
        if not code:
            raise TerminologyError.of("invalid", "CONCEPT_WITHOUT_CODE", system=self._called, display=display or "")
        node = self._node(code)
        if self._ordinals[node] >= 0:
            self._twice.append(code)
            return
        ordinal = self._ordinals[node] = len(self._codes)
        self._codes.append(code)
        document, width = dump(frozen), len(frozen)
        status = SAYS_NOTHING
        if children or extensions or (properties and not self._telling.isdisjoint([p[0] for p in properties])):
            concept = thaw_concept(frozen)
            status = self._flags.add(ordinal, concept)
            linked = self._linked(node, concept)
            if linked is not concept:
                document, width = encode(linked), UNKNOWN_WIDTH
        elif parents:
            for parent in dict.fromkeys(parents):
                self._edges.add(node, self._node(parent))
        self._waiting.write(document)
        self._lengths.append(len(document))
        self._widths.append(width)
        self._briefs.add(status, code, display, has_extensions=bool(extensions))
        if properties:
            self._add_properties(ordinal, properties)
        self._index(ordinal, code, display, designations)
        if self._searched and properties:
            self._index_properties(ordinal, properties)

    def _folded_node(self, code: str) -> int:
        return self._nodes[code.casefold()]

    def _linked(self, node: int, concept: Concept) -> Concept:
        """The concept with all its parents, also those that properties state. Adds its edges."""
        parents = dict.fromkeys(concept.parents)
        for value in concept.properties:
            if value.code not in self._up and value.code != self._down:
                continue
            other = value.value.code if isinstance(value.value, Coding) else str(value.value)
            if not other:
                continue
            if value.code in self._up:
                parents[other] = None
            else:
                child = self._node(other)
                self._edges.add(child, node)
                self._named_as_child.add(child)
        for parent in parents:
            self._edges.add(node, self._node(parent))
        if len(parents) == len(concept.parents) and not concept.children:
            return concept
        return replace(concept, parents=tuple(parents), children=())

    def _add_properties(self, ordinal: int, properties: list[Frozen]) -> None:
        related: list[Frozen] = []
        others: list[Frozen] = []
        for value in properties:
            (related if is_relationship(value) else others).append(value)
        self._values.add(ordinal, others)
        if related:
            self._relationships.add(ordinal, related)
            for code in {value[0] for value in related}:
                self._values.add_existing(ordinal, code)

    def _index(self, ordinal: int, code: str, display: str | None, designations: list[Frozen] | None) -> None:
        self._text.add_code(ordinal, code)
        language = self._metadata.language
        if display:
            self._text.add(ordinal, display, language)
        if designations:
            self._text.add_designations(ordinal, tuple(designation_terms(display, designations, language)))

    def _index_properties(self, ordinal: int, properties: list[Frozen]) -> None:
        for text in property_terms(properties, self._searched):
            self._text.add(ordinal, text, self._metadata.language, designation=True)

    def write(self, writer: VersionWriter) -> BuildReport:
        """Derive what needs all concepts, and write everything."""
        if self._twice:
            raise TerminologyError.of("invalid", "DUPLICATE_CODES", codes=some_of(self._twice), source=self._called)
        size = len(self._codes)
        ordinals = np.frombuffer(self._ordinals, dtype=np.int32).astype(np.int64)
        hierarchy, orphans, missing = self._edges.hierarchy(ordinals, size)
        try:
            order = hierarchy.below_first()
        except Cycle as cycle:
            path = " → ".join(self._codes[ordinal] for ordinal in cycle.path)
            raise TerminologyError.of("invalid", "HIERARCHY_CYCLE", source=self._called, path=path) from cycle
        issues = self._unknown_parents(orphans.tolist(), missing.tolist())
        regained = BitMap(o for o in (self._ordinals[node] for node in self._named_as_child) if o >= 0)
        self._nodes.clear()
        self._relationships.write(writer, ordinals)
        self._write_rows(writer, hierarchy, regained)
        check()
        self._write_hierarchy(writer, hierarchy, order)
        check()
        self._flags.write(writer)
        self._briefs.write(writer)
        self._values.write(writer)
        check()
        self._text.write(writer)
        return BuildReport(size, issues, self._codes)

    def _unknown_parents(self, orphans: list[int], missing: list[int]) -> tuple[Issue, ...]:
        """An issue about parents that are not among the concepts; the concepts go on naming them."""
        if not missing:
            return ()
        wanted = set(missing)
        names = {node: key for key, node in self._nodes.items() if node in wanted}
        pairs = [f"{self._codes[o]} → {names[node]}" for o, node in zip(orphans, missing, strict=True)]
        arguments = {"count": str(len(pairs)), "source": self._called, "codes": some_of(pairs)}
        severity: Severity = "information" if self._metadata.content in INCOMPLETE else "warning"
        return (Issue(severity, "not-found", "PARENTS_UNKNOWN", arguments),)

    def _write_rows(self, writer: VersionWriter, hierarchy: Hierarchy, regained: BitMap) -> None:
        """Second pass: write children (and parents that only a child stated) into the documents of concepts."""
        self._waiting.seek(0)
        inner = (hierarchy.children.counts() > 0).tolist()
        for start in range(0, len(self._codes), ROWS_AT_ONCE):
            check()
            lengths = self._lengths[start : start + ROWS_AT_ONCE]
            documents = self._waiting.read(sum(lengths))
            rows: list[tuple[int, str, str, bytes]] = []
            place = 0
            for ordinal, length in enumerate(lengths, start):
                code, document = self._codes[ordinal], documents[place : place + length]
                place += length
                if ordinal in regained:
                    parents = dict.fromkeys((*decode(document).parents, *self._names(hierarchy.parents, ordinal)))
                    document = with_links(document, list(parents), self._names(hierarchy.children, ordinal))
                elif inner[ordinal]:
                    document = with_children(document, self._widths[ordinal], self._names(hierarchy.children, ordinal))
                rows.append((ordinal, code.casefold() if self._folds else code, code, document))
            writer.write_concepts(rows)

    def _names(self, adjacency: Adjacency, ordinal: int) -> list[str]:
        return [self._codes[other] for other in adjacency[ordinal].tolist()]

    def _write_hierarchy(self, writer: VersionWriter, hierarchy: Hierarchy, order: list[int]) -> None:
        codes = self._codes
        below, above = hierarchy.children.counts(), hierarchy.parents.counts()
        children = ((codes[n], BitMap(hierarchy.children[n].tolist())) for n in np.flatnonzero(below).tolist())
        writer.write_bitmaps(index_kinds.CHILDREN, children)
        writer.write_blob(index_kinds.PARENTS, "", hierarchy.parents.packed())
        writer.write_bitmaps(index_kinds.DESCENDANTS, ((codes[n], s) for n, s in hierarchy.descendants(order)))
        writer.write_bitmaps(index_kinds.ANCESTORS, ((codes[n], s) for n, s in hierarchy.ancestors(order)))
        flags = {
            index_kinds.LEAF: bitmap(np.flatnonzero(below == 0)),
            index_kinds.ROOT: bitmap(np.flatnonzero(above == 0)),
        }
        for ordinals in flags.values():
            ordinals.run_optimize()
        writer.write_bitmaps(index_kinds.FLAG, flags.items())
