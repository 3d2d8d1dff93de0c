"""Converts one FHIR resource to the records of a load: the same for files, packages and what clients write.

Knows no files. A resource of another type, without url, or a repeated one becomes a SkippedRecord with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from terminology.fhir import codesystem, conceptmap, namingsystem, r4, structuredefinition, valueset
from terminology.fhir.json import Json
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.name_lists import some_of
from terminology.model.outcome import Issue
from terminology.model.records import (
    ConceptBatch,
    ConceptMapRecord,
    LoadOptions,
    PartBegin,
    PartKind,
    Record,
    SkippedRecord,
    Source,
    StructureRecord,
    ValueSetRecord,
)

TYPES = ("CodeSystem", "ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition")
SUBSETTED = "SUBSETTED"
BATCH = 2000
NAMED = 5
"""The most codes in a message."""

Seen = set[tuple[str, str, str]]
"""Type, url and version of the resources seen in a source."""


def records(
    resource: Json,
    source: Source,
    options: LoadOptions,
    *,
    place: str = "",
    seen: Seen | None = None,
    concepts: Iterable[Concept] | None = None,
) -> Iterator[Record]:
    """The records of one resource, of any release; of a Bundle, those of its entries.

    `concepts` are those of a CodeSystem that is only a header, read when its part is. `place` is the place in the
    source, for the report. Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG) for a broken resource.
    """
    seen = set() if seen is None else seen
    type_ = str(resource.get("resourceType", ""))
    if type_ == "Bundle":
        yield from _entries(resource, source, options, place, seen)
    elif type_ not in TYPES:
        yield _skipped(source, place, "RESOURCE_NOT_TERMINOLOGY", type=type_ or "something without resourceType")
    else:
        yield from _one(r4.to_r5(resource), type_, source, options, place, seen, concepts)


def _entries(bundle: Json, source: Source, options: LoadOptions, place: str, seen: Seen) -> Iterator[Record]:
    entries = bundle.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        inner = f"{place}: Bundle.entry[{index}].resource".removeprefix(": ")
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield from records(resource, source, options, place=inner, seen=seen)
        else:
            yield _skipped(source, inner, "BUNDLE_ENTRY_EMPTY")


def _one(
    resource: Json,
    type_: str,
    source: Source,
    options: LoadOptions,
    place: str,
    seen: Seen,
    concepts: Iterable[Concept] | None,
) -> Iterator[Record]:
    if is_partial(resource):
        yield _skipped(source, place, "RESOURCE_SUBSETTED", type=type_)
        return
    if type_ == "NamingSystem":
        yield namingsystem.parse(resource, source)
        return
    if type_ == "CodeSystem":
        resource = _with_options(resource, options)
    url, version = resource.get("url"), resource.get("version")
    if not url:
        yield _skipped(source, place, "RESOURCE_WITHOUT_URL", type=type_)
        return
    key = (type_, str(url), str(version or ""))
    if key in seen:
        canonical = f"{url}|{version}" if version else str(url)
        yield _skipped(source, place, "RESOURCE_TWICE", type=type_, canonical=canonical)
        return
    seen.add(key)
    if type_ == "ValueSet":
        yield ValueSetRecord(source, valueset.parse(resource))
    elif type_ == "ConceptMap":
        yield ConceptMapRecord(source, conceptmap.parse(resource))
    elif type_ == "StructureDefinition":
        yield StructureRecord(source, structuredefinition.parse(resource))
    else:
        yield from _code_system(resource, source, place, concepts)


def is_partial(resource: Json) -> bool:
    """Whether a resource is tagged as incomplete (R5, 3.2.1.7.5): a summary, or only the beginning of it."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    listed = tags if isinstance(tags, list) else ()
    return any(isinstance(tag, dict) and tag.get("code") == SUBSETTED for tag in listed)


def _with_options(resource: Json, options: LoadOptions) -> Json:
    """The resource, completed by url and version from the options."""
    said = {"url": options.system, "version": options.version}
    missing = {name: value for name, value in said.items() if value and not resource.get(name)}
    return {**resource, **missing}


def _code_system(resource: Json, source: Source, place: str, concepts: Iterable[Concept] | None) -> Iterator[Record]:
    metadata = codesystem.parse_metadata(resource)
    if metadata.content == "supplement" and metadata.supplements is None:
        yield _skipped(source, place, "SUPPLEMENT_OF_NOTHING", url=metadata.url)
        return
    if concepts is None:  # a broken concept must not leave half a part
        concepts = list(codesystem.concepts(resource))
        if twice := _twice(concepts, metadata):
            arguments = {"source": str(metadata.canonical), "codes": twice}
            yield SkippedRecord(source, place, Issue("warning", "duplicate", "DUPLICATE_CODES", arguments))
            return
    yield part(metadata, source)
    yield from batches(concepts)


def _twice(concepts: Iterable[Concept], metadata: CodeSystemMetadata) -> str:
    """Codes that occur more than once, as text for a message; "" if there are none."""
    fold = str.casefold if metadata.case_sensitive is False else str
    counted = Counter(fold(concept.code) for concept in concepts)
    twice = [code for code, count in counted.items() if count > 1]
    return some_of(twice, NAMED)


KINDS: Mapping[str, PartKind] = MappingProxyType({"complete": "resource", "supplement": "supplement"})
"""CodeSystem.content → the kind of part; fragments and the like are merged with other parts."""


def part(metadata: CodeSystemMetadata, source: Source) -> PartBegin:
    """The beginning of a code system's part."""
    return PartBegin(source=source, metadata=metadata, kind=KINDS.get(metadata.content, "release"))


def batches(concepts: Iterable[Concept]) -> Iterator[ConceptBatch]:
    """Concepts in batches."""
    every = iter(concepts)
    while batch := tuple(islice(every, BATCH)):
        yield ConceptBatch(batch)


def _skipped(source: Source, place: str, message_id: str, **arguments: str) -> SkippedRecord:
    where = f"{source.path}: {place}" if place else source.path
    return SkippedRecord(source, where, Issue("warning", "not-supported", message_id, {"place": where, **arguments}))
