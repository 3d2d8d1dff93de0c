"""FHIR packages by name from an npm-style registry: found, downloaded, verified, cached, with their dependencies.

`gather` turns what the user named (paths, URLs and package names) into one source tree. Downloads get their final name
in the cache folder only when their checksum is right. Loaders interpret the content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from loaders.fhir_packages import Package, packages
from loaders.files import MAX_FILE
from loaders.registry import Registry
from loaders.sources import Tree, open_tree
from loaders.web import Web, authorizations, is_url
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, Source
from terminology.model.versions import natural_key
from terminology.settings import Settings

_REFERENCE = re.compile(r"([a-zA-Z0-9][\w.-]*\.[\w.-]*|[a-z0-9][\w-]*)(?:[@#]([\w.+-]+))?")

FILE_ENDINGS = frozenset(
    {
        "txt", "md", "html", "htm", "xml", "json", "ndjson", "pdf", "docx", "csv", "tsv", "xlsx", "zip", "tgz", "tar",
        "gz", "db",
    }
)  # fmt: skip

Progress = Callable[[str, int, int | None], None]
"""Is told about progress: what, bytes so far, and bytes in total (None: unknown)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of a package: `hl7.terminology.r4@7.0.1`, `hl7.terminology.r4#7.0.1`; without version, the latest."""

    name: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> Reference | None:
        """Parse a name; None for what is more likely a path.

        Without a version it must have a dot and not end like a file, so that no registry is asked about a typing error.
        """
        found = _REFERENCE.fullmatch(text)
        if found is None:
            return None
        name, version = found.groups()
        looks_like_file = "." not in name or name.rpartition(".")[2].lower() in FILE_ENDINGS
        return None if version is None and looks_like_file else cls(name, version)

    def __str__(self) -> str:
        return f"{self.name}#{self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that a load reads, with remarks about how it was obtained."""

    tree: Tree
    notes: tuple[Note, ...]


def gather(
    arguments: Iterable[str | Path | Reference], options: LoadOptions, progress: Progress | None = None
) -> Gathered:
    """Open paths, fetch packages and what lies at URLs. A text may be any of these; a Reference is a package only.

    `options.parameters`: `registry` and `cache` (else the settings' defaults), `dependencies` ("no" loads packages
    without those they depend on), `strict` ("yes": a dependency that cannot be had is an error), `max_file` in bytes,
    `uploads` (a folder whose files are named `upload:/…`), `authorization` (credentials by host, as the setting).
    Raises TerminologyError: not-found for a path or package that does not exist, unavailable when the registry cannot
    be reached, invalid for an archive that cannot be read.
    """
    gathering = _Gathering(options, progress)
    for argument in arguments:
        gathering.named(argument)
    if options.parameters.get("dependencies", "yes") != "no":
        gathering.dependencies()
    return Gathered(gathering.tree, tuple(gathering.notes))


@dataclass(slots=True)
class _Gathering:
    """The state of one `gather`."""

    options: LoadOptions
    progress: Progress | None
    tree: Tree = field(default_factory=Tree)
    notes: list[Note] = field(default_factory=list)
    _registry: Registry | None = None

    def named(self, argument: str | Path | Reference) -> None:
        """Add what the user named: it must exist."""
        if isinstance(argument, Reference):
            self._open(self.registry.fetch(argument.name, argument.version))
        elif is_url(text := str(argument)):
            self._open(self._web.fetch(text), called=text)
        elif not Path(text).exists() and (reference := Reference.parse(text)) is not None:
            self.named(reference)
        else:
            self._open(text)

    def dependencies(self) -> None:
        """Add what the packages of the tree depend on, and what that depends on, each package once."""
        waiting = packages(self.tree)
        had = {p.name: p.version for p in waiting}
        while waiting:
            wanting = waiting.pop(0)
            for name, version in wanting.dependencies.items():
                if name in had and _is_served_by(version, had[name]):
                    continue
                found = self._dependency(wanting, Reference(name, version))
                had.setdefault(name, version)
                for package in found:
                    had[package.name] = package.version
                    waiting.append(package)

    def _dependency(self, wanting: Package, reference: Reference) -> list[Package]:
        try:
            archive = self.registry.fetch(reference.name, reference.version)
            opened = self._open(archive)
        except TerminologyError as error:
            if self.options.parameters.get("strict") == "yes":
                raise
            self._note(wanting, reference, error)
            return []
        return packages(opened)

    def _note(self, wanting: Package, reference: Reference, error: TerminologyError) -> None:
        arguments = {"package": str(wanting), "dependency": str(reference), "reason": str(error).rstrip(".")}
        source = Source(name=str(wanting), path=wanting.manifest, digest="", loader="fetch")
        self.notes.append(Note(source, Issue("warning", "not-found", "PACKAGE_DEPENDENCY_MISSING", arguments)))

    def _open(self, path: str | Path, called: str | None = None) -> Tree:
        uploads = self.options.parameters.get("uploads")

        def names(file: Path) -> str:
            """The name of a file: a fetched one by its address, an uploaded one by its own name."""
            if called is not None:
                return called
            if uploads is not None and file.is_relative_to(uploads):
                return f"upload:/{file.relative_to(uploads).as_posix()}"
            return file.as_posix()

        opened = open_tree([path], max_file=self._max_file, names=names)
        self.tree = self.tree.joined(opened)
        return opened

    @property
    def _max_file(self) -> int:
        return int(self.options.parameters.get("max_file", MAX_FILE))

    @property
    def _web(self) -> Web:
        parameters, defaults = self.options.parameters, Settings.load()
        folder = Path(parameters.get("cache", str(defaults.cache))) / "web"
        credentials = authorizations(parameters.get("authorization", str(defaults.fetch_authorization)))
        return Web(folder, credentials, self.progress, most=self._max_file)

    @property
    def registry(self) -> Registry:
        """The registry, made when the first package is asked for: most loads need none."""
        if self._registry is None:
            defaults = Settings.load()
            self._registry = Registry(
                self.options.parameters.get("registry", str(defaults.registry)),
                Path(self.options.parameters.get("cache", str(defaults.cache))),
                self.progress,
            )
        return self._registry


def _is_served_by(wanted: str, had: str) -> bool:
    """Whether the version that is present satisfies a dependency: it is the same, or newer."""
    lowest = wanted.replace(".x", ".0")
    return natural_key(had) >= natural_key(lowest)
