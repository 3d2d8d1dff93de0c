"""The concepts of a version, merged from its parts by code: streamed from the first, laid over from the others.

A part of detail adds to a complete release, but no codes: what it says of others is `unplaced`. Does not number,
index or store anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple, cast

from terminology.ingest.parts import FACTS
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Designation
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Completer, Facts, Listed
from terminology.model.records import PartKind
from terminology.store.build import concept_key
from terminology.store.documents import decode, decode_batch, decode_documents, encode
from terminology.store.protocol import PartEntry, Store

NO_COMPLETERS: Mapping[str, Completer] = MappingProxyType({})


class Unplaced(NamedTuple):
    """A code that a part of detail describes and the release does not have."""

    part: PartEntry
    code: str


class _Addition(NamedTuple):
    part: PartEntry
    document: bytes


class Merge:
    """Iterate once, over concepts with their documents; `unplaced` and `issues` are known afterwards.

    `parts` are ordered: what an earlier one says wins. Releases are merged first; parts of facts go to their loader's
    completer, which makes concepts of them; detail comes last.
    Memory: the first part streams, the others are held as documents.
    """

    def __init__(
        self,
        store: Store,
        metadata: CodeSystemMetadata,
        parts: Sequence[PartEntry],
        completers: Mapping[str, Completer] = NO_COMPLETERS,
    ) -> None:
        self._store = store
        self._metadata = metadata
        self._parts = parts
        self._completers = completers
        self.unplaced: list[Unplaced] = []
        self.issues: list[Issue] = []

    def __iter__(self) -> Iterator[tuple[Concept, bytes]]:
        listing = [part for part in self._parts if part.kind not in FACTS]
        used = {part.loader: self._completers[part.loader] for part in self._parts if part.loader in self._completers}
        if not used:
            return self._laid_over(self._listed(listing[:1]), listing[1:])
        releases = [part for part in listing if not _is_detail(part)]
        stream: Iterable[Listed] = self._laid_over(self._listed(releases[:1]), releases[1:])
        for loader, completer in used.items():
            stream = completer.complete(self._metadata, stream, self._facts(loader), self.issues.append)
        written = ((concept, document or encode(concept)) for concept, document in stream)
        return self._laid_over(written, [part for part in listing if _is_detail(part)])

    def _listed(self, parts: Iterable[PartEntry]) -> Iterator[tuple[Concept, bytes]]:
        for part in parts:
            for block in self._store.part_blocks(part.key):
                yield from decode_documents(block)

    def _facts(self, loader: str) -> list[Facts]:
        return [
            Facts(part.source, cast("PartKind", part.kind), _decoded(self._store, part))
            for part in self._parts
            if part.kind in FACTS and part.loader == loader
        ]

    def _laid_over(
        self, base: Iterator[tuple[Concept, bytes]], parts: Sequence[PartEntry]
    ) -> Iterator[tuple[Concept, bytes]]:
        additions = self._additions(parts)
        for concept, document in base:
            same = additions.pop(self._key(concept), ()) if additions else ()
            yield self._merged(concept, document, same)
        for waiting in additions.values():
            concept = decode(waiting[0].document)
            if self._metadata.content == "complete" and all(_is_detail(addition.part) for addition in waiting):
                self.unplaced += [Unplaced(addition.part, concept.code) for addition in waiting]
            else:
                yield self._merged(concept, waiting[0].document, waiting[1:])

    def _merged(self, concept: Concept, document: bytes, additions: Sequence[_Addition]) -> tuple[Concept, bytes]:
        if not additions:
            return concept, document
        for addition in additions:
            concept = merged(concept, decode(addition.document), detail=_is_detail(addition.part))
        return concept, encode(concept)

    def _additions(self, parts: Sequence[PartEntry]) -> dict[str, list[_Addition]]:
        """What the other parts say, by key and in their order."""
        additions: dict[str, list[_Addition]] = {}
        for part in parts:
            for block in self._store.part_blocks(part.key):
                for concept, document in decode_documents(block):
                    same = additions.setdefault(self._key(concept), [])
                    if same and same[-1].part is part:
                        raise TerminologyError.of("conflict", "DUPLICATE_CODES", codes=concept.code, source=part.source)
                    same.append(_Addition(part, document))
        return additions

    def _key(self, concept: Concept) -> str:
        return concept_key(concept.code, self._metadata)


def concepts_of(store: Store, part: PartEntry) -> Iterator[Concept]:
    """The concepts of a part, as its source gave them; a part of facts has none."""
    return iter(()) if part.kind in FACTS else _decoded(store, part)


def _decoded(store: Store, part: PartEntry) -> Iterator[Concept]:
    for block in store.part_blocks(part.key):
        yield from decode_batch(block)


def merged(concept: Concept, other: Concept, *, detail: bool) -> Concept:
    """What two parts say of one code: the earlier display, definition and parents win, lists are united.

    A different display becomes a designation. A further release adds its parents, a part of detail only where there
    are none.
    """
    added = other.designations
    if other.display and concept.display and folded(other.display) != folded(concept.display):
        added = (Designation(other.display), *added)
    said = {(d.value, d.language, d.use) for d in concept.designations}
    values = {(p.code, p.kind, p.value) for p in concept.properties}
    parents = concept.parents if concept.parents and detail else (*concept.parents, *other.parents)
    return replace(
        concept,
        display=concept.display or other.display,
        definition=concept.definition or other.definition,
        designations=(*concept.designations, *(d for d in added if (d.value, d.language, d.use) not in said)),
        properties=(*concept.properties, *(p for p in other.properties if (p.code, p.kind, p.value) not in values)),
        parents=tuple(dict.fromkeys(parents)),
        extensions=(*concept.extensions, *(e for e in other.extensions if e not in concept.extensions)),
        extra={**other.extra, **concept.extra} if other.extra else concept.extra,
    )


def folded(text: str) -> str:
    """A display as it is compared: without case and superfluous space."""
    return " ".join(text.split()).casefold()


def _is_detail(part: PartEntry) -> bool:
    return part.kind == "detail"
