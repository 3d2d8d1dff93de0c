"""The loader of ICD-9-CM, and the completer that builds its hierarchy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from loaders import systems
from loaders.digests import digest_of
from loaders.fhir_records import batches
from loaders.icd9cm import tabular, titles
from loaders.icd9cm.codes import (
    HEADER_DEFINITIONS,
    NOT_SELECTABLE,
    NOTE_DEFINITIONS,
    Kind,
    in_effect,
    parent_of,
)
from loaders.icd9cm.titles import TitleFile
from loaders.problems import refuse_unreadable
from terminology.model.codesystem import CodeSystemMetadata, Content
from terminology.model.concept import Concept
from terminology.model.loading import Claim, Facts, Listed, SourceFile, SourceTree
from terminology.model.outcome import Issue
from terminology.model.records import LoadOptions, Note, PartBegin, PartKind, Record, Source

NAME: Final = "icd-9-cm"
NAMED: Final = 5
PROCEDURE: Final = re.compile(r"\d\d(?:\.\d{1,2}|-\d\d)?")


class Icd9CmLoader:
    """A `terminology.model.loading.Loader` and `Completer`."""

    name: Final = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """The lists and the tabular list, together."""
        paths = tuple(f.path for f in tree.files() if titles.recognised(f) or tabular.is_tabular(f))
        return [Claim(NAME, paths, "ICD-9-CM")] if paths else []

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:  # noqa: ARG002 - protocol
        """A part for the lists of a kind of codes, and one for the tabular list.

        Raises TerminologyError invalid that names file and line.
        """
        refuse_unreadable(tree, "", lambda name: titles.NAME.fullmatch(name) is not None)
        files = [tree.file(path) for path in claim.paths]
        groups: dict[tuple[int, Kind], list[TitleFile]] = {}
        for given in filter(None, map(titles.recognised, files)):
            groups.setdefault((given.version, given.kind), []).append(given)
        for (version, kind), lists in groups.items():
            both = {(version, "procedures"), (version, "diagnoses")} <= groups.keys()
            yield from _codes(version, kind, lists, "complete" if both else "fragment")
        for file in filter(tabular.is_tabular, files):
            yield from _tabular(file)

    def complete(
        self,
        metadata: CodeSystemMetadata,  # noqa: ARG002 - the protocol's
        listed: Iterable[Listed],
        facts: Sequence[Facts],
        note: Callable[[Issue], None],  # noqa: ARG002
    ) -> Iterator[Listed]:
        """All codes with what lies above them: diagnoses first, each kind in the order of its digits."""
        known = {fact.code: fact for part in facts for fact in part.concepts}
        found = {concept.code: (concept, form) for concept, form in listed}
        above: dict[str, str | None] = {}
        for code in found:
            step: str | None = code
            while step is not None and step not in above:
                above[step] = parent_of(step) or _chapter(step, known)
                step = above[step]
        for code in sorted(above, key=_place):
            concept, form = found.get(code, (None, None))
            finished = _finished(code, concept, known.get(code), above[code])
            yield finished, form if finished is concept else None


def _chapter(code: str, known: Mapping[str, Concept]) -> str | None:
    return next(iter(known[code].parents), None) if code in known else None


def _place(code: str) -> tuple[bool, str, bool, str]:
    """Where a code stands; a chapter (`01-05`) comes before its first category."""
    return PROCEDURE.fullmatch(code) is not None, code.partition("-")[0].partition(".")[0], "-" not in code, code


def _finished(code: str, concept: Concept | None, fact: Concept | None, parent: str | None) -> Concept:
    parents = (parent,) if parent else ()
    if concept is None:
        made = Concept(code, properties=(NOT_SELECTABLE,), parents=parents)
        if fact is None:
            return made
        return replace(
            made, display=fact.display, designations=fact.designations, properties=(*made.properties, *fact.properties)
        )
    if fact is None and parents == concept.parents:
        return concept
    said = {designation.value for designation in concept.designations}
    added = [d for d in fact.designations if d.value not in said] if fact else []
    return replace(
        concept,
        parents=tuple(dict.fromkeys((*concept.parents, *parents))),
        designations=(*concept.designations, *added),
        properties=(*concept.properties, *(fact.properties if fact else ())),
    )


def _header(version: int | None) -> CodeSystemMetadata:
    metadata = replace(systems.header(systems.ICD9CM), language="en", hierarchy_meaning="is-a")
    if version is None:
        return metadata
    start, end = in_effect(version)
    return replace(
        metadata,
        id=f"{NAME}-{version}",
        version=str(version),
        effective_start=start,
        effective_end=end,
        properties=HEADER_DEFINITIONS,
    )


def _codes(version: int, kind: Kind, lists: Sequence[TitleFile], content: Content) -> Iterator[Record]:
    """The part that the lists of one kind make together; short titles alone yield to whatever has long ones."""
    merged = titles.merged(lists)
    only_short = all(given.titles == "short" for given in lists)
    digest = digest_of(given.file for given in lists)
    name = f"{NAME}/{version}/{kind}{'-short' if only_short else ''}"
    source = Source(name=name, path=lists[0].file.path, digest=digest, loader=NAME)
    part: PartKind = "detail" if only_short else "release"
    yield PartBegin(source=source, metadata=replace(_header(version), content=content), kind=part)
    yield from batches(merged.concepts())
    arguments = {
        "paths": ", ".join(given.file.name for given in lists),
        "codes": f"{len(merged.titles):,}",
        "kind": kind,
    }
    yield Note(source, Issue("information", "informational", "ICD9_READ", arguments))
    if merged.different:
        codes = ", ".join(merged.different[:NAMED])
        arguments = {"paths": arguments["paths"], "count": str(len(merged.different)), "codes": codes}
        yield Note(source, Issue("warning", "conflict", "ICD9_TITLES_DIFFER", arguments))


def _tabular(file: SourceFile) -> Iterator[Record]:
    entries = tabular.parse(file)
    source = Source(name=f"{NAME}/tabular", path=file.path, digest=file.digest(), loader=NAME)
    yield PartBegin(source=source, metadata=replace(_header(None), properties=NOTE_DEFINITIONS), kind="annotation")
    yield from batches(tabular.to_facts(entries))
    arguments = {"path": file.path, "entries": f"{len(entries):,}"}
    yield Note(source, Issue("information", "informational", "ICD9_TABULAR_READ", arguments))


LOADER = Icd9CmLoader()
