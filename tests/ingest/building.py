"""A loader that reads a tiny language of its own, so that every kind of record can be written as a file.

`*.release`: `system`, `version`, `content`… as `key: value` lines, then a line a concept: `code | display | parents`.
`*.detail`: the same, as a part of detail. `*.doc`: `key: value` lines for procedures that `---` separates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders.systems import header
from terminology import ingest
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Property
from terminology.model.conceptmap import ConceptMap, Group, Mapping
from terminology.model.loading import Claim
from terminology.model.outcome import Issue
from terminology.model.records import (
    ConceptBatch,
    ConceptMapRecord,
    DocumentRecord,
    LoadOptions,
    NamingSystemRecord,
    Note,
    PartBegin,
    Record,
    SkippedRecord,
    Source,
    StatedCode,
    ValueSetRecord,
)
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.store.documents import decode

SYSTEM = "http://example.org/procedures"
NOW = "2026-01-02T03:04:05Z"


@dataclass
class FileLoader:
    """The loader; `extra` records are given after those of each file."""

    name: str = "test"
    extra: list[Record] = field(default_factory=list)

    def recognise(self, tree) -> list[Claim]:
        paths = tuple(f.path for f in tree.files() if f.name.endswith((".release", ".detail", ".doc", ".resources")))
        return [Claim(self.name, paths, "test files")] if paths else []

    def read(self, tree, claim, options) -> Iterator[Record]:
        for path in claim.paths:
            data = tree.file(path).read()
            source = Source(name=path, path=path, digest=hashlib.sha256(data).hexdigest(), loader=self.name)
            if path.endswith(".doc"):
                yield from parse_documents(data, source, options)
            elif path.endswith(".resources"):
                yield from resources(data.decode().strip(), source)
            else:
                yield from part(data.decode(), source, "detail" if path.endswith(".detail") else "release")
        yield from self.extra


def part(text: str, source: Source, kind) -> Iterator[Record]:
    fields: dict[str, Any] = {"url": SYSTEM, "version": None}
    concepts = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if " |" in line:
            code, display, parents = (cell.strip() for cell in (line + "|").split("|")[:3])
            concepts.append(Concept(code, display or None, parents=tuple(parents.split())))
        elif line == "interrupt":
            yield PartBegin(source=source, metadata=CodeSystemMetadata(**fields), kind=kind)
            yield ConceptBatch(tuple(concepts))
            raise KeyboardInterrupt
        else:
            key, _, value = line.partition(":")
            fields[key.strip()] = value.strip() or None
    if "supplements" in fields:
        fields["supplements"] = Canonical.parse(fields["supplements"])
    yield PartBegin(source=source, metadata=CodeSystemMetadata(**fields), kind=kind)
    yield ConceptBatch(tuple(concepts))


def parse_documents(data: bytes, source: Source, options: LoadOptions) -> Iterator[DocumentRecord]:
    for index, text in enumerate(data.decode().split("---")):
        said: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            key, _, value = line.partition(":")
            said.setdefault(key.strip(), []).append(value.strip())
        system, version = said.get("system", [None])[0], said.get("version", [options.version])[0]
        codes = [StatedCode(system, code, version, "label") for code in said.get("code", ())]
        if options.code:
            codes.append(StatedCode(options.system or system, options.code, version, "option"))
        properties = tuple(Property("setting", "string", value) for value in said.get("setting", ()))
        yield DocumentRecord(
            source=source,
            index=index,
            system=system or options.system,
            version=version,
            concept=Concept("", said.get("display", [None])[0], properties=properties),
            codes=tuple(codes),
            property_definitions=(PropertyDefinition("setting", "string"),),
            raw=data,
            media_type="text/plain",
            problem=Issue("error", "invalid", "DOCUMENT_EMPTY") if "broken" in said else None,
        )


def parse_raw(raw: bytes, _media_type: str, path: str) -> list[DocumentRecord]:
    source = Source(name=path, path=path, digest=hashlib.sha256(raw).hexdigest(), loader="test")
    return list(parse_documents(raw, source, LoadOptions()))


def value_sets(system, concepts) -> list[ValueSet]:
    settings = sorted({str(p.value) for concept in concepts for p in concept.values("setting")})
    return [
        ValueSet(
            url=f"http://example.org/vs/{setting}",
            compose=Compose(include=(ConceptSet(system=system, filters=(Filter("setting", "=", setting),)),)),
        )
        for setting in settings
    ]


TOOLS = ingest.DocumentTools(parse_raw=parse_raw, value_sets=value_sets, header=header)


def resources(text: str, source: Source) -> Iterator[Record]:
    yield ValueSetRecord(source, ValueSet(url="http://example.org/vs", version="1", name=text))
    mapping = Mapping(source_code="a", target_code="x", relationship="equivalent", comment=text)
    group = Group(source=Canonical(SYSTEM), target=Canonical("http://example.org/other"), mappings=(mapping,))
    yield ConceptMapRecord(source, ConceptMap(url="http://example.org/cm", groups=(group,)))
    body = b'{"resourceType":"NamingSystem","name":"Procedures","kind":"codesystem"}'
    yield NamingSystemRecord(source, None, "Procedures", ("urn:oid:1.2.3", SYSTEM), SYSTEM, body)
    reason = Issue("warning", "not-supported", "DOCUMENT_EMPTY")
    yield SkippedRecord(source, "line 3", reason)
    yield Note(source, reason)


class Box:
    """A store, a folder, and the commands on them."""

    def __init__(self, store, folder: Path) -> None:
        self.store = store
        self.folder = folder

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def load(self, *names: str, loader: FileLoader | None = None, **options):
        """Load these files, or all."""
        paths = [self.folder / name for name in names] or [self.folder]
        loaders = (loader or FileLoader(),)
        return ingest.load(self.store, paths, LoadOptions(**options), loaders=loaders, tools=TOOLS, now=NOW)

    def give(self, name: str, text: str, **options):
        """Write a file and load it."""
        self.write(name, text)
        return self.load(name, **options)

    def reader(self, version: str | None = None, url: str = SYSTEM):
        entry = next(entry for entry in self.store.versions(url) if entry.version == version)
        return self.store.version(entry.key)

    def displays(self, version: str | None = None, url: str = SYSTEM) -> dict[str, str | None]:
        """Code → display, in the order of the version."""
        return {row.code: decode(row.document).display for row in self.reader(version, url).scan()}

    def concept(self, code: str, version: str | None = None) -> Concept:
        return decode(self.reader(version).row(code).document)

    def versions(self, url: str = SYSTEM) -> dict[str | None, str]:
        return {entry.version: entry.content for entry in self.store.versions(url)}

    def documents(self) -> dict[str, tuple[str, str | None]]:
        """Name and number → (state, code)."""
        return {f"{Path(d.path).name}#{d.index}": (d.state, d.code) for d in self.store.documents()}

    def document_id(self, name: str, index: int = 0) -> str:
        return next(d.id for d in self.store.documents() if Path(d.path).name == name and d.index == index)
