"""Reads a LOINC release: `terminology.model.loading.Loader`.

All tables of a release are one part of one version of LOINC, whatever archive or folder they come from: loading the
same version again replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from loaders import systems
from loaders.columns import headings, named
from loaders.digests import digest_of
from loaders.fhir_records import batches
from loaders.loinc import layout, vocabulary
from loaders.loinc.codes import Codes, codes
from loaders.loinc.concepts import Draft, PartNames, column_properties
from loaders.loinc.gathering import ENGLISH, Dangling, Gathering
from loaders.loinc.layout import Release
from loaders.loinc.maps import ALL_CODES, concept_maps
from loaders.problems import refuse_unreadable
from loaders.spool import Spool
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import ConceptMapRecord, LoadOptions, Note, PartBegin, Record, Source
from terminology.model.versions import natural_key

NAME = "loinc"
NAMED = 10


class LoincLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """A claim for each release, with all its files."""
        return [Claim(NAME, tuple(f.path for f in release.files), "LOINC") for release in layout.releases(tree)]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The code system and the concept maps. Raises TerminologyError that names file and line."""
        claimed = set(claim.paths)
        for release in layout.releases(tree):
            if claimed.intersection(file.path for file in release.files):
                refuse_unreadable(tree, release.root, layout.is_table)
                yield from _read(release, options)


def _read(release: Release, options: LoadOptions) -> Iterator[Record]:
    main = release.main
    if main is None:
        found = ", ".join(sorted(file.name for file in release.files)[:NAMED])
        raise TerminologyError.of(
            "invalid", "RELEASE_FILE_MISSING", root=release.root, found=found, missing="LoincTable/Loinc.csv"
        )
    if next(named(main, ("LOINC_NUM",)), None) is None:
        raise TerminologyError.of("invalid", "RELEASE_ROWS_MISSING", path=main.path)
    version, origin = _version(release, main, options)
    source = Source(name=f"{NAME}|{version}", path=release.root, digest=digest_of(release.files), loader=NAME)
    if origin:
        yield _note(source, "RELEASE_VERSION_GUESSED", "warning", version=version, origin=origin)
    known = codes(release, main)
    dangling = Dangling(source)
    with Spool(len(known)) as spool:
        gathering = Gathering(release, main, known, spool, dangling)
        gathering.run()
        yield from dangling.summed()
        has_parts = bool(known.parts)
        properties = (*column_properties(headings(main)), *gathering.used)
        yield PartBegin(source=source, metadata=_metadata(version, properties, parts=has_parts))
        concepts = _concepts(known, spool, _part_names(release))
        yield from batches(concepts)
    for file, concept_map in concept_maps(release, version):
        yield ConceptMapRecord(replace(source, path=file.path), concept_map)
    yield _note(source, "LOINC_LOADED", "information", version=version, **_figures(known, release))
    if release.others:
        names = ", ".join(file.name for file in release.others[:NAMED])
        count = str(len(release.others))
        yield _note(source, "RELEASE_FILES_UNREAD", "information", count=count, files=names)


def _concepts(known: Codes, spool: Spool, part_names: PartNames) -> Iterator[Concept]:
    for code, facts in zip(known, spool.facts(), strict=True):
        draft = Draft(code, part_names)
        for fact in facts:
            draft.take(fact)
        yield draft.concept()


def _part_names(release: Release) -> PartNames:
    """Parts of the axes by type and name, for terms that no table links to their parts."""
    if layout.PARTS not in release.tables:
        return {}
    types = frozenset(vocabulary.AXES.values())
    rows = named(release.tables[layout.PARTS], ("PartNumber", "PartTypeName", "PartName"))
    return {(type_, name): code for _, (code, type_, name) in rows if type_ in types}


def _metadata(version: str, properties: Iterable[str], *, parts: bool) -> CodeSystemMetadata:
    return replace(
        systems.header(systems.LOINC),
        version=version,
        content="complete",
        language=ENGLISH,
        value_set=ALL_CODES,
        hierarchy_meaning="is-a",
        compositional=False,
        version_needed=False,
        description="Names and codes for laboratory tests, clinical observations, documents and surveys.",
        properties=vocabulary.definitions(properties, parts=parts),
        filters=vocabulary.FILTERS,
    )


def _version(release: Release, main: SourceFile, options: LoadOptions) -> tuple[str, str]:
    """The version, and where it was taken from when it was not stated ('' when it was)."""
    if options.version:
        return options.version, ""
    if stated := release.version_in_path():
        return stated, ""
    columns = ("VersionLastChanged", "VersionFirstReleased")
    changed = {cell for _, cells in named(main, (), columns) for cell in cells if cell}
    if not changed:
        raise TerminologyError.of("invalid", "RELEASE_VERSION_UNKNOWN", root=release.root)
    return max(changed, key=natural_key), "the newest change of a term"


def _figures(known: Codes, release: Release) -> dict[str, str]:
    return {
        "codes": f"{len(known.terms):,}",
        "parts": f"{len(known.parts):,}",
        "lists": f"{len(known.lists):,}",
        "answers": f"{len(known.answers):,}",
        "groups": f"{len(known.groups):,}",
        "languages": str(len(release.variants)),
    }


def _note(source: Source, message_id: str, severity: str, **arguments: str) -> Note:
    code = "incomplete" if severity == "warning" else "informational"
    return Note(source, Issue("warning" if severity == "warning" else "information", code, message_id, arguments))


LOADER = LoincLoader()
