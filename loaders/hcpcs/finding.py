"""Recognises HCPCS files, what each is, and which release it belongs to.

The list of codes is recognised by its records; accompanying files by name and content. A release that is present as
text and as a workbook is read once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from loaders import spreadsheet, tables
from loaders.hcpcs import rows
from loaders.hcpcs.release import release_in_path
from loaders.releases import Release
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError


class Part(Enum):
    """The role of a file in a release."""

    LIST = "the codes"
    LAYOUT = "record layout"
    NOTES = "processing notes"
    CORRECTIONS = "corrections"
    UNLISTED = "codes not otherwise classified"
    CHANGES = "report of changes"
    PROSE = "read-me or printed copy"


HEAD = 1 << 16
NAMES: tuple[tuple[Part, re.Pattern[str]], ...] = (
    (Part.LAYOUT, re.compile(r"hcpcs?.*record_?layout.*\.txt")),
    (Part.NOTES, re.compile(r"proc(?:essing)?_?notes.*\.txt")),
    (Part.CORRECTIONS, re.compile(r".*hcpcs?.*correction.*\.(?:xlsx|csv)")),
    (Part.UNLISTED, re.compile(r"noc_?codes.*\.(?:xlsx|csv)")),
    (Part.CHANGES, re.compile(r"hcpcs?.*trans.*\.(?:xlsx|csv)")),
    (Part.PROSE, re.compile(r"hcpcs?.*(?:readme|disclaimer).*|changes_?by_?(?:action|hcpc).*\.prn|noc_?codes.*\.prn")),
    (Part.PROSE, re.compile(r".*hcpcs?.*(?:correction|trans|changes).*\.(?:prn|txt)")),
)
LIST_NAME = re.compile(r"hcpcs?.*anweb.*\.(?:txt|xlsx|csv)")


@dataclass(slots=True)
class Found:
    """The files of one release: `copies` are lists with the same content as `listing`. `release` None: not stated."""

    release: Release | None
    listing: str | None = None
    copies: list[str] = field(default_factory=list)
    others: dict[str, Part] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, the list first."""
        return (*filter(None, [self.listing]), *self.copies, *self.others)


def find(files: Iterable[SourceFile]) -> list[Found]:
    """The releases among some files; accompanying files without a list of codes are a release of their own."""
    lists: dict[str, list[SourceFile]] = {}
    others: list[tuple[SourceFile, Part]] = []
    for file in files:
        part = part_of(file)
        if part is Part.LIST:
            release = release_in_path(file.path)
            lists.setdefault(release.version if release else file.path, []).append(file)
        elif part is not None:
            others.append((file, part))
    found = [_release(same) for same in lists.values()]
    for file, part in others:
        _home(file.path, found).others[file.path] = part
    return found


def part_of(file: SourceFile) -> Part | None:
    """What a file is, or None when it is not HCPCS."""
    name = file.name.lower()
    for part, pattern in NAMES:
        if pattern.fullmatch(name):
            return part if _readable(file, part) else None
    if LIST_NAME.fullmatch(name) and (spreadsheet.is_workbook(file) or name.endswith(".csv")):
        return Part.LIST  # errors are reported when it is read
    return Part.LIST if _is_list(file) else None


def _is_list(file: SourceFile) -> bool:
    try:
        return rows.is_text(file) or rows.is_sheet(file)
    except TerminologyError:  # a broken workbook of somebody else's, or bytes that are no text
        return False


def _readable(file: SourceFile, part: Part) -> bool:
    """Whether the beginning of the content matches the name."""
    head = file.head(HEAD).decode("cp1252", "replace").upper()
    tests: dict[Part, Callable[[], bool]] = {
        Part.LAYOUT: lambda: "HCPCS CONTRACTOR RECORD" in head,
        Part.NOTES: lambda: "PROCESSING NOTE" in head,
        Part.CORRECTIONS: lambda: tables.is_table(file),
        Part.UNLISTED: lambda: tables.is_table(file),
        Part.CHANGES: lambda: tables.is_table(file),
    }
    return tests[part]() if part in tests else True


def _release(files: Iterable[SourceFile]) -> Found:
    """Text before workbooks: it is read faster, and CMS makes the others from it."""
    first, *copies = sorted(files, key=lambda f: (not f.name.lower().endswith(".txt"), f.path))
    return Found(release_in_path(first.path), first.path, [file.path for file in copies])


def _home(path: str, found: list[Found]) -> Found:
    """The release of an accompanying file: by its name, else by its archive or folder, else a new one without list."""
    release = release_in_path(path)
    same = [f for f in found if release is not None and f.release is not None and _fits(release, f.release)]
    near = [f for f in found if f.listing is not None and _folder(f.listing) == _folder(path)]
    for candidates in ([f for f in same if f in near], same, near if release is None else []):
        if len(candidates) == 1:
            return candidates[0]
    home = next((f for f in found if f.listing is None and f.release == release), None)
    if home is None:
        home = Found(release)
        found.append(home)
    return home


def _fits(stated: Release, release: Release) -> bool:
    return stated == release or (stated.is_annual and stated.year == release.year)


def _folder(path: str) -> str:
    return path.rpartition("!/")[0] or path.rpartition("/")[0]
