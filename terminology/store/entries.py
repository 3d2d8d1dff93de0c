"""The rows of a store, one class for each kind. Bodies are bytes that the store does not parse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from terminology.model.outcome import Issue

ResourceType = Literal["CodeSystem", "ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition"]
DocumentState = Literal["loaded", "pending", "removed"]


class ConceptRow(NamedTuple):
    """A stored concept; `document` is read by `terminology.store.documents`."""

    ordinal: int
    code: str
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """A published code system version. Dates are ISO; `key` is unique for ever (never reused).

    `base` is the key of the version that it lies over: the same release without documents.
    """

    key: int
    url: str
    version: str | None
    content: str
    size: int
    case_sensitive: bool
    supplements: str | None
    effective_start: str | None
    effective_end: str | None
    resource_id: str
    base: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEntry:
    """What one source states about one version (or, with version None and kind detail, about all versions)."""

    key: int
    url: str
    version: str | None
    kind: str
    source: str
    digest: str
    loader: str
    count: int
    header: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceEntry:
    """A resource as stored: `body` is R5 JSON (a CodeSystem without concepts, a ConceptMap without groups)."""

    key: int
    type: ResourceType
    id: str
    url: str | None
    version: str | None
    name: str | None
    title: str | None
    status: str | None
    date: str | None
    publisher: str | None
    source: str | None
    last_updated: str
    version_id: int
    body: bytes


class Word(NamedTuple):
    """A searchable element of a resource: its kind, system ('' for none), and value or text."""

    name: str
    system: str
    value: str


WordsOf = Callable[[bytes], Iterable[Word]]
"""The words of a body. Raises TerminologyError for one that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResource:
    """A resource to write; an existing one of the same type, url and version is replaced and keeps its id.

    With `by_id`, the one of the same id is replaced, whatever its url and version were. `words` are what it can be
    found by beside its columns.
    """

    type: ResourceType
    id: str
    url: str | None
    version: str | None
    name: str | None = None
    title: str | None = None
    status: str | None = None
    date: str | None = None
    publisher: str | None = None
    source: str | None = None
    body: bytes = b""
    by_id: bool = False
    words: tuple[Word, ...] = ()


class HistoryEntry(NamedTuple):
    """A version of a resource, or its deletion, which has no body."""

    entry: ResourceEntry
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One mapping of a concept map, indexed both ways; `document` is JSON of the whole mapping."""

    map_key: int
    group: int
    source_system: str | None
    source_code: str | None
    target_system: str | None
    target_code: str | None
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntry:
    """A procedure document, stored whole in any state. `id` is short, stable, and shown to users."""

    id: str
    path: str
    index: int
    digest: str
    loader: str
    state: DocumentState
    reason: str | None
    system: str | None
    version: str | None
    code: str | None
    title: str | None
    media_type: str
    loaded_at: str


@dataclass(frozen=True, slots=True)
class Damage:
    """An inconsistency. `version` is the key of the affected version, which can be derived again.

    `orphans` marks rows that belong to nothing, which `Store.remove_orphans` deletes.
    """

    issue: Issue
    version: int | None = None
    orphans: bool = False


class Misindexed(NamedTuple):
    """A resource that searches miss: its search words differ from those of its body, or the body cannot be read."""

    key: int
    type: ResourceType
    id: str
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """An API key, of which only the digest is known. Times are seconds since 1970; `scopes` are words."""

    id: str
    name: str
    digest: str
    scopes: str
    created: float
    expires: float | None
    revoked: float | None
