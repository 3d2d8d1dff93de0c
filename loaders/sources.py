"""Opens what the user gave as one tree of files: files, folders, .zip, .tgz, .tar.gz, .tar and .gz.

Archives are read in place; only what cannot be read at random (a compressed tar, an archive inside an archive) is
spooled, into memory or one unnamed temporary file. Nothing is ever written under a name from an archive. Archives
inside archives are opened one level deep. Hidden files are left out. What cannot be read is not fatal unless the user
named exactly that: it is listed in `problems`.

Does not know any format of terminology.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from loaders import archives
from loaders.files import MAX_FILE, MAX_TOTAL, Content, DiskContent, File, GzipContent, Limits
from terminology.model.outcome import Issue, TerminologyError

DEEPEST = 1
"""How many archives may lie around one that is opened."""
_JUNK = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


class Tree:
    """All files of what was given: a `terminology.model.loading.SourceTree`."""

    def __init__(self, files: Iterable[File] = (), problems: Mapping[str, Issue] | None = None) -> None:
        self._files: dict[str, File] = {file.path: file for file in sorted(files, key=lambda f: f.path)}
        self._problems = dict(sorted((problems or {}).items()))

    def files(self) -> Sequence[File]:
        """Every file, in path order."""
        return list(self._files.values())

    def file(self, path: str) -> File:
        """One file by its path. Raises KeyError."""
        return self._files[path]

    def problems(self) -> Mapping[str, Issue]:
        """What could not be read, by path, with the reason."""
        return self._problems

    def joined(self, other: Tree) -> Tree:
        """Both trees as one."""
        return Tree([*self._files.values(), *other.files()], {**self._problems, **other.problems()})


Names = Callable[[Path], str]
"""What a file on the disk is called: by default its absolute path."""


def open_tree(
    paths: Iterable[str | Path],
    *,
    max_file: int = MAX_FILE,
    max_total: int = MAX_TOTAL,
    names: Names = Path.as_posix,
) -> Tree:
    """Open files, folders and archives.

    Paths in the tree are absolute, so that a source keeps its name wherever it is loaded from, unless `names` calls
    files otherwise; members of archives follow `!/`. `max_file` limits one file and `max_total` one archive, in bytes,
    uncompressed. Raises TerminologyError: not-found (PATH_NOT_FOUND), invalid for a named archive that cannot be read.
    """
    opening = _Opening(Limits(max_file, max_total), names)
    for path in paths:
        opening.named(Path(path))
    return Tree(opening.files, opening.problems)


class _Opening:
    """Collects while walking."""

    __slots__ = ("_limits", "_names", "files", "problems")

    def __init__(self, limits: Limits, names: Names) -> None:
        self._limits = limits
        self._names = names
        self.files: list[File] = []
        self.problems: dict[str, Issue] = {}

    def named(self, given: Path) -> None:
        """Open what the user named. Raises TerminologyError if it cannot be read."""
        path = Path(os.path.abspath(given))  # noqa: PTH100 - a link keeps its own name, which resolve() would lose
        if not path.exists():
            raise TerminologyError.of("not-found", "PATH_NOT_FOUND", path=str(given))
        if path.is_dir():
            self._folder(path)
            return
        before = len(self.problems)
        self._disk_file(path)
        if len(self.problems) > before and (place := self._names(path)) in self.problems:
            raise TerminologyError("invalid", self.problems[place])

    def _folder(self, folder: Path) -> None:
        def unreadable(error: OSError) -> None:
            self._problem(str(error.filename or folder), "FILE_UNREADABLE", reason=error.strerror or str(error))

        for parent, folders, names in os.walk(folder, onerror=unreadable):
            folders[:] = sorted(name for name in folders if not _hidden(name))
            for name in folders:
                if (Path(parent) / name).is_symlink():  # os.walk does not follow it: it may lead round in circles
                    self._problem((Path(parent) / name).as_posix(), "FILE_SPECIAL")
            for name in sorted(names):
                if not _hidden(name):
                    self._disk_file(Path(parent) / name)

    def _disk_file(self, path: Path) -> None:
        place = self._names(path)
        try:
            status = path.stat()
        except OSError as error:
            self._problem(place, "FILE_UNREADABLE", reason=error.strerror or str(error))
            return
        if not stat.S_ISREG(status.st_mode):
            self._problem(place, "FILE_SPECIAL")
        elif not os.access(path, os.R_OK):
            self._problem(place, "FILE_UNREADABLE", reason="permission denied")
        else:
            self._content(place, path.name, DiskContent(path, status.st_size), depth=0)

    def _content(self, place: str, name: str, content: Content, depth: int) -> None:
        """A file, or an archive whose members take its place."""
        kind = archives.kind_of(name)
        if content.size == 0:
            self._problem(place, "FILE_EMPTY")
        elif kind is None:
            self._add(place, name, content)
        elif kind == "gz":
            self._add(place, name[: -len(".gz")], GzipContent(content))
        elif depth > DEEPEST:
            self._problem(place, "FILE_DEEP")
        else:
            self._archive(place, content, kind, depth)

    def _add(self, place: str, name: str, content: Content) -> None:
        self.files.append(File(place, name, content, self._limits))

    def _archive(self, place: str, content: Content, kind: archives.Kind, depth: int) -> None:
        try:
            members = archives.open_archive(place, content, kind, self._limits)
            for member in members:
                self._member(place, member, depth)
        except TerminologyError as error:
            self.problems[place] = error.issues[0]

    def _member(self, place: str, member: archives.Member, depth: int) -> None:
        inner = f"{place}!/{member.name}"
        if any(_hidden(part) for part in member.name.split("/")):
            return
        if member.refused is not None:
            self.problems[inner] = member.refused(inner)
        elif member.content is not None:
            self._content(inner, member.name.rpartition("/")[2], member.content, depth + 1)

    def _problem(self, place: str, message_id: str, **arguments: str) -> None:
        severity_code = "informational" if message_id == "FILE_EMPTY" else "processing"
        self.problems[place] = Issue("warning", severity_code, message_id, {"path": place, **arguments})


def _hidden(name: str) -> bool:
    return (name.startswith(".") and name not in {".", ".."}) or name in _JUNK
