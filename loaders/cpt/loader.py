"""The loader of CPT: any subset of a release's files, each of which becomes a part.

`files` recognises files, `reading` reads them, `completing` makes concepts of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import commonpath

from loaders.cpt.files import OWN, Layout, layout_of, preamble
from loaders.cpt.reading import read
from loaders.cpt.release import release_of, year_in_path, year_in_text
from loaders.cpt.uses import LISTING, Aspect, aspect, header, lists_all
from loaders.fhir_records import batches
from loaders.problems import problem, refuse_unreadable
from loaders.releases import Release
from terminology.model.codesystem import Content
from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.name_lists import some_of
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, PartBegin, PartKind, Record, SkippedRecord, Source

NAME = "cpt"


class CptLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """A claim for each release; files without a year belong to those in the same archive or folder."""
        groups = _grouped([f.path for f in tree.files() if OWN.fullmatch(f.name) or layout_of(f) is not None])
        return [
            Claim(NAME, tuple(paths), f"CPT {key}" if key.isdigit() else "CPT release") for key, paths in groups.items()
        ]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The parts of a release. Raises TerminologyError that names file and line of what is broken.

        A file that has a name of the AMA's and nothing of CPT in it is broken, too: it must not be left out.
        """
        refuse_unreadable(tree, "", lambda name: OWN.fullmatch(name) is not None)
        for file in map(tree.file, claim.paths):
            if layout_of(file) is None:
                raise problem(file.path, 1, "CPT_NO_CODES")
        files = [(file, layout) for file in map(tree.file, claim.paths) if (layout := layout_of(file)) is not None]
        yield from _Reading(files, options).records()


LOADER = CptLoader()


@dataclass(slots=True)
class _Reading:
    """One release being read. `counted`: the codes of a file, by kinds of text that list every code."""

    files: list[tuple[SourceFile, Layout]]
    options: LoadOptions
    counted: dict[str, frozenset[str]] = field(default_factory=dict)

    def records(self) -> Iterator[Record]:
        """Read all files before the first part begins, since any of them may state the release."""
        for file, layout in self.files:
            if layout is Layout.HISTORY:
                yield Note(_source(file), _issue("CPT_HISTORY", path=file.path))
        self.files = [(file, layout) for file, layout in self.files if layout is not Layout.HISTORY]
        if self.files:
            yield from self._parts()

    def _parts(self) -> Iterator[Record]:
        skipped: list[Record] = []
        facts = {file.path: read(file, layout, _skipper(skipped, file)) for file, layout in self.files}
        preambles = {file.path: preamble(file, layout) for file, layout in self.files}
        release = self._release(preambles.values(), facts)
        notice = next((text for lines in preambles.values() if (text := _copyright(lines))), None)
        for file, layout in self.files:
            found = facts[file.path]
            kind: PartKind = "annotation" if layout is Layout.TELEMEDICINE else "outline"
            yield PartBegin(source=_source(file), metadata=header(release, _content(layout, found), notice), kind=kind)
            yield from batches(found)
            yield Note(_source(file), _summary(file, layout, release, found))
            if lists_all(layout, _aspects(found)):
                self._count(file, found)
        yield from skipped
        yield from self._compared()

    def _release(self, preambles: Iterable[list[str]], facts: Mapping[str, list[Concept]]) -> Release:
        stated = (
            self.options.version
            or next((year for file, _ in self.files if (year := year_in_path(file.path))), None)
            or next((year for lines in preambles if (year := year_in_text(lines))), None)
            or _newest_year(concept for found in facts.values() for concept in found)
        )
        if stated is None:
            raise TerminologyError.of("invalid", "CPT_RELEASE_UNKNOWN", path=self.files[0][0].path)
        return release_of(stated)

    def _count(self, file: SourceFile, found: list[Concept]) -> None:
        for one in LISTING:
            codes = frozenset(c.code for c in found if any(aspect(d) == one for d in c.designations))
            if codes:
                self.counted[f"{one[0].replace('-', ' ')}s of {file.name}"] = codes

    def _compared(self) -> Iterator[Note]:
        """Compare the files that list every code: each code has a long, a medium and a short descriptor."""
        if len(self.counted) < 2:
            return
        every = frozenset[str]().union(*self.counted.values())
        file = self.files[0][0]
        differing = {name: every - codes for name, codes in self.counted.items() if codes != every}
        if not differing:
            counts = {"count": f"{len(every):,}", "lists": ", ".join(self.counted)}
            yield Note(_source(file), _issue("CPT_LISTS_AGREE", **counts))
        for name, missing in differing.items():
            yield Note(
                _source(file), _issue("CPT_LISTS_DIFFER", "warning", lacking=name, codes=some_of(sorted(missing)))
            )


def _content(layout: Layout, found: Iterable[Concept]) -> Content:
    """Complete if the file lists every code of the release."""
    return "complete" if lists_all(layout, _aspects(found)) else "fragment"


def _aspects(found: Iterable[Concept]) -> frozenset[Aspect]:
    return frozenset(aspect(d) for c in found for d in c.designations)


def _summary(file: SourceFile, layout: Layout, release: Release, found: list[Concept]) -> Issue:
    arguments = {"version": release.version, "count": f"{len(found):,}", "what": layout.value, "name": file.name}
    return _issue("CPT_READ", **arguments)


def _copyright(lines: Iterable[str]) -> str | None:
    """The AMA's copyright notice, in its own words."""
    for line in lines:
        text = " ".join(line.split())
        folded = text.casefold()
        if "american medical association" in folded and ("copyright" in folded or "©" in folded):
            return text
    return None


def _newest_year(concepts: Iterable[Concept]) -> str | None:
    dates = (str(p.value) for c in concepts for p in c.properties if p.code == "descriptorEffectiveDate")
    return max((day[:4] for day in dates), default=None)


def _grouped(paths: list[str]) -> dict[str, list[str]]:
    """Paths by year, else by archive; others belong to the nearest release."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        archive = path.partition("!/")[0] if "!/" in path else ""
        groups.setdefault(year_in_path(path) or archive, []).append(path)
    for path in groups.pop("", []) if len(groups) > 1 else ():
        nearest = max(groups, key=lambda key: max(len(commonpath((path, other))) for other in groups[key]))
        groups[nearest].append(path)
    return groups


def _skipper(skipped: list[Record], file: SourceFile) -> Callable[[int, Issue], None]:
    return lambda line, issue: skipped.append(SkippedRecord(_source(file), f"line {line}", issue))


def _source(file: SourceFile) -> Source:
    return Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)


def _issue(message_id: str, severity: str = "information", **arguments: str) -> Issue:
    if severity == "warning":
        return Issue("warning", "incomplete", message_id, arguments)
    return Issue("information", "informational", message_id, arguments)
