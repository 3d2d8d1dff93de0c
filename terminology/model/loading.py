"""The protocols of loading: source files, loaders, and completers that make concepts from a loader's parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.outcome import Issue
from terminology.model.records import LoadOptions, PartKind, Record


@dataclass(frozen=True, slots=True)
class Claim:
    """Files that a loader can read together, with a description for the user."""

    loader: str
    paths: tuple[str, ...]
    description: str


class SourceFile(Protocol):
    """One file of a source tree, wherever it lies (folder, zip, tgz, gz)."""

    @property
    def path(self) -> str:
        """Stable path for people and for part names: `release.zip!/folder/file.txt`."""

    @property
    def name(self) -> str:
        """The last component, without a compression suffix."""

    @property
    def size(self) -> int:
        """Bytes, uncompressed where the archive says so."""

    def head(self, count: int = 4096) -> bytes:
        """The first bytes, for recognising."""

    def read(self) -> bytes:
        """All bytes. Raises TerminologyError when larger than the limit or truncated."""

    def lines(self) -> Iterator[bytes]:
        """Lines without their ends, streamed."""

    def chunks(self) -> Iterator[bytes]:
        """All bytes, streamed in pieces of any length. Raises TerminologyError as `read` does."""

    def digest(self) -> str:
        """SHA-256 in hex."""

    def watch(self, told: Callable[[str, int], None] | None) -> None:
        """Tell the path and how many bytes were read, after every piece that is."""


class SourceTree(Protocol):
    """All files that the user named, with archives opened."""

    def files(self) -> Sequence[SourceFile]:
        """Every file, in path order."""

    def file(self, path: str) -> SourceFile:
        """One file by its path. Raises KeyError."""

    def problems(self) -> Mapping[str, Issue]:
        """Unreadable files by path, with the reason, for the report of the load."""


class Loader(Protocol):
    """Reads one format. Has no access to the store."""

    @property
    def name(self) -> str:
        """Short and stable: it is stored with every part."""

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """The files of a tree that this loader can read; unclaimed files are reported."""

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The records of a claim. Raises TerminologyError naming file and line for broken input."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A part in a loader's own form: only the loader knows what its `concepts` and their codes mean."""

    source: str
    kind: PartKind
    concepts: Iterable[Concept]


Listed = tuple[Concept, object | None]
"""A concept with its stored form, or None when the concept is new or changed."""


class Completer(Protocol):
    """Makes concepts from a loader's parts of facts, in whatever order its sources were loaded."""

    def complete(
        self,
        metadata: CodeSystemMetadata,
        listed: Iterable[Listed],
        facts: Sequence[Facts],
        note: Callable[[Issue], None],
    ) -> Iterator[Listed]:
        """All concepts of a version: those listed by its releases, completed by the facts.

        `note` takes issues for the report. Raises TerminologyError for facts that contradict each other.
        """
