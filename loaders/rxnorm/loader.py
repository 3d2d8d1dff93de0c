"""Reads an RxNorm release: `terminology.model.loading.Loader`.

The concepts are one part, named by its version: loading the same release again replaces it. What became of retired
codes is a concept map as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loaders.columns import pipes
from loaders.concept_maps import concept_map
from loaders.digests import digest_of
from loaders.fhir_records import batches
from loaders.problems import refuse_unreadable
from loaders.rxnorm import layout
from loaders.rxnorm.gathering import ENGLISH, OWN, RXNORM, Draft, Gathering
from loaders.rxnorm.layout import Release
from loaders.spool import Spool
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.conceptmap import ConceptMap, Group, Mapping
from terminology.model.loading import Claim, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import ConceptMapRecord, LoadOptions, Note, PartBegin, Record, Source

NAME = "rxnorm"
PUBLISHER = "U.S. National Library of Medicine"
DATED = re.compile(r"_(\d{2})(\d{2})(\d{2})[A-Z]*$")
"""The date in a version of RxNorm as its table of sources has it: `20AA_250804F`."""

COPYRIGHT = (
    "This product uses publicly available data courtesy of the U.S. National Library of Medicine (NLM), National "
    "Institutes of Health, Department of Health and Human Services; NLM is not responsible for the product and does "
    "not endorse or recommend this or any other product."
)

FILTERS = (
    FilterDefinition("TTY", ("=", "in"), "Term types", "Concepts of a term type."),
    FilterDefinition("SAB", ("=", "in"), "Sources", "Concepts that a source has a name for."),
    FilterDefinition("STY", ("=", "in"), "Semantic types (T121)", "Concepts of a semantic type."),
    FilterDefinition("REL", ("=",), "REL (RO) as property, CUI:… or AUI:… as value", "Concepts so related to another."),
    FilterDefinition("RELA", ("=",), "RELA (has_ingredient) as property, CUI:… or AUI:… as value", "The same."),
)


class RxNormLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """A claim for each release, with all its files."""
        return [Claim(NAME, tuple(f.path for f in release.files), "RxNorm") for release in layout.releases(tree)]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The code system and the map of retired codes. Raises TerminologyError that names file and line."""
        claimed = set(claim.paths)
        for release in layout.releases(tree):
            if claimed.intersection(file.path for file in release.files):
                refuse_unreadable(tree, release.root, lambda name: name.upper() in layout.NEVER_EMPTY)
                yield from _read(release, options)


def _read(release: Release, options: LoadOptions) -> Iterator[Record]:
    if layout.CONCEPTS not in release.tables:
        found = ", ".join(release.tables)
        raise TerminologyError.of(
            "invalid", "RELEASE_FILE_MISSING", root=release.root, found=found, missing=layout.CONCEPTS
        )
    version = options.version or _version(release)
    source = Source(name=f"{NAME}|{version}", path=release.root, digest=digest_of(release.tables.values()), loader=NAME)
    gathering = Gathering(release)
    gathering.number()
    with Spool(len(gathering.positions)) as spool:
        gathering.run(spool)
        yield PartBegin(source=source, metadata=_metadata(version, gathering))
        yield from batches(_concepts(gathering, spool))
    if layout.RETIRED in release.tables:
        yield ConceptMapRecord(source, _retired(release, version))
    figures = gathering.figures
    yield _note(
        source, "RXNORM_LOADED", version=version, active=f"{figures.active:,}", archived=f"{figures.archived:,}",
        names=f"{figures.names:,}", relationships=f"{figures.relationships:,}", attributes=f"{figures.attributes:,}",
    )  # fmt: skip
    if gathering.foreign:
        yield _note(source, "RXNORM_OF_OTHERS", count=f"{gathering.foreign:,}")


def _concepts(gathering: Gathering, spool: Spool) -> Iterator[Concept]:
    for code, facts in zip(gathering.positions, spool.facts(), strict=True):
        draft = Draft(code)
        for fact in facts:
            draft.take(fact)
        yield draft.concept()


def _metadata(version: str, gathering: Gathering) -> CodeSystemMetadata:
    return CodeSystemMetadata(
        url=RXNORM,
        version=version,
        name="RxNorm",
        title="RxNorm",
        publisher=PUBLISHER,
        description="Normalized names for clinical drugs, and their relationships.",
        copyright=COPYRIGHT,
        language=ENGLISH,
        identifiers=("urn:oid:2.16.840.1.113883.6.88",),
        case_sensitive=True,
        value_set=f"{RXNORM}/vs",
        content="complete",
        properties=gathering.definitions(),
        filters=FILTERS,
        effective_start=version if re.fullmatch(r"\d{4}-\d\d-\d\d", version) else None,
    )


def _version(release: Release) -> str:
    """The date of the release, as its table of sources or the archive's name states it."""
    if layout.SOURCES in release.tables:
        for _, cells in pipes(release.tables[layout.SOURCES], layout.WIDTHS[layout.SOURCES]):
            if cells[3] == OWN and (found := DATED.search(cells[6] or cells[2])):
                return "20{}-{}-{}".format(*found.groups())
    if stated := release.date_in_path():
        return stated
    raise TerminologyError.of("invalid", "RELEASE_VERSION_UNKNOWN", root=release.root)


def _retired(release: Release, version: str) -> ConceptMap:
    """The map from retired codes to those that replaced them; a code that was divided has several targets."""
    rows = pipes(release.tables[layout.RETIRED], layout.WIDTHS[layout.RETIRED])
    mappings = tuple(
        Mapping(
            source_code=retired,
            target_code=current,
            relationship="equivalent" if count == "1" else "source-is-broader-than-target",
            comment=f"Last release: {last}",
        )
        for _, (retired, _, last, count, current) in rows
        if current and current != retired
    )
    here = Canonical(RXNORM, version)
    return concept_map(
        "rxnorm-retired",
        name="RxNormRetired",
        title="RxNorm codes that were retired, and their successors",
        publisher=PUBLISHER,
        version=version,
        groups=(Group(source=Canonical(RXNORM), target=here, mappings=mappings),),
    )


def _note(source: Source, message_id: str, **arguments: str) -> Note:
    return Note(source, Issue("information", "informational", message_id, arguments))


LOADER = RxNormLoader()
