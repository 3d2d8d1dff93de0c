"""Finds the files of LOINC releases in a source tree by Regenstrief's file names.

A release is found by its main table, whose folder is the root; the other tables are searched anywhere below it. Opens
no files, except to check the headings of a candidate for the main table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminology.model.loading import SourceFile, SourceTree

MAIN = "loinc.csv"
CORE = "loinctablecore.csv"
PARTS = "part.csv"
PRIMARY_LINKS = "loincpartlink_primary.csv"
SUPPLEMENTARY_LINKS = "loincpartlink_supplementary.csv"
OLD_LINKS = "loincpartlink.csv"
PART_MAPPINGS = "partrelatedcodemapping.csv"
ANSWERS = "answerlist.csv"
ANSWER_LINKS = "loincanswerlistlink.csv"
HIERARCHY = "componenthierarchybysystem.csv"
OLD_HIERARCHY = "multiaxialhierarchy.csv"
CONSUMER_NAMES = "consumername.csv"
LANGUAGES = "linguisticvariants.csv"
GROUPS = "group.csv"
GROUP_TERMS = "grouploincterms.csv"
PARENT_GROUPS = "parentgroup.csv"
MAP_TO = "mapto.csv"
DEVICES = "loincieeemedicaldevicecodemappingtable.csv"

NAMES = frozenset(
    {
        MAIN, CORE, PARTS, PRIMARY_LINKS, SUPPLEMENTARY_LINKS, OLD_LINKS, PART_MAPPINGS, ANSWERS, ANSWER_LINKS,
        HIERARCHY, OLD_HIERARCHY, CONSUMER_NAMES, LANGUAGES, GROUPS, GROUP_TERMS, PARENT_GROUPS, MAP_TO, DEVICES,
    }
)  # fmt: skip
"""Names of tables, in lower case."""

UNMISTAKABLE = NAMES - {MAIN, PARTS, GROUPS, MAP_TO, ANSWERS, CONSUMER_NAMES}
"""Names that no other publisher would give: they make a release even where the main table is missing."""

VARIANT = re.compile(r"(?P<language>[a-z]{2,3})(?P<country>[A-Z]{2})\d+LinguisticVariant\.csv", re.IGNORECASE)
FOLDERS = frozenset({"loinctable", "loinctablecore", "accessoryfiles"})
ARCHIVE = re.compile(r"loinc[_-]?v?(\d+\.\d+)", re.IGNORECASE)
BESIDE = re.compile(r".*loinc.*\.(?:txt|pdf|html?|md|docx?|rtf)", re.IGNORECASE)
"""Files of prose that lie in the folder of a release."""


@dataclass(frozen=True, slots=True)
class Release:
    """The files of one release: `tables` by name in lower case, `variants` by language tag, `others` not read."""

    root: str
    tables: Mapping[str, SourceFile]
    variants: Mapping[str, SourceFile]
    others: tuple[SourceFile, ...]

    @property
    def main(self) -> SourceFile | None:
        """The table of all codes; the core table has fewer columns."""
        return self.tables.get(MAIN) or self.tables.get(CORE)

    @property
    def files(self) -> list[SourceFile]:
        """Everything that belongs to it."""
        return sorted([*self.tables.values(), *self.variants.values(), *self.others], key=lambda f: f.path)

    def version_in_path(self) -> str | None:
        """The version that the name of the archive or a folder states."""
        found = ARCHIVE.findall(self.root)
        return found[-1] if found else None


def releases(tree: SourceTree) -> list[Release]:
    """The releases in a tree, each file in one of them."""
    files = [file for file in tree.files() if file.name.lower().endswith(".csv") and is_table(file.name)]
    roots = sorted({_root(file.path) for file in files if _makes_a_release(file)}, key=len, reverse=True)
    left = list(tree.files())
    found = []
    for root in roots:  # the deepest first: a release in a folder of another is one of its own
        below = [file for file in left if file.path.startswith(root)]
        left = [file for file in left if not file.path.startswith(root)]
        found.append(_release(root, below))
    return sorted(found, key=lambda release: release.root)


def _release(root: str, below: Sequence[SourceFile]) -> Release:
    named: dict[str, SourceFile] = {}
    variants: dict[str, SourceFile] = {}
    others = []
    for file in below:
        name = file.name.lower()
        variant = VARIANT.fullmatch(file.name)
        if name in NAMES and name not in named:
            named[name] = file
        elif variant:
            variants[f"{variant['language'].lower()}-{variant['country'].upper()}"] = file
        elif _is_beside(root, file):
            others.append(file)
    if MAIN in named and CORE in named:
        others.append(named.pop(CORE))
    return Release(root, named, dict(sorted(variants.items())), tuple(others))


def is_table(name: str) -> bool:
    """Whether a table that is read has this name."""
    return name.lower() in NAMES or VARIANT.fullmatch(name) is not None


def _makes_a_release(file: SourceFile) -> bool:
    """A main table, by its headings; or a file that can only be LOINC's."""
    name = file.name.lower()
    if name == MAIN:
        return file.head(200).removeprefix(b"\xef\xbb\xbf").lstrip(b'"').startswith(b"LOINC_NUM")
    return name in UNMISTAKABLE or VARIANT.fullmatch(file.name) is not None


def _root(path: str) -> str:
    """The folder that holds the folders of a release, with a slash at its end."""
    folders = path.split("/")[:-1]
    for place, folder in enumerate(folders):
        if folder.lower() in FOLDERS:
            return "".join(f"{name}/" for name in folders[:place])
    return "".join(f"{name}/" for name in folders)


def _is_beside(root: str, file: SourceFile) -> bool:
    """Whether a file that is not a table belongs to the release."""
    within = file.path.removeprefix(root).split("/")
    if len(within) == 1:
        return BESIDE.fullmatch(file.name) is not None
    return within[0].lower() in FOLDERS
