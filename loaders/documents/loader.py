"""The loader of procedure documents: which files it reads, and the records they become.

A bad file never stops the others: what is not text is skipped with the reason, what cannot be parsed is kept as a
document with a problem. `terminology.ingest` decides which code a document gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loaders.documents.manifest import Listed, Manifest
from loaders.documents.parse import LOADER_NAME, parse, place_name
from loaders.documents.readers import format_of
from loaders.documents.recognise import find
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import DocumentRecord, LoadOptions, Note, Record, SkippedRecord, Source

LARGEST = 16 * 1024 * 1024
"""Bytes a document may have, pictures included."""
LARGEST_TEXT = 2 * 1024 * 1024
"""Bytes a document of text may have: several hundred pages."""


class DocumentLoader:
    """Reads procedure documents."""

    @property
    def name(self) -> str:
        """The loader's name, which is stored with every document."""
        return LOADER_NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """One claim for all documents of a tree and the manifests beside them."""
        found = find(tree)
        if not found.documents:
            return []
        count = len(found.documents)
        description = "1 procedure document" if count == 1 else f"{count} procedure documents"
        paths = (
            *found.documents,
            *(manifest.path for manifest in found.manifests),
            *(path for path, _ in found.broken),
        )
        return [Claim(LOADER_NAME, tuple(sorted(paths)), description)]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The records of each document in path order, then remarks about unused manifest rows.

        Raises TerminologyError invalid (DOCUMENT_CODE_FOR_SEVERAL) when `--code` is given for more than one.
        """
        found = find(tree)
        documents = [path for path in claim.paths if format_of(tree.file(path).name) and path in found.documents]
        if options.code and len(documents) > 1:
            raise _too_many(options.code, len(documents))
        for path, issue in found.broken:
            yield SkippedRecord(_source(tree.file(path)), place_name(path), issue)
        for path in documents:
            yield from _read(tree.file(path), found.manifests, options)
        for manifest in found.manifests:
            source = _source(tree.file(manifest.path))
            for name in manifest.missing(file.path for file in tree.files()):
                yield Note(source, _warning("MANIFEST_FILE_MISSING", path=place_name(manifest.path), file=name))


LOADER = DocumentLoader()


def _read(file: SourceFile, manifests: Sequence[Manifest], options: LoadOptions) -> Iterator[Record]:
    format_ = format_of(file.name)
    assert format_ is not None
    source = Source(name=file.path, path=file.path, digest="", loader=LOADER_NAME)
    try:
        raw = _bytes(file, LARGEST if format_.packed else LARGEST_TEXT)
        source = _source(file)
    except TerminologyError as error:
        yield SkippedRecord(source, place_name(file.path), error.issues[0])
        return
    manifest = next((m for m in manifests if m.lists(file.path)), None)
    listed = manifest.says(file.path) if manifest else Listed()
    records = parse(raw, format_.media_type, source, listed=listed, options=options)
    if options.code and len(records) > 1:
        raise _too_many(options.code, len(records))
    for record in records:
        yield _kept_or_skipped(record)
    if manifest and len(listed.own) not in {0, len(records)}:
        counts = {"rows": str(len(listed.own)), "procedures": str(len(records))}
        names = {"path": place_name(manifest.path), "file": place_name(file.path)}
        yield Note(source, _warning("MANIFEST_ROWS_LEFT", **names, **counts))


def _bytes(file: SourceFile, limit: int) -> bytes:
    """The file's bytes. Raises TerminologyError for files that cannot be documents."""
    if file.size > limit:
        raise TerminologyError.of("too-large", "DOCUMENT_TOO_LARGE", size=str(file.size), limit=str(limit))
    raw = file.read()
    if not raw.strip():
        raise TerminologyError.of("invalid", "DOCUMENT_EMPTY")
    return raw


def _kept_or_skipped(record: DocumentRecord) -> Record:
    """The document itself, or a skipped record if it is binary, so that no later parser could read it either."""
    if record.problem is not None and record.problem.message_id == "DOCUMENT_BINARY":
        return SkippedRecord(record.source, place_name(record.source.path), record.problem)
    return record


def _source(file: SourceFile) -> Source:
    return Source(name=file.path, path=file.path, digest=file.digest(), loader=LOADER_NAME)


def _warning(message_id: str, **arguments: str) -> Issue:
    return Issue("warning", "processing", message_id, arguments)


def _too_many(code: str, count: int) -> TerminologyError:
    return TerminologyError.of("invalid", "DOCUMENT_CODE_FOR_SEVERAL", code=code, count=str(count))
