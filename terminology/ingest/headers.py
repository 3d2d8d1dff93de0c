"""Headers of parts: their stored form, and the merged header of a version.

Knows nothing of concepts. `terminology.fhir.codesystem` renders a header as a resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields, replace
from itertools import chain
from typing import Any, TypeVar

import orjson

from terminology.ingest.parts import JOINING
from terminology.model.codesystem import CodeSystemMetadata, Content, FilterDefinition, PropertyDefinition
from terminology.model.coding import Canonical
from terminology.store.entries import PartEntry
from terminology.store.openjson import freeze, thaw

D = TypeVar("D", PropertyDefinition, FilterDefinition)

FILLED = (
    "name", "title", "publisher", "description", "copyright", "language", "date", "case_sensitive", "value_set",
    "hierarchy_meaning", "version_algorithm", "effective_start", "effective_end", "count", "edition",
)  # fmt: skip
"""Fields that a further release may fill when the first leaves them out. A published resource is never changed."""


def encode_header(metadata: CodeSystemMetadata) -> bytes:
    """A header as JSON of its fields, without those that have their default."""
    written: dict[str, Any] = {}
    for field in fields(metadata):
        value = getattr(metadata, field.name)
        if value != field.default:
            written[field.name] = freeze(_plain(value))
    return orjson.dumps(written)


def _plain(value: Any) -> Any:
    if isinstance(value, Canonical):
        return str(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, tuple):
        return [astuple(v) if isinstance(v, PropertyDefinition | FilterDefinition) else v for v in value]
    return value


def decode_header(header: bytes) -> CodeSystemMetadata:
    """The header that `encode_header` was given; unknown fields are ignored."""
    known = {field.name for field in fields(CodeSystemMetadata)}
    read = {name: thaw(value) for name, value in orjson.loads(header).items() if name in known}
    for name, kind in (("properties", PropertyDefinition), ("filters", FilterDefinition)):
        if name in read:
            read[name] = tuple(kind(*values) for values in read[name])
    for name in ("identifiers", "extensions", "unasked"):
        if name in read:
            read[name] = tuple(read[name])
    if "supplements" in read:
        read["supplements"] = Canonical.parse(read["supplements"])
    if "resource" in read:
        read["resource"] = read["resource"].encode()
    return CodeSystemMetadata(**read)


def merged_header(parts: Sequence[PartEntry], version: str | None) -> CodeSystemMetadata:
    """The merged header of these parts, releases first: the first one wins, definitions are united."""
    headers = [decode_header(part.header) for part in parts]
    releases = [header for part, header in zip(parts, headers, strict=True) if part.kind not in JOINING]
    first = (releases or headers)[0]
    filled = {name: _filling(name, first, releases) for name in FILLED} if not first.resource else {}
    return replace(
        first,
        **filled,
        version=version,
        content=_content(releases, has_detail=any(part.kind == "detail" for part in parts)),
        properties=_united(header.properties for header in headers),
        filters=_united(header.filters for header in releases),
    )


def _united(definitions: Iterable[tuple[D, ...]]) -> tuple[D, ...]:
    """One definition for each code: the first."""
    found: dict[str, D] = {}
    for definition in chain.from_iterable(definitions):
        found.setdefault(definition.code, definition)
    return tuple(found.values())


def _filling(name: str, first: CodeSystemMetadata, releases: Sequence[CodeSystemMetadata]) -> Any:
    values = (getattr(header, name) for header in (first, *releases))
    return next((value for value in values if value is not None), None)


def _content(releases: Sequence[CodeSystemMetadata], *, has_detail: bool) -> Content:
    """The content of a version: complete if a release is; the only stated content; a fragment otherwise."""
    said: list[Content] = [header.content for header in releases]
    for content in ("complete", "supplement"):
        if content in said:
            return content
    return said[0] if len(set(said)) == 1 and not has_detail else "fragment"
