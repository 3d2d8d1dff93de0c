"""One file → its document records: decode or unpack, read blocks, mark, split, apply the rules, collect codes.

Never raises for what a file contains: a file that cannot be read gives one record that says why (`problem`), so that
it is kept and can be read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from loaders.documents.assemble import concept_of
from loaders.documents.blocks import Page
from loaders.documents.codes import Placement, Stated, Statements, front_matter_of
from loaders.documents.facts import valued
from loaders.documents.marks import mark
from loaders.documents.properties import definitions
from loaders.documents.readers import read_page
from loaders.documents.split import Procedure, split
from terminology.model.codesystem import PropertyDefinition
from terminology.model.concept import Concept
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import DocumentRecord, LoadOptions, Source

LOADER_NAME = "documents"
NO_OPTIONS = LoadOptions()


def parse_raw(raw: bytes, media_type: str, path: str) -> list[DocumentRecord]:
    """The procedures of a document by its bytes alone, as `assign` and `reparse` have them."""
    source = Source(name=path, path=path, digest=hashlib.sha256(raw).hexdigest(), loader=LOADER_NAME)
    return parse(raw, media_type, source)


def parse(
    raw: bytes, media_type: str, source: Source, *, rows: Sequence[Stated] = (), options: LoadOptions = NO_OPTIONS
) -> list[DocumentRecord]:
    """The procedures of a document. `rows` are what a manifest says of it, in the order of its procedures."""
    try:
        page = read_page(raw, media_type)
    except TerminologyError as error:
        return [_unread(raw, media_type, source, error.issues[0], rows, options)]
    procedures = split(mark(page.blocks))
    if len(procedures) > 1:  # the name of the file cannot say which of them it means
        options = replace(options, code=None)
    return [
        _procedure(procedure, index, len(procedures) == 1, page, raw, media_type, source, rows, options)
        for index, procedure in enumerate(procedures)
    ]


def _procedure(
    procedure: Procedure, index: int, alone: bool, page: Page, raw: bytes, media_type: str, source: Source,
    rows: Sequence[Stated], options: LoadOptions,
) -> DocumentRecord:  # fmt: skip
    """One procedure of a page; `alone` when it is the only one, so that what is said of the file is said of it."""
    front_matter, extra = front_matter_of(procedure.metadata)
    statements = Statements(
        front_matter=front_matter,
        manifest=rows[index] if index < len(rows) else Stated(),
        markup=page.stated if alone else (),
        lines=procedure.codes,
        file_name=source.path if alone else "",
        options=options,
    )
    about = valued("source", [source.path if alone else f"{source.path}#{index + 1}"])
    about += valued("sourceHash", [source.digest])
    for code, value in page.properties:
        about += valued(code, [value])
    concept, defined, leading = concept_of(
        procedure, system=statements.system(), title=page.title if alone else "", extra=extra, source=about
    )
    return _record(raw, media_type, source, statements.placement(leading), concept, index=index, defined=defined)


def _unread(
    raw: bytes, media_type: str, source: Source, problem: Issue, rows: Sequence[Stated], options: LoadOptions
) -> DocumentRecord:
    """The record of a file that could not be read: kept whole, with the codes that are stated beside it."""
    manifest = rows[0] if rows else Stated()
    placement = Statements(manifest=manifest, file_name=source.path, options=options).placement(None)
    about = valued("source", [source.path]) + valued("sourceHash", [source.digest])
    concept = Concept("", properties=about.properties)
    return _record(
        raw, media_type, source, placement, concept, defined=definitions(about.properties, {}), problem=problem
    )


def _record(
    raw: bytes, media_type: str, source: Source, placement: Placement, concept: Concept, *, index: int = 0,
    defined: tuple[PropertyDefinition, ...], problem: Issue | None = None,
) -> DocumentRecord:  # fmt: skip
    return DocumentRecord(
        source=source,
        index=index,
        system=placement.system,
        version=placement.version,
        concept=concept,
        codes=placement.codes,
        property_definitions=defined,
        raw=raw,
        media_type=media_type,
        problem=problem,
    )
