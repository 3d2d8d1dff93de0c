"""One file → its document records: decode or unpack, read blocks, mark, split, apply the rules, collect codes.

Never raises because of a file's content: an unreadable file gives one record with the reason (`problem`), so that it is
kept and can be read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from loaders.documents.assemble import concept_of
from loaders.documents.blocks import Page
from loaders.documents.codes import NO_OPTIONS, Placement, Statements, front_matter_of
from loaders.documents.facts import valued
from loaders.documents.manifest import Listed
from loaders.documents.marks import mark
from loaders.documents.properties import definitions
from loaders.documents.readers import read_page
from loaders.documents.split import Procedure, split
from terminology.model.codesystem import PropertyDefinition
from terminology.model.concept import Concept
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import DocumentRecord, LoadOptions, Source

LOADER_NAME = "documents"
NOT_LISTED = Listed()


def parse_raw(raw: bytes, media_type: str, path: str) -> list[DocumentRecord]:
    """The procedures of a document from its bytes alone, for `assign` and `reparse`."""
    source = Source(name=path, path=path, digest=hashlib.sha256(raw).hexdigest(), loader=LOADER_NAME)
    return parse(raw, media_type, source)


def parse(
    raw: bytes, media_type: str, source: Source, *, listed: Listed = NOT_LISTED, options: LoadOptions = NO_OPTIONS
) -> list[DocumentRecord]:
    """The procedures of a document. `listed` has the manifest's values for it."""
    try:
        page = read_page(raw, media_type)
    except TerminologyError as error:
        return [_unread(raw, media_type, source, error.issues[0], listed, options)]
    procedures = split(mark(page.blocks))
    if len(procedures) > 1:  # the name of the file cannot say which of them it means
        options = replace(options, code=None)
    return [
        _procedure(procedure, index, len(procedures), page, raw, media_type, source, listed, options)
        for index, procedure in enumerate(procedures)
    ]


def _procedure(
    procedure: Procedure, index: int, count: int, page: Page, raw: bytes, media_type: str, source: Source,
    listed: Listed, options: LoadOptions,
) -> DocumentRecord:  # fmt: skip
    """One of the `count` procedures of a page; statements about the file apply to a single one only."""
    alone = count == 1
    front_matter, further, extra = front_matter_of(procedure.metadata)
    statements = Statements(
        front_matter=front_matter,
        manifest=listed.procedure(index, count),
        markup=page.stated if alone else (),
        lines=(*further, *procedure.codes),
        file_name=source.path if alone else "",
        options=options,
    )
    about = valued("source", [place_name(source.path) if alone else f"{place_name(source.path)}#{index + 1}"])
    about += valued("sourceHash", [source.digest])
    for code, value in page.properties:
        about += valued(code, [value])
    concept, defined, leading = concept_of(
        procedure, system=statements.system(), title=page.title if alone else "", extra=extra, source=about
    )
    return _record(raw, media_type, source, statements.placement(leading), concept, index=index, defined=defined)


def _unread(
    raw: bytes, media_type: str, source: Source, problem: Issue, listed: Listed, options: LoadOptions
) -> DocumentRecord:
    """The record of an unreadable file: kept as a whole, with the codes stated beside it."""
    manifest = listed.procedure(0, 1)
    placement = Statements(manifest=manifest, file_name=source.path, options=options).placement(None)
    about = valued("source", [place_name(source.path)]) + valued("sourceHash", [source.digest])
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


def place_name(path: str) -> str:
    """A path for publication: the file's name and its place in an archive, without folders of this machine."""
    outer, mark, inner = path.partition("!/")
    return outer.rsplit("/", 1)[-1] + mark + inner
