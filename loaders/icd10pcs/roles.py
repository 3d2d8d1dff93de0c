"""Determines the role of a file in a release, by its first bytes and, if they are not enough, by its name.

The lists have the layout of ICD-10-CM's, whose codes look different; every line that is read must match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from loaders.icd10pcs import xml
from loaders.icd10pcs.addenda import CHANGE_LINE
from loaders.icd10pcs.conversion import is_conversion
from loaders.icd10pcs.lists import CODES_LINE, ORDER_LINE
from terminology.model.loading import SourceFile

Role = Literal[
    "order", "codes", "tables", "definitions", "index", "order-addendum", "codes-addendum", "conversion",
    "readable-addendum", "documentation",
]  # fmt: skip

XML_ROLES: dict[str, Role] = {"tabular": "tables", "definitions": "definitions", "index": "index"}
NAMES: dict[Role, str] = {
    "order": "order file",
    "codes": "codes file",
    "tables": "tables",
    "definitions": "definitions",
    "index": "index",
    "order-addendum": "addendum of the order file",
    "codes-addendum": "addendum of the codes file",
    "conversion": "conversion table",
    "readable-addendum": "addendum for readers",
    "documentation": "documentation",
}
OWN = re.compile(
    r"icd-?10-?pcs[-_ ](order|codes|tables|definitions|index|conversion)[-_ .].*(txt|xml|xlsx)", re.IGNORECASE
)
"""Names that CMS gives to the files that are read."""
DIAGNOSES = re.compile(r"icd-?10-?cm")
READABLE = re.compile(r"(index|definitions?|tables?)_addenda.*\.txt")
"""Addenda of the XML files: laid out for readers, with nothing that the complete files do not have."""
NAMED = re.compile(r"icd-?10-?pcs[-_](order|codes)[-_ ].*\.txt")
"""Names that CMS gives to the lists: what they call a list is read as one, whatever is wrong with it."""
ABOUT = re.compile(r".*\.(pdf|xsd|docx?|rtf)|.*(read ?me|summary).*\.txt")
TITLE = re.compile("[A-Z][a-z]+ ")
"""Some word of a title: mappings of codes begin with seven characters as well."""
SAMPLE_LINES = 40


def role_of(file: SourceFile) -> Role | None:
    """The role of a file, None for one that is not of ICD-10-PCS."""
    name = file.name.lower()
    if name.endswith(".xlsx"):
        return "conversion" if is_conversion(file) else None
    if name.endswith(".xml"):
        return XML_ROLES.get(xml.root_of(file.head()) or "")
    if READABLE.fullmatch(name):
        return "readable-addendum"
    return _text_role(file, name) if name.endswith(".txt") else None


def _text_role(file: SourceFile, name: str) -> Role | None:
    if (named := NAMED.match(name)) is not None:
        return "order" if named[1] == "order" else "codes"
    if DIAGNOSES.match(name):
        return None
    sample = file.head().decode("cp1252", "replace").removeprefix("ï»¿").splitlines()
    if len(sample) > 1:
        del sample[-1]  # it may be cut off
    lines = [line for line in sample if line.strip()][:SAMPLE_LINES]
    if not lines:
        return None
    if all(_is_order_line(line) for line in lines):
        return "order"
    if all(CODES_LINE.fullmatch(line) and TITLE.search(line, 8) and re.search(r"\d", line[:7]) for line in lines):
        return "codes"
    if CHANGE_LINE.fullmatch(lines[0].rstrip()):
        return _addendum_role(name, lines)
    return None


def _is_order_line(line: str) -> bool:
    """Whether a line is a complete row whose flag fits the length of its code; most rows of ICD-10-CM are not."""
    found = ORDER_LINE.fullmatch(line)
    return found is not None and (found[3] == "1") == (" " not in found[2])


def _addendum_role(name: str, lines: Iterable[str]) -> Role:
    if "codes" in name:
        return "codes-addendum"
    changes = [line for line in lines if CHANGE_LINE.fullmatch(line.rstrip())]
    return "order-addendum" if "order" in name or all(line[81:82] == " " for line in changes) else "codes-addendum"


def is_documentation(file: SourceFile, archives: frozenset[str]) -> bool:
    """Whether a file explains a release that lies in the same archive: the record layout, a schema."""
    archive, inside, _ = file.path.partition("!/")
    return bool(inside) and archive in archives and ABOUT.fullmatch(file.name.lower()) is not None
