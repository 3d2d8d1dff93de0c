"""Which files of a source tree are an RxNorm release, by NLM's names.

The full release holds the Current Prescribable Content a second time in a folder of its own: where both are there, the
full release counts. Opens no files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from terminology.model.loading import SourceFile, SourceTree

CONCEPTS, RELATIONSHIPS, ATTRIBUTES, TYPES = "RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF", "RXNSTY.RRF"
SOURCES, RETIRED, ARCHIVE = "RXNSAB.RRF", "RXNCUI.RRF", "RXNATOMARCHIVE.RRF"

WIDTHS: Mapping[str, int] = {
    CONCEPTS: 18, RELATIONSHIPS: 16, ATTRIBUTES: 13, TYPES: 6, SOURCES: 25, RETIRED: 5, ARCHIVE: 16,
}  # fmt: skip
"""Fields of a line, the empty one after the last pipe not counted (RxNorm Technical Documentation, section 12)."""

NEVER_EMPTY = frozenset({CONCEPTS, RELATIONSHIPS, ATTRIBUTES, TYPES, SOURCES})
"""Tables that have rows in every release; of codes that were retired there may be none."""

NAME = re.compile(r"RXN[A-Z]+\.RRF", re.IGNORECASE)
DATED = re.compile(r"RxNorm_\w+?_(\d{2})(\d{2})(\d{4})", re.IGNORECASE)
PRESCRIBABLE = "prescribe"
OTHER_FOLDERS = frozenset({PRESCRIBABLE, "scripts"})


@dataclass(frozen=True, slots=True)
class Release:
    """The files of one release: `tables` by NLM's name; `others` belong to it and are not read."""

    root: str
    tables: Mapping[str, SourceFile]
    others: tuple[SourceFile, ...]

    @property
    def files(self) -> list[SourceFile]:
        """Everything that belongs to it."""
        return sorted([*self.tables.values(), *self.others], key=lambda file: file.path)

    def date_in_path(self) -> str | None:
        """The date in the name of NLM's archive (`RxNorm_full_08042025.zip`), as ISO date."""
        found = DATED.findall(self.root)
        return "{2}-{0}-{1}".format(*found[-1]) if found else None


def releases(tree: SourceTree) -> list[Release]:
    """The releases in a tree."""
    folders: dict[str, list[SourceFile]] = {}
    for file in tree.files():
        if NAME.fullmatch(file.name):
            folders.setdefault(file.path.rpartition("/")[0] + "/", []).append(file)
    found: list[Release] = []
    for folder, files in sorted(folders.items(), key=lambda item: len(item[0])):
        root = _root(folder)
        if any(root.startswith(release.root) and _is_copy(root, release.root) for release in found):
            continue
        tables = {file.name.upper(): file for file in files if file.name.upper() in WIDTHS}
        others = [file for file in files if file.name.upper() not in WIDTHS]
        found.append(Release(root, tables, (*others, *_beside(tree, root))))
    return sorted(found, key=lambda release: release.root)


def _root(folder: str) -> str:
    """The folder that holds the folder `rrf`, or the tables themselves."""
    return folder[: -len("rrf/")] if folder.lower().endswith("/rrf/") else folder


def _is_copy(root: str, full: str) -> bool:
    return root[len(full) :].lower().startswith(f"{PRESCRIBABLE}/")


def _beside(tree: SourceTree, root: str) -> Iterator[SourceFile]:
    """Scripts, read-me files and the prescribable content in the folder of a release."""
    for file in tree.files():
        if not file.path.startswith(root):
            continue
        first, *inner = file.path[len(root) :].split("/")
        if (first.lower() in OTHER_FOLDERS) if inner else first.lower().startswith("readme"):
            yield file
