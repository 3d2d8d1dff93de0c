"""Reads ICD-11: tabulations of linearizations, and entities of the API. One part for each kind, system and release.

Files in several languages belong together; English takes precedence, else the first one. The version is the release in
the URIs, else `--version`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loaders.digests import digest_of
from loaders.fhir_records import batches
from loaders.icd11 import describing, entities, tabulation
from loaders.icd11.entities import Entity
from loaders.icd11.tabulation import Tabulation
from terminology.codesystems.icd11_codes import FOUNDATION
from terminology.model.codesystem import Content
from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, PartBegin, Record, Source

NAME = "icd-11"


class Icd11Loader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """All tabulations, and all files of entities."""
        tables = tuple(f.path for f in tree.files() if tabulation.is_tabulation(f))
        found = tuple(f.path for f in tree.files() if entities.is_entities(f))
        return [
            Claim(NAME, paths, title)
            for paths, title in ((tables, "ICD-11 tabulation"), (found, "ICD-11 entities"))
            if paths
        ]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The linearizations and the foundation. Raises TerminologyError that names file and line."""
        if all(entities.is_entities(tree.file(path)) for path in claim.paths):
            yield from _entities(tree, claim, options)
        else:
            yield from _tabulations(tree, claim, options)


def _tabulations(tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
    groups: dict[tuple[str, str | None], list[Tabulation]] = {}
    for path in claim.paths:
        found = tabulation.read(tree.file(path))
        groups.setdefault((found.system, found.release), []).append(found)
    for (system, release), files in groups.items():
        files.sort(key=lambda t: not (t.language or "").startswith("en"))
        first, *others = files
        concepts = list(tabulation.concepts(first, others))
        paths = [t.file.path for t in files]
        version = _version(release, options, paths)
        source = _source(tree, f"tabulation {first.language or ''}".rstrip(), system, version, paths)
        used = {p.code for c in concepts for p in c.properties}
        yield PartBegin(
            source=source,
            metadata=describing.metadata(system, version, first.language, used, "complete", first.made),
        )
        yield from batches(concepts)
        yield _totals(source, system, version, concepts, len(files))


def _entities(tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
    groups: dict[tuple[str, str | None], dict[str, Entity]] = {}
    paths: dict[tuple[str, str | None], dict[str, None]] = {}
    for path in claim.paths:
        for found in entities.read(tree.file(path)):
            key = found.uri.system, _release(found)
            paths.setdefault(key, {})[path] = None
            known = groups.setdefault(key, {}).setdefault(found.uri.id, found)
            if known is not found:
                known.said += found.said
    for (system, release), found_ in groups.items():
        concepts = [entities.concept(entity, found_) for entity in entities.in_order(found_)]
        version = _version(release, options, list(paths[system, release]))
        source = _source(tree, "entities", system, version, paths[system, release])
        used = {p.code for c in concepts for p in c.properties}
        languages = [entities.language(e.main) for e in found_.values()]
        content: Content = "complete" if entities.is_whole(found_) else "fragment"
        yield PartBegin(
            source=source,
            metadata=describing.metadata(system, version, next(filter(None, languages), None), used, content, None),
        )
        yield from batches(concepts)
        yield _totals(source, system, version, concepts, len(paths[system, release]))


def _release(found: Entity) -> str | None:
    """The release of an entity: in its URI, or stated by the foundation's entities."""
    return found.uri.release or entities.text(found.main.get("releaseId"))


def _version(release: str | None, options: LoadOptions, paths: list[str]) -> str:
    version = options.version or release
    if version is None:
        raise TerminologyError.of("invalid", "RELEASE_VERSION_UNKNOWN", root=paths[0])
    return version


def _source(tree: SourceTree, kind: str, system: str, version: str, paths: Iterable[str]) -> Source:
    digest = digest_of(tree.file(path) for path in paths)
    return Source(name=f"{NAME} {kind}|{system}|{version}", path=next(iter(paths)), digest=digest, loader=NAME)


def _totals(source: Source, system: str, version: str, concepts: list[Concept], files: int) -> Note:
    chosen = [c for c in concepts if not any(p.code == "notSelectable" for p in c.properties)]
    what = "entities" if system == FOUNDATION else "codes"
    arguments = {
        "system": system, "version": version, "codes": f"{len(chosen):,}", "what": what,
        "groups": f"{len(concepts) - len(chosen):,}", "files": f"{files:,}",
    }  # fmt: skip
    return Note(source, Issue("information", "informational", "ICD11_TOTALS", arguments))


LOADER = Icd11Loader()
