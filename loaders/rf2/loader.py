"""The loader of SNOMED CT releases: which files make which edition, and the records of each.

A release with the root concept is an edition. One without it is an extension, and makes an edition together with the
newest edition of the same load that is no extension itself; releases of nothing but reference sets join every edition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from loaders.digests import digest_of
from loaders.problems import refuse_unreadable
from loaders.rf2 import edition
from loaders.rf2.components import (
    Concepts,
    State,
    Table,
    files_of,
    read_concepts,
    read_concrete,
    read_descriptions,
    read_relationships,
    read_table,
    state_of,
)
from loaders.rf2.concepts import batches
from loaders.rf2.descriptions import Descriptions
from loaders.rf2.files import Release, is_read, recognised, releases
from loaders.rf2.members import read_acceptabilities, read_associations, tables
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.associations import SUCCESSORS
from terminology.codesystems.snomed.editions import Version, parse
from terminology.codesystems.snomed.tables import IDENTIFIERS
from terminology.model.loading import Claim, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import Column, LoadOptions, Note, PartBegin, Record, Source, TableBatch

AS_OF = "as-of"
"""The option's parameter: a date (2024-07-31 or 20240731) whose state is read from a full release."""

NEEDED = (("description", "sct2_Description"), ("relationship", "sct2_Relationship"))
"""Files without which concepts cannot be made."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Releases that make one version together; the first one is what it is named after."""

    releases: tuple[Release, ...]


class Rf2Loader:
    """A `terminology.model.loading.Loader`."""

    name = "rf2"

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """One claim for all release files: editions and their extensions belong together."""
        found = [file for file in map(recognised, tree.files()) if file is not None]
        if not found:
            return []
        roots = sorted({file.root.rpartition("/")[2] for file in found})
        return [Claim(self.name, tuple(file.path for file in found), f"SNOMED CT (RF2) {', '.join(roots)}")]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The editions. Raises TerminologyError that names file and line of what is broken."""
        as_of = _as_of(options)
        found = releases(tree, claim.paths, full=as_of is not None)
        if not found:
            raise TerminologyError.of("invalid", "RF2_DELTA", paths=", ".join(claim.paths[:1]))
        if as_of is not None:
            _refuse_snapshots(found)
        for release in found:
            refuse_unreadable(tree, f"{release.root}/", partial(is_read, types=(release.type,)))
        for one in editions(found):
            yield from self._edition(one, options, as_of)

    def _edition(self, one: Edition, options: LoadOptions, as_of: int | None) -> Iterator[Record]:
        state = state_of(one.releases, as_of)
        concepts = read_concepts(one.releases, state)
        version = self._version(one, options, state, concepts)
        module = (parse(version) or Version()).module or ids.CORE_MODULE
        relationships = read_relationships(one.releases, state, concepts)
        concrete = read_concrete(one.releases, state, concepts)
        descriptions = _descriptions(one.releases, state, concepts, module)
        source = self._source(one)
        yield PartBegin(source=source, metadata=edition.header(version, len(concepts)))
        associations = read_associations(one.releases, state, SUCCESSORS)
        yield from batches(concepts, descriptions, relationships, concrete, associations)
        yield from descriptions.tables()
        yield from _identifiers(one.releases, state)
        yield from tables(one.releases, state)
        yield from _notes(source, version, concepts, descriptions, relationships)

    def _version(self, one: Edition, options: LoadOptions, state: State, concepts: Concepts) -> str:
        if options.version:
            return options.version
        module = edition.module_of(one.releases, state, concepts)
        date = one.releases[0].date
        if state.as_of is not None:
            date = str(int(concepts.times.max(initial=0)))
        return edition.version_of(module, date, one.releases).uri

    def _source(self, one: Edition) -> Source:
        digest = digest_of(file.file for release in one.releases for file in release.files)
        root = one.releases[0].root
        return Source(name=root, path=root, digest=digest, loader=self.name)


def editions(found: Sequence[Release]) -> list[Edition]:
    """The versions that releases make. Raises TerminologyError when there is no edition for an extension to extend."""
    with_concepts = [release for release in found if release.of("concept")]
    others = [release for release in found if release not in with_concepts]
    bases = [release for release in with_concepts if _has_root(release)]
    if not bases:
        raise TerminologyError.of("invalid", "RF2_NO_EDITION", paths=", ".join(release.root for release in found))
    newest = max(bases, key=lambda release: release.date)
    chosen = [Edition((base, *others)) for base in bases]
    chosen += [Edition((one, newest, *others)) for one in with_concepts if one not in bases]
    for one in chosen:
        _refuse_incomplete(one)
    return chosen


def _has_root(release: Release) -> bool:
    table = read_table(release.of("concept"), ("id",), keep=lambda rows: rows.numbers("id") == int(ids.ROOT))
    return len(table) > 0


def _refuse_snapshots(found: Sequence[Release]) -> None:
    """Raise TerminologyError for snapshots, which do not have the rows of earlier days."""
    for release in found:
        if release.type != "Full" and release.of("concept"):
            raise TerminologyError.of("invalid", "RF2_NOT_FULL", root=release.root)


def _refuse_incomplete(one: Edition) -> None:
    for kind, name in NEEDED:
        for release in one.releases:
            if release.of("concept") and not release.of(kind):  # type: ignore[arg-type]  # two of the kinds
                raise TerminologyError.of(
                    "invalid", "RF2_FILE_MISSING", root=release.root, file=f"{name}_{release.type}…"
                )


def _descriptions(found: Sequence[Release], state: State, concepts: Concepts, module: str) -> Descriptions:
    table = read_descriptions(found, state)
    return Descriptions(table, read_acceptabilities(found, state), concepts, module)


def _identifiers(found: Sequence[Release], state: State) -> Iterator[TableBatch]:
    names = ("active", "effectiveTime", "identifierSchemeId", "referencedComponentId")
    files = files_of(found, "identifier")
    if files:
        table = read_table(files, names, ("alternateIdentifier",), State(state.as_of))
        held: dict[str, Column] = {**table.numbers, **table.texts}
        yield TableBatch(IDENTIFIERS, held)


def _notes(
    source: Source, version: str, concepts: Concepts, descriptions: Descriptions, relationships: Table
) -> Iterator[Note]:
    arguments = {
        "version": version,
        "concepts": str(len(concepts)),
        "inactive": str(len(concepts) - int(concepts.active.sum())),
        "relationships": str(len(relationships)),
    }
    yield Note(source, Issue("information", "informational", "RF2_READ", arguments))
    if descriptions.strangers:
        arguments = {"count": str(descriptions.strangers)}
        yield Note(source, Issue("warning", "not-found", "RF2_DESCRIPTIONS_WITHOUT_CONCEPT", arguments))
    if not descriptions.have_dialects:
        yield Note(source, Issue("warning", "incomplete", "RF2_WITHOUT_LANGUAGE", {"version": version}))
    children = concepts.positions(relationships["sourceId"][relationships["typeId"] == int(ids.IS_A)])
    has_parents = concepts.ids == int(ids.ROOT)
    has_parents[children] = True
    for message_id, has in (("RF2_WITHOUT_DESCRIPTION", descriptions.named), ("RF2_WITHOUT_PARENT", has_parents)):
        without = concepts.ids[concepts.active & ~has]
        if len(without):
            arguments = {"version": version, "count": f"{len(without):,}", "first": str(without[0])}
            yield Note(source, Issue("warning", "incomplete", message_id, arguments))


def _as_of(options: LoadOptions) -> int | None:
    text = options.parameters.get(AS_OF)
    if text is None:
        return None
    digits = text.replace("-", "")
    if len(digits) != 8 or not digits.isdecimal():
        raise TerminologyError.of("invalid", "RF2_AS_OF", date=text)
    return int(digits)


LOADER = Rf2Loader()
