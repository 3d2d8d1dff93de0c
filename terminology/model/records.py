"""What loaders yield: parts of code systems in batches, whole resources, and procedure documents.

A **part** is what one source says about one code system version. `terminology.ingest` merges the parts of a version
(releases first, then detail) and publishes the result as a new immutable version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, PropertyKind
from terminology.model.conceptmap import ConceptMap
from terminology.model.outcome import Issue
from terminology.model.structure import Structure
from terminology.model.valueset import ValueSet

PartKind = Literal["resource", "release", "outline", "detail", "supplement", "annotation"]
"""The role of a part in a version.

resource: a complete CodeSystem, which states its version as a whole; another one of the same version replaces it,
wherever it comes from. release: one of several files that may define the header, hierarchy and displays. detail: adds
to concepts of a release, whose displays take precedence. supplement: the concepts of a CodeSystem supplement, as a
whole.

Two kinds hold facts in a loader's own form, which only its `loading.Completer` understands: outline, which describes
all codes of a version (ICD-10-PCS tables), and annotation, which describes codes from elsewhere (definitions, an index,
an addendum) and makes no version by itself.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where records come from; `name` is stable over reloads and decides which part is replaced.

    `path` may be in an archive (`release.zip!/CPT/LONGULT.txt`), `digest` is the SHA-256 of the bytes in hex.
    """

    name: str
    path: str
    digest: str
    loader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBegin:
    """Opens a part; the batches after it belong to it until the next PartBegin.

    A `metadata.version` of None on a part of detail or annotation attaches it to every loaded version of the system.
    """

    source: Source
    metadata: CodeSystemMetadata
    kind: PartKind = "release"


@dataclass(frozen=True, slots=True)
class ConceptBatch:
    """Up to a few thousand concepts of the open part, in the order of the source."""

    concepts: tuple[Concept, ...]


PlainDesignation = tuple[str, str | None, int | None]
"""A text, its language, and the place of its uses in `PlainBatch.uses`."""

PlainProperty = tuple[str, PropertyKind, str | int | bool | Decimal, int | None]
"""The code, kind and value of a property, and the group of a relationship."""


class PlainConcept(NamedTuple):
    """A Concept in plain tuples, for releases of hundreds of thousands of concepts."""

    code: str
    display: str | None
    definition: str | None
    designations: Sequence[PlainDesignation]
    properties: Sequence[PlainProperty]
    parents: Sequence[str]


@dataclass(frozen=True, slots=True)
class PlainBatch:
    """A ConceptBatch without objects for designations and properties, which would slow down large loads.

    Each entry of `uses` is the use of a designation, followed by its additional uses.
    """

    concepts: tuple[PlainConcept, ...]
    uses: tuple[tuple[Coding, ...], ...] = ()


Column = npt.NDArray[np.int64] | Sequence[str]


@dataclass(frozen=True, slots=True)
class TableBatch:
    """Rows of the open part that are not concepts (reference set members), in columns of equal length.

    The meaning of a table is agreed between a loader and the code system (`codesystems.registry.INDEXERS`). A table may
    come in several batches with the same columns.
    """

    table: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class ValueSetRecord:
    """A value set to store, replacing the one of the same canonical and version from the same source."""

    source: Source
    value_set: ValueSet


@dataclass(frozen=True, slots=True)
class ConceptMapRecord:
    """A concept map to store."""

    source: Source
    concept_map: ConceptMap


@dataclass(frozen=True, slots=True)
class NamingSystemRecord:
    """A NamingSystem: `aliases` are its unique ids (`urn:oid:…`, uris), `resource` its R5 JSON."""

    source: Source
    id: str | None
    name: str
    aliases: tuple[str, ...]
    preferred: str | None
    resource: bytes


@dataclass(frozen=True, slots=True)
class StructureRecord:
    """A StructureDefinition to store."""

    source: Source
    structure: Structure


CodeOrigin = Literal["front matter", "manifest", "html", "label", "file name", "option", "descriptor"]


@dataclass(frozen=True, slots=True)
class StatedCode:
    """A code that a document or its surroundings state, and where; listed in order of trust."""

    system: str | None
    code: str
    version: str | None
    origin: CodeOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """One procedure of a document. `raw` is kept, so that a better parser can read it again.

    `codes` holds every stated code; ingest decides (they must agree; without any, `concept.display` must exactly match
    a loaded code). `concept.code` is empty until then. `index` counts the procedures of one file from 0.
    `property_definitions` describe the properties that this concept uses. `problem` is set when the parser itself knows
    why the document must wait.
    """

    source: Source
    index: int
    system: str | None
    version: str | None
    concept: Concept
    codes: tuple[StatedCode, ...]
    property_definitions: tuple[PropertyDefinition, ...]
    raw: bytes
    media_type: str
    problem: Issue | None = None


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """Something that was read but not stored, with the reason for the report."""

    source: Source
    place: str
    reason: Issue


@dataclass(frozen=True, slots=True)
class Note:
    """A remark for the report that changed nothing (a total that agrees, a warning)."""

    source: Source
    issue: Issue


Record = (
    PartBegin | ConceptBatch | PlainBatch | TableBatch | ValueSetRecord | ConceptMapRecord | NamingSystemRecord
    | StructureRecord | DocumentRecord | SkippedRecord | Note
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What the caller of a load states beside the sources."""

    system: str | None = None
    version: str | None = None
    code: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
