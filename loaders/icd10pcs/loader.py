"""The loader: finds the files of ICD-10-PCS releases in a tree, and returns each as a part of its version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from loaders.icd10pcs import xml
from loaders.icd10pcs.complete import complete
from loaders.icd10pcs.parts import NAME, READERS, Input
from loaders.icd10pcs.release import release_in_names, release_of
from loaders.icd10pcs.roles import NAMES, OWN, Role, is_documentation, role_of
from loaders.problems import refuse_unreadable
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.loading import Claim, Facts, Listed, SourceFile, SourceTree
from terminology.model.outcome import Issue
from terminology.model.records import LoadOptions, Record, SkippedRecord, Source

ORDER: Final = tuple(READERS)


class Icd10PcsLoader:
    """A `terminology.model.loading.Loader` and `Completer`."""

    name: Final = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """One claim for each release, with all its files."""
        releases: dict[str, list[str]] = {}
        for file in tree.files():
            if role_of(file) is not None:
                release = release_in_names(file, _stated_year(file))
                releases.setdefault(release.version if release else "", []).append(file.path)
        for paths in releases.values():
            archives = frozenset(path.partition("!/")[0] for path in paths if "!/" in path)
            known = frozenset(paths)
            paths += [f.path for f in tree.files() if f.path not in known and is_documentation(f, archives)]
        return [Claim(NAME, tuple(paths), f"ICD-10-PCS {version}".strip()) for version, paths in releases.items()]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The parts and the concept map of a release. Raises TerminologyError that names file and line."""
        refuse_unreadable(tree, "", lambda name: OWN.fullmatch(name) is not None)
        inputs: list[Input] = []
        for file in map(tree.file, claim.paths):
            role = role_of(file) or "documentation"
            if role in READERS:
                inputs.append(Input(role, file, release_of(file, _stated_year(file), options.version)))
            else:
                yield _skipped(file, role, "PCS_NOT_READ", what=NAMES[role])
        first: dict[tuple[Role, str], SourceFile] = {}
        for given in sorted(inputs, key=lambda i: (ORDER.index(i.role), i.file.path)):
            same = first.setdefault((given.role, given.release.version), given.file)
            if same is not given.file and same.digest() == given.file.digest():
                yield _skipped(given.file, given.role, "PCS_FILE_AGAIN", other=same.path)
            else:
                yield from READERS[given.role](given)

    def complete(
        self,
        metadata: CodeSystemMetadata,
        listed: Iterable[Listed],
        facts: Sequence[Facts],
        note: Callable[[Issue], None],
    ) -> Iterator[Listed]:
        """See `loaders.icd10pcs.complete`."""
        return complete(metadata, listed, facts, note)


def _stated_year(file: SourceFile) -> str | None:
    """The fiscal year that the file itself states: only the XML files do."""
    return xml.year_of(file.head()) if file.name.lower().endswith(".xml") else None


def _skipped(file: SourceFile, role: Role, message_id: str, **arguments: str) -> SkippedRecord:
    source = Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)
    return SkippedRecord(source, NAMES[role], Issue("information", "informational", message_id, arguments))


LOADER = Icd10PcsLoader()
