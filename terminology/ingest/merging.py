"""Merges the concepts of a version from its parts by code: the first part is streamed, the others are added to it.

Detail adds to a complete release, but adds no codes: detail of other codes is `unplaced`. Does not number, index or
store anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple, cast

from terminology.ingest.headers import decode_header
from terminology.ingest.parts import FACTS
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Designation
from terminology.model.loading import Completer, Facts, Listed
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import PartKind, TableBatch
from terminology.store.build import concept_key
from terminology.store.build_layer import Changed, Unlayable
from terminology.store.documents import (
    Freezer,
    Frozen,
    decode,
    decode_batch,
    decode_frozen,
    freeze_concept,
    thaw_concept,
)
from terminology.store.entries import PartEntry
from terminology.store.protocol import Store, VersionReader
from terminology.store.tables import decode_table, is_table

NO_COMPLETERS: Mapping[str, Completer] = MappingProxyType({})


class Unplaced(NamedTuple):
    """A code that detail describes and the release does not have."""

    part: PartEntry
    code: str


class _Addition(NamedTuple):
    part: PartEntry
    frozen: Frozen


class Merge:
    """Iterate once, over concepts in stored form; `unplaced` and `issues` are complete afterwards.

    `parts` are ordered: earlier ones win. Releases are merged first; then the loader's completer makes concepts of
    parts of facts; detail comes last. So does a CodeSystem from elsewhere, where the loader has the codes: an export of
    the same release contains what the completer makes, and must not be completed again. Memory: the first part is
    streamed, the others are held.
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
        self._languages: dict[int, str | None] = {}
        self.unplaced: list[Unplaced] = []
        self.issues: list[Issue] = []

    def __iter__(self) -> Iterator[Frozen]:
        listing = [part for part in self._parts if part.kind not in FACTS]
        used = {part.loader: self._completers[part.loader] for part in self._parts if part.loader in self._completers}
        if not used:
            return self._laid_over(self._listed(listing[:1]), listing[1:])
        makes_codes = any(part.loader in used and part.kind in {"release", "outline"} for part in self._parts)
        over = [part for part in listing if _is_detail(part) or (makes_codes and part.loader not in used)]
        releases = [part for part in listing if part not in over]
        merged_releases = self._laid_over(self._listed(releases[:1]), releases[1:])
        stream: Iterable[Listed] = ((thaw_concept(frozen), frozen) for frozen in merged_releases)
        for loader, completer in used.items():
            stream = completer.complete(self._metadata, stream, self._facts(loader), self.issues.append)
        return self._laid_over(_frozen(stream), over)

    def over(self, below: VersionReader) -> Iterator[Changed]:
        """The concepts of the version below that detail changes.

        Raises Unlayable where detail says more than a layer can hold.
        """
        parts = [part for part in self._parts if _is_detail(part)]
        if any(True for _ in table_batches(self._store, parts)):
            raise Unlayable
        additions = self._additions(parts)
        for row in below.rows(list(below.ordinals(additions).values())):
            before = after = decode(row.document)
            for addition in additions.pop(concept_key(row.code, self._metadata)):
                other = thaw_concept(addition.frozen)
                if other.parents or other.children:
                    raise Unlayable
                after = merged(after, other, detail=True)
            yield Changed(row.ordinal, before, after)
        if additions and self._metadata.content != "complete":
            raise Unlayable
        for waiting in additions.values():
            self._leave(waiting)

    def _leave(self, waiting: Iterable[_Addition]) -> None:
        """Record detail of codes that the release does not have."""
        self.unplaced += [Unplaced(addition.part, addition.frozen[0]) for addition in waiting]

    def _listed(self, parts: Iterable[PartEntry]) -> Iterator[Frozen]:
        for part in parts:
            for block in concept_blocks(self._store, part):
                yield from decode_frozen(block)

    def _facts(self, loader: str) -> list[Facts]:
        return [
            Facts(part.source, cast("PartKind", part.kind), _decoded(self._store, part))
            for part in self._parts
            if part.kind in FACTS and part.loader == loader
        ]

    def _laid_over(self, base: Iterator[Frozen], parts: Sequence[PartEntry]) -> Iterator[Frozen]:
        additions = self._additions(parts)
        if not additions:
            yield from base
            return
        for frozen in base:
            yield self._merged(frozen, additions.pop(self._key(frozen), ()))
        for waiting in additions.values():
            if self._metadata.content == "complete" and all(_is_detail(addition.part) for addition in waiting):
                self._leave(waiting)
            else:
                yield self._merged(waiting[0].frozen, waiting[1:])

    def _merged(self, frozen: Frozen, additions: Sequence[_Addition]) -> Frozen:
        if not additions:
            return frozen
        concept = thaw_concept(frozen)
        for addition in additions:
            language, detail = self._language(addition.part), _is_detail(addition.part)
            concept = merged(concept, thaw_concept(addition.frozen), detail=detail, language=language)
        return freeze_concept(concept)

    def _language(self, part: PartEntry) -> str | None:
        """The language of a part's displays, where it differs from the version's."""
        if part.key not in self._languages:
            self._languages[part.key] = decode_header(part.header).language
        language = self._languages[part.key]
        return None if language == self._metadata.language else language

    def _additions(self, parts: Sequence[PartEntry]) -> dict[str, list[_Addition]]:
        """The concepts of further parts, by key and in order."""
        additions: dict[str, list[_Addition]] = {}
        for part in parts:
            for frozen in self._listed([part]):
                same = additions.setdefault(self._key(frozen), [])
                if same and same[-1].part is part:
                    raise TerminologyError.of("invalid", "DUPLICATE_CODES", codes=frozen[0], source=part.source)
                same.append(_Addition(part, frozen))
        return additions

    def _key(self, frozen: Frozen) -> str:
        return concept_key(frozen[0], self._metadata)


def _frozen(completed: Iterable[Listed]) -> Iterator[Frozen]:
    """Concepts from a completer; unchanged ones are in stored form already."""
    freezer = Freezer()
    for concept, form in completed:
        yield freezer.freeze(concept) if form is None else cast("Frozen", form)


def concept_blocks(store: Store, part: PartEntry) -> Iterator[bytes]:
    """The blocks of a part that hold concepts."""
    return (block for block in store.part_blocks(part.key) if not is_table(block))


def table_batches(store: Store, parts: Iterable[PartEntry]) -> Iterator[TableBatch]:
    """The tables of parts, in their order."""
    for part in parts:
        yield from (decode_table(block) for block in store.part_blocks(part.key) if is_table(block))


def concepts_of(store: Store, part: PartEntry) -> Iterator[Concept]:
    """The concepts of a part, as its source gave them; none for a part of facts."""
    return iter(()) if part.kind in FACTS else _decoded(store, part)


def _decoded(store: Store, part: PartEntry) -> Iterator[Concept]:
    for block in concept_blocks(store, part):
        yield from decode_batch(block)


def merged(concept: Concept, other: Concept, *, detail: bool, language: str | None = None) -> Concept:
    """Merge two concepts of one code: the earlier display, definition and parents win, lists are united.

    A different display becomes a designation, in `language` where that is given. A further release adds its parents,
    detail only where there are none.
    """
    added = other.designations
    if other.display and concept.display and folded(other.display) != folded(concept.display):
        added = (Designation(other.display, language), *added)
    said = {(d.value, d.language, d.use) for d in concept.designations}
    values = {(p.code, p.kind, p.value, p.group) for p in concept.properties}
    parents = concept.parents if concept.parents and detail else (*concept.parents, *other.parents)
    return replace(
        concept,
        display=concept.display or other.display,
        definition=concept.definition or other.definition,
        designations=(*concept.designations, *(d for d in added if (d.value, d.language, d.use) not in said)),
        properties=(
            *concept.properties,
            *(p for p in other.properties if (p.code, p.kind, p.value, p.group) not in values),
        ),
        parents=tuple(dict.fromkeys(parents)),
        extensions=(*concept.extensions, *(e for e in other.extensions if e not in concept.extensions)),
        extra={**other.extra, **concept.extra} if other.extra else concept.extra,
    )


def folded(text: str) -> str:
    """A display for comparison: without case and superfluous space."""
    return " ".join(text.split()).casefold()


def _is_detail(part: PartEntry) -> bool:
    return part.kind == "detail"
