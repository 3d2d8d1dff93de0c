"""Recognises the files of an ICD-10-CM release and reads each as a part of its version.

The tabular list takes precedence: its titles keep their accents, and its order is the classification's. Lists of the
same version are compared with it. Addenda record on the codes how the release changed them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from loaders.icd10cm import addenda, lists, tabular
from loaders.icd10cm.addenda import Addendum
from loaders.icd10cm.release import header, release_of
from loaders.problems import refuse_unreadable
from loaders.releases import Release
from loaders.xml_stream import root_name
from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import (
    ConceptBatch,
    LoadOptions,
    Note,
    PartBegin,
    Record,
    SkippedRecord,
    Source,
)

NAME = "icd-10-cm"
BATCH = 2000
_TEXT_ENDINGS = (".txt", ".asc")
_OWN = re.compile(r"icd-?10-?cm[-_ ](order|codes|tabular|addenda)[-_ .].*(txt|xml)", re.IGNORECASE)
"""Names that the publishers give to the files that are read."""
_CHANGE_LINE = re.compile(r"(?:Add|Delete|Revise from): {1,9}[01] [A-Z][0-9A-Z]{2}[0-9A-Z ]{4} ")
_SHOWN = 10

Reader = Callable[[SourceFile], Iterator[Concept]]
READERS = MappingProxyType(
    {"tabular list": tabular.concepts, "order file": lists.order_file, "codes file": lists.codes_file}
)
"""What lists codes, in the order of reading."""
ADDENDUM = "addendum"


class _Listing(NamedTuple):
    """The codes of a list (code → whether it is valid, not a header), to compare other lists of the version with."""

    path: str
    codes: dict[str, bool]


class Icd10CmLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """One claim for all files of ICD-10-CM."""
        paths = tuple(file.path for file in tree.files() if kind_of(file) is not None)
        return [Claim(NAME, paths, "ICD-10-CM")] if paths else []

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The parts, lists before addenda. Raises TerminologyError invalid that names file and line."""
        refuse_unreadable(tree, "", lambda name: _OWN.fullmatch(name) is not None)
        files = [tree.file(path) for path in claim.paths]
        first: dict[str, _Listing] = {}
        for kind, reader in READERS.items():
            for file in files:
                if kind_of(file) == kind:
                    stated = tabular.year_of(file) if kind == "tabular list" else None
                    release = release_of(file.path, stated, options.version)
                    yield from _list(file, release, reader, first if kind != "codes file" else {})
        for file in files:
            if kind_of(file) == ADDENDUM:
                release = release_of(file.path, None, options.version)
                yield from _addendum(file, release, first.get(release.version))


def kind_of(file: SourceFile) -> str | None:
    """Which file of a release this is, by its first lines; ICD-10-PCS has files of the same form."""
    if file.name.lower().endswith(".xml"):
        return "tabular list" if root_name(file) == "ICD10CM.tabular" else None
    if not file.name.lower().endswith(_TEXT_ENDINGS):
        return None
    head = file.head().decode("cp1252", errors="replace").removeprefix("ï»¿").splitlines()
    if len(head) > 1:
        del head[-1]  # it may be cut off
    found = [line for line in head if line.strip()]
    for kind, pattern in (("order file", lists.ORDER_LINE), ("codes file", lists.CODES_LINE)):
        matches = [match for line in found[:20] if (match := pattern.fullmatch(line.rstrip()))]
        if matches and len(matches) * 2 >= len(found[:20]):
            codes = [match[2 if kind == "order file" else 1].rstrip() for match in matches]
            return kind if _are_diagnoses(codes, file.name) else None
    changes = [match for line in found if (match := _CHANGE_LINE.match(line))]
    is_ours = _are_diagnoses([match[0].split()[-1] for match in changes], file.name)
    return ADDENDUM if changes and is_ours else None


def _are_diagnoses(codes: Sequence[str], name: str) -> bool:
    """Whether codes are diagnoses. Procedures have three or seven characters; if all codes do, the name decides."""
    lower = name.lower()
    return any(3 < len(code) < 7 for code in codes) or ("cm" in lower and "pcs" not in lower)


def _list(file: SourceFile, release: Release, reader: Reader, first: dict[str, _Listing]) -> Iterator[Record]:
    source = Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)
    yield PartBegin(source=source, metadata=header(release), kind="release")
    codes: dict[str, bool] = {}
    for batch in _batches(reader(file)):
        for concept in batch:
            if concept.properties[0].value == "diagnosis":
                codes[concept.code] = concept.properties[1].value is True
        yield ConceptBatch(batch)
    if not codes:
        raise TerminologyError.of("invalid", "ICD10CM_NOTHING", path=file.path)
    yield Note(source, _said("ICD10CM_TOTALS", path=file.path, rows=_n(len(codes)), valid=_n(sum(codes.values()))))
    before = first.setdefault(release.version, _Listing(file.path, codes))
    if before.codes is not codes:
        yield Note(source, _compared(_Listing(file.path, codes), before))


def _compared(one: _Listing, other: _Listing) -> Issue:
    """Compare two lists of a version: an issue that says whether they have the same codes and headers."""
    different = sorted(dict(one.codes.items() ^ other.codes.items()))
    if not different:
        valid = _n(sum(one.codes.values()))
        return _said("ICD10CM_LISTS_AGREE", path=one.path, other=other.path, rows=_n(len(one.codes)), valid=valid)
    shown = ", ".join(different[:_SHOWN])
    return _said(
        "ICD10CM_LISTS_DIFFER", "warning", path=one.path, other=other.path, count=_n(len(different)), codes=shown
    )


def _addendum(file: SourceFile, release: Release, listing: _Listing | None) -> Iterator[Record]:
    source = Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)
    found = addenda.read(file)
    if listing is not None:
        _refuse_contradiction(file, found, listing)
    yield PartBegin(source=source, metadata=header(release, "fragment"), kind="detail")
    for batch in _batches(addenda.concepts(found)):
        yield ConceptBatch(batch)
    for row in addenda.lost_categories(found):
        reason = Issue("information", "deleted", "ICD10CM_DELETED", {"code": row.code, "title": row.long})
        yield SkippedRecord(source, f"line {row.number}", reason)
    counts = found.counted()
    if not found.totals:
        yield Note(source, _said("ICD10CM_ADDENDUM_OPEN", "warning", path=file.path))
    else:
        totals = {
            what: _n(counts["Headers", what] + counts["Codes", what])
            for what in ("additions", "deletions", "revisions")
        }
        yield Note(source, _said("ICD10CM_ADDENDUM_TOTALS", path=file.path, **totals))


def _refuse_contradiction(file: SourceFile, addendum: Addendum, listing: _Listing) -> None:
    """Raise TerminologyError for an addendum that is not about this list: one of the two is cut off, or not its own."""
    made = {row.code: row.valid for row in addendum.rows if row.action in {"Add", "Revise to"}}
    deleted = {row.code for row in addendum.rows if row.action == "Delete"} - made.keys()
    wrong = sorted({code for code, valid in made.items() if listing.codes.get(code) != valid})
    wrong += sorted(deleted & listing.codes.keys())
    if wrong:
        shown = ", ".join(wrong[:_SHOWN])
        raise TerminologyError.of(
            "invalid", "ICD10CM_ADDENDUM_DIFFERS", path=file.path, other=listing.path, count=_n(len(wrong)), codes=shown
        )


def _batches(found: Iterable[Concept]) -> Iterator[tuple[Concept, ...]]:
    rest = iter(found)
    while batch := tuple(islice(rest, BATCH)):
        yield batch


def _said(message_id: str, severity: str = "information", **arguments: str) -> Issue:
    return Issue("warning" if severity == "warning" else "information", "informational", message_id, arguments)


def _n(count: int) -> str:
    return f"{count:,}"


LOADER = Icd10CmLoader()
