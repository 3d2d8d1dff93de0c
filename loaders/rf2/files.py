"""The files of a release: what their names and headings say (SNOMED CT Release File Specification, 3 and 4).

A release is what lies under one root: `…/Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250901.txt` has the root
`…`. Reads headings only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, cast, get_args

from loaders.rf2 import columns
from terminology.model.loading import SourceFile, SourceTree
from terminology.model.outcome import TerminologyError

Kind = Literal[
    "concept", "description", "definition", "relationship", "concrete", "identifier", "refset", "language", "stated",
]  # fmt: skip
ReleaseType = Literal["Snapshot", "Full", "Delta"]

_NAME = re.compile(
    r"(?P<beta>x)?(?:sct|der)2_(?P<content>[^_]+)_(?P<subtype>[^_]*?(?P<type>Snapshot|Full|Delta)[^_]*)"
    r"_(?P<namespace>[^_]+)_(?P<date>\d{8})\.txt"
)
_REFSET = re.compile(r"(?P<pattern>[cis]*)Refset")
_FOLDERS = frozenset({"Terminology", "Refset"})

_COMPONENT = ("id", "effectiveTime", "active", "moduleId")
_DESCRIPTION = (*_COMPONENT, "conceptId", "languageCode", "typeId", "term", "caseSignificanceId")
_RELATED = ("relationshipGroup", "typeId", "characteristicTypeId", "modifierId")
MEMBER = (*_COMPONENT, "refsetId", "referencedComponentId")
"""The columns that every reference set has."""

_CONTENTS: Mapping[str, Kind] = MappingProxyType(
    {
        "Concept": "concept",
        "Description": "description",
        "TextDefinition": "definition",
        "Relationship": "relationship",
        "StatedRelationship": "stated",
        "RelationshipConcreteValues": "concrete",
        "Identifier": "identifier",
    }
)

_COLUMNS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "concept": (*_COMPONENT, "definitionStatusId"),
        "description": _DESCRIPTION,
        "definition": _DESCRIPTION,
        "relationship": (*_COMPONENT, "sourceId", "destinationId", *_RELATED),
        "stated": (*_COMPONENT, "sourceId", "destinationId", *_RELATED),
        "concrete": (*_COMPONENT, "sourceId", "value", *_RELATED),
        "identifier": (
            "alternateIdentifier", "effectiveTime", "active", "moduleId", "identifierSchemeId", "referencedComponentId",
        ),
        "language": (*MEMBER, "acceptabilityId"),
        "refset": MEMBER,
    }
)  # fmt: skip
"""What the heading must begin with."""


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file. `pattern` are the letters of a reference set's own columns: component, integer, string."""

    file: SourceFile
    kind: Kind
    type: ReleaseType
    root: str
    date: str
    beta: bool
    names: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def path(self) -> str:
        """Where it is."""
        return self.file.path

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """A reference set's own columns with their letters; texts where the name says nothing."""
        own = self.names[len(MEMBER) :]
        if self.kind == "language":
            return tuple((name, "c") for name in own)
        pattern = self.pattern if len(self.pattern) == len(own) else "s" * len(own)
        return tuple(zip(own, pattern, strict=True))


@dataclass(frozen=True, slots=True)
class Release:
    """The files under one root that are to be read: of one release type."""

    root: str
    type: ReleaseType
    files: tuple[ReleaseFile, ...]

    def of(self, *kinds: Kind) -> tuple[ReleaseFile, ...]:
        """The files of some kinds."""
        return tuple(file for file in self.files if file.kind in kinds)

    @property
    def date(self) -> str:
        """When it was released: what its concept files say, or any file."""
        return max(file.date for file in self.of("concept") or self.files)

    @property
    def beta(self) -> bool:
        """Whether its files are marked as not published (`xsct2_…`)."""
        return any(file.beta for file in self.files)


def is_read(name: str, types: Collection[ReleaseType]) -> bool:
    """Whether a release file of one of these types has this name."""
    found = _NAME.fullmatch(name)
    return found is not None and found["type"] in types


def recognised(file: SourceFile) -> ReleaseFile | None:
    """What the name of a file says; None when it is not a release file."""
    found = _NAME.fullmatch(file.name)
    if found is None:
        return None
    content, pattern = found["content"], ""
    kind: Kind | None = _CONTENTS.get(content)
    if kind is None:
        refset = _REFSET.fullmatch(content)
        pattern = refset["pattern"] if refset else ""
        if refset is None:
            return None
        kind = "language" if found["subtype"].startswith("Language") else "refset"
    return ReleaseFile(
        file,
        kind,
        cast("ReleaseType", found["type"]),
        _root(file.path),
        found["date"],
        bool(found["beta"]),
        pattern=pattern,
    )


def releases(tree: SourceTree, paths: Sequence[str] | None = None, *, full: bool = False) -> list[Release]:
    """The releases of a tree (or of some paths of it): snapshots, or full releases where those alone serve.

    `full` asks for full releases, which past states can be had from.
    """
    by_root: dict[str, list[ReleaseFile]] = defaultdict(list)
    for file in tree.files():
        if (paths is None or file.path in paths) and (found := recognised(file)) is not None:
            by_root[found.root].append(found)
    chosen = []
    for root, files in sorted(by_root.items()):
        for type_ in ("Full", "Snapshot") if full else ("Snapshot", "Full"):
            of_type = tuple(file for file in files if file.type == type_)
            if of_type:
                chosen.append(Release(root, of_type[0].type, of_type))
                break
    return chosen


def opened(file: ReleaseFile) -> ReleaseFile:
    """The file with the names of its columns. Raises TerminologyError RF2_HEADING for a heading of another file."""
    names = columns.header(file.file)
    expected = _COLUMNS[file.kind]
    exact = file.kind != "refset"
    if names[: len(expected)] != expected or (exact and len(names) != len(expected)):
        raise TerminologyError.of(
            "invalid", "RF2_HEADING", path=file.path, found=", ".join(names), expected=", ".join(expected)
        )
    return replace(file, names=names)


def _root(path: str) -> str:
    """The folder above `Snapshot/Terminology` and the like, or the file's own."""
    parts = path.split("/")[:-1]
    places = [place for place, part in enumerate(parts) if part in _FOLDERS]
    parts = parts[: places[-1]] if places else parts
    if parts and parts[-1] in get_args(ReleaseType):
        parts.pop()
    return "/".join(parts)
